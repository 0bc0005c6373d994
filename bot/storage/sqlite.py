"""The SQLite file: opened by one process, written by one task, read beside it."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite

from bot.errors import StorageError
from bot.storage.batches import Batches, Write
from bot.storage.lock import FileLock
from bot.storage.sql import load_migrations

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
"""What is done with a connection, in its thread: plain blocking code, and short."""

WAIT_SECONDS = 30.0
"""Longest wait for one read or write. A local disk answers in milliseconds."""
LOAD_SECONDS = 300.0
"""Longest wait for the whole line. 100,000 jobs take three seconds on an idle machine."""
_BUSY_MILLISECONDS = 5000
"""How long another program (a backup, the sqlite3 shell) may hold the file up."""

REASONS = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_IOERR: "io",
    sqlite3.SQLITE_CANTOPEN: "cannot_open",
    sqlite3.SQLITE_PERM: "cannot_open",
    sqlite3.SQLITE_AUTH: "cannot_open",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CONSTRAINT: "value",
    sqlite3.SQLITE_MISMATCH: "value",
    sqlite3.SQLITE_TOOBIG: "value",
    sqlite3.SQLITE_RANGE: "value",
}
"""SQLite's primary result codes (https://www.sqlite.org/rescode.html) to ``StorageError.reason``."""
_BAD_VALUES = (
    OverflowError,
    UnicodeError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)
"""What the sqlite3 module raises by itself when it cannot bind a value."""


def as_storage_error(error: sqlite3.Error | OverflowError | UnicodeError) -> StorageError:
    """The one table of this border."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return StorageError(reason=REASONS.get(code & 0xFF, "other"))
    return StorageError(reason="value" if isinstance(error, _BAD_VALUES) else "other")


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection and thread, for a whole piece of work instead of one statement at a time.

    A trip to the thread and back costs more than most statements do.
    """

    async def run(self, work: Work[T]) -> T:
        """Do ``work`` in the connection's thread. Raises StorageError."""
        try:
            result: T = await super()._execute(work, self._conn)  # type: ignore[no-untyped-call]
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise as_storage_error(error) from error
        return result


class Database:
    """``async with Database(path) as database``. Raises DatabaseInUse and StorageError when it is opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._exits = AsyncExitStack()
        self._batches: Batches[Work[Any]] = Batches(self._commit)
        self._reloads: list[Callable[[], Awaitable[object]]] = []
        self._stale = False
        self._writer: _Connection
        self._reader: _Connection

    @property
    def task(self) -> asyncio.Task[None]:
        """The one task that writes; whoever supervises the program watches it."""
        return self._batches.task

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as exits:
            path = await asyncio.to_thread(self._make_folder)
            await self._lock(path, exits)
            self._writer = await self._connect(path, exits)
            await self._writer.run(_configure)
            await self._writer.run(_migrate)
            self._reader = await self._connect(path, exits)
            await self._reader.run(_configure_reader)
            self._exits = exits.pop_all()
        self._batches.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Finish what was handed in, then close."""
        await self._batches.close()
        await self._exits.aclose()

    async def read(self, work: Work[T], seconds: float = WAIT_SECONDS) -> T:
        """Look something up, beside the writing and never behind it. Raises StorageError."""
        if self._batches.closing:
            raise StorageError(reason="closed")
        try:
            async with asyncio.timeout(seconds):
                return await self._reader.run(work)
        except TimeoutError as error:
            raise StorageError(reason="slow") from error

    async def write(self, prepare: Callable[[], Work[T]]) -> T:
        """One write, on disk when this returns. Raises StorageError and whatever ``prepare`` raises.

        ``prepare`` is called on the event loop, in the order of arrival, when everything before it has been
        prepared: there the writer decides, by what is in memory, and what it returns is done in the thread.
        If anything in the commit fails, all of it is undone, memory is loaded anew (``on_undo``), and each
        write is prepared and tried again by itself: so one that cannot be stored harms no other.
        """
        result: T = await self._batches.write(prepare, WAIT_SECONDS)
        return result

    async def scrub(self) -> None:
        """Take what was deleted out of the write-ahead log too. Raises StorageError.

        The file itself never keeps it (``secure_delete``). Readers are waited for, though not for ever.
        """
        if not await self._writer.run(_truncate_log):
            raise StorageError(reason="busy")

    def on_undo(self, reload: Callable[[], Awaitable[object]]) -> None:
        """Call ``reload`` whenever prepared writes were undone: memory is ahead of the file then."""
        self._reloads.append(reload)

    def _make_folder(self) -> Path:
        path = self._path.resolve()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(reason="cannot_open") from error
        return path

    async def _lock(self, path: Path, exits: AsyncExitStack) -> None:
        lock = FileLock(path)
        try:
            await asyncio.to_thread(lock.acquire)
        except sqlite3.Error as error:
            raise as_storage_error(error) from error
        exits.push_async_callback(asyncio.to_thread, lock.release)

    async def _connect(self, path: Path, exits: AsyncExitStack) -> _Connection:
        connector = partial(sqlite3.connect, path, timeout=_BUSY_MILLISECONDS / 1000, isolation_level=None)
        connection = _Connection(connector, iter_chunk_size=64)
        try:
            await connection
        except sqlite3.Error as error:
            raise as_storage_error(error) from error
        exits.push_async_callback(connection.close)
        return connection

    async def _commit(self, batch: Sequence[Write[Work[Any]]]) -> None:
        unreadable = await self._reload() if self._stale else None
        if unreadable is not None:
            _fail(batch, unreadable)
            return
        prepared = [(write, work) for write in batch if (work := write.work()) is not None]
        if not prepared:
            return
        try:
            results = await self._writer.run(partial(_transaction, [work for _, work in prepared]))
        except Exception as error:  # noqa: BLE001 - handed to the callers it belongs to
            await self._undo([write for write, _ in prepared], error)
            return
        for (write, _), result in zip(prepared, results, strict=True):
            write.succeed(result)

    async def _undo(self, batch: Sequence[Write[Work[Any]]], error: Exception) -> None:
        """Nothing of ``batch`` is in the file; what is in memory follows, before anybody is told."""
        await self._reload()
        one_write_is_at_fault = not isinstance(error, StorageError) or error.reason == "value"
        if one_write_is_at_fault and len(batch) > 1:
            for write in batch:
                await self._commit([write])
            return
        log.error("the database refused to write", extra={"writes": len(batch)}, exc_info=error)
        _fail(batch, error)

    async def _reload(self) -> StorageError | None:
        """Let memory follow the file; if that cannot be read either, try again before the next write."""
        self._stale = True
        try:
            for reload in self._reloads:
                await reload()
        except StorageError as error:
            return error
        self._stale = False
        return None


def _fail(batch: Sequence[Write[Work[Any]]], error: Exception) -> None:
    for write in batch:
        write.fail(error)


def _transaction(works: Sequence[Work[Any]], connection: sqlite3.Connection) -> Sequence[object]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = [work(connection) for work in works]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk makes SQLite roll back by itself
            connection.execute("ROLLBACK")
        raise
    return results


def _configure(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        log.warning("no write-ahead log on this file system: reads wait for writes", extra={"mode": mode})
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    # What a person has deleted is overwritten, not only unlinked.
    connection.execute("PRAGMA secure_delete = ON")


def _truncate_log(connection: sqlite3.Connection) -> bool:
    """Whether the log is empty now (https://sqlite.org/pragma.html#pragma_wal_checkpoint)."""
    (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _configure_reader(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only = ON")


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date, each step whole or not at all. Raises StorageError(newer)."""
    scripts = load_migrations()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(scripts):
        raise StorageError(reason="newer")
    for number, script in enumerate(scripts[version:], start=version + 1):
        try:
            connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
