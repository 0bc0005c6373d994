"""The tests' own PostgreSQL: what other tests rely on."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.integration.postgres import PostgresServer, a_database, why_not
from tests.support import eventually

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

_HOLDER = """
import sys
from tests.integration.postgres import PostgresServer
with PostgresServer() as server:
    print(server._folder, flush=True)
    sys.stdin.read()
"""


def test_a_killed_server_comes_back_with_what_was_committed() -> None:
    with PostgresServer() as server:
        server.execute("CREATE TABLE kept (value int)")
        server.execute("INSERT INTO kept VALUES (1)")
        server.kill()
        server.start()
        assert server.execute("SELECT value FROM kept") == [(1,)]


def test_every_test_has_a_database_of_its_own() -> None:
    assert a_database() != a_database()


async def test_a_server_ends_with_the_process_that_started_it_even_if_that_is_killed() -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _HOLDER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert holder.stdout is not None
    folder = Path((await holder.stdout.readline()).decode().strip())
    assert folder.exists()  # noqa: ASYNC240 - once, in a test
    holder.send_signal(signal.SIGKILL)
    await holder.wait()
    await eventually(lambda: not folder.exists())
