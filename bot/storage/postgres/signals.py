"""Hints between processes by LISTEN and NOTIFY, https://www.postgresql.org/docs/current/sql-notify.html."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Self

import psycopg
from pydantic import TypeAdapter, ValidationError

from bot.model.clock import Clock
from bot.model.tasks import TaskOwner
from bot.queue.signals import Hear, Hint, Kind
from bot.storage.postgres.link import Row, connect

log = logging.getLogger(__name__)

CHANNEL = "easel"
_LISTEN = "LISTEN easel"
_NOTIFY = "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload"
_QUIET_SECONDS = 20.0
"""Without a hint for so long, the connection is tried: one that is broken says nothing either."""
_ANSWER_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 10.0
_MOST_PENDING = 2000
"""Hints that wait to be sent while the database is away; more are worth less than "look at everything"."""
_HINT = TypeAdapter(Hint)
_OUR_LENGTH = 16

_Connection = psycopg.AsyncConnection[Row]


class PostgresSignals:
    """``async with PostgresSignals(dsn) as signals``. Needs no store; connects again by itself, for ever."""

    def __init__(self, dsn: str, clock: Clock) -> None:
        self._dsn = dsn
        self._clock = clock
        self._own = secrets.token_hex(_OUR_LENGTH // 2)
        """Who we are among those who hear us."""
        self._hears: list[Hear] = []
        self._pending: dict[tuple[Kind, str, bool], Hint] = {}
        self._arrived = asyncio.Event()
        self._tasks = TaskOwner()

    async def __aenter__(self) -> Self:
        self._tasks.start(self._again_and_again(self._listen), "signals-in")
        self._tasks.start(self._again_and_again(self._send), "signals-out")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._tasks.close()

    def send(self, hint: Hint) -> None:
        """Tell the others soon."""
        if len(self._pending) >= _MOST_PENDING:
            self._pending = {(Kind.ANEW, "", True): Hint(kind=Kind.ANEW)}
        key = hint.kind, hint.job_id, hint.keep
        self._pending.pop(key, None)  # the newest stands last
        self._pending[key] = hint
        self._arrived.set()

    def listen(self, hear: Hear) -> Callable[[], None]:
        """Call ``hear`` for every hint of another process. Returns what ends that."""
        self._hears.append(hear)
        return lambda: self._hears.remove(hear)

    async def _again_and_again(
        self, work: Callable[[_Connection, Callable[[], None]], Awaitable[None]]
    ) -> None:
        """``work`` with a connection of its own, and with another one when that is lost."""
        pause = _FIRST_PAUSE_SECONDS
        warned = False

        def works() -> None:
            nonlocal pause, warned
            pause, warned = _FIRST_PAUSE_SECONDS, False

        while True:
            try:
                async with _connected(self._dsn) as connection:
                    await work(connection, works)
            except (psycopg.Error, OSError, TimeoutError) as error:
                if not warned:
                    log.warning("no hints of other processes for now", extra={"kind": type(error).__name__})
                warned = True
                await self._clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _listen(self, connection: _Connection, works: Callable[[], None]) -> None:
        await connection.execute(_LISTEN)
        works()
        self._tell(Hint(kind=Kind.ANEW))
        while True:
            async for notice in connection.notifies(timeout=_QUIET_SECONDS):
                self._hear(notice.payload)
            async with asyncio.timeout(_ANSWER_SECONDS):
                await connection.execute("SELECT 1")

    def _hear(self, payload: str) -> None:
        sender, text = payload[:_OUR_LENGTH], payload[_OUR_LENGTH:]
        if sender == self._own:
            return
        try:
            self._tell(_HINT.validate_json(text))
        except ValidationError:
            log.warning("a hint of another process cannot be read: is it of another version?")

    def _tell(self, hint: Hint) -> None:
        for hear in tuple(self._hears):
            hear(hint)

    async def _send(self, connection: _Connection, works: Callable[[], None]) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            hints, self._pending = self._pending, {}
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    await self._notify(connection, list(hints.values()))
            except BaseException:
                self._pending = hints | self._pending
                self._arrived.set()
                raise
            works()

    async def _notify(self, connection: _Connection, hints: Sequence[Hint]) -> None:
        payloads = [self._own + _HINT.dump_json(hint, exclude_defaults=True).decode() for hint in hints]
        await connection.execute(_NOTIFY, (CHANNEL, payloads))


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[_Connection]:
    connection = await connect(dsn, "easel-signals")
    try:
        yield connection
    finally:
        await connection.close()
