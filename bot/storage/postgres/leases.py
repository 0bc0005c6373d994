"""Which processes are alive, and what each has to itself, in PostgreSQL.

A process that was silent for too long is deleted from ``processes`` by whoever notices, and with it, by the
same statement, everything it had. So at no time do two hold the same: who comes back after that finds itself
deleted, begins anew under another id, and has nothing. All times are the database's, since hosts' clocks
differ.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import Self

import psycopg

from bot.errors import StorageError
from bot.model.tasks import TaskOwner
from bot.storage.postgres.link import Link

log = logging.getLogger(__name__)

_BEGIN = "INSERT INTO processes (id) VALUES (%s)"
_BEAT = "UPDATE processes SET beat_at = clock_timestamp() WHERE id = %s RETURNING id"
_BURY = """
WITH silent AS (SELECT %s * interval '1 second' AS silence)
DELETE FROM processes USING silent
WHERE beat_at < clock_timestamp() - silence AND pg_postmaster_start_time() < clock_timestamp() - silence
RETURNING id
"""
"""While the server itself has not been up for as long, nobody could speak."""
_END = "DELETE FROM processes WHERE id = %s"
_TAKE = """
INSERT INTO leases (name, process) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET process = leases.process WHERE leases.process = excluded.process
RETURNING name
"""
_GIVE_BACK = "DELETE FROM leases WHERE name = %s AND process = %s"


class PostgresLeases:
    """``async with PostgresLeases(dsn, …) as leases``: from then on this process is alive to the others."""

    def __init__(self, dsn: str, *, silent_seconds: float, beat_seconds: float | None = None) -> None:
        """Whoever is silent for so long is taken for dead. ``beat_seconds``: None = five times within it."""
        self._link = Link(dsn, "easel-leases")
        self._beat_seconds = beat_seconds or silent_seconds / 5
        self._silent_seconds = silent_seconds
        self._process = ""
        self._held: set[str] = set()
        self._sure_until = 0.0
        """By ``time.monotonic``: before it nobody can have taken us for dead."""
        self._watchers: list[Callable[[], None]] = []
        self._tasks = TaskOwner()
        self._task: asyncio.Task[None]

    @property
    def process(self) -> str:
        """Our id at present. Another one after we were taken for dead."""
        return self._process

    @property
    def task(self) -> asyncio.Task[None]:
        """The heartbeat; whoever supervises the program watches it."""
        return self._task

    async def __aenter__(self) -> Self:
        """Raises StorageError."""
        await self._link.__aenter__()
        await self._begin()
        self._task = self._tasks.start(self._beat_for_ever(), "heartbeat")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave everything to others at once."""
        await self._tasks.close()
        self._held.clear()
        try:
            await self._link.run(_END, [self._process])
        except StorageError as error:
            log.warning("others learn later that this process has ended", extra={"reason": error.reason})
        await self._link.__aexit__()

    async def take(self, name: str) -> bool:
        """Whether it is ours now. Raises StorageError."""
        if self.holds(name):
            return True
        process = self._process
        try:
            taken = bool(await self._link.run(_TAKE, [name, process]))
        except psycopg.errors.ForeignKeyViolation:  # we were taken for dead
            return False
        if taken and process == self._process:
            self._held.add(name)
        return self.holds(name)

    async def give_back(self, name: str) -> None:
        """Others may have it. Raises StorageError."""
        if name in self._held:
            self._held.discard(name)
            await self._link.run(_GIVE_BACK, [name, self._process])

    def holds(self, name: str) -> bool:
        """Whether it is surely still ours."""
        return name in self._held and time.monotonic() < self._sure_until

    def watch(self, beat: Callable[[], None]) -> Callable[[], None]:
        """Call ``beat`` after each heartbeat. Returns what ends that."""
        self._watchers.append(beat)
        return lambda: self._watchers.remove(beat)

    async def _begin(self) -> None:
        began = time.monotonic()
        self._process = secrets.token_hex(8)
        self._held.clear()
        await self._link.run(_BEGIN, [self._process])
        self._sure_until = began + self._silent_seconds

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._beat_seconds)
            try:
                await self._beat()
            except StorageError as error:
                log.warning("a heartbeat could not be given", extra={"reason": error.reason})
            for watcher in tuple(self._watchers):
                watcher()

    async def _beat(self) -> None:
        began = time.monotonic()
        if await self._link.run(_BEAT, [self._process]):
            self._sure_until = began + self._silent_seconds
        else:
            log.warning("this process was silent for so long that others took it for dead")
            await self._begin()
        for (dead,) in await self._link.run(_BURY, [self._silent_seconds]):
            log.warning("a process is dead; others take over what it had", extra={"dead": dead})
