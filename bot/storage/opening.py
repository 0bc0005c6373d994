"""The database that DATABASE_URL names, opened: jobs, facts and the rest, whichever kind it is."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from bot.errors import StorageError
from bot.model.clock import Clock
from bot.storage.drafts import SQLiteDraftRows
from bot.storage.facts import SQLiteFacts
from bot.storage.favourites import SQLiteFavourites
from bot.storage.history import SQLiteHistory
from bot.storage.jobs import SQLiteJobStore
from bot.storage.kept import Storage
from bot.storage.sqlite import Database
from config.settings import Settings


@asynccontextmanager
async def open_storage(settings: Settings, clock: Clock) -> AsyncIterator[Storage]:
    """Open for as long as the context. Raises DatabaseInUse and StorageError.

    The reason is no_driver where PostgreSQL is named and the extra that it needs is not installed.
    """
    async with _storage(settings, clock) as storage:
        yield storage


async def try_database(settings: Settings) -> None:
    """Open the database, bring its tables up to date, and close it. Raises DatabaseInUse and StorageError."""
    path, dsn = settings.database_url.path, settings.database_url.dsn
    if path is not None:
        async with Database(path):
            return
    try:
        from bot.storage.postgres.database import PostgresDatabase  # of an extra that SQLite does not need
    except ImportError as error:
        raise StorageError(reason="no_driver") from error
    async with PostgresDatabase("" if dsn is None else dsn.get_secret_value()):
        return


def _storage(settings: Settings, clock: Clock) -> AbstractAsyncContextManager[Storage]:
    path, dsn = settings.database_url.path, settings.database_url.dsn
    if path is not None:
        return _open_sqlite(path, clock)
    try:
        from bot.storage.postgres.opening import open_postgres  # of an extra that SQLite does not need
    except ImportError as error:
        raise StorageError(reason="no_driver") from error
    return open_postgres("" if dsn is None else dsn.get_secret_value(), settings.processes, clock)


@asynccontextmanager
async def _open_sqlite(path: Path, clock: Clock) -> AsyncIterator[Storage]:
    async with Database(path) as database:
        jobs = await SQLiteJobStore.open(database, clock)
        yield Storage(
            jobs=jobs,
            facts=SQLiteFacts(database),
            drafts=SQLiteDraftRows(database),
            favourites=SQLiteFavourites(database),
            history=SQLiteHistory(database),
            tasks=(database.task,),
        )
