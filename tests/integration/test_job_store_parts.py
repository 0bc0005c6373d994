"""A large batch that is drawn in several requests, with other people's jobs in between: of every JobStore."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import TooManyWaiting
from bot.model.work import Notice
from bot.queue.job import Failure, Job, Rendered, State
from bot.queue.protocols import Admission, JobStore
from tests.integration.job_stores import DURABLE, STORES, claimed, submit
from tests.support import ManualClock, some_pictures


def a_part(first: int, count: int, seconds: float = 10.0) -> Rendered:
    return some_pictures(count, first=first, drawn=count, seconds=seconds)


async def with_two_of_six(store: JobStore, *, seconds: float = 10.0, weight: float = 1.0) -> Job:
    """Six pictures of 60 s, of which two are drawn."""
    await submit(store, 1, seconds=60, pictures=6, weight=weight)
    job = await store.claim("gpu")
    assert job is not None
    waiting = await store.set_part(job.id, a_part(0, 2, seconds))
    assert waiting is not None
    return waiting


def indices(job: Job | None) -> Sequence[int]:
    assert job is not None
    return [picture.index for picture in job.pictures]


async def test_a_part_is_kept_and_the_rest_waits(store: JobStore) -> None:
    job = await with_two_of_six(store)
    assert (job.state, job.drawn, job.pictures_left, job.seconds) == (State.WAITING, 2, 4, 10.0)
    assert indices(job) == [0, 1]
    assert await store.get(job.id) == job
    assert (await store.overview()).waiting_pictures == 4


async def test_all_parts_together_are_one_job_with_all_pictures_and_all_seconds(store: JobStore) -> None:
    job = await with_two_of_six(store)
    for first in (2, 4):
        assert await claimed(store, 1) == [job.id]
        notices = (Notice(code="vae", data={"given": "x"}),)
        part = replace(a_part(first, 2), notices=notices, switch=1.5)
        await (store.set_part if first == 2 else store.set_rendered)(job.id, part)
    done = await store.get(job.id)
    assert done is not None
    assert done.state is State.RENDERED
    assert indices(done) == [0, 1, 2, 3, 4, 5]
    assert (done.seconds, done.switch, done.attempts) == (30.0, 3.0, 1)
    assert [notice.code for notice in done.notices] == ["vae"]


async def test_whoever_came_meanwhile_goes_between_two_parts(store: JobStore) -> None:
    await submit(store, 1, seconds=60, pictures=6)
    first = await store.claim("gpu")
    assert first is not None
    other = await submit(store, 2, seconds=10)
    await store.set_part(first.id, a_part(0, 2))
    assert await claimed(store, 2) == [other.id, first.id]


async def test_the_tag_moves_on_by_what_the_part_took_shared_by_weight(store: JobStore) -> None:
    assert (await with_two_of_six(store, seconds=10, weight=2.0)).tag == 500


async def test_the_persons_account_is_corrected_part_by_part(store: JobStore) -> None:
    job = await with_two_of_six(store, seconds=50)  # 20 were thought
    later = await submit(store, 1, seconds=5)
    assert later.tag == 6000 + 3000
    await claimed(store, 1)
    await store.set_rendered(job.id, a_part(2, 4, seconds=10))  # 40 were thought
    assert (await submit(store, 1)).tag == 9000 + 500 - 3000


async def test_what_is_drawn_no_longer_counts_as_waiting(store: JobStore) -> None:
    await with_two_of_six(store)
    limits = Admission(per_person=5, total=100)
    with pytest.raises(TooManyWaiting) as refused:
        await submit(store, 1, pictures=2, admission=limits)
    assert refused.value.waiting == 4
    assert (await store.place_of_new(1)).seconds_ahead == 40.0


async def test_parts_are_no_failed_attempts(store: JobStore) -> None:
    job = await with_two_of_six(store)
    await claimed(store, 1)
    await store.release(job.id)
    again = await store.claim("gpu")
    assert again is not None
    assert again.attempts == 2


async def test_a_crash_in_a_part_draws_that_part_again(kind: str, tmp_path: Path, clock: ManualClock) -> None:
    async with STORES[kind](tmp_path, clock) as store:
        before = await with_two_of_six(store)
        await claimed(store, 1)
    async with STORES[kind](tmp_path, clock) as store:
        back = await store.get(before.id)
        assert back is not None
        assert (back.state, back.drawn, back.tag) == (State.WAITING, 2, before.tag)
        assert back.pictures == before.pictures
        assert await claimed(store, 1) == [before.id]
        done = await store.set_rendered(before.id, a_part(2, 4))
        assert indices(done) == [0, 1, 2, 3, 4, 5]
    async with STORES[kind](tmp_path, clock) as store:
        assert await store.get(before.id) == done


async def test_cancelled_between_two_parts_it_goes_out_with_what_is_drawn(store: JobStore) -> None:
    job = await with_two_of_six(store)
    later = await submit(store, 1, seconds=5)
    assert later.tag == 5000
    ended = await store.cancel(job.id)
    assert ended is not None
    assert (ended.state, ended.cancel_requested, indices(ended)) == (State.RENDERED, True, [0, 1])
    assert await store.get(job.id) == ended
    forward = await store.get(later.id)
    assert forward is not None
    assert forward.tag == job.tag


async def test_cancelled_with_nothing_to_keep_it_is_gone(store: JobStore) -> None:
    job = await with_two_of_six(store)
    ended = await store.cancel(job.id, keep=False)
    assert ended is not None
    assert (ended.state, ended.pictures) == (State.CANCELLED, ())
    assert await store.get(job.id) == ended


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("ending", ["set_cancelled", "release", "set_part", "set_rendered"])
async def test_cancelled_while_a_later_part_runs_the_earlier_ones_are_kept_or_dropped(
    store: JobStore, keep: bool, ending: str
) -> None:
    job = await with_two_of_six(store)
    await claimed(store, 1)
    await store.cancel(job.id, keep=keep)
    if ending in ("set_cancelled", "release"):
        ended = await getattr(store, ending)(job.id)
    else:
        ended = await getattr(store, ending)(job.id, a_part(2, 2))
    assert ended is not None
    assert (ended.state, indices(ended)) == ((State.RENDERED, [0, 1]) if keep else (State.CANCELLED, []))
    assert await store.get(job.id) == ended


@pytest.mark.parametrize("runs", [True, False])
async def test_what_fails_after_some_parts_goes_out_with_them_and_the_reason(
    store: JobStore, runs: bool
) -> None:
    job = await with_two_of_six(store)
    if runs:
        await claimed(store, 1)
    failure = Failure(code="expired", data={"hours": 6.0})
    ended = await store.set_failed(job.id, failure)
    assert ended is not None
    assert (ended.state, ended.failure, indices(ended)) == (State.RENDERED, failure, [0, 1])
    assert await store.get(job.id) == ended
    over = await store.set_failed(job.id, failure)
    assert over is not None
    assert over.state is State.FAILED


async def test_seconds_used_are_at_least_those_of_the_parts_that_are_done(store: JobStore) -> None:
    job = await with_two_of_six(store, seconds=100)
    assert await store.seconds_used(1, 0.0) == 100.0
    await claimed(store, 1)
    await store.set_rendered(job.id, a_part(2, 4, seconds=100))
    assert await store.seconds_used(1, 0.0) == 200.0


@pytest.fixture(params=DURABLE)
def kind(request: pytest.FixtureRequest) -> str:
    """Each durable store in turn."""
    name: str = request.param
    return name
