"""Many do things to one line at once, in two processes: no job is lost, none is drawn twice."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from bot.errors import StorageError
from bot.queue.job import Failure, Job, State
from bot.storage.postgres.database import _LINE_LOCK
from bot.storage.postgres.jobs import PostgresJobStore
from tests.integration.job_stores import submit
from tests.integration.postgres import database_url, shared_server, why_not
from tests.integration.test_postgres_processes import fall_silent, name_of, opened
from tests.support import ManualClock, eventually, some_pictures, within

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

LIVE = (State.WAITING, State.RUNNING, State.RENDERED)
REQUESTS = 20
"""Of each process."""


@dataclass
class Told:
    """What the stores said, and so has to be true."""

    messages: dict[str, int] = field(default_factory=dict)
    """Status message by job, of all jobs."""
    drawn_by: dict[str, str] = field(default_factory=dict)
    """Back end by running job."""
    left: dict[str, int] = field(default_factory=dict)
    """Pictures of each job whose cancel was accepted."""
    ends: Counter[str] = field(default_factory=Counter)

    def of_end(self, job: Job | None) -> None:
        """What a write made of a job."""
        if job is not None and job.state not in (State.WAITING, State.RUNNING):
            self.ends[job.id] += 1


class Process:
    """One of them, with what is done in it. Its decisions come from the seed."""

    def __init__(self, store: PostgresJobStore, url: str, told: Told, seed: int) -> None:
        self.store = store
        self.lives = 0
        self._url = url
        self._told = told
        self._chance = random.Random(seed)
        self._backends = [f"gpu-{seed}-{number}" for number in range(2)]

    async def ask(self) -> None:
        """Requests of some people, and second thoughts about those of everybody."""
        for number in range(REQUESTS):
            job = await submit(self.store, self._chance.randrange(5), pictures=self._chance.randint(1, 3))
            self._told.messages[job.id] = number
            await self.store.set_status_message(job.id, number)
            for _ in range(2):
                await self._change_mind(self._chance.choice([*self._told.messages][-8:]))

    async def _change_mind(self, job_id: str) -> None:
        if self._chance.random() < 0.6:
            await self.store.move_up(job_id)
            return
        job = await self.store.cancel(job_id, keep=self._chance.random() < 0.5)
        if job is not None:
            pictures = len(job.pictures)
            self._told.left[job_id] = min(pictures, self._told.left.get(job_id, pictures))
            self._told.of_end(job)

    async def draw(self, enough: asyncio.Event) -> None:
        """With all back ends, until that is enough."""
        await asyncio.gather(*(self._draw_with(backend, enough) for backend in self._backends))

    async def _draw_with(self, backend: str, enough: asyncio.Event) -> None:
        while not enough.is_set():
            life = self.lives
            try:
                job = await self.store.claim(backend)
            except StorageError:  # taken for dead, and has not noticed yet
                job = None
            if job is None:
                await asyncio.sleep(0.002)
                continue
            if life == self.lives:
                assert job.id not in self._told.drawn_by
                self._told.drawn_by[job.id] = backend
            await self._end(job, backend)

    async def _end(self, job: Job, backend: str) -> None:
        await asyncio.sleep(self._chance.random() * 0.01)
        if self._told.drawn_by.get(job.id) == backend:
            del self._told.drawn_by[job.id]
        ending = self._chance.random()
        if ending < 0.3 and job.pictures_left > 1:
            self._told.of_end(await self.store.set_part(job.id, some_pictures(drawn=1)))
        elif ending < 0.5:
            self._told.of_end(await self.store.release(job.id))
        elif ending < 0.6:
            self._told.of_end(await self.store.set_failed(job.id, Failure(code="x")))
        else:
            self._told.of_end(await self.store.set_rendered(job.id, some_pictures(job.pictures_left)))

    async def die_a_little(self, others: Sequence["Process"]) -> None:
        """The others take it for dead, all at once, while it goes on."""
        self.lives += 1
        for job_id in [one for one, backend in self._told.drawn_by.items() if backend in self._backends]:
            del self._told.drawn_by[job_id]
        await asyncio.to_thread(fall_silent, self._url, self.store)
        for jobs in await asyncio.gather(*(other.store.recover_stalled() for other in others)):
            for job in jobs:
                self._told.of_end(job)
        assert not await self.store.heartbeat()


@asynccontextmanager
async def two_processes(url: str, told: Told) -> AsyncIterator[Sequence[Process]]:
    clock = ManualClock()
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(opened(url, clock)) for _ in range(2)]
        yield [Process(store, url, told, seed) for seed, store in enumerate(stores)]


async def everything(store: PostgresJobStore) -> tuple[object, ...]:
    """What a process thinks of the line."""
    jobs = await store.in_state(*State)
    ledger = store._line.ledger
    workers = {job.id: store._line.hands[job.id] for job in jobs if job.state in LIVE}
    return jobs, dict(ledger.finish), ledger.virtual, workers


async def nothing_waits(process: Process) -> bool:
    return not await process.store.in_state(State.WAITING, State.RUNNING)


async def all_agree(processes: Sequence[Process], url: str) -> Sequence[Job]:
    """What two processes have followed is what a third one reads, and what procrastinate has."""
    async with opened(url) as newcomer:
        expected = await everything(newcomer)
        for process in processes:
            assert await everything(process.store) == expected
        jobs = await newcomer.in_state(*State)
    rows = shared_server().execute(
        "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1", name_of(url)
    )
    states = Counter(job.state for job in jobs)
    names = {"todo": states[State.WAITING], "doing": states[State.RUNNING]}
    assert {str(name): count for name, count in rows} == {name: n for name, n in names.items() if n}
    return jobs


async def test_a_claim_that_had_to_wait_belongs_to_whom_the_process_is_by_then(tmp_path: Path) -> None:
    url = database_url(tmp_path)
    async with opened(url) as store, await psycopg.AsyncConnection.connect(url) as somebody:
        job = await submit(store)
        await somebody.execute("SELECT pg_advisory_xact_lock(%s)", [_LINE_LOCK])
        claim = asyncio.create_task(store.claim("gpu"), name="claim")
        await eventually(lambda: has_to_wait(url))
        await store.register_worker()
        await somebody.commit()
        assert await within(claim) is not None
        assert await store.set_rendered(job.id, some_pictures()) is not None


def has_to_wait(url: str) -> bool:
    waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return bool(shared_server().execute(waiting, name_of(url)))


async def test_whatever_a_crowd_does_at_once_each_job_ends_once_and_a_cancel_counts(tmp_path: Path) -> None:
    url, told = database_url(tmp_path), Told()
    async with asyncio.timeout(30), two_processes(url, told) as (one, two):
        enough = asyncio.Event()
        drawing = asyncio.gather(one.draw(enough), two.draw(enough))
        asking = asyncio.gather(one.ask(), two.ask())
        for process in (one, two):
            await asyncio.sleep(0.1)
            await process.die_a_little((one, two))
        await asking
        enough.set()
        await drawing
        await all_agree((one, two), url)
        enough.clear()
        drawing = asyncio.gather(one.draw(enough), two.draw(enough))
        await eventually(lambda: nothing_waits(one))
        enough.set()
        await drawing
        jobs = await all_agree((one, two), url)
    check(jobs, told)


def check(jobs: Sequence[Job], told: Told) -> None:
    assert {job.id: job.status_message_id for job in jobs} == told.messages
    assert told.ends == Counter(told.messages.keys())
    for job in jobs:
        if job.id in told.left:
            assert len(job.pictures) == told.left[job.id]
        elif job.state is State.RENDERED and job.failure is None:
            assert len(job.pictures) == job.request.work.pictures
    assert {State.RENDERED, State.FAILED, State.CANCELLED} <= {job.state for job in jobs}
