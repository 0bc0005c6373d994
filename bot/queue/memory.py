"""The in-memory twin of the durable stores: the same rules, nothing kept. For tests and for trying things."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.model.clock import Clock
from bot.model.work import Origin, Request
from bot.queue.floor import Floor
from bot.queue.job import (
    Delivery,
    Failure,
    Job,
    Overview,
    Place,
    Rendered,
    Setback,
    State,
    new_delivery_id,
    new_id,
)
from bot.queue.ledger import Change, Ledger
from bot.queue.line import key_of
from bot.queue.policy import Later
from bot.queue.protocols import Admission, NewJob
from bot.queue.record import seconds_of


class MemoryJobStore:
    """A JobStore that forgets everything with its process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ledger = Ledger()
        self._done: dict[str, Job] = {}
        self._deliveries: dict[str, Delivery] = {}
        self._planned: dict[str, tuple[str, ...]] = {}

    async def submit(
        self, request: Request, origin: Origin, *, cost: int, admission: Admission, weight: float = 1.0
    ) -> Job:
        """Put a request in the line."""
        now = self._clock.now()
        change = self._ledger.submit(
            new_id(now), request, origin, cost=cost, weight=weight, admission=admission, now=now
        )
        return change.job

    async def submit_all(
        self, jobs: Sequence[NewJob], origin: Origin, *, admission: Admission, weight: float = 1.0
    ) -> Sequence[Job]:
        """Put several requests in the line, or none."""
        now = self._clock.now()
        changes = self._ledger.submit_all(jobs, origin, weight=weight, admission=admission, now=now)
        return [change.job for change in changes]

    async def claim(self, backend: str, floor: Floor | None = None) -> Job | None:
        """waiting → running."""
        return self._apply(lambda ledger, now: ledger.claim(backend, now, floor))

    async def look_again(self, backend: str, floor: Floor) -> float | None:
        """When ``claim`` may find something though nothing has happened."""
        found = self._ledger.turn(backend, floor, self._clock.now())
        return found.at if isinstance(found, Later) else None

    async def release(
        self, job_id: str, *, counts: bool = True, setback: Setback | None = None
    ) -> Job | None:
        """running → waiting."""
        return self._apply(lambda ledger, now: ledger.release(job_id, now, counts=counts, setback=setback))

    async def set_rendered(self, job_id: str, rendered: Rendered) -> Job | None:
        """running → rendered."""
        return self._apply(lambda ledger, now: ledger.set_rendered(job_id, rendered, now))

    async def set_part(self, job_id: str, rendered: Rendered) -> Job | None:
        """running → waiting with some of its pictures."""
        return self._apply(lambda ledger, now: ledger.set_part(job_id, rendered, now))

    async def set_delivered(self, job_id: str) -> Job | None:
        """rendered → delivered."""
        return self._apply(lambda ledger, now: ledger.set_delivered(job_id, now))

    async def set_failed(self, job_id: str, failure: Failure, *, used: float = 0.0) -> Job | None:
        """waiting, running or rendered → failed."""
        return self._apply(lambda ledger, now: ledger.set_failed(job_id, failure, now, used=used))

    async def cancel(self, job_id: str, *, keep: bool = True) -> Job | None:
        """waiting → cancelled; a running one is marked."""
        return self._apply(lambda ledger, now: ledger.cancel(job_id, now, keep=keep))

    async def move_up(self, job_id: str) -> Job | None:
        """To the front of the line."""
        return self._apply(lambda ledger, _: ledger.move_up(job_id))

    async def set_cancelled(self, job_id: str) -> Job | None:
        """running → cancelled."""
        return self._apply(lambda ledger, now: ledger.set_cancelled(job_id, now))

    def forget(self, job_id: str) -> None:
        """Drop a job that is over: nothing else here ever does."""
        self._done.pop(job_id, None)
        for delivery_id in self._planned.pop(job_id, ()):
            del self._deliveries[delivery_id]

    async def set_status_message(self, job_id: str, message_id: int | None) -> None:
        """Remember or forget the message that shows the job's progress."""
        self._ledger.set_status_message(job_id, message_id)
        if job_id in self._done:
            self._done[job_id] = replace(self._done[job_id], status_message_id=message_id)

    async def get(self, job_id: str) -> Job | None:
        """The job as it is now."""
        return self._ledger.get(job_id) or self._done.get(job_id)

    async def in_state(self, *states: State) -> Sequence[Job]:
        """All jobs in these states, by (tag, id)."""
        done = [job for job in self._done.values() if job.state in states]
        return sorted([*self._ledger.in_state(states), *done], key=key_of)

    async def with_status_message(self) -> Sequence[Job]:
        """All jobs whose status message is remembered, by id."""
        jobs = [*self._ledger.in_state(list(State)), *self._done.values()]
        return sorted((job for job in jobs if job.status_message_id is not None), key=lambda job: job.id)

    async def seconds_used(self, user_id: int, since: float) -> float:
        """Seconds of drawing of what a person asked for since."""
        jobs = [*self._ledger.in_state(list(State)), *self._done.values()]
        mine = [job for job in jobs if job.origin.user_id == user_id and job.created_at >= since]
        return sum(map(seconds_of, mine))

    async def expired(self, before: float) -> Sequence[Job]:
        """Waiting jobs created before that time."""
        return self._ledger.expired(before)

    async def place(self, job_id: str) -> Place | None:
        """Where a waiting job stands; None if it does not."""
        return self._ledger.place(job_id)

    async def place_of_new(self, user_id: int) -> Place:
        """Where a request of that person would stand if it came now."""
        return self._ledger.place_of_new(user_id)

    async def overview(self, user_id: int | None = None) -> Overview:
        """The line at a glance, with ``user_id``'s own jobs."""
        return self._ledger.overview(user_id)

    async def plan_deliveries(self, job_id: str, parts: Sequence[tuple[int, ...]]) -> Sequence[Delivery]:
        """One delivery a part; what was planned before is returned as it is."""
        if await self.get(job_id) is None:
            return ()
        if not self._planned.get(job_id):
            planned = [
                Delivery(id=new_delivery_id(), job_id=job_id, part=part, pictures=tuple(pictures))
                for part, pictures in enumerate(parts)
            ]
            self._deliveries.update({delivery.id: delivery for delivery in planned})
            self._planned[job_id] = tuple(delivery.id for delivery in planned)
        return await self.deliveries(job_id)

    async def deliveries(self, job_id: str) -> Sequence[Delivery]:
        """All of a job's deliveries, by part."""
        return [self._deliveries[delivery_id] for delivery_id in self._planned.get(job_id, ())]

    async def set_attempted(self, delivery_id: str) -> None:
        """Note the time, before the post is tried."""
        delivery = self._deliveries.get(delivery_id)
        if delivery is not None:
            self._deliveries[delivery_id] = replace(delivery, attempted_at=self._clock.now())

    async def set_posted(self, delivery_id: str, message_id: int) -> None:
        """The message is there. The first one stands."""
        delivery = self._deliveries.get(delivery_id)
        if delivery is not None and delivery.message_id is None:
            self._deliveries[delivery_id] = replace(delivery, message_id=message_id)

    def _apply(self, transition: Callable[[Ledger, float], Change | None]) -> Job | None:
        change = transition(self._ledger, self._clock.now())
        if change is None:
            return None
        if change.job.state.is_final:
            self._done[change.job.id] = change.job
        return change.job
