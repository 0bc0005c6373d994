"""The shared queue as the rest of the program sees it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

from bot.errors import StorageError
from bot.model.clock import Clock
from bot.model.tasks import TaskOwner
from bot.model.work import Origin, Request, Work
from bot.queue.allowance import Allowance, Allowances
from bot.queue.costs import Costs
from bot.queue.dispatch import Dispatch
from bot.queue.events import Events, Progressed
from bot.queue.fairness import HUNDREDTHS
from bot.queue.floor import Fleet
from bot.queue.job import Failure, Job, Overview, Place, State
from bot.queue.protocols import Admission, JobStore, Memory, NewJob
from bot.queue.relay import Relay
from bot.queue.signals import NoSignals, Signals
from bot.queue.switches import Switches
from bot.queue.terms import Terms
from bot.queue.waits import seconds_until

log = logging.getLogger(__name__)

_EXPIRY_SECONDS = 60.0
"""How often the line is looked through for jobs that have waited too long."""
_KNOWN_PROGRESS = 0.05
"""Below this share, a running job's own pace says less than its estimate."""


class CancelOutcome(Enum):
    """What a cancel came to."""

    CANCELLED = auto()
    """It was waiting and is gone."""
    STOPPING = auto()
    """It runs and is being interrupted."""
    TOO_LATE = auto()
    """It is over, or its pictures are already there, or there is no such job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long until a job's picture is there, in seconds, and where the job stands."""

    low: float
    high: float
    place: Place
    """``seconds_ahead`` includes the rest of what runs."""
    backends: int
    """Back ends that take jobs now and have what it names. With 0 the times hold from when one is back."""


class QueueManager:
    """``async with QueueManager(…) as queue``. Owns the task that lets old jobs expire."""

    def __init__(
        self,
        *,
        store: JobStore,
        clock: Clock,
        events: Events,
        terms: Terms,
        costs: Costs,
        switches: Switches | None = None,
        memory: Memory | None = None,
        fleet: Fleet | None = None,
        open_since: Callable[[], float] = lambda: float("-inf"),
        signals: Signals | None = None,
    ) -> None:
        """``fleet``: what is known of the back ends. None = nothing, so that each may have every job.

        ``open_since``: since when the whole line has been open, as ``Control.open_since`` tells. ``signals``:
        to the other processes that share the store, where there are any.
        """
        self.events = events
        self.dispatch = Dispatch(
            store=store,
            clock=clock,
            events=events,
            costs=costs,
            terms=terms,
            switches=switches,
            memory=memory,
            fleet=fleet,
        )
        self._relay = Relay(
            signals or NoSignals(), events=events, dispatch=self.dispatch, store=store, clock=clock
        )
        self._store = store
        self._clock = clock
        self._terms = terms
        self._costs = costs
        self._open_since = open_since
        self._allowances = Allowances(store, clock)
        self._admitting = asyncio.Lock()
        self._tasks = TaskOwner()
        self._expiry: asyncio.Task[None]

    @property
    def task(self) -> asyncio.Task[None]:
        """The task that lets jobs expire; whoever supervises the program watches it."""
        return self._expiry

    async def __aenter__(self) -> Self:
        self._relay.open()
        self._expiry = self._tasks.start(self._expire_for_ever(), "queue-expiry")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._tasks.close()
        await self.dispatch.close()
        await self._relay.close()

    def tune(self, terms: Terms) -> None:
        """Other rules hold from now on."""
        self._terms = self.dispatch.terms = terms

    async def submit(
        self,
        request: Request,
        origin: Origin,
        *,
        admission: Admission | None = None,
        weight: float = 1.0,
        allowance: Allowance | None = None,
    ) -> Job:
        """Make a request durable and give it its place.

        ``admission`` and ``weight`` are the person's own where they differ from everybody's. Raises
        TooManyWaiting, QueueFull and StorageError, and with ``allowance`` what ``Allowances`` raises.
        """
        if allowance is None:
            return await self._submit(request, origin, admission, weight)
        async with self._admitting:  # of several requests at once each is held against those before it
            seconds = self._costs.estimate(request.work).seconds
            await self._allowances.require(allowance, origin.user_id, seconds)
            job = await self._submit(request, origin, admission, weight)
            self._allowances.note(allowance, origin.user_id)
        return job

    async def submit_all(
        self, requests: Mapping[str, Request], origin: Origin, *, admission: Admission, allowance: Allowance
    ) -> Sequence[Job]:
        """Make several requests durable under ids of ``new_id``, in their order: all of them or none.

        They are held against ``allowance`` as one. Raises as ``submit``.
        """
        seconds = {job_id: self._costs.estimate(one.work).seconds for job_id, one in requests.items()}
        new = [
            NewJob(id=job_id, request=one, cost=round(seconds[job_id] * HUNDREDTHS))
            for job_id, one in requests.items()
        ]
        async with self._admitting:
            await self._allowances.require(allowance, origin.user_id, sum(seconds.values()))
            jobs = await self._store.submit_all(new, origin, admission=admission)
            self._allowances.note(allowance, origin.user_id)
        for job in jobs:
            self.dispatch.tell(job)
        self.dispatch.wake()
        return jobs

    async def _submit(
        self, request: Request, origin: Origin, admission: Admission | None, weight: float
    ) -> Job:
        cost = round(self._costs.estimate(request.work).seconds * HUNDREDTHS)
        job = await self._store.submit(
            request, origin, cost=cost, admission=admission or self._terms.admission, weight=weight
        )
        self.dispatch.tell(job)
        self.dispatch.wake()
        return job

    async def cancel(self, job_id: str, *, keep: bool = True) -> CancelOutcome:
        """Stop a job wherever it is. ``keep``: pictures of it that are drawn are delivered.

        Raises StorageError.
        """
        job = await self._store.cancel(job_id, keep=keep)
        if job is None:
            return CancelOutcome.TOO_LATE
        if job.state is not State.RUNNING:
            self.dispatch.tell(job)
            return CancelOutcome.CANCELLED
        self._relay.stop(job_id, keep=keep)
        self.dispatch.tell(job)
        return CancelOutcome.STOPPING

    async def move_up(self, job_id: str) -> bool:
        """Bring a waiting job to the front. False: it is there, or does not wait. Raises StorageError."""
        job = await self._store.move_up(job_id)
        if job is not None:
            self.dispatch.tell(job)
            self.dispatch.wake()
        return job is not None

    async def delivered(self, job_id: str) -> Job | None:
        """All of a job's messages are posted: its end. None if it was not ``rendered``."""
        job = await self.dispatch.write(lambda: self._store.set_delivered(job_id))
        if job is not None:
            self.dispatch.tell(job)
        return job

    def tell_again(self, job: Job) -> None:
        """Whoever cares for ``job`` looks at it once more, though its state is the same."""
        self.dispatch.show(job)

    async def fail(self, job_id: str, failure: Failure) -> Job | None:
        """The end of a job without a result, or with one that cannot be posted. None if it was over."""
        return await self.dispatch.fail(job_id, failure)

    async def attach_status(self, job_id: str, message_id: int) -> None:
        """Remember the message that shows a job's progress, and have it brought up to date."""
        await self._store.set_status_message(job_id, message_id)
        job = await self._store.get(job_id)
        if job is not None:
            self.dispatch.show(job)

    async def wait_for(self, job_id: str) -> Wait | None:
        """How long until a waiting job's picture is there. None if it does not wait."""
        job = await self._store.get(job_id)
        place = await self._store.place(job_id)
        if job is None or place is None:
            return None
        return await self._wait(place, job.request.work, job.refused_by, job.drawn)

    async def wait_for_new(self, request: Request, user_id: int) -> tuple[Wait, float]:
        """How long a request would take that is not there yet, and its own seconds of rendering."""
        place = await self._store.place_of_new(user_id)
        return await self._wait(place, request.work), self._costs.estimate(request.work).seconds

    def measured(self, work: Work, backend: str) -> float | None:
        """Seconds of rendering there, if such a thing was ever drawn there."""
        if not self._costs.knows(work, backend):
            return None
        return self._costs.estimate(work, backend).seconds

    async def overview(self, user_id: int | None = None) -> Overview:
        """The line at a glance, with ``user_id``'s own jobs."""
        return await self._store.overview(user_id)

    async def skip_elsewhere(self, job_id: str) -> bool:
        """Have the process that runs a job go on to the next of its pictures. False: none other runs it."""
        job = await self._store.get(job_id)
        if job is None or job.state is not State.RUNNING or job_id in self.dispatch.runs:
            return False
        return self._relay.skip(job_id)

    def progress(self, job_id: str) -> Progressed | None:
        """The latest that is known of a running job."""
        run = self.dispatch.runs.get(job_id)
        return self._relay.progress(job_id) if run is None else run.progress

    @property
    def running(self) -> Sequence[Job]:
        """What runs in this process, as it was when it was taken."""
        return [run.job for run in self.dispatch.runs.values()]

    def pause(self) -> None:
        """Give the back ends nothing further. What runs goes on, and requests are still taken."""
        self.dispatch.pause()

    def resume(self) -> None:
        """Go on."""
        self.dispatch.resume()

    async def _wait(
        self, place: Place, work: Work, refused: frozenset[str] = frozenset(), drawn: int = 0
    ) -> Wait:
        overview = await self._store.overview()
        rests: dict[str, float] = {}
        for job in overview.running:
            rests[job.backend or ""] = rests.get(job.backend or "", 0.0) + self._rest_of(job)
        able = self.dispatch.able(work) - refused
        until = seconds_until(place.shares, rests, self.dispatch.up, able)
        estimate = self._costs.estimate(work, next(iter(able)) if len(able) == 1 else "")
        spread = estimate.high / estimate.seconds
        left = 1 - drawn / max(1, work.pictures)
        return Wait(
            low=until * (2 - spread) + left * estimate.low,
            high=until * spread + left * estimate.high,
            place=Place(
                ahead=place.ahead,
                people_ahead=place.people_ahead,
                seconds_ahead=place.seconds_ahead + sum(rests.values()),
            ),
            backends=len(able),
        )

    def _rest_of(self, job: Job) -> float:
        """Seconds that a running job still needs, or the part of it that runs."""
        ran = max(0.0, self._clock.now() - (job.started_at or 0.0))
        run = self.dispatch.runs.get(job.id)
        if run is not None and run.fraction > _KNOWN_PROGRESS:
            return ran / run.fraction - ran
        return max(0.0, (job.cost_left / HUNDREDTHS if run is None else run.seconds) - ran)

    async def _expire_for_ever(self) -> None:
        while True:
            try:
                await self._expire()
            except StorageError as error:
                log.warning("old jobs could not be looked for", extra={"reason": error.reason})
            await self.dispatch.refresh_learned()
            await self._clock.sleep(_EXPIRY_SECONDS)

    async def _expire(self) -> None:
        """Fail what has waited too long: nobody looks for it any more.

        A line that was paused or closed begins to count anew when it opens: nobody can have waited too long
        for what could not be drawn.
        """
        keep_seconds = self._terms.keep_seconds
        before = self._clock.now() - keep_seconds
        if self._open_since() > before:
            return
        for job in await self._store.expired(before):
            await self.dispatch.fail(job.id, Failure(code="expired", data={"hours": keep_seconds / 3600}))
