"""Between the line and the back ends: who gets the next job, what runs, and what becomes of it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.errors import EaselError, StorageError
from bot.model.clock import Clock
from bot.model.tasks import TaskOwner
from bot.model.work import Work
from bot.queue.bell import Bell
from bot.queue.costs import Costs
from bot.queue.events import Events, LineMoved, Progressed, StateChanged
from bot.queue.floor import ANY_BACKEND, Fleet, Floor
from bot.queue.job import Failure, Job, Rendered, Setback, State
from bot.queue.learned import Learned
from bot.queue.parts import Part, of_all
from bot.queue.protocols import JobStore, Memory
from bot.queue.record import (
    backend_at_fault,
    facts_of,
    failure_of,
    never_sent,
    refused_there,
    setback_of,
    was_tried,
)
from bot.queue.switches import Switches
from bot.queue.terms import Terms

log = logging.getLogger(__name__)

T = TypeVar("T")

_WRITE_PAUSES = (1.0, 4.0, 15.0)
"""Seconds before each further try to write down what became of a job."""
_CLOSE_SECONDS = 10.0


@dataclass(slots=True)
class Run:
    """A job on a back end."""

    job: Job
    part: Part
    """What of it is drawn now."""
    seconds: float
    """Likely, for that part."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when its cancel is asked for."""
    keep: bool = True
    """Whether its pictures are of use after that."""
    progress: Progressed | None = None
    """Of the whole job."""
    fraction: float = 0.0
    """How far the part is, 0 to 1."""


class Dispatch:
    """What workers talk to. Every write of a job's state is finished even if its caller is cancelled."""

    def __init__(
        self,
        *,
        store: JobStore,
        clock: Clock,
        events: Events,
        costs: Costs,
        terms: Terms,
        switches: Switches | None = None,
        memory: Memory | None = None,
        fleet: Fleet | None = None,
    ) -> None:
        self.terms = terms
        """Read at each use."""
        self._store = store
        self._clock = clock
        self._events = events
        self._learned = Learned(costs, switches, memory)
        self._fleet = fleet or ANY_BACKEND
        self._tasks = TaskOwner()
        self._alarms = TaskOwner()
        self._alarm_at: float | None = None
        self._bell = Bell()
        self._open = asyncio.Event()
        self._open.set()
        self._runs: dict[str, Run] = {}
        self._begun: set[str] = set()
        self._claiming = 0
        self._stop_early: dict[str, bool] = {}
        self._up: set[str] = set()
        self._asking: Counter[str] = Counter()
        self._shown_up: frozenset[str] = frozenset()
        self._fleet.watch(self._fleet_changed)

    @property
    def runs(self) -> Mapping[str, Run]:
        """What runs in this process, by job id."""
        return self._runs

    @property
    def up(self) -> frozenset[str]:
        """Names of the back ends that take jobs now."""
        standings = self._fleet.standings()
        elsewhere = {one.name for one in standings if one.elsewhere}
        return frozenset(self._up | elsewhere) - {one.name for one in standings if not one.up}

    @property
    def backends_up(self) -> int:
        """Back ends that take jobs now."""
        return len(self.up)

    def able(self, work: Work) -> frozenset[str]:
        """Those of them that have what ``work`` names."""
        servers = self._fleet.servers(work)
        return self.up if servers is None else self.up & servers

    @property
    def paused(self) -> bool:
        """Nothing is claimed at present."""
        return not self._open.is_set()

    def pause(self) -> None:
        """Claim nothing further. What runs goes on."""
        self._open.clear()

    def resume(self) -> None:
        """Claim again."""
        self._open.set()

    def backend_up(self, name: str) -> None:
        """A back end takes jobs."""
        self._up.add(name)
        self._show_if_changed()

    def backend_down(self, name: str) -> None:
        """A back end takes no jobs for now."""
        self._up.discard(name)
        self._show_if_changed()

    async def refresh_learned(self) -> None:
        """Take over what other processes have learned of speeds."""
        await self._learned.refresh()

    def wake(self) -> None:
        """Something may be claimed that could not be before."""
        self._bell.ring()

    async def close(self) -> None:
        """Wait, not for ever, until every write has been finished."""
        await self._alarms.close()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._tasks.drain()
        except TimeoutError:
            log.critical("writes were given up at the end", extra={"writes": len(self._tasks)})
        await self._tasks.close()

    async def next_job(self, backend: str) -> Job:
        """Whose turn it is on ``backend``, as soon as there is one. Raises StorageError."""
        self._asking[backend] += 1
        try:
            return await self._next_job(backend)
        finally:
            self._asking[backend] -= 1
            self.wake()  # others left to this one what they may have now

    def report(self, progressed: Progressed) -> None:
        """The part of a job that runs got on."""
        run = self._runs.get(progressed.job_id)
        if run is not None:
            run.fraction = progressed.fraction
            run.progress = of_all(progressed, run.part)
            self._events.publish(run.progress)

    def stop_running(self, job_id: str, *, keep: bool = True) -> None:
        """Tell whoever runs a job that its cancel was asked for; ``keep``: what is drawn is of use.

        What was once of no use stays so. Where one part of a job has just ended, the next may be claimed
        already: the cancel is meant for that as well.
        """
        run = self._runs.get(job_id)
        if run is not None:
            run.keep = run.keep and keep
            run.stop.set()
        if self._claiming:
            self._stop_early[job_id] = self._stop_early.get(job_id, True) and keep

    async def set_rendered(self, job: Job, rendered: Rendered) -> Job | None:
        """The pictures are on disk. None: somebody else was faster, and the pictures are of no use.

        After a cancel they are what it left, if they are wanted; otherwise the rest of them may wait.
        """
        run = self._runs.get(job.id)
        if run is not None and run.stop.is_set():
            if not run.keep or not rendered.pictures:
                return await self.set_cancelled(job)
            left = replace(rendered, interrupted=True)
            return await self._end(job.id, lambda: self._store.set_rendered(job.id, left))
        complete = self._learned.completed(job, rendered)
        write = self._store.set_part if _is_part(job, complete) else self._store.set_rendered
        done = await self._end(job.id, lambda: write(job.id, complete))
        if done is not None and done.state is not State.CANCELLED and not rendered.interrupted:
            await self._learned.learn(job, complete)
        return done

    async def set_cancelled(self, job: Job) -> Job | None:
        """It was interrupted, or not even begun."""
        return await self._end(job.id, lambda: self._store.set_cancelled(job.id))

    async def release(self, job: Job, *, counts: bool = True, setback: Setback | None = None) -> Job | None:
        """Back to the line, with the reason where there is one to remember."""
        return await self._end(job.id, lambda: self._store.release(job.id, counts=counts, setback=setback))

    async def handle_failure(self, job: Job, error: Exception) -> Job | None:
        """Decide what an error means: cancelled if that was asked for, another attempt, or the end."""
        if job.id in self._runs and self._runs[job.id].stop.is_set():
            return await self.set_cancelled(job)
        why = {"job": job.id, "backend": job.backend, "attempt": job.attempts, "error": str(error)}
        if never_sent(error):
            log.info("a job goes back to the line: not sent", extra=why)
            return await self.release(job, counts=False)
        if self._may_go_on(job, error):
            log.warning("a job goes back to the line", extra=why)
            return await self.release(job, counts=was_tried(error), setback=setback_of(job, error))
        failure = failure_of(error)
        # A known error says everything by itself; of one that nobody foresaw the host wants to see where.
        unforeseen = None if isinstance(error, EaselError) else error
        log.warning(
            "a job failed", extra=why | {"reference": failure.data.get("reference")}, exc_info=unforeseen
        )
        used = 0.0 if backend_at_fault(error) else max(0.0, self._clock.now() - (job.started_at or 0.0))
        return await self.fail(job.id, failure, used=used)

    async def fail(self, job_id: str, failure: Failure, *, used: float = 0.0) -> Job | None:
        """The end of a job without a result."""
        return await self._end(job_id, lambda: self._store.set_failed(job_id, failure, used=used))

    def show(self, job: Job) -> None:
        """Publish what a job is now."""
        self._events.publish(StateChanged(job_id=job.id, state=job.state))

    def tell(self, job: Job) -> None:
        """Publish a change of state, and write the job's last line in the log if that was the end."""
        self.show(job)
        self._events.publish(LineMoved())
        if job.state.is_final:
            log.info("job finished", extra=facts_of(job))

    def recovered(self, jobs: Iterable[Job]) -> None:
        """Jobs that a dead process ran are back in the line, or ended."""
        for job in jobs:
            self.tell(job)
        self.wake()

    async def write(self, change: Callable[[], Awaitable[T]]) -> T:
        """Do it to its end, whatever becomes of the caller. A store in trouble is tried again for a while."""
        return await asyncio.shield(self._tasks.start(self._persist(change), "queue-write"))

    async def _persist(self, change: Callable[[], Awaitable[T]]) -> T:
        for pause in _WRITE_PAUSES:
            try:
                return await change()
            except StorageError as error:
                log.warning("a job's state could not be written yet", extra={"reason": error.reason})
                await self._clock.sleep(pause)
        return await change()

    async def _end(self, job_id: str, change: Callable[[], Awaitable[Job | None]]) -> Job | None:
        """A running job stops running in some way.

        Put back to the line, it may run on another back end before this comes to know of the write: then
        what is noted of it is the other's.
        """
        run = self._runs.get(job_id)
        try:
            job = await self.write(change)
        finally:
            if self._runs.get(job_id) is run:
                self._runs.pop(job_id, None)
        if job_id not in self._runs:
            self._begun.discard(job_id)
        if job is None:
            log.warning("a job was in another state than thought", extra={"job": job_id})
            return None
        self.tell(job)
        if job.state is State.WAITING:
            self.wake()
        return job

    def _may_go_on(self, job: Job, error: Exception) -> bool:
        """Whether another attempt makes sense: anywhere, or on another back end that is up."""
        if not was_tried(error):
            return bool(self._others(job))
        if job.attempts >= self.terms.max_attempts:
            return False
        return backend_at_fault(error) or (refused_there(error) and bool(self._others(job)))

    def _others(self, job: Job) -> frozenset[str]:
        """Back ends that are up, have what the job names, and did not refuse it."""
        return self.able(job.request.work) - job.refused_by - {job.backend or ""}

    def _floor(self) -> Floor:
        return Floor(
            fleet=self._fleet,
            free=frozenset(+self._asking),
            begun=self._begun,
            switch_seconds=self._learned.switch_seconds,
        )

    def _fleet_changed(self) -> None:
        self._show_if_changed()
        self.wake()

    def _show_if_changed(self) -> None:
        """With another back end up, or one less, every waiting time is another."""
        up = self.up
        if up != self._shown_up:
            self._shown_up = up
            self._events.publish(LineMoved())

    async def _next_job(self, backend: str) -> Job:
        while True:
            await self._open.wait()
            heard = self._bell.listen()
            job = await self._claim(backend)
            if job is not None:
                return job
            at = await self._store.look_again(backend, self._floor())
            if at is not None:
                self._set_alarm(at)
            await heard()

    def _set_alarm(self, at: float) -> None:
        """Ring at that time. Whoever still has to wait then sets it again."""
        if self._alarm_at is None or at < self._alarm_at:
            self._alarm_at = at
            self._alarms.start(self._ring_at(at), "look-again")

    async def _ring_at(self, at: float) -> None:
        await self._clock.sleep(max(0.0, at - self._clock.now()))
        if self._alarm_at == at:
            self._alarm_at = None
        self.wake()

    async def _claim(self, backend: str) -> Job | None:
        """Claim in a task of its own: a job whose taker was cancelled meanwhile is put back."""
        claim = self._tasks.start(self._claim_and_begin(backend), f"claim-{backend}")
        try:
            return await asyncio.shield(claim)
        except asyncio.CancelledError:
            self._tasks.start(self._put_back(claim), f"unclaim-{backend}")
            raise

    async def _claim_and_begin(self, backend: str) -> Job | None:
        self._claiming += 1
        try:
            while True:
                job = await self._store.claim(backend, self._floor())
                if job is None:
                    break
                self._begun.add(job.id)
                if job.attempts <= self.terms.max_attempts:
                    break
                # It was running at every one of the crashes that it survived.
                await self.fail(job.id, Failure(code="gave_up", data={"attempts": job.attempts - 1}))
            if job is not None:
                self._begin(job)
            return job
        finally:
            self._claiming -= 1
            if not self._claiming:
                self._stop_early.clear()

    async def _put_back(self, claim: "asyncio.Task[Job | None]") -> None:
        job = await claim
        if job is not None:
            await self.release(job, counts=False)

    def _begin(self, job: Job) -> None:
        part, seconds = self._learned.part_of(job, self.terms.longest_request)
        run = self._runs[job.id] = Run(job, part, seconds)
        if job.id in self._stop_early:
            run.keep = self._stop_early[job.id]
            run.stop.set()
        self.tell(job)


def _is_part(job: Job, rendered: Rendered) -> bool:
    """Whether something of the job is left to be drawn."""
    return rendered.drawn is not None and rendered.drawn < job.pictures_left and not rendered.interrupted
