"""One process per database file, on every system, and free again however that process ends."""

import sqlite3
from pathlib import Path

from bot.errors import DatabaseInUse


class FileLock:
    """An exclusive lock that lies beside the database, held from ``acquire`` to ``release``.

    It is an empty SQLite file with an exclusive transaction that never ends: so the locking is SQLite's own
    on Windows, macOS and Linux, and the operating system drops it with the process, ``kill -9`` included. The
    database itself cannot carry it (``locking_mode = EXCLUSIVE``), because then our own reading connection,
    and the host's backup tool, would be shut out as well. https://www.sqlite.org/lockingv3.html
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None

    def acquire(self) -> None:
        """Take it at once. Blocking for a moment: call it in a thread. Raises DatabaseInUse."""
        beside = self._database.with_name(self._database.name + "-lock")
        connection = sqlite3.connect(beside, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            connection.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise DatabaseInUse(path=str(self._database)) from error
            raise
        self._connection = connection

    def release(self) -> None:
        """Let the next one in. The file stays: removing it would race with whoever opens it now."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
