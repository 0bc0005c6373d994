"""The SQLite file: one process, shared commits, and what happens when a write cannot be done."""

import asyncio
import sqlite3
import sys
from functools import partial
from pathlib import Path

import pytest

from bot.errors import DatabaseInUse, StorageError
from bot.storage.sqlite import REASONS, Database, Work
from tests.support import PATIENCE_SECONDS, ROOT

HOLDS_THE_FILE = """
import asyncio, sys
from pathlib import Path

from bot.storage.sqlite import Database


async def main() -> None:
    async with Database(Path(sys.argv[1])):
        print("open", flush=True)
        await asyncio.Event().wait()


asyncio.run(main())
"""


def put(name: str, value: object) -> Work[None]:
    """Write one fact."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO facts (name, value) VALUES (?, ?)", (name, value))

    return work


def names(connection: sqlite3.Connection) -> list[str]:
    """Of all facts."""
    return [row[0] for row in connection.execute("SELECT name FROM facts ORDER BY name")]


async def test_a_second_process_is_refused_and_let_in_once_the_first_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "easel.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDS_THE_FILE, str(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await process.stdout.readline() == b"open\n"
        with pytest.raises(DatabaseInUse) as refused:
            await Database(path).__aenter__()
        assert refused.value.path == str(path)
    finally:
        process.kill()
        await process.communicate()
    async with Database(path) as database:
        assert await database.read(names) == []


async def test_the_same_process_is_refused_as_well(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db"):
        with pytest.raises(DatabaseInUse):
            await Database(tmp_path / "easel.db").__aenter__()


async def test_a_refused_database_leaves_the_first_one_working(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db") as database:
        with pytest.raises(DatabaseInUse):
            await Database(tmp_path / "easel.db").__aenter__()
        await database.write(lambda: put("a", "1"))
        assert await database.read(names) == ["a"]


async def test_the_folder_is_made(tmp_path: Path) -> None:
    async with Database(tmp_path / "new" / "folder" / "easel.db") as database:
        assert await database.read(names) == []


async def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as refused:
        await Database(tmp_path / "file" / "easel.db").__aenter__()
    assert refused.value.reason == "cannot_open"


async def test_a_file_that_is_no_database_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "easel.db").write_bytes(b"this is a text and not a database" * 100)
    with pytest.raises(StorageError) as refused:
        await Database(tmp_path / "easel.db").__aenter__()
    assert refused.value.reason == "corrupt"


async def test_a_database_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db"):
        pass
    connection = sqlite3.connect(tmp_path / "easel.db")
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    with pytest.raises(StorageError) as refused:
        await Database(tmp_path / "easel.db").__aenter__()
    assert refused.value.reason == "newer"


async def test_writes_of_a_burst_share_commits_and_each_is_readable_when_it_returns(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db") as database:
        commits = 0

        def count(statement: str) -> None:
            nonlocal commits
            commits += statement == "COMMIT"

        await database.write(lambda: lambda connection: connection.set_trace_callback(count))

        async def write(name: str) -> None:
            await database.write(lambda: put(name, "1"))
            assert name in await database.read(names)

        await asyncio.gather(*(write(f"{number:03}") for number in range(100)))
        assert len(await database.read(names)) == 100
        assert commits < 10


async def test_writes_are_prepared_in_the_order_of_their_arrival(tmp_path: Path) -> None:
    prepared: list[int] = []

    def prepare(number: int) -> Work[None]:
        prepared.append(number)
        return put(str(number), "1")

    async with Database(tmp_path / "easel.db") as database:
        await asyncio.gather(*(database.write(partial(prepare, n)) for n in range(50)))
    assert prepared == list(range(50))


async def test_one_write_that_cannot_be_stored_harms_no_other_of_its_burst(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db") as database:
        values: list[object] = ["good", "good", None, "good", 2**70, "bad \ud800", "good"]
        results = await asyncio.gather(
            *(database.write(partial(put, str(n), v)) for n, v in enumerate(values)),
            return_exceptions=True,
        )
        assert await database.read(names) == ["0", "1", "3", "6"]
    failed = [
        (number, error.reason) for number, error in enumerate(results) if isinstance(error, StorageError)
    ]
    assert failed == [(2, "value"), (4, "value"), (5, "value")]


async def test_an_error_in_the_preparing_goes_to_its_caller_alone(tmp_path: Path) -> None:
    def refuse() -> Work[None]:
        raise LookupError("no")

    async with Database(tmp_path / "easel.db") as database:
        good, bad = await asyncio.gather(
            database.write(lambda: put("a", "1")), database.write(refuse), return_exceptions=True
        )
        assert good is None
        assert isinstance(bad, LookupError)
        assert await database.read(names) == ["a"]


async def test_memory_is_read_anew_after_writes_were_undone(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db") as database:
        mirror: list[str] = []

        async def reload() -> None:
            mirror[:] = await database.read(names)

        def prepare(name: str, value: str | None) -> Work[None]:
            mirror.append(name)
            return put(name, value)

        database.on_undo(reload)
        await asyncio.gather(
            database.write(lambda: prepare("a", "1")),
            database.write(lambda: prepare("b", None)),
            database.write(lambda: prepare("c", "1")),
            return_exceptions=True,
        )
        assert mirror == ["a", "c"]


async def test_a_full_disk_is_told_and_writing_goes_on_when_there_is_room_again(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db") as database:
        limit = await database.write(lambda: _limit_to_what_is_there)
        assert limit > 0
        results = await asyncio.gather(
            *(database.write(partial(put, str(n), "x" * 10_000)) for n in range(5)),
            return_exceptions=True,
        )
        assert [getattr(error, "reason", None) for error in results] == ["full"] * 5
        assert await database.read(names) == []
        await database.write(lambda: _lift_the_limit)
        await database.write(lambda: put("a", "1"))
        assert await database.read(names) == ["a"]


def _limit_to_what_is_there(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (limit,) = connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()
    return int(limit)


def _lift_the_limit(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA max_page_count = 1000000")


async def test_a_write_whose_caller_went_away_before_its_turn_is_not_done(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db") as database:
        gone = asyncio.ensure_future(database.write(lambda: put("gone", "1")))
        await asyncio.sleep(0)
        gone.cancel()
        await database.write(lambda: put("kept", "1"))
        assert await database.read(names) in (["kept"], ["gone", "kept"])
        assert gone.cancelled()


async def test_what_was_handed_in_is_written_before_it_closes(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db") as database:
        writes = [asyncio.ensure_future(database.write(partial(put, str(n), "1"))) for n in range(5)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*writes) == [None] * 5
    async with Database(tmp_path / "easel.db") as database:
        assert len(await database.read(names)) == 5


async def test_nothing_is_read_or_written_once_it_is_closed(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db") as database:
        pass
    with pytest.raises(StorageError) as read:
        await database.read(names)
    with pytest.raises(StorageError) as write:
        await database.write(lambda: put("a", "1"))
    assert read.value.reason == write.value.reason == "closed"


async def test_a_reader_cannot_write(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db") as database:
        with pytest.raises(StorageError) as refused:
            await database.read(put("a", "1"))
        assert refused.value.reason == "read_only"


async def test_a_row_cannot_belong_to_a_job_that_is_not_there(tmp_path: Path) -> None:
    def orphan(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO deliveries (id, job_id, part, pictures) VALUES ('a', 'b', 0, '[]')")

    async with Database(tmp_path / "easel.db") as database:
        with pytest.raises(StorageError) as refused:
            await database.write(lambda: orphan)
        assert refused.value.reason == "value"


def test_every_result_code_but_those_of_our_own_mistakes_has_a_reason() -> None:
    primary = set(range(1, 29))  # https://www.sqlite.org/rescode.html
    mistakes_of_ours = {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_INTERNAL,
        sqlite3.SQLITE_ABORT,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_NOTFOUND,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_EMPTY,
        sqlite3.SQLITE_SCHEMA,
        sqlite3.SQLITE_MISUSE,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_NOTICE,
        sqlite3.SQLITE_WARNING,
    }
    assert primary - REASONS.keys() == mistakes_of_ours
