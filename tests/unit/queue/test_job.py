"""Ids, states, and the events that tell of them."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from bot.queue.events import Events, LineMoved, Progressed, StateChanged, Subscription
from bot.queue.job import ID_LENGTH, State, new_delivery_id, new_id
from tests.support import PATIENCE_SECONDS


@given(st.lists(st.floats(1.7e9, 4e9), min_size=2, max_size=30))
def test_later_ids_sort_after_earlier_ones_even_if_the_clock_goes_back(times: list[float]) -> None:
    ids = [new_id(time) for time in times]
    assert ids == sorted(set(ids))
    assert {len(job_id) for job_id in ids} == {ID_LENGTH}
    assert all(job_id.isalnum() and job_id.isascii() for job_id in ids)


def test_a_delivery_id_fits_discords_nonce_and_is_never_the_same() -> None:
    ids = {new_delivery_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert max(map(len, ids)) <= 25


def test_nothing_more_happens_to_delivered_failed_and_cancelled_jobs() -> None:
    assert {state for state in State if state.is_final} == {State.DELIVERED, State.FAILED, State.CANCELLED}


async def _next(subscription: Subscription) -> object:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await anext(subscription)


async def test_everyone_who_listens_hears_every_event_once() -> None:
    events = Events()
    with events.subscribe() as one, events.subscribe() as two:
        events.publish(LineMoved())
        assert await _next(one) == await _next(two) == LineMoved()


async def test_of_what_piles_up_the_latest_of_each_kind_and_job_is_kept() -> None:
    events = Events()
    with events.subscribe() as subscription:
        for percent in range(100):
            events.publish(Progressed(job_id="a", fraction=percent / 100))
            events.publish(Progressed(job_id="b", fraction=percent / 100))
        events.publish(StateChanged(job_id="a", state=State.RENDERED))
        heard = [await _next(subscription) for _ in range(3)]
    assert heard == [
        Progressed(job_id="a", fraction=0.99),
        Progressed(job_id="b", fraction=0.99),
        StateChanged(job_id="a", state=State.RENDERED),
    ]


async def test_a_listener_that_waits_is_woken() -> None:
    events = Events()
    with events.subscribe() as subscription:
        waiting = asyncio.ensure_future(_next(subscription))
        await asyncio.sleep(0)
        events.publish(LineMoved(job_id="x"))
        assert await waiting == LineMoved(job_id="x")
