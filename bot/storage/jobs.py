"""The durable JobStore on SQLite: the ledger decides, and its word is on disk before it is given."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Self

from bot.model.clock import Clock
from bot.model.work import Origin, Request
from bot.queue.floor import Floor
from bot.queue.job import Delivery, Failure, Job, Overview, Place, Rendered, Setback, State, new_id
from bot.queue.ledger import Change, Ledger
from bot.queue.line import key_of
from bot.queue.policy import Later
from bot.queue.protocols import Admission, NewJob
from bot.storage import statements
from bot.storage.sqlite import LOAD_SECONDS, Database, Work


class SQLiteJobStore:
    """A JobStore. Live jobs are mirrored in memory, so that places and admission cost no query.

    The mirror runs ahead of the file by the one commit that is under way, and is read anew from the file
    should that fail.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._ledger = Ledger()

    @classmethod
    async def open(cls, database: Database, clock: Clock) -> Self:
        """Load what lives, and put back to the line what ran when the last process ended.

        Raises StorageError.
        """
        store = cls(database, clock)
        database.on_undo(store._reload)
        unreadable = await store._reload()
        await database.write(lambda: partial(statements.fail_unreadable, unreadable, clock.now()))
        await store._recover()
        return store

    async def submit(
        self, request: Request, origin: Origin, *, cost: int, admission: Admission, weight: float = 1.0
    ) -> Job:
        """Put a request in the line. Raises TooManyWaiting, QueueFull and StorageError."""

        def prepare() -> Work[Job]:
            now = self._clock.now()
            change = self._ledger.submit(
                new_id(now), request, origin, cost=cost, weight=weight, admission=admission, now=now
            )
            return partial(statements.insert, change)

        return await self._database.write(prepare)

    async def submit_all(
        self, jobs: Sequence[NewJob], origin: Origin, *, admission: Admission, weight: float = 1.0
    ) -> Sequence[Job]:
        """Put several requests in the line, or none. Raises as ``submit``."""

        def prepare() -> Work[Sequence[Job]]:
            now = self._clock.now()
            changes = self._ledger.submit_all(jobs, origin, weight=weight, admission=admission, now=now)
            return partial(statements.insert_all, changes)

        return await self._database.write(prepare)

    async def claim(self, backend: str, floor: Floor | None = None) -> Job | None:
        """waiting → running. Nothing is written where there is nothing to claim."""
        floor = floor or Floor(free=frozenset({backend}))
        if not isinstance(self._ledger.turn(backend, floor, self._clock.now()), tuple):
            return None
        return await self._apply(lambda ledger, now: ledger.claim(backend, now, floor))

    async def look_again(self, backend: str, floor: Floor) -> float | None:
        """When ``claim`` may find something though nothing has happened."""
        found = self._ledger.turn(backend, floor, self._clock.now())
        return found.at if isinstance(found, Later) else None

    async def release(
        self, job_id: str, *, counts: bool = True, setback: Setback | None = None
    ) -> Job | None:
        """running → waiting."""
        return await self._apply(
            lambda ledger, now: ledger.release(job_id, now, counts=counts, setback=setback)
        )

    async def set_rendered(self, job_id: str, rendered: Rendered) -> Job | None:
        """running → rendered."""
        return await self._apply(lambda ledger, now: ledger.set_rendered(job_id, rendered, now))

    async def set_part(self, job_id: str, rendered: Rendered) -> Job | None:
        """running → waiting with some of its pictures."""
        return await self._apply(lambda ledger, now: ledger.set_part(job_id, rendered, now))

    async def set_delivered(self, job_id: str) -> Job | None:
        """rendered → delivered."""
        return await self._apply(lambda ledger, now: ledger.set_delivered(job_id, now))

    async def set_failed(self, job_id: str, failure: Failure, *, used: float = 0.0) -> Job | None:
        """waiting, running or rendered → failed."""
        return await self._apply(lambda ledger, now: ledger.set_failed(job_id, failure, now, used=used))

    async def cancel(self, job_id: str, *, keep: bool = True) -> Job | None:
        """waiting → cancelled; a running one is marked."""
        return await self._apply(lambda ledger, now: ledger.cancel(job_id, now, keep=keep))

    async def move_up(self, job_id: str) -> Job | None:
        """To the front of the line."""
        return await self._apply(lambda ledger, _: ledger.move_up(job_id))

    async def set_cancelled(self, job_id: str) -> Job | None:
        """running → cancelled."""
        return await self._apply(lambda ledger, now: ledger.set_cancelled(job_id, now))

    async def set_status_message(self, job_id: str, message_id: int | None) -> None:
        """Remember or forget the message that shows the job's progress."""

        def prepare() -> Work[None]:
            self._ledger.set_status_message(job_id, message_id)
            return partial(statements.set_status_message, job_id, message_id)

        await self._database.write(prepare)

    async def get(self, job_id: str) -> Job | None:
        """The job as it is now."""
        live = self._ledger.get(job_id)
        return live or await self._database.read(partial(statements.job, job_id))

    async def in_state(self, *states: State) -> Sequence[Job]:
        """All jobs in these states, by (tag, id)."""
        found = list(self._ledger.in_state(states))
        for state in {state for state in states if state.is_final}:
            found.extend(await self._database.read(partial(statements.jobs_in_state, state)))
        return sorted(found, key=key_of)

    async def with_status_message(self) -> Sequence[Job]:
        """All jobs whose status message is remembered, by id."""
        return await self._database.read(statements.jobs_with_status_message)

    async def seconds_used(self, user_id: int, since: float) -> float:
        """Seconds of drawing of what a person asked for since."""
        return await self._database.read(partial(statements.seconds_used, user_id, since))

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
        return await self._database.write(lambda: partial(statements.plan_deliveries, job_id, parts))

    async def deliveries(self, job_id: str) -> Sequence[Delivery]:
        """All of a job's deliveries, by part."""
        return await self._database.read(partial(statements.deliveries, job_id))

    async def set_attempted(self, delivery_id: str) -> None:
        """Note the time, before the post is tried."""
        now = self._clock.now()
        await self._database.write(lambda: partial(statements.set_attempted, delivery_id, now))

    async def set_posted(self, delivery_id: str, message_id: int) -> None:
        """The message is there. The first one stands."""
        await self._database.write(lambda: partial(statements.set_posted, delivery_id, message_id))

    async def _apply(self, transition: Callable[[Ledger, float], Change | None]) -> Job | None:
        def prepare() -> Work[Job | None]:
            change = transition(self._ledger, self._clock.now())
            return _nothing if change is None else partial(statements.update, change)

        return await self._database.write(prepare)

    async def _reload(self) -> Sequence[str]:
        self._ledger, unreadable = await self._database.read(_ledger_from, LOAD_SECONDS)
        return unreadable

    async def _recover(self) -> None:
        def prepare() -> Work[None]:
            ran = self._ledger.in_state([State.RUNNING])
            now = self._clock.now()
            changes = [change for job in ran if (change := self._ledger.release(job.id, now)) is not None]
            return partial(statements.update_all, changes)

        await self._database.write(prepare)


def _ledger_from(connection: sqlite3.Connection) -> tuple[Ledger, Sequence[str]]:
    """In the database's thread, since a long line takes its time. Also the ids of unreadable jobs."""
    stored = statements.load(connection)
    return Ledger(stored.jobs, virtual=stored.virtual, finish=stored.finish), stored.unreadable


def _nothing(_connection: sqlite3.Connection) -> None:
    """The state of the job did not allow it."""
