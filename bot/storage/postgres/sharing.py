"""Signals, leases and sightings of one process, on PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.model.clock import Clock
from bot.storage.postgres.leases import PostgresLeases
from bot.storage.postgres.link import Link
from bot.storage.postgres.sightings import PostgresSightings
from bot.storage.postgres.signals import PostgresSignals
from bot.storage.sharing import Sharing
from config.sections import Processes


@asynccontextmanager
async def open_postgres_sharing(dsn: str, times: Processes, clock: Clock) -> AsyncIterator[Sharing]:
    """For as long as the context. Raises StorageError."""
    async with AsyncExitStack() as stack:
        leases = await stack.enter_async_context(PostgresLeases(dsn, silent_seconds=times.silent_seconds))
        link = await stack.enter_async_context(Link(dsn, "easel-webuis"))
        signals = await stack.enter_async_context(PostgresSignals(dsn, clock))
        sightings = PostgresSightings(link, lambda: leases.process)
        yield Sharing(signals=signals, leases=leases, sightings=sightings, tasks=(leases.task,))
