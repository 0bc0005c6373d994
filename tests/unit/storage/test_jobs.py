"""The SQLite job store, where it differs from its twin: unreadable rows, and writes that cannot be done."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.queue.job import Failure, State
from bot.storage.jobs import SQLiteJobStore
from bot.storage.sqlite import Database
from tests.integration.job_stores import claimed, submit
from tests.support import PLENTY, ManualClock, a_request, an_origin, some_pictures


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "easel.db") as database:
        yield database


async def spoil(database: Database, job_id: str) -> None:
    """Store a request that no version of the model knows."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("""UPDATE jobs SET request = '{"work": 5}' WHERE id = ?""", (job_id,))

    await database.write(lambda: work)


async def allow_no_growth(database: Database) -> None:
    """The disk is full from now on."""

    def work(connection: sqlite3.Connection) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    await database.write(lambda: work)


async def allow_growth(database: Database) -> None:
    """Somebody made room."""
    await database.write(
        lambda: lambda connection: connection.execute("PRAGMA max_page_count = 1000000").close()
    )


async def test_a_waiting_job_that_cannot_be_read_any_more_fails_and_the_others_live(
    database: Database,
) -> None:
    clock = ManualClock()
    store = await SQLiteJobStore.open(database, clock)
    bad, good = await submit(store), await submit(store)
    await spoil(database, bad.id)
    again = await SQLiteJobStore.open(database, clock)
    assert await claimed(again) == [good.id]
    row = await database.read(
        lambda connection: connection.execute(
            "SELECT state, failure FROM jobs WHERE id = ?", (bad.id,)
        ).fetchone()
    )
    assert tuple(row) == ("failed", f'{{"code": "internal", "data": {{"reference": "{bad.id}"}}}}')


async def test_a_finished_job_that_cannot_be_read_any_more_is_a_storage_error(database: Database) -> None:
    store = await SQLiteJobStore.open(database, ManualClock())
    job = await submit(store)
    await store.cancel(job.id)
    await spoil(database, job.id)
    with pytest.raises(StorageError) as unreadable:
        await store.get(job.id)
    assert unreadable.value.reason == "corrupt"
    assert await store.in_state(State.CANCELLED) == []


async def test_what_could_not_be_stored_is_not_in_the_line_either(database: Database) -> None:
    store = await SQLiteJobStore.open(database, ManualClock())
    kept = await submit(store, 1)
    await allow_no_growth(database)
    long = a_request(prompt="x" * 6000)
    results = await asyncio.gather(
        *(store.submit(long, an_origin(person), cost=100, admission=PLENTY) for person in range(10)),
        return_exceptions=True,
    )
    assert any(isinstance(result, StorageError) and result.reason == "full" for result in results)
    assert [job.id for job in await store.in_state(State.WAITING)] == [kept.id]
    await allow_growth(database)
    later = await submit(store, 1)
    assert later.tag == kept.tag + kept.cost
    assert await claimed(store) == [kept.id, later.id]


async def test_a_change_that_could_not_be_stored_has_not_happened(database: Database) -> None:
    store = await SQLiteJobStore.open(database, ManualClock())
    job = await submit(store)
    await store.claim("gpu")
    await allow_no_growth(database)
    with pytest.raises(StorageError):
        await store.set_failed(job.id, Failure(code="x", data={"text": "x" * 200_000}))
    now = await store.get(job.id)
    assert now is not None
    assert now.state is State.RUNNING
    await allow_growth(database)
    assert await store.set_rendered(job.id, some_pictures()) is not None


async def test_seeds_beyond_sqlites_integers_come_back_as_they_went(database: Database) -> None:
    store = await SQLiteJobStore.open(database, ManualClock())
    job = await submit(store)
    await store.claim("gpu")
    await store.set_rendered(job.id, some_pictures(2))
    await store.set_delivered(job.id)
    found = await store.get(job.id)
    assert found is not None
    assert [picture.subseed for picture in found.pictures] == [2**63, 2**63 + 1]


async def test_people_whom_the_virtual_time_has_overtaken_are_forgotten_in_the_file_too(
    database: Database,
) -> None:
    store = await SQLiteJobStore.open(database, ManualClock())
    for person in range(200):
        await submit(store, person, seconds=1)
        job = await store.claim("gpu")
        assert job is not None
        await submit(store, 1_000, seconds=50)
        await store.set_rendered(job.id, some_pictures(seconds=1))
        await claimed(store, 1)
    (count,) = await database.read(
        lambda connection: connection.execute("SELECT count(*) FROM finish_tags").fetchone()
    )
    assert count < 150
