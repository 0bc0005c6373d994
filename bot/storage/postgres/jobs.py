"""The JobStore on PostgreSQL, for several processes: the ledger decides, one process at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Self

from bot.errors import StorageError
from bot.model.clock import Clock
from bot.model.work import Origin, Request
from bot.queue.floor import Floor
from bot.queue.job import Delivery, Failure, Job, Overview, Place, Rendered, Setback, State, new_id
from bot.queue.ledger import Change, Ledger
from bot.queue.line import key_of
from bot.queue.policy import Later
from bot.queue.protocols import Admission, NewJob
from bot.storage.postgres import sql
from bot.storage.postgres.database import Connection, PostgresDatabase
from bot.storage.postgres.engine import Engine
from bot.storage.postgres.line import Effect, SharedLine, nothing
from bot.storage.postgres.mirror import job_of, jobs_from
from bot.storage.postgres.writing import deliveries
from bot.storage.sql import load_queries

log = logging.getLogger(__name__)

_JOBS = load_queries("jobs", sql.__name__)
_LINE = load_queries("line", sql.__name__)


class PostgresJobStore:
    """A JobStore. Live jobs are mirrored in memory, so that places and admission cost one short query.

    Each process is one worker to the others. What a worker has claimed only it may put back or end: if others
    took it for dead and gave its job away, its late write changes nothing and returns None.
    """

    def __init__(
        self,
        database: PostgresDatabase,
        clock: Clock,
        *,
        stalled_seconds: float,
        settled_seconds: float | None = None,
    ) -> None:
        """See ``recover_stalled``. ``settled_seconds``: how long the server has to be up; None = as long."""
        self._database = database
        self._clock = clock
        self._stalled_seconds = stalled_seconds
        self._settled_seconds = stalled_seconds if settled_seconds is None else settled_seconds
        self._line = SharedLine(database)
        self._worker = 0
        self._held: dict[str, int] = {}
        """The worker that we were when we claimed a job that runs."""
        self._claiming = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        database: PostgresDatabase,
        clock: Clock,
        *,
        stalled_seconds: float,
        settled_seconds: float | None = None,
    ) -> AsyncIterator[Self]:
        """Become a worker, load what lives, and put back what nobody works at. Raises StorageError.

        At the end what still runs here is free for others at once.
        """
        store = cls(database, clock, stalled_seconds=stalled_seconds, settled_seconds=settled_seconds)
        store._line.start()
        try:
            await store._line.refresh()
            if store._line.unreadable:
                await store._line.write(store._fail_unreadable)
            await store.register_worker()
            await store.recover_stalled()
            yield store
            await store._leave()
        finally:
            await store._line.close()

    @property
    def task(self) -> asyncio.Task[None]:
        """The one task that writes; whoever supervises the program watches it."""
        return self._line.task

    # ---- workers

    async def register_worker(self) -> int:
        """Begin as a worker of whom nobody has heard: its id. Raises StorageError."""
        self._worker = await self._database.read(lambda connection: Engine(connection).register_worker())
        return self._worker

    async def heartbeat(self) -> bool:
        """Say that this process lives. False: others had taken it for dead, and it begins anew.

        To be called a few times within the seconds after which a silent worker is stalled.
        """

        async def beat(connection: Connection) -> bool:
            await Engine(connection).heartbeat(self._worker)
            query = _LINE["worker_is_known"]
            known = await (await connection.execute(query, {"worker": self._worker})).fetchone()
            return known is not None

        if await self._database.read(beat):
            return True
        log.warning("others took this process for dead; it begins anew", extra={"worker": self._worker})
        await self.register_worker()
        return False

    async def recover_stalled(self) -> Sequence[Job]:
        """Put back to the line what runs with a worker that is silent or gone, and what nobody here knows of.

        Returns the jobs as they are now.

        They keep their tags; one whose cancel was asked for is cancelled. Any process may do this at any
        time. While the server itself has not been up for as long, nobody counts as silent: nobody could speak
        to it.
        """
        of_the_dead = await self._database.read(self._look_for_stalled)
        if not of_the_dead and not self._lost_claims():
            return ()
        jobs: Sequence[Job] = await self._line.write(partial(self._put_back, of_the_dead)) or ()
        for job in jobs:
            log.warning("a job of a dead process goes back", extra={"job": job.id, "state": job.state.value})
        return jobs

    async def _look_for_stalled(self, connection: Connection) -> Mapping[str, int]:
        """Worker that is gone by the id of the job that it ran."""
        settled = _LINE["server_is_settled"]
        row = await (await connection.execute(settled, {"seconds": self._settled_seconds})).fetchone()
        silence = self._stalled_seconds if row is not None and row["settled"] else None
        engine_ids = await Engine(connection).stalled(silence)
        if not engine_ids:
            return {}
        query = _LINE["jobs_of_the_dead"]
        rows = await (await connection.execute(query, {"engine_ids": list(engine_ids)})).fetchall()
        return {row["id"]: row["worker"] for row in rows}

    def _lost_claims(self) -> Collection[str]:
        """What was claimed for somebody here who was gone, or had given up, before the commit."""
        if self._claiming:
            return ()
        running = self._line.ledger.in_state([State.RUNNING])
        ours = (job.id for job in running if self._line.hands[job.id].worker == self._worker)
        return [job_id for job_id in ours if job_id not in self._held]

    def _put_back(self, of_the_dead: Mapping[str, int]) -> Effect:
        """Others may have looked at the same moment, put a job back, and given it to somebody who lives."""
        ledger, hands, now = self._line.ledger, self._line.hands, self._clock.now()
        left = [one for one, worker in of_the_dead.items() if one in hands and hands[one].worker == worker]
        job_ids = dict.fromkeys([*left, *self._lost_claims()])
        changes = [change for job_id in job_ids if (change := ledger.release(job_id, now)) is not None]
        if not changes:
            return nothing
        with_models = [(change, self._model(change.job)) for change in changes]
        return lambda writing: writing.update_all(with_models, self._worker)

    async def _leave(self) -> None:
        try:
            await self._database.read(lambda connection: Engine(connection).unregister_worker(self._worker))
        except StorageError as error:
            log.warning("others learn later that this process has ended", extra={"reason": error.reason})

    # ---- transitions

    async def submit(
        self, request: Request, origin: Origin, *, cost: int, admission: Admission, weight: float = 1.0
    ) -> Job:
        """Put a request in the line. Raises as the port says, and StorageError."""
        new = NewJob(id=new_id(self._clock.now()), request=request, cost=cost)
        return (await self.submit_all([new], origin, admission=admission, weight=weight))[0]

    async def submit_all(
        self, jobs: Sequence[NewJob], origin: Origin, *, admission: Admission, weight: float = 1.0
    ) -> Sequence[Job]:
        """Put several requests in the line, or none. Raises as ``submit``."""

        def prepare() -> Effect:
            now, ledger = self._clock.now(), self._line.ledger
            changes = ledger.submit_all(jobs, origin, weight=weight, admission=admission, now=now)
            new = [(change, self._model(change.job)) for change in changes]
            return lambda writing: writing.insert_all(new)

        taken: Sequence[Job] = await self._line.write(prepare)
        return taken

    async def claim(self, backend: str, floor: Floor | None = None) -> Job | None:
        """waiting → running. Nothing is written where there is nothing to claim."""
        floor = floor or Floor(free=frozenset({backend}))
        await self._line.refresh()
        if not isinstance(self._line.ledger.turn(backend, floor, self._clock.now()), tuple):
            return None
        self._claiming += 1
        try:
            job, worker = await self._claim(backend, floor)
            if job is not None:
                self._held[job.id] = worker
        finally:
            self._claiming -= 1
        return job

    async def _claim(self, backend: str, floor: Floor) -> tuple[Job | None, int]:
        """Also the worker that we were at that moment: waiting for the line we may have begun anew."""
        worker = self._worker

        def prepare() -> Effect:
            nonlocal worker
            worker = self._worker
            return self._effect(lambda ledger, now: ledger.claim(backend, now, floor), State.WAITING)

        job: Job | None = await self._line.write(prepare)
        return job, worker

    async def look_again(self, backend: str, floor: Floor) -> float | None:
        """When ``claim`` may find something though nothing has happened."""
        await self._line.refresh()
        found = self._line.ledger.turn(backend, floor, self._clock.now())
        return found.at if isinstance(found, Later) else None

    async def release(
        self, job_id: str, *, counts: bool = True, setback: Setback | None = None
    ) -> Job | None:
        """running → waiting."""
        return await self._apply_to_ours(
            job_id, lambda ledger, now: ledger.release(job_id, now, counts=counts, setback=setback)
        )

    async def set_rendered(self, job_id: str, rendered: Rendered) -> Job | None:
        """running → rendered."""
        return await self._apply_to_ours(
            job_id, lambda ledger, now: ledger.set_rendered(job_id, rendered, now)
        )

    async def set_part(self, job_id: str, rendered: Rendered) -> Job | None:
        """running → waiting with some of its pictures."""
        return await self._apply_to_ours(job_id, lambda ledger, now: ledger.set_part(job_id, rendered, now))

    async def set_delivered(self, job_id: str) -> Job | None:
        """rendered → delivered."""
        return await self._apply_to(job_id, lambda ledger, now: ledger.set_delivered(job_id, now))

    async def set_failed(self, job_id: str, failure: Failure, *, used: float = 0.0) -> Job | None:
        """waiting, running or rendered → failed."""
        return await self._apply_to_ours(
            job_id, lambda ledger, now: ledger.set_failed(job_id, failure, now, used=used)
        )

    async def cancel(self, job_id: str, *, keep: bool = True) -> Job | None:
        """waiting → cancelled; a running one is marked."""
        return await self._apply_to(job_id, lambda ledger, now: ledger.cancel(job_id, now, keep=keep))

    async def move_up(self, job_id: str) -> Job | None:
        """To the front of the line."""
        return await self._apply_to(job_id, lambda ledger, _: ledger.move_up(job_id))

    async def set_cancelled(self, job_id: str) -> Job | None:
        """running → cancelled."""
        return await self._apply_to_ours(job_id, lambda ledger, now: ledger.set_cancelled(job_id, now))

    async def set_status_message(self, job_id: str, message_id: int | None) -> None:
        """Remember or forget the message that shows the job's progress."""

        def prepare() -> Effect:
            self._line.ledger.set_status_message(job_id, message_id)
            return lambda writing: writing.set_status_message(job_id, message_id)

        await self._line.write(prepare)

    # ---- looking

    async def get(self, job_id: str) -> Job | None:
        """The job as it is now."""
        await self._line.refresh()
        live = self._line.ledger.get(job_id)
        if live is not None:
            return live

        async def work(connection: Connection) -> Job | None:
            cursor = await connection.execute(_JOBS["job"], {"id": job_id})
            row = await cursor.fetchone()
            return None if row is None else await job_of(row, connection)

        return await self._database.read(work)

    async def in_state(self, *states: State) -> Sequence[Job]:
        """All jobs in these states, by (tag, id)."""
        await self._line.refresh()
        found = list(self._line.ledger.in_state(states))
        for state in {state for state in states if state.is_final}:
            found += await self._jobs("jobs_in_state", {"state": state.value})
        return sorted(found, key=key_of)

    async def with_status_message(self) -> Sequence[Job]:
        """All jobs whose status message is remembered, by id."""
        return await self._jobs("jobs_with_status_message", {})

    async def seconds_used(self, user_id: int, since: float) -> float:
        """Seconds of drawing of what a person asked for since."""
        query = _JOBS["seconds_used"]
        (row,) = await self._database.run(query, {"user_id": user_id, "since": since})
        return float(row["seconds"])

    async def expired(self, before: float) -> Sequence[Job]:
        """Waiting jobs created before that time."""
        await self._line.refresh()
        return self._line.ledger.expired(before)

    async def place(self, job_id: str) -> Place | None:
        """Where a waiting job stands; None if it does not."""
        await self._line.refresh()
        return self._line.ledger.place(job_id)

    async def place_of_new(self, user_id: int) -> Place:
        """Where a request of that person would stand if it came now."""
        await self._line.refresh()
        return self._line.ledger.place_of_new(user_id)

    async def overview(self, user_id: int | None = None) -> Overview:
        """The line at a glance, with ``user_id``'s own jobs."""
        await self._line.refresh()
        return self._line.ledger.overview(user_id)

    # ---- deliveries

    async def plan_deliveries(self, job_id: str, parts: Sequence[tuple[int, ...]]) -> Sequence[Delivery]:
        """One delivery a part; what was planned before is returned as it is."""
        planned: Sequence[Delivery] = await self._line.write(
            lambda: lambda writing: writing.plan_deliveries(job_id, parts)
        )
        return planned

    async def deliveries(self, job_id: str) -> Sequence[Delivery]:
        """All of a job's deliveries, by part."""
        return await self._database.read(lambda connection: deliveries(connection, job_id))

    async def set_attempted(self, delivery_id: str) -> None:
        """Note the time, before the post is tried."""
        query = _JOBS["set_attempted"]
        await self._database.run(query, {"id": delivery_id, "at": self._clock.now()})

    async def set_posted(self, delivery_id: str, message_id: int) -> None:
        """The message is there. The first one stands."""
        query = _JOBS["set_posted"]
        await self._database.run(query, {"id": delivery_id, "message_id": message_id})

    # ---- how it is written

    async def _apply_to_ours(
        self, job_id: str, transition: Callable[[Ledger, float], Change | None]
    ) -> Job | None:
        """Of a running job only by who claimed it."""
        job = await self._apply_to(job_id, transition, ours=True)
        if job is None or job.state is not State.RUNNING:
            self._held.pop(job_id, None)
        return job

    async def _apply_to(
        self, job_id: str, transition: Callable[[Ledger, float], Change | None], *, ours: bool = False
    ) -> Job | None:
        def prepare() -> Effect:
            job = self._line.ledger.get(job_id)
            if job is None or (ours and job.state is State.RUNNING and not self._is_ours(job_id)):
                return nothing
            return self._effect(transition, job.state)

        changed: Job | None = await self._line.write(prepare)
        return changed

    def _effect(self, transition: Callable[[Ledger, float], Change | None], before: State) -> Effect:
        change = transition(self._line.ledger, self._clock.now())
        if change is None:
            return nothing
        model, worker = self._model(change.job), self._worker
        return lambda writing: writing.update(change, before, worker, model)

    def _is_ours(self, job_id: str) -> bool:
        hand = self._line.hands.get(job_id)
        return hand is not None and hand.worker is not None and hand.worker == self._held.get(job_id)

    def _model(self, job: Job) -> str:
        return self._line.ledger.line.group_of(job).model

    def _fail_unreadable(self) -> Effect:
        unreadable, now = self._line.unreadable, self._clock.now()
        return lambda writing: writing.fail_unreadable(unreadable, now)

    async def _jobs(self, query: str, values: dict[str, object]) -> Sequence[Job]:
        async def work(connection: Connection) -> Sequence[Job]:
            cursor = await connection.execute(_JOBS[query], values)
            return await jobs_from(await cursor.fetchall(), connection)

        return await self._database.read(work)
