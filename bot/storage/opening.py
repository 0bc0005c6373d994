"""The database that DATABASE_URL names, opened: jobs, facts and the rest, whichever kind it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.errors import StorageError
from bot.model.clock import Clock
from bot.queue.protocols import JobStore
from bot.storage.drafts import DraftRows, SQLiteDraftRows
from bot.storage.facts import Facts, SQLiteFacts
from bot.storage.favourites import Favourites, SQLiteFavourites
from bot.storage.history import History, SQLiteHistory
from bot.storage.jobs import SQLiteJobStore
from bot.storage.sqlite import Database
from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What is kept."""

    jobs: JobStore
    facts: Facts
    drafts: DraftRows
    favourites: Favourites
    history: History
    task: asyncio.Task[None]
    """Whoever supervises the program watches it: without it nothing is written any more."""


@asynccontextmanager
async def open_storage(settings: Settings, clock: Clock) -> AsyncIterator[Storage]:
    """Open for as long as the context. Raises DatabaseInUse and StorageError."""
    path = settings.database_url.path
    if path is None:
        raise StorageError(reason="no_driver")
    async with Database(path) as database:
        jobs = await SQLiteJobStore.open(database, clock)
        yield Storage(
            jobs=jobs,
            facts=SQLiteFacts(database),
            drafts=SQLiteDraftRows(database),
            favourites=SQLiteFavourites(database),
            history=SQLiteHistory(database),
            task=database.task,
        )
