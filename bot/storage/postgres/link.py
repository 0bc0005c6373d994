"""One connection to PostgreSQL for short statements, one at a time; another one when it is lost."""

import asyncio
from collections.abc import Sequence
from typing import Any, LiteralString, Self

import psycopg

from bot.errors import StorageError

__all__ = ["Link", "Row"]

Row = tuple[Any, ...]
CONNECT_SECONDS = 10
ANSWER_SECONDS = 10.0


class Link:
    """``async with Link(dsn) as link``. Apart from the store's own, so that nothing there holds it up."""

    def __init__(self, dsn: str, name: str) -> None:
        """``name`` is what ``pg_stat_activity`` shows."""
        self._dsn = dsn
        self._name = name
        self._connection: psycopg.AsyncConnection[Row] | None = None
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._lock:
            await self._hang_up()

    async def run(self, query: LiteralString, values: Sequence[object] = ()) -> Sequence[Row]:
        """One statement, committed by itself; its rows. Raises StorageError; it may have been done then."""
        async with self._lock:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await self._run(query, values)
            except TimeoutError as error:
                await self._hang_up()
                raise StorageError(reason="slow") from error
            except (psycopg.OperationalError, OSError) as error:
                await self._hang_up()
                raise StorageError(reason="io") from error

    async def _run(self, query: LiteralString, values: Sequence[object]) -> Sequence[Row]:
        if self._connection is None or self._connection.closed:
            self._connection = await connect(self._dsn, self._name)
        cursor = await self._connection.execute(query, values)
        return await cursor.fetchall() if cursor.description else ()

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


async def connect(dsn: str, name: str) -> psycopg.AsyncConnection[Row]:
    """A connection that commits each statement, and notices when the other side is gone."""
    return await psycopg.AsyncConnection.connect(
        dsn,
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        application_name=name,
    )
