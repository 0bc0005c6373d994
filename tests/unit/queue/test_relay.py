"""What processes tell each other: state, progress, cancels, skips; and what happens after a silence."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bot.queue.costs import Costs
from bot.queue.events import Anew, Event, Events, LineMoved, Progressed, StateChanged, Subscription
from bot.queue.job import State
from bot.queue.manager import CancelOutcome, QueueManager
from bot.queue.memory import MemoryJobStore
from bot.queue.signals import Hear, Hint, Kind
from bot.queue.terms import Terms
from tests.support import PLENTY, ManualClock, a_request, an_origin, eventually


class Wire:
    """Signals of one process; what it sends is kept, and what others send is put in."""

    def __init__(self) -> None:
        self.sent: list[Hint] = []
        self._hears: list[Hear] = []

    def send(self, hint: Hint) -> None:
        self.sent.append(hint)

    def listen(self, hear: Hear) -> Callable[[], None]:
        self._hears.append(hear)
        return lambda: self._hears.remove(hear)

    def put_in(self, hint: Hint) -> None:
        for hear in self._hears:
            hear(hint)

    def kinds(self, job_id: str) -> list[str]:
        return [hint.state or hint.kind.value for hint in self.sent if hint.job_id == job_id]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def a_queue(store: MemoryJobStore, clock: ManualClock, wire: Wire) -> QueueManager:
    return QueueManager(
        store=store,
        clock=clock,
        events=Events(),
        terms=Terms(admission=PLENTY, keep_seconds=3600, max_attempts=3),
        costs=Costs(),
        signals=wire,
    )


async def heard(queue: QueueManager, wire: Wire, *hints: Hint) -> list[Event]:
    """What somebody here hears of these."""
    with queue.events.subscribe() as events:
        for hint in hints:
            wire.put_in(hint)
        queue.events.hear(Progressed(job_id="end", fraction=1.0))
        return [event async for event in _until_end(events)]


async def _until_end(events: Subscription) -> AsyncIterator[Event]:
    async for event in events:
        if event.job_id == "end":
            return
        yield event


async def test_what_happens_to_a_job_here_is_told_and_is_not_told_back(clock: ManualClock) -> None:
    wire = Wire()
    async with a_queue(MemoryJobStore(clock), clock, wire) as queue:
        job = await queue.submit(a_request(), an_origin())
        await queue.dispatch.next_job("gpu")
        assert wire.kinds(job.id) == ["waiting", "running"]
        told = len(wire.sent)
        hint = Hint(kind=Kind.STATE, job_id="x", state="rendered")
        assert await heard(queue, wire, hint) == [
            StateChanged(job_id="x", state=State.RENDERED, elsewhere=True),
            LineMoved(),
        ]
        assert len(wire.sent) == told


async def test_a_job_that_comes_in_elsewhere_is_taken_here(clock: ManualClock) -> None:
    wire, store = Wire(), MemoryJobStore(clock)
    async with a_queue(store, clock, wire) as queue, a_queue(store, clock, Wire()) as other:
        taking = asyncio.create_task(queue.dispatch.next_job("gpu"), name="taking")
        await asyncio.sleep(0)
        job = await other.submit(a_request(), an_origin())
        wire.put_in(Hint(kind=Kind.STATE, job_id=job.id, state="waiting"))
        assert (await taking).id == job.id


async def test_a_cancel_stops_the_job_where_it_runs(clock: ManualClock) -> None:
    here, there, store = Wire(), Wire(), MemoryJobStore(clock)
    async with a_queue(store, clock, here) as queue, a_queue(store, clock, there) as other:
        job = await queue.submit(a_request(), an_origin())
        await other.dispatch.next_job("gpu")
        assert await queue.cancel(job.id) is CancelOutcome.STOPPING
        assert not other.dispatch.runs[job.id].stop.is_set()
        there.put_in(Hint(kind=Kind.STOP, job_id=job.id))
        assert "stop" in here.kinds(job.id)
        assert other.dispatch.runs[job.id].stop.is_set()


async def test_a_cancel_whose_hint_was_lost_is_found_after_the_silence(clock: ManualClock) -> None:
    here, there, store = Wire(), Wire(), MemoryJobStore(clock)
    async with a_queue(store, clock, here) as queue, a_queue(store, clock, there) as other:
        job = await queue.submit(a_request(), an_origin())
        await other.dispatch.next_job("gpu")
        await queue.cancel(job.id)
        assert await heard(other, there, Hint(kind=Kind.ANEW)) == []
        await eventually(other.dispatch.runs[job.id].stop.is_set)
        assert not other.dispatch.runs[job.id].keep  # it may have been a moderator who asked


async def test_a_cancel_that_was_heard_is_not_heard_otherwise_after_a_silence(clock: ManualClock) -> None:
    wire = Wire()
    async with a_queue(MemoryJobStore(clock), clock, wire) as queue:
        jobs = [await queue.submit(a_request(), an_origin()) for _ in range(2)]
        for n, _ in enumerate(jobs):
            await queue.dispatch.next_job(f"gpu-{n}")
        await queue.cancel(jobs[0].id)
        await queue._store.cancel(jobs[1].id)
        await heard(queue, wire, Hint(kind=Kind.ANEW))
        await eventually(queue.dispatch.runs[jobs[1].id].stop.is_set)
        assert queue.dispatch.runs[jobs[0].id].keep


async def test_progress_is_told_at_once_and_then_with_its_latest(clock: ManualClock) -> None:
    wire = Wire()
    async with a_queue(MemoryJobStore(clock), clock, wire) as queue:
        job = await queue.submit(a_request(), an_origin())
        await queue.dispatch.next_job("gpu")
        wire.sent.clear()
        queue.dispatch.report(Progressed(job_id=job.id, fraction=0.1, preview=b"x" * 9000))
        await eventually(lambda: len(wire.sent) == 1)
        for step in range(2, 6):
            queue.dispatch.report(Progressed(job_id=job.id, fraction=step / 10))
        await clock.until_asleep(2)  # the expiry of old jobs is the other one
        clock.advance(1.0)
        await eventually(lambda: len(wire.sent) == 2)
        assert [hint.fraction for hint in wire.sent] == [0.1, 0.5]


async def test_progress_of_others_is_known_until_they_are_done(clock: ManualClock) -> None:
    wire = Wire()
    async with a_queue(MemoryJobStore(clock), clock, wire) as queue:
        wire.put_in(Hint(kind=Kind.PROGRESS, job_id="x", fraction=7.0))
        latest = queue.progress("x")
        assert latest is not None
        assert latest.fraction == 1.0
        wire.put_in(Hint(kind=Kind.STATE, job_id="x", state="rendered"))
        assert queue.progress("x") is None
        assert await heard(queue, wire, Hint(kind=Kind.STATE, job_id="x", state="of a later version")) == []


async def test_only_a_job_that_runs_elsewhere_is_skipped_elsewhere(clock: ManualClock) -> None:
    here, there, store = Wire(), Wire(), MemoryJobStore(clock)
    async with a_queue(store, clock, here) as queue, a_queue(store, clock, there) as other:
        job = await queue.submit(a_request(), an_origin())
        assert not await queue.skip_elsewhere(job.id)
        await other.dispatch.next_job("gpu")
        assert await queue.skip_elsewhere(job.id)
        assert not await other.skip_elsewhere(job.id)
        assert "skip" in here.kinds(job.id)


async def test_after_a_silence_everybody_looks_again(clock: ManualClock) -> None:
    wire = Wire()
    async with a_queue(MemoryJobStore(clock), clock, wire) as queue:
        with queue.events.subscribe() as events:
            wire.put_in(Hint(kind=Kind.ANEW))
            assert [await anext(events), await anext(events)] == [LineMoved(), Anew()]
