"""The PostgreSQL server: a few connections, found again by themselves when the server was away.

What is asked while the server cannot be reached is asked again until it can, for at most ``WAIT_SECONDS``:
after a restart of the server all goes on, a little later. A transaction whose commit was under way when the
connection broke is looked up before it is repeated, so it is done once.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar, cast

import psycopg
from procrastinate.exceptions import ProcrastinateException
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from bot.errors import StorageError
from bot.storage.postgres.link import connect
from bot.storage.postgres.schema import migrate

log = logging.getLogger(__name__)

T = TypeVar("T")
Connection = psycopg.AsyncConnection[DictRow]
Work = Callable[[Connection], Awaitable[T]]
"""What is done with a connection; again from the beginning if the connection broke."""

WAIT_SECONDS = 30.0
"""Longest wait for one read or write, time for the server's restart included."""
LOAD_SECONDS = 300.0
"""Longest wait for the whole line, which nobody else has to wait for."""
_PAUSE_SECONDS = 0.2
"""Between two tries."""
_CONNECT_SECONDS = 5
_MOST_CONNECTIONS = 4
"""One writes, the others read: a server's default is 100 in all, and each costs it a process."""
_LINE_LOCK = 3_104_211
"""Of pg_advisory_xact_lock: who holds it decides about the line. Any number that nobody else uses."""
_SERVER_SIDE = {
    "statement_timeout": "20s",
    "lock_timeout": "20s",
    # Of a process that stopped (SIGSTOP, a paused machine) while it held the line.
    "idle_in_transaction_session_timeout": "5s",
}

REASONS = {
    "08": "unreachable",
    "22": "value",
    "23": "value",
    "25006": "read_only",
    "28": "cannot_open",
    "3D": "cannot_open",
    "40": "busy",
    "42501": "read_only",
    "53100": "full",
    "53": "busy",
    "54": "value",
    "55": "busy",
    "57014": "slow",
    "57P": "unreachable",
    "25P03": "unreachable",
    "58": "io",
    "XX": "corrupt",
}
"""Beginnings of SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html) to
``StorageError.reason``; the longest that fits."""


def reason_of(error: psycopg.Error) -> str:
    """The one table of this border."""
    if isinstance(error, psycopg.DataError) and error.sqlstate is None:
        return "value"  # psycopg's own, for what it cannot send
    state = error.sqlstate or ("08" if isinstance(error, psycopg.OperationalError) else "")
    fitting = (begin for begin in REASONS if state.startswith(begin))
    return REASONS.get(max(fitting, key=len, default=""), "other")


def as_storage_error(error: Exception) -> StorageError:
    """``error``, or what it was raised from, in our words."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error.__cause__, psycopg.Error):  # procrastinate wraps them
        return as_storage_error(error.__cause__)
    if isinstance(error, UnicodeError | OverflowError):
        return StorageError(reason="value")
    return StorageError(reason=reason_of(error) if isinstance(error, psycopg.Error) else "other")


class PostgresDatabase:
    """``async with PostgresDatabase(dsn) as database``. Raises StorageError when it cannot be opened."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._free = asyncio.Semaphore(_MOST_CONNECTIONS)
        self._idle: list[Connection] = []
        self._closing = False

    async def __aenter__(self) -> Self:
        try:
            async with await connect(self._dsn, "easel-schema") as connection:
                await migrate(connection)
        except (psycopg.Error, OSError) as error:
            if isinstance(error, psycopg.OperationalError):  # others may quote a part of the DSN
                log.warning("PostgreSQL cannot be opened", extra={"error": str(error)})
            raise as_storage_error(error) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        """What is still asked ends with StorageError(closed)."""
        self._closing = True
        await self._hang_up()

    async def run(self, query: str, values: Mapping[str, object] | None = None) -> Sequence[DictRow]:
        """One statement that may be repeated; its rows. Raises StorageError."""

        async def work(connection: Connection) -> Sequence[DictRow]:
            cursor = await connection.execute(query, values)
            return await cursor.fetchall() if cursor.description else ()

        return await self.read(work)

    async def read(self, work: Work[T]) -> T:
        """Do what may be repeated. Raises StorageError."""
        return await self._insist(lambda: self._once(work))

    async def snapshot(self, work: Work[T]) -> T:
        """Several reads that see the same. Raises StorageError."""

        async def whole(connection: Connection) -> T:
            async with connection.transaction():
                await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                await connection.execute("SET LOCAL idle_in_transaction_session_timeout = '5min'")
                return await work(connection)

        return await self._insist(lambda: self._once(whole), LOAD_SECONDS)

    async def write(self, work: Work[T]) -> T:
        """One transaction, alone among all processes: nobody else decides about the line meanwhile.

        Raises StorageError: nothing was written then, unless the reason is that nobody answers any more.
        """
        transaction = _Transaction(work)

        async def once() -> T:
            if transaction.id is not None and await self._committed(transaction.id):
                return cast(T, transaction.result)
            return await self._once(transaction.run)

        return await self._insist(once)

    async def _committed(self, transaction: str) -> bool:
        """Whether a transaction that ended out of our sight was done."""
        query: str = "SELECT pg_xact_status(%(id)s::text::xid8) AS status"

        async def work(connection: Connection) -> str | None:
            row = await (await connection.execute(query, {"id": transaction})).fetchone()
            return None if row is None else row["status"]

        status = await self._once(work)
        if status == "in progress":  # its connection is not yet known to be broken
            raise StorageError(reason="unreachable")
        return status == "committed"

    async def _once(self, work: Work[T]) -> T:
        try:
            async with self._connection() as connection:
                return await work(connection)
        except (psycopg.Error, OSError, UnicodeError, OverflowError) as error:
            raise as_storage_error(error) from error
        except ProcrastinateException as error:
            raise as_storage_error(error) from error

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """One that nobody else uses meanwhile. Whatever it was left in the middle of is undone."""
        async with self._free:
            if self._closing:
                raise StorageError(reason="closed")
            connection = self._idle.pop() if self._idle else await self._connect()
            try:
                yield connection
            finally:
                idle = connection.info.transaction_status is TransactionStatus.IDLE
                if idle and not connection.closed and not self._closing:
                    self._idle.append(connection)
                else:
                    await connection.close()

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=_CONNECT_SECONDS,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            application_name="easel",
            options=" ".join(f"-c {name}={value}" for name, value in _SERVER_SIDE.items()),
        )

    async def _hang_up(self) -> None:
        """With the server gone, all that stood idle is broken too."""
        while self._idle:
            await self._idle.pop().close()

    async def _insist(self, once: Callable[[], Awaitable[T]], seconds: float = WAIT_SECONDS) -> T:
        """Until the server answers."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    try:
                        return await once()
                    except StorageError as error:
                        if error.reason not in ("unreachable", "busy"):
                            raise
                        log.info("the database is tried again", extra={"reason": error.reason})
                    await self._hang_up()
                    await asyncio.sleep(_PAUSE_SECONDS)
        except TimeoutError as error:
            raise StorageError(reason="unreachable") from error


class _Transaction:
    """A write on its way, perhaps for the second time."""

    def __init__(self, work: Work[Any]) -> None:
        self._work = work
        self.id: str | None = None
        """Set while its commit is under way: from then on only the server knows."""
        self.result: Any = None

    async def run(self, connection: Connection) -> Any:
        """Once, from the beginning."""
        self.id = None
        async with connection.transaction():
            cursor = await connection.execute(
                "SELECT pg_advisory_xact_lock(%s), pg_current_xact_id()::text AS id", [_LINE_LOCK]
            )
            row = await cursor.fetchone()
            self.result = await self._work(connection)
            self.id = None if row is None else row["id"]
        return self.result
