"""What processes that share a database need of each other; with SQLite there is one process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.model.clock import Clock
from bot.queue.leases import Leases, OnlyProcess
from bot.queue.sightings import SightingTable
from bot.queue.signals import NoSignals, Signals
from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """The ways to the others."""

    signals: Signals = field(default_factory=NoSignals)
    leases: Leases = field(default_factory=OnlyProcess)
    sightings: SightingTable | None = None
    """None = nobody else has web UIs."""
    tasks: tuple["asyncio.Task[None]", ...] = ()
    """Without them this process is dead to the others; whoever supervises the program watches them."""


@asynccontextmanager
async def open_sharing(settings: Settings, clock: Clock) -> AsyncIterator[Sharing]:
    """For as long as the context; after the database itself was opened. Raises StorageError."""
    dsn = settings.database_url.dsn
    if dsn is None:
        yield Sharing()
        return
    from bot.storage.postgres.sharing import open_postgres_sharing  # of an extra that SQLite does not need

    async with open_postgres_sharing(dsn.get_secret_value(), settings.processes, clock) as sharing:
        yield sharing
