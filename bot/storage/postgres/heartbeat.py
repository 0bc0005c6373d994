"""Tells the other processes that this one lives, and takes over from those that do not."""

import asyncio
import logging
from typing import Self

from bot.errors import StorageError
from bot.model.tasks import TaskOwner
from bot.storage.kept import Recovered
from bot.storage.postgres.jobs import PostgresJobStore

log = logging.getLogger(__name__)


class Heartbeat:
    """``async with Heartbeat(store, …)``: its task beats, and puts back what silent workers had."""

    def __init__(self, store: PostgresJobStore, seconds: float) -> None:
        self._store = store
        self._seconds = seconds
        self._watchers: list[Recovered] = []
        self._tasks = TaskOwner()
        self._task: asyncio.Task[None]

    @property
    def task(self) -> asyncio.Task[None]:
        """Whoever supervises the program watches it."""
        return self._task

    def watch(self, recovered: Recovered) -> None:
        """Call ``recovered`` with what this process took from a dead one."""
        self._watchers.append(recovered)

    async def __aenter__(self) -> Self:
        self._task = self._tasks.start(self._beat_for_ever(), "database-heartbeat")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._tasks.close()

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)  # real time, as the server's
            try:
                await self._store.heartbeat()
                recovered = await self._store.recover_stalled()
            except StorageError as error:
                log.warning("a heartbeat failed", extra={"reason": error.reason})
                continue
            if recovered:
                for watcher in self._watchers:
                    watcher(recovered)
