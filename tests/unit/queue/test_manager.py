"""The queue as cogs see it: submitting, cancelling, waiting times, expiry."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import JsonValue

from bot.errors import StorageError, TooManyWaiting
from bot.model.work import Txt2Img
from bot.queue.costs import Costs
from bot.queue.events import Event, Events, Progressed, StateChanged, Subscription
from bot.queue.floor import Floor
from bot.queue.job import Failure, Job, State
from bot.queue.manager import CancelOutcome, QueueManager
from bot.queue.memory import MemoryJobStore
from bot.queue.protocols import Admission
from bot.queue.terms import Terms
from tests.support import (
    PATIENCE_SECONDS,
    PLENTY,
    ManualClock,
    a_request,
    an_origin,
    eventually,
    some_pictures,
)

HOUR = 3600.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> MemoryJobStore:
    return MemoryJobStore(clock)


def a_manager(
    store: MemoryJobStore,
    clock: ManualClock,
    *,
    admission: Admission = PLENTY,
    max_attempts: int = 3,
    costs: Costs | None = None,
    open_since: Callable[[], float] = lambda: float("-inf"),
) -> QueueManager:
    """One that keeps jobs for six hours."""
    return QueueManager(
        store=store,
        clock=clock,
        events=Events(),
        terms=Terms(admission=admission, keep_seconds=6 * HOUR, max_attempts=max_attempts),
        costs=costs or Costs(),
        open_since=open_since,
    )


@pytest.fixture
async def queue(store: MemoryJobStore, clock: ManualClock) -> AsyncIterator[QueueManager]:
    async with a_manager(store, clock) as queue:
        yield queue


async def submit(queue: QueueManager, person: int = 1, pictures: int = 1) -> Job:
    """A request of 12 s a picture."""
    return await queue.submit(a_request(pictures=pictures), an_origin(person))


async def taken(queue: QueueManager, name: str = "one") -> Job:
    """What a worker of that back end gets."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await queue.dispatch.next_job(name)


async def heard(subscription: Subscription, event: Event) -> None:
    """Fail unless ``event`` comes."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for told in subscription:
            if told == event:
                return


async def test_a_request_is_in_the_store_before_it_is_told(
    queue: QueueManager, store: MemoryJobStore
) -> None:
    with queue.events.subscribe() as subscription:
        job = await submit(queue)
        assert await store.get(job.id) == job
        await heard(subscription, StateChanged(job_id=job.id, state=State.WAITING))
    assert job.cost == 1200


async def test_the_limits_of_everybody_hold_unless_a_person_has_their_own(
    store: MemoryJobStore, clock: ManualClock
) -> None:
    async with a_manager(store, clock, admission=Admission(per_person=1, total=9)) as queue:
        await submit(queue)
        with pytest.raises(TooManyWaiting):
            await submit(queue)
        await queue.submit(a_request(), an_origin(1), admission=Admission(per_person=2, total=9))


# ---- cancelling


async def test_a_waiting_job_is_cancelled_at_once(queue: QueueManager, store: MemoryJobStore) -> None:
    job = await submit(queue)
    with queue.events.subscribe() as subscription:
        assert await queue.cancel(job.id) is CancelOutcome.CANCELLED
        await heard(subscription, StateChanged(job_id=job.id, state=State.CANCELLED))
    assert (await store.overview()).waiting == 0


async def test_the_cancel_of_a_running_job_reaches_whoever_runs_it(queue: QueueManager) -> None:
    job = await submit(queue)
    await taken(queue)
    assert await queue.cancel(job.id) is CancelOutcome.STOPPING
    assert queue.dispatch.runs[job.id].stop.is_set()


async def test_a_second_cancel_of_a_running_job_says_the_same(queue: QueueManager) -> None:
    job = await submit(queue)
    await taken(queue)
    await queue.cancel(job.id)
    assert await queue.cancel(job.id) is CancelOutcome.STOPPING


async def test_what_a_moderator_stops_stays_stopped_whoever_cancels_it_again(queue: QueueManager) -> None:
    job = await submit(queue)
    await taken(queue)
    await queue.cancel(job.id, keep=False)
    await queue.cancel(job.id)
    assert not queue.dispatch.runs[job.id].keep


async def test_a_cancel_after_the_pictures_is_too_late(queue: QueueManager) -> None:
    job = await submit(queue)
    await queue.dispatch.set_rendered(await taken(queue), some_pictures())
    assert await queue.cancel(job.id) is CancelOutcome.TOO_LATE
    assert await queue.cancel("0123456789abcdef") is CancelOutcome.TOO_LATE


class SlowStore(MemoryJobStore):
    """A store whose answers to ``claim`` are held back."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.claimed = asyncio.Event()
        self.answer = asyncio.Event()

    async def claim(self, backend: str, floor: Floor | None = None) -> Job | None:
        job = await super().claim(backend, floor)
        self.claimed.set()
        await self.answer.wait()
        return job


async def test_a_cancel_between_the_claim_and_its_answer_is_not_lost(clock: ManualClock) -> None:
    store = SlowStore(clock)
    async with a_manager(store, clock) as queue:
        job = await submit(queue)
        taking = asyncio.ensure_future(taken(queue))
        await store.claimed.wait()
        assert await queue.cancel(job.id) is CancelOutcome.STOPPING
        store.answer.set()
        await taking
        assert queue.dispatch.runs[job.id].stop.is_set()


# ---- handing out


async def test_whoever_waits_for_work_is_woken_by_it(queue: QueueManager) -> None:
    takers = [asyncio.ensure_future(taken(queue, name)) for name in ("one", "two")]
    await asyncio.sleep(0)
    jobs = [await submit(queue), await submit(queue)]
    got = await asyncio.gather(*takers)
    assert {job.id for job in got} == {job.id for job in jobs}
    assert {job.backend for job in got} == {"one", "two"}


async def test_a_job_that_comes_back_wakes_whoever_waits(queue: QueueManager) -> None:
    job = await submit(queue)
    first = await taken(queue, "one")
    other = asyncio.ensure_future(taken(queue, "two"))
    await asyncio.sleep(0)
    await queue.dispatch.release(first)
    assert (await other).id == job.id


async def test_while_paused_requests_are_taken_and_none_is_handed_out(queue: QueueManager) -> None:
    queue.pause()
    job = await submit(queue)
    taker = asyncio.ensure_future(taken(queue))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not taker.done()
    queue.resume()
    assert (await taker).id == job.id


async def test_a_job_whose_taker_went_away_is_put_back_and_the_attempt_not_counted(
    clock: ManualClock,
) -> None:
    store = SlowStore(clock)
    async with a_manager(store, clock) as queue:
        job = await submit(queue)
        taking = asyncio.ensure_future(taken(queue))
        await store.claimed.wait()
        taking.cancel()
        store.answer.set()
        again = await taken(queue)
        assert (again.id, again.attempts) == (job.id, 1)


async def test_a_job_that_ran_at_every_crash_is_given_up(store: MemoryJobStore, clock: ManualClock) -> None:
    async with a_manager(store, clock, max_attempts=2) as queue:
        bad = await submit(queue)
        for _ in range(2):
            await store.claim("one")
            await store.release(bad.id)  # what a start does after a crash
        good = await submit(queue)
        assert (await taken(queue)).id == good.id
        gone = await store.get(bad.id)
        assert gone is not None
        assert gone.failure == Failure(code="gave_up", data={"attempts": 2})


async def test_a_store_in_trouble_is_asked_again_until_the_state_is_written(clock: ManualClock) -> None:
    class Flaky(MemoryJobStore):
        troubles = 2

        async def set_cancelled(self, job_id: str) -> Job | None:
            if self.troubles:
                self.troubles -= 1
                raise StorageError(reason="full")
            return await super().set_cancelled(job_id)

    store = Flaky(clock)
    async with a_manager(store, clock) as queue:
        await submit(queue)
        job = await taken(queue)
        writing = asyncio.ensure_future(queue.dispatch.set_cancelled(job))
        for _ in range(2):
            await clock.until_asleep(2)  # the expiry and the retry
            clock.advance(30)
        done = await writing
        assert done is not None
        assert done.state is State.CANCELLED


async def test_a_state_is_written_even_if_its_writer_is_cancelled(clock: ManualClock) -> None:
    class Held(MemoryJobStore):
        begun = asyncio.Event()
        go_on = asyncio.Event()

        async def set_cancelled(self, job_id: str) -> Job | None:
            self.begun.set()
            await self.go_on.wait()
            return await super().set_cancelled(job_id)

    store = Held(clock)
    async with a_manager(store, clock) as queue:
        job = await submit(queue)
        writing = asyncio.ensure_future(queue.dispatch.set_cancelled(await taken(queue)))
        await store.begun.wait()
        writing.cancel()
        store.go_on.set()
    now = await store.get(job.id)
    assert now is not None
    assert now.state is State.CANCELLED


# ---- places and times


async def test_the_wait_is_what_is_ahead_over_the_back_ends_plus_its_own(queue: QueueManager) -> None:
    for person in (1, 2, 3):
        await submit(queue, person)
    job = await submit(queue, 4)
    for name in ("one", "two"):
        queue.dispatch.backend_up(name)
    wait = await queue.wait_for(job.id)
    assert wait is not None
    assert (wait.place.ahead, wait.place.people_ahead, wait.backends) == (3, 3, 2)
    # 36 s before it on two back ends and 12 s of its own, give or take.
    assert wait.low < 30 < wait.high
    assert (wait.low + wait.high) / 2 == pytest.approx(30)


async def test_the_rest_of_what_runs_counts_by_the_clock_and_then_by_its_progress(
    queue: QueueManager, clock: ManualClock
) -> None:
    await submit(queue, 1)
    running = await taken(queue)
    job = await submit(queue, 2)
    clock.advance(4)
    wait = await queue.wait_for(job.id)
    assert wait is not None
    assert wait.place.seconds_ahead == pytest.approx(8)
    queue.dispatch.report(Progressed(job_id=running.id, fraction=0.1))
    wait = await queue.wait_for(job.id)
    assert wait is not None
    assert wait.place.seconds_ahead == pytest.approx(36)


async def test_what_runs_longer_than_thought_is_not_counted_below_zero(
    queue: QueueManager, clock: ManualClock
) -> None:
    await submit(queue, 1)
    await taken(queue)
    job = await submit(queue, 2)
    clock.advance(1000)
    wait = await queue.wait_for(job.id)
    assert wait is not None
    assert wait.place.seconds_ahead == 0


async def test_with_no_back_end_up_the_wait_says_so(queue: QueueManager) -> None:
    job = await submit(queue)
    queue.dispatch.backend_up("one")
    queue.dispatch.backend_down("one")
    wait = await queue.wait_for(job.id)
    assert wait is not None
    assert wait.backends == 0
    assert wait.high > wait.low > 0


async def test_what_does_not_wait_has_no_wait(queue: QueueManager) -> None:
    job = await submit(queue)
    await taken(queue)
    assert await queue.wait_for(job.id) is None
    assert await queue.wait_for("0123456789abcdef") is None


async def test_a_request_can_be_weighed_before_it_is_made(queue: QueueManager, store: MemoryJobStore) -> None:
    await submit(queue, 1)
    foreseen, seconds = await queue.wait_for_new(a_request(pictures=2), 2)
    assert seconds == 24
    assert (await store.overview()).waiting == 1
    assert await queue.wait_for((await submit(queue, 2, pictures=2)).id) == foreseen


async def test_the_latest_progress_of_a_running_job_is_known_and_then_forgotten(queue: QueueManager) -> None:
    await submit(queue)
    job = await taken(queue)
    assert queue.progress(job.id) is None
    with queue.events.subscribe() as subscription:
        queue.dispatch.report(Progressed(job_id=job.id, fraction=0.25))
        await heard(subscription, Progressed(job_id=job.id, fraction=0.25))
    assert queue.progress(job.id) == Progressed(job_id=job.id, fraction=0.25)
    await queue.dispatch.set_rendered(job, some_pictures())
    queue.dispatch.report(Progressed(job_id=job.id, fraction=0.9))
    assert queue.progress(job.id) is None


# ---- learning, expiry, the end


class Kept:
    """A Memory."""

    def __init__(self) -> None:
        self.values: dict[str, JsonValue] = {}

    async def get(self, name: str) -> JsonValue:
        return self.values.get(name)

    async def put(self, name: str, value: JsonValue) -> None:
        self.values[name] = value


async def test_what_was_rendered_teaches_the_next_estimate_and_is_remembered(
    store: MemoryJobStore, clock: ManualClock
) -> None:
    costs, kept = Costs(), Kept()
    queue = QueueManager(
        store=store,
        clock=clock,
        events=Events(),
        terms=Terms(admission=PLENTY, keep_seconds=HOUR, max_attempts=3),
        costs=costs,
        memory=kept,
    )
    async with queue:
        await submit(queue)
        await queue.dispatch.set_rendered(await taken(queue), some_pictures(seconds=3.0))
        assert (await submit(queue)).cost == 300
    assert kept.values == {"queue.costs": costs.dump()}


async def test_an_interrupted_picture_teaches_nothing(queue: QueueManager) -> None:
    job = await submit(queue)
    await taken(queue)
    await queue.cancel(job.id)
    await queue.dispatch.set_rendered(job, some_pictures(seconds=1.0, interrupted=True))
    assert (await submit(queue)).cost == 1200


async def test_a_job_that_waited_six_hours_expires_and_says_so(
    queue: QueueManager, store: MemoryJobStore, clock: ManualClock
) -> None:
    old = await submit(queue, 1)
    await clock.until_asleep()
    clock.advance(6 * HOUR - 61)
    young = await submit(queue, 2)
    await clock.until_asleep()
    clock.advance(62)

    async def expired() -> bool:
        job = await store.get(old.id)
        return job is not None and job.state is State.FAILED

    await eventually(expired)
    job = await store.get(old.id)
    assert job is not None
    assert job.failure == Failure(code="expired", data={"hours": 6.0})
    still = await store.get(young.id)
    assert still is not None
    assert still.state is State.WAITING


async def test_what_could_not_be_drawn_does_not_expire_before_the_line_was_open_as_long_again(
    store: MemoryJobStore, clock: ManualClock
) -> None:
    opened = float("inf")
    async with a_manager(store, clock, open_since=lambda: opened) as queue:
        old = await submit(queue, 1)

        async def waits() -> bool:
            await clock.until_asleep()
            job = await store.get(old.id)
            return job is not None and job.state is State.WAITING

        await clock.until_asleep()
        clock.advance(20 * HOUR)
        assert await waits()
        opened = clock.now()
        clock.advance(6 * HOUR - 61)
        assert await waits()
        clock.advance(62)

        async def expired() -> bool:
            return not await waits()

        await eventually(expired)


async def test_the_task_of_expiry_survives_a_store_in_trouble(clock: ManualClock) -> None:
    class Down(MemoryJobStore):
        asked = 0

        async def expired(self, before: float) -> list[Job]:
            self.asked += 1
            raise StorageError(reason="io")

    store = Down(clock)
    async with a_manager(store, clock) as queue:
        for round_ in (1, 2, 3):
            await clock.until_asleep()
            assert store.asked == round_
            clock.advance(60)
            await eventually(lambda expected=round_ + 1: store.asked == expected)  # type: ignore[misc]
        assert not queue.task.done()


async def test_each_finished_job_leaves_one_line_with_its_facts(
    queue: QueueManager, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    delivered = await submit(queue)
    await queue.dispatch.set_rendered(await taken(queue), some_pictures())
    assert await queue.delivered(delivered.id) is not None
    assert await queue.delivered(delivered.id) is None
    cancelled = await submit(queue)
    await queue.cancel(cancelled.id)
    failed = await submit(queue)
    await queue.fail(failed.id, Failure(code="x"))
    lines = [record for record in caplog.records if record.message == "job finished"]
    assert [(vars(line)["job"], vars(line)["state"]) for line in lines] == [
        (delivered.id, "delivered"),
        (cancelled.id, "cancelled"),
        (failed.id, "failed"),
    ]


async def test_a_status_message_is_kept_and_shown_at_once(queue: QueueManager, store: MemoryJobStore) -> None:
    job = await submit(queue)
    with queue.events.subscribe() as subscription:
        await queue.attach_status(job.id, 99)
        await heard(subscription, StateChanged(job_id=job.id, state=State.WAITING))
    kept = await store.get(job.id)
    assert kept is not None
    assert kept.status_message_id == 99


async def test_the_estimate_of_a_request_is_its_cost(store: MemoryJobStore, clock: ManualClock) -> None:
    costs = Costs()
    costs.learn(Txt2Img(prompt="", seed=1, steps=20), 5.0)
    async with a_manager(store, clock, costs=costs) as queue:
        assert (await submit(queue, pictures=2)).cost == 1000
