"""All that is kept in PostgreSQL, opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.model.clock import Clock
from bot.storage.kept import Storage
from bot.storage.postgres.database import PostgresDatabase
from bot.storage.postgres.drafts import PostgresDraftRows
from bot.storage.postgres.facts import PostgresFacts
from bot.storage.postgres.favourites import PostgresFavourites
from bot.storage.postgres.heartbeat import Heartbeat
from bot.storage.postgres.history import PostgresHistory
from bot.storage.postgres.jobs import PostgresJobStore
from config.sections import Processes

_BEATS = 5
"""Within the seconds after which a silent process is taken for dead."""


@asynccontextmanager
async def open_postgres(dsn: str, times: Processes, clock: Clock) -> AsyncIterator[Storage]:
    """For as long as the context. Raises StorageError."""
    async with (
        PostgresDatabase(dsn) as database,
        PostgresJobStore.open(database, clock, stalled_seconds=times.silent_seconds) as jobs,
        Heartbeat(jobs, times.silent_seconds / _BEATS) as heartbeat,
    ):
        yield Storage(
            jobs=jobs,
            facts=PostgresFacts(database),
            drafts=PostgresDraftRows(database),
            favourites=PostgresFavourites(database),
            history=PostgresHistory(database),
            tasks=(jobs.task, heartbeat.task),
            on_recovered=heartbeat.watch,
        )
