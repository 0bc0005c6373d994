"""The line that all processes share: read, decided about and written by one of them at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from bot.errors import StorageError
from bot.queue.ledger import Ledger
from bot.storage.batches import Batches, Write
from bot.storage.postgres import sql
from bot.storage.postgres.database import WAIT_SECONDS, Connection, PostgresDatabase
from bot.storage.postgres.mirror import Hand, Mirror
from bot.storage.postgres.writing import Writing
from bot.storage.sql import load_queries

log = logging.getLogger(__name__)

Effect = Callable[[Writing], Awaitable[Any]]
"""What a call makes of the database, once the ledger has decided."""

_LINE = load_queries("line", sql.__name__)
_GROWN = 4
_FEW = 100
"""Waiting jobs that any plan finds quickly."""


class SharedLine:
    """This process's mirror of the line, and its turn to change it. ``start`` it, and ``close`` it."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._mirror = Mirror()
        self._following = asyncio.Lock()
        self._batches: Batches[Effect] = Batches(self._commit)
        self._analysed_at = 0
        """How many waited when PostgreSQL was last asked to look."""

    @property
    def task(self) -> asyncio.Task[None]:
        """The one task that writes; whoever supervises the program watches it."""
        return self._batches.task

    @property
    def ledger(self) -> Ledger:
        """All live jobs, as of the latest ``refresh`` or write."""
        return self._mirror.ledger

    @property
    def hands(self) -> Mapping[str, Hand]:
        """Who has which live job, by job id."""
        return self._mirror.hands

    @property
    def unreadable(self) -> Sequence[str]:
        """Ids of live jobs whose row this version cannot read."""
        return self._mirror.unreadable

    def start(self) -> None:
        """Begin to write."""
        self._batches.start()

    async def close(self) -> None:
        """Finish what was handed in."""
        await self._batches.close()

    async def write(self, prepare: Callable[[], Effect]) -> Any:
        """One call: decided in ``prepare``, under the lock, and committed when this returns its result.

        Raises StorageError and whatever ``prepare`` raises.
        """
        return await self._batches.write(prepare, WAIT_SECONDS)

    async def _commit(self, batch: Sequence[Write[Effect]]) -> None:
        try:
            if self._mirror.is_stale:  # beside the others, since a long line takes its time
                await self.refresh()
            results = await self._database.write(partial(self._transact, batch))
        except Exception as error:
            self._mirror.forget()
            one_is_at_fault = not isinstance(error, StorageError) or error.reason == "value"
            if one_is_at_fault and len(batch) > 1:
                for write in batch:
                    await self._commit([write])
                return
            log.exception("the database refused to write", extra={"writes": len(batch)})
            for write in batch:
                write.fail(error)
            return
        for write, result in results:
            write.succeed(result)

    async def _transact(
        self, batch: Sequence[Write[Effect]], connection: Connection
    ) -> Sequence[tuple[Write[Effect], Any]]:
        async with self._following:
            await self._mirror.follow(connection)
            prepared = [(write, effect) for write in batch if (effect := write.work()) is not None]
            if all(effect is nothing for _, effect in prepared):
                return [(write, None) for write, _ in prepared]
            writing = Writing(connection, self._mirror)
        try:
            results = [(write, await effect(writing)) for write, effect in prepared]
            await writing.end()
            await self._keep_plans_good(writing)
        except BaseException:
            self._mirror.forget()
            raise
        return results

    async def _keep_plans_good(self, writing: Writing) -> None:
        """PostgreSQL itself looks at how a table has grown once a minute, and claims are slow until then."""
        waiting = len(self.ledger.line)
        if waiting >= _GROWN * max(self._analysed_at, _FEW):
            await writing.analyse()
            self._analysed_at = waiting

    async def refresh(self) -> None:
        """Learn what other processes have written. Of our own writes the mirror is ahead."""
        async with self._following:
            (line,) = await self._database.run(_LINE["line"])
            if not self._mirror.has_seen(line["revision"]):
                await self._database.snapshot(self._mirror.follow)


async def nothing(_writing: Writing) -> None:
    """The effect of a call that the job's state did not allow."""
