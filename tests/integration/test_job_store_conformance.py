"""What becomes of a job and of its messages: of every JobStore alike."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from bot.model.work import Notice
from bot.queue.job import Failure, Job, Rendered, State
from bot.queue.protocols import JobStore
from tests.integration.job_stores import submit
from tests.support import ManualClock, a_picture, some_pictures

# ---- transitions


async def _to_waiting(store: JobStore) -> Job:
    return await submit(store)


async def _to_running(store: JobStore) -> Job:
    await submit(store)
    job = await store.claim("gpu")
    assert job is not None
    return job


async def _to_rendered(store: JobStore) -> Job:
    job = await store.set_rendered((await _to_running(store)).id, some_pictures())
    assert job is not None
    return job


async def _to_delivered(store: JobStore) -> Job:
    job = await store.set_delivered((await _to_rendered(store)).id)
    assert job is not None
    return job


async def _to_failed(store: JobStore) -> Job:
    job = await store.set_failed((await _to_running(store)).id, Failure(code="x"))
    assert job is not None
    return job


async def _to_cancelled(store: JobStore) -> Job:
    job = await store.cancel((await _to_waiting(store)).id)
    assert job is not None
    return job


REACH: dict[State, Callable[[JobStore], Awaitable[Job]]] = {
    State.WAITING: _to_waiting,
    State.RUNNING: _to_running,
    State.RENDERED: _to_rendered,
    State.DELIVERED: _to_delivered,
    State.FAILED: _to_failed,
    State.CANCELLED: _to_cancelled,
}
CALLS: dict[str, Callable[[JobStore, str], Awaitable[Job | None]]] = {
    "release": lambda store, job_id: store.release(job_id),
    "set_rendered": lambda store, job_id: store.set_rendered(job_id, some_pictures()),
    "set_part": lambda store, job_id: store.set_part(job_id, some_pictures()),
    "set_delivered": lambda store, job_id: store.set_delivered(job_id),
    "set_failed": lambda store, job_id: store.set_failed(job_id, Failure(code="x")),
    "cancel": lambda store, job_id: store.cancel(job_id),
    "set_cancelled": lambda store, job_id: store.set_cancelled(job_id),
}
POSSIBLE: dict[tuple[State, str], State] = {
    (State.WAITING, "set_failed"): State.FAILED,
    (State.WAITING, "cancel"): State.CANCELLED,
    (State.RUNNING, "release"): State.WAITING,
    (State.RUNNING, "set_rendered"): State.RENDERED,
    (State.RUNNING, "set_part"): State.WAITING,
    (State.RUNNING, "set_failed"): State.FAILED,
    (State.RUNNING, "cancel"): State.RUNNING,
    (State.RUNNING, "set_cancelled"): State.CANCELLED,
    (State.RENDERED, "set_delivered"): State.DELIVERED,
    (State.RENDERED, "set_failed"): State.FAILED,
}


@pytest.mark.parametrize(("state", "call"), [(state, call) for state in State for call in CALLS])
async def test_each_call_does_what_the_state_allows_and_else_nothing(
    store: JobStore, state: State, call: str
) -> None:
    before = await REACH[state](store)
    after = await CALLS[call](store, before.id)
    now = await store.get(before.id)
    expected = POSSIBLE.get((state, call))
    if expected is None:
        assert after is None
        assert now == before
    else:
        assert after is not None
        assert after.state is expected
        assert now == after
        assert await store.in_state(expected) == [after]


@pytest.mark.parametrize("call", CALLS)
async def test_a_job_that_never_was_cannot_be_changed(store: JobStore, call: str) -> None:
    assert await CALLS[call](store, "0123456789abcdef") is None
    assert await store.get("0123456789abcdef") is None


async def test_each_state_has_its_time_and_its_facts(store: JobStore, clock: ManualClock) -> None:
    start = clock.now()
    waiting = await submit(store, 7, seconds=3.5, weight=2.0)
    clock.advance(10)
    running = await store.claim("gpu-two")
    clock.advance(5)
    rendered = Rendered(
        pictures=(a_picture(0), a_picture(1)), notices=(Notice(code="vae", data={"given": "x"}),), seconds=4.5
    )
    done = await store.set_rendered(waiting.id, rendered)
    clock.advance(1)
    delivered = await store.set_delivered(waiting.id)
    assert (waiting.created_at, waiting.cost, waiting.weight, waiting.attempts) == (start, 350, 2.0, 0)
    assert running is not None
    assert (running.started_at, running.backend, running.attempts) == (start + 10, "gpu-two", 1)
    assert done is not None
    assert (done.rendered_at, done.pictures, done.notices) == (
        start + 15,
        rendered.pictures,
        rendered.notices,
    )
    assert done.seconds == 4.5
    assert delivered is not None
    assert delivered.finished_at == start + 16
    assert await store.get(waiting.id) == delivered
    assert delivered.pictures == rendered.pictures


async def test_a_failure_keeps_its_code_and_its_data(store: JobStore) -> None:
    job = await submit(store)
    failure = Failure(code="unknown_name", data={"kind": "lora", "nearest": ["a", "b"], "n": None})
    assert await store.set_failed(job.id, failure) is not None
    kept = await store.get(job.id)
    assert kept is not None
    assert kept.failure == failure


async def test_a_cancel_asked_for_while_it_runs_wins_over_pictures_that_come_later(store: JobStore) -> None:
    job = await _to_running(store)
    marked = await store.cancel(job.id)
    assert marked is not None
    assert (marked.state, marked.cancel_requested) == (State.RUNNING, True)
    late = await store.set_rendered(job.id, some_pictures())
    assert late is not None
    assert (late.state, late.pictures) == (State.CANCELLED, ())


async def test_what_an_interrupt_left_may_be_kept(store: JobStore) -> None:
    job = await _to_running(store)
    await store.cancel(job.id)
    kept = await store.set_rendered(job.id, some_pictures(interrupted=True))
    assert kept is not None
    assert kept.state is State.RENDERED


async def test_a_cancelled_job_does_not_go_back_to_the_line(store: JobStore) -> None:
    job = await _to_running(store)
    await store.cancel(job.id)
    gone = await store.release(job.id)
    assert gone is not None
    assert gone.state is State.CANCELLED
    assert await store.claim("gpu") is None


async def test_an_attempt_that_was_never_sent_does_not_count(store: JobStore) -> None:
    job = await _to_running(store)
    await store.release(job.id, counts=False)
    again = await store.claim("gpu")
    assert again is not None
    assert again.attempts == 1
    await store.release(job.id)
    third = await store.claim("gpu")
    assert third is not None
    assert third.attempts == 2


# ---- messages


async def test_a_status_message_is_remembered_through_all_states_and_forgotten(store: JobStore) -> None:
    job = await _to_waiting(store)
    await store.set_status_message(job.id, 77)
    await store.claim("gpu")
    await store.set_rendered(job.id, some_pictures())
    await store.set_delivered(job.id)
    assert [(found.id, found.status_message_id) for found in await store.with_status_message()] == [
        (job.id, 77)
    ]
    await store.set_status_message(job.id, None)
    assert await store.with_status_message() == []
    gone = await store.get(job.id)
    assert gone is not None
    assert gone.status_message_id is None


async def test_deliveries_are_planned_once(store: JobStore) -> None:
    job = await _to_rendered(store)
    planned = await store.plan_deliveries(job.id, [(0, 1), (2,)])
    again = await store.plan_deliveries(job.id, [(0,), (1,), (2,)])
    assert again == planned == await store.deliveries(job.id)
    assert [(delivery.part, delivery.pictures) for delivery in planned] == [(0, (0, 1)), (1, (2,))]
    assert len({delivery.id for delivery in planned}) == 2
    assert all(len(delivery.id) <= 25 for delivery in planned)


async def test_planning_in_a_burst_gives_everyone_the_same(store: JobStore) -> None:
    job = await _to_rendered(store)
    plans = await asyncio.gather(*(store.plan_deliveries(job.id, [(0,)]) for _ in range(5)))
    assert all(plan == plans[0] for plan in plans)


async def test_nothing_is_planned_for_a_job_that_never_was(store: JobStore) -> None:
    assert list(await store.plan_deliveries("0123456789abcdef", [(0,)])) == []


async def test_attempts_and_posts_are_noted_and_the_first_message_stands(
    store: JobStore, clock: ManualClock
) -> None:
    job = await _to_rendered(store)
    (delivery,) = await store.plan_deliveries(job.id, [(0,)])
    assert (delivery.attempted_at, delivery.message_id) == (None, None)
    await store.set_attempted(delivery.id)
    clock.advance(30)
    await store.set_attempted(delivery.id)
    await store.set_posted(delivery.id, 555)
    await store.set_posted(delivery.id, 666)
    found: Sequence[object] = [(one.attempted_at, one.message_id) for one in await store.deliveries(job.id)]
    assert found == [(clock.now(), 555)]
