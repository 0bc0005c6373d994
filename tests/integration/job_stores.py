"""Every JobStore there is, and short ways to use one in a test."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from bot.queue.job import Job
from bot.queue.memory import MemoryJobStore
from bot.queue.protocols import Admission, JobStore
from bot.storage.jobs import SQLiteJobStore
from bot.storage.postgres.database import PostgresDatabase
from bot.storage.postgres.jobs import PostgresJobStore
from bot.storage.sqlite import Database
from tests.integration.postgres import database_url
from tests.support import PLENTY, ManualClock, a_request, an_origin

Opened = AbstractAsyncContextManager[JobStore]


@asynccontextmanager
async def _memory(_folder: Path, clock: ManualClock) -> AsyncIterator[JobStore]:
    yield MemoryJobStore(clock)


@asynccontextmanager
async def _sqlite(folder: Path, clock: ManualClock) -> AsyncIterator[JobStore]:
    async with Database(folder / "easel.db") as database:
        yield await SQLiteJobStore.open(database, clock)


@asynccontextmanager
async def _postgresql(folder: Path, clock: ManualClock) -> AsyncIterator[JobStore]:
    async with (
        PostgresDatabase(database_url(folder)) as database,
        PostgresJobStore.open(database, clock, stalled_seconds=6.0) as store,
    ):
        yield store


STORES: dict[str, Callable[[Path, ManualClock], Opened]] = {
    "memory": _memory,
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}
DURABLE = [name for name in STORES if name != "memory"]
"""Those that may be opened again in the same folder."""


async def submit(
    store: JobStore,
    person: int = 1,
    *,
    seconds: float = 12.0,
    pictures: int = 1,
    channel: int = 20,
    weight: float = 1.0,
    admission: Admission = PLENTY,
) -> Job:
    return await store.submit(
        a_request(pictures=pictures),
        an_origin(person, channel),
        cost=round(seconds * 100),
        weight=weight,
        admission=admission,
    )


async def claimed(store: JobStore, count: int = 1_000) -> list[str]:
    """Ids in the order of service."""
    jobs = [await store.claim("gpu") for _ in range(count)]
    return [job.id for job in jobs if job is not None]
