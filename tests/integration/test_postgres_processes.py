"""Several processes on one PostgreSQL database, as far as the store is concerned: workers live and die."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from bot.errors import StorageError
from bot.model.clock import Clock, SystemClock
from bot.queue.job import Failure, Job, State
from bot.storage.postgres.database import PostgresDatabase
from bot.storage.postgres.heartbeat import Heartbeat
from bot.storage.postgres.jobs import PostgresJobStore
from tests.integration.job_stores import claimed, submit
from tests.integration.postgres import PostgresServer, database_url, shared_server, why_not
from tests.support import (
    PATIENCE_SECONDS,
    ROOT,
    ManualClock,
    a_picture,
    eventually,
    some_pictures,
    within,
)

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

SILENT_SECONDS = 6.0


@asynccontextmanager
async def opened(
    url: str, clock: Clock | None = None, *, settled_seconds: float = 0.0
) -> AsyncIterator[PostgresJobStore]:
    """The store as one process has it. The tests' server itself may just have been started."""
    async with (
        PostgresDatabase(url) as database,
        PostgresJobStore.open(
            database, clock or ManualClock(), stalled_seconds=SILENT_SECONDS, settled_seconds=settled_seconds
        ) as store,
    ):
        yield store


@asynccontextmanager
async def processes(url: str, count: int = 2) -> AsyncIterator[Sequence[PostgresJobStore]]:
    """Several of them."""
    clock = ManualClock()
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened(url, clock)) for _ in range(count)]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database without jobs."""
    return database_url(tmp_path)


def fall_silent(url: str, store: PostgresJobStore) -> None:
    """Its process has given no sign of life for longer than is allowed."""
    past = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '7 s'"
    shared_server().execute(f"{past} WHERE id = {store._worker}", name_of(url))


def name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


async def state_of(store: PostgresJobStore, job: Job) -> tuple[State, int]:
    now = await store.get(job.id)
    assert now is not None
    return now.state, now.tag


async def test_what_one_process_does_the_others_see_at_once(url: str) -> None:
    async with processes(url, 3) as (one, two, three):
        first, second = await submit(one, 1), await submit(two, 2)
        assert [job.id for job in await three.in_state(State.WAITING)] == [first.id, second.id]
        assert await claimed(two, 1) == [first.id]
        place = await three.place(second.id)
        assert place is not None
        assert place.ahead == 0
        assert (await three.overview(2)).running[0].id == first.id
        cancelled = await three.cancel(first.id)
        assert cancelled is not None
        assert cancelled.cancel_requested
        assert await two.set_rendered(first.id, some_pictures(interrupted=True)) is not None
        rendered = await one.get(first.id)
        assert rendered is not None
        assert len(rendered.pictures) == 1
        assert await three.set_delivered(first.id) is not None
        assert await one.in_state(State.RENDERED) == []


async def test_the_accounts_go_on_whoever_serves_a_person(url: str) -> None:
    async with processes(url) as (one, two):
        jobs = [await submit(store, 1, seconds=10) for store in (one, two, one)]
        assert [job.tag for job in jobs] == [0, 1000, 2000]
        await two.cancel(jobs[0].id)
        assert [job.tag for job in await one.in_state(State.WAITING)] == [0, 1000]
        assert await claimed(two) == [jobs[1].id, jobs[2].id]
        for job in jobs[1:]:
            await two.set_rendered(job.id, some_pictures(seconds=10))
        assert (await submit(one, 1)).tag == 0  # the line was empty


async def test_of_many_who_claim_at_once_each_job_has_one(url: str) -> None:
    async with processes(url, 3) as stores:
        jobs = [await submit(stores[0], person) for person in range(12)]
        found = await asyncio.gather(*(stores[n % 3].claim(f"gpu-{n}") for n in range(20)))
        assert sorted(job.id for job in found if job is not None) == [job.id for job in jobs]


async def test_requests_of_many_processes_keep_the_order_of_the_line(url: str) -> None:
    async with processes(url, 3) as stores:
        await asyncio.gather(*(submit(stores[n % 3], n % 7) for n in range(60)))
        expected = [job.id for job in await stores[2].in_state(State.WAITING)]
        assert len(expected) == 60
        assert [
            job.id for n in range(60) if (job := await stores[n % 3].claim("gpu")) is not None
        ] == expected


async def test_a_silent_workers_job_goes_back_with_its_tag(url: str) -> None:
    async with processes(url) as (dead, alive):
        jobs = [await submit(dead, 1) for _ in range(2)]
        assert await claimed(dead, 2) == [job.id for job in jobs]
        assert await alive.recover_stalled() == ()
        fall_silent(url, dead)
        assert [job.id for job in await alive.recover_stalled()] == [job.id for job in jobs]
        assert [await state_of(alive, job) for job in jobs] == [(State.WAITING, job.tag) for job in jobs]
        assert await claimed(alive, 1) == [jobs[0].id]
        again = await alive.get(jobs[0].id)
        assert again is not None
        assert again.attempts == 2


async def test_the_late_write_of_a_worker_that_was_taken_for_dead_changes_nothing(url: str) -> None:
    async with processes(url) as (stopped, alive):
        job = await submit(stopped, 1)
        await stopped.claim("gpu-1")
        fall_silent(url, stopped)
        await alive.recover_stalled()
        assert await stopped.set_rendered(job.id, some_pictures()) is None
        await alive.claim("gpu-2")
        for late in (
            stopped.set_rendered(job.id, some_pictures(3)),
            stopped.set_part(job.id, some_pictures()),
            stopped.release(job.id),
            stopped.set_failed(job.id, Failure(code="x")),
            stopped.set_cancelled(job.id),
        ):
            assert await late is None
        done = await alive.set_rendered(job.id, some_pictures(2))
        assert done is not None
        assert (done.backend, len(done.pictures)) == ("gpu-2", 2)
        assert await stopped.get(job.id) == done


async def test_a_worker_that_was_taken_for_dead_begins_anew(url: str) -> None:
    async with processes(url) as (stopped, alive):
        assert await stopped.heartbeat()
        fall_silent(url, stopped)
        await alive.recover_stalled()
        assert not await stopped.heartbeat()
        assert await stopped.heartbeat()
        job = await submit(alive, 1)
        assert await claimed(stopped, 1) == [job.id]
        assert await stopped.set_rendered(job.id, some_pictures()) is not None


async def test_a_silent_workers_job_that_was_to_be_cancelled_is_cancelled(url: str) -> None:
    async with processes(url) as (dead, alive):
        job = await submit(dead, 1)
        await dead.claim("gpu")
        await alive.cancel(job.id)
        fall_silent(url, dead)
        (gone,) = await alive.recover_stalled()
        assert gone.state is State.CANCELLED
        assert await alive.claim("gpu") is None


async def test_what_was_put_back_and_given_to_the_living_meanwhile_stays_with_them(url: str) -> None:
    async with processes(url, 3) as (dead, one, two):
        job = await submit(dead, 1)
        await dead.claim("gpu")
        fall_silent(url, dead)
        found = await one._database.read(one._look_for_stalled)
        await two.recover_stalled()
        assert await claimed(two) == [job.id]
        assert await one._line.write(lambda: one._put_back(found)) is None
        assert await two.set_rendered(job.id, some_pictures()) is not None
        assert found == {job.id: dead._worker}


async def test_a_server_that_has_just_started_takes_nobody_for_silent(tmp_path: Path) -> None:
    with PostgresServer() as server:
        async with (
            opened(server.url(), settled_seconds=SILENT_SECONDS) as one,
            opened(server.url(), settled_seconds=SILENT_SECONDS) as two,
        ):
            job = await submit(one, 1)
            await one.claim("gpu")
            server.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
            assert await two.recover_stalled() == ()
            assert await one.set_rendered(job.id, some_pictures()) is not None


async def test_a_claim_whose_taker_was_gone_before_its_commit_is_undone(url: str) -> None:
    async with opened(url) as store:
        job = await submit(store, 1)
        taker = asyncio.create_task(store.claim("gpu"))
        while store._line.ledger.in_state([State.WAITING]):  # noqa: ASYNC110 - on the way to the commit
            await asyncio.sleep(0)
        taker.cancel()
        await asyncio.gather(taker, return_exceptions=True)
        assert taker.cancelled()
        await eventually(lambda: _is_committed(url, "running"))
        assert [back.id for back in await store.recover_stalled()] == [job.id]
        assert await claimed(store, 1) == [job.id]
        assert await store.recover_stalled() == ()


def _is_committed(url: str, state: str) -> bool:
    return shared_server().execute("SELECT state FROM jobs", name_of(url)) == [(state,)]


async def test_what_a_process_leaves_running_at_its_end_is_free_at_once(url: str) -> None:
    async with opened(url) as left:
        async with opened(url) as ended:
            job = await submit(ended, 1)
            await ended.claim("gpu")
        taken: list[str] = []
        async with Heartbeat(left, 0.05) as heartbeat:
            heartbeat.watch(lambda jobs: taken.extend(job.id for job in jobs))
            await eventually(lambda: taken == [job.id])
        assert await state_of(left, job) == (State.WAITING, job.tag)


async def test_after_a_kill_of_the_server_everything_goes_on_by_itself() -> None:
    with PostgresServer() as server:
        async with opened(server.url(), SystemClock()) as one, opened(server.url(), SystemClock()) as two:
            running, waiting = await submit(one, 1), await submit(two, 2)
            await one.claim("gpu")
            server.kill()
            writes = asyncio.gather(
                one.set_rendered(running.id, some_pictures()), submit(two, 3), two.claim("gpu-2")
            )
            await asyncio.sleep(0.3)
            assert not writes.done()
            await asyncio.to_thread(server.start)
            rendered, third, second = await within(writes)
            assert rendered is not None
            assert second is not None
            assert second.id == waiting.id
            assert await state_of(two, running) == (State.RENDERED, running.tag)
            assert await claimed(one, 1) == [third.id]


class Cable:
    """Between a process and the server. ``cut_after`` a text was sent and answered: the answer gets lost."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = f"{url.partition('?')[0]}?host={folder}"
        self.cut_after = b""
        self.cuts = 0
        self._server = url.partition("host=")[2]
        self._folder = folder
        self._lines: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def plugged_in(self) -> AsyncIterator[None]:
        """To be unplugged after its process has hung up."""
        async with await asyncio.start_unix_server(self._connected, self._folder / ".s.PGSQL.5432"):
            yield
        await asyncio.gather(*self._lines)

    async def _connected(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._lines.append(cast(asyncio.Task[None], asyncio.current_task()))
        far, on = await asyncio.open_unix_connection(f"{self._server}/.s.PGSQL.5432")
        answers = asyncio.create_task(self._pass(far, back))
        while data := await near.read(65536):
            if self.cut_after and self.cut_after in data:
                answers.cancel()
                await asyncio.gather(answers, return_exceptions=True)
                on.write(data)
                await far.read(65536)
                self.cut_after, self.cuts = b"", self.cuts + 1
                break
            on.write(data)
        answers.cancel()
        for writer in (on, back):
            writer.close()
        await asyncio.gather(answers, on.wait_closed(), back.wait_closed(), return_exceptions=True)

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)


async def test_a_commit_whose_answer_was_lost_is_not_done_again(url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="easel-") as folder:  # short, as a socket's name has to be
        cable = Cable(url, Path(folder))
        async with cable.plugged_in(), opened(cable.url) as store:
            cable.cut_after = b"COMMIT"
            job = await within(submit(store, 1))
            assert cable.cuts == 1
            assert [waiting.id for waiting in await store.in_state(State.WAITING)] == [job.id]
            assert (await submit(store, 1)).tag == job.cost


async def test_a_connection_that_breaks_before_the_commit_costs_nothing(url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="easel-") as folder:
        cable = Cable(url, Path(folder))
        async with cable.plugged_in(), opened(cable.url) as store:
            await submit(store, 1)
            cable.cut_after = b"INSERT INTO jobs"
            job = await within(submit(store, 1))
            assert cable.cuts == 1
            assert [waiting.tag for waiting in await store.in_state(State.WAITING)] == [0, job.cost]


async def test_processes_that_start_at_the_same_moment_make_the_tables_once() -> None:
    server = shared_server()
    empty = server.create("made_at_once")

    async def start() -> int:
        async with opened(empty) as store:
            return len(await store.in_state(State.WAITING))

    assert await asyncio.gather(*(start() for _ in range(4))) == [0, 0, 0, 0]


async def test_tables_of_a_later_version_are_refused() -> None:
    url = shared_server().create("of_the_future")
    async with PostgresDatabase(url):
        shared_server().execute("UPDATE schema_version SET version = 999", "of_the_future")
    with pytest.raises(StorageError) as refused:
        await PostgresDatabase(url).__aenter__()
    assert refused.value.reason == "newer"


async def test_a_database_that_is_not_there_is_told_in_a_word_at_once() -> None:
    for url in ("postgresql://me:secret@127.0.0.1:9/easel", shared_server().url("nowhere")):
        with pytest.raises(StorageError) as refused:
            await within(PostgresDatabase(url).__aenter__())
        assert refused.value.data() == {"reason": "unreachable"}
        assert "secret" not in str(refused.value)


async def test_a_job_that_cannot_be_read_any_more_fails_and_the_others_live(url: str) -> None:
    async with opened(url) as store:
        bad, running, good = [await submit(store, person) for person in range(3)]
        assert await claimed(store, 2) == [bad.id, running.id]
    for job in (bad, running):
        spoilt = """UPDATE jobs SET request = '{"work": 5}' """
        shared_server().execute(f"{spoilt} WHERE id = '{job.id}'", name_of(url))
    async with opened(url) as store:
        assert await claimed(store) == [good.id]
    rows = shared_server().execute("SELECT state FROM jobs ORDER BY id", name_of(url))
    assert rows == [("failed",), ("failed",), ("running",)]


async def test_what_cannot_be_stored_harms_no_other_and_is_not_in_the_line(url: str) -> None:
    async with opened(url) as store:
        outcomes = await asyncio.gather(
            *(submit(store, person) for person in (1, 2**70, 2)), return_exceptions=True
        )
        refused = outcomes[1]
        assert isinstance(refused, StorageError)
        assert refused.reason == "value"
        expected = [outcome.id for outcome in outcomes if isinstance(outcome, Job)]
        assert [job.id for job in await store.in_state(State.WAITING)] == expected


async def test_an_infotext_with_a_nul_is_kept_without_it(url: str) -> None:
    async with opened(url) as store:
        job = await submit(store, 1)
        await store.claim("gpu")
        picture = replace(a_picture(), infotext="a\0b", seed=2**64)
        await store.set_rendered(job.id, replace(some_pictures(), pictures=(picture,)))
        await store.set_delivered(job.id)
        found = await store.get(job.id)
        assert found is not None
        assert (found.pictures[0].infotext, found.pictures[0].seed) == ("a\ufffdb", 2**64)


_KILLED_IN_A_BURST = """
import asyncio, sys

from bot.model.clock import SystemClock
from tests.integration.job_stores import submit
from tests.integration.test_postgres_processes import opened


async def submit_for_ever(store, person):
    while True:
        job = await submit(store, person)
        print("waiting", job.id, job.tag, flush=True)


async def claim_for_ever(store):
    while True:
        job = await store.claim("gpu")
        if job is None:
            await asyncio.sleep(0)
        else:
            print("running", job.id, job.tag, flush=True)


async def main():
    async with opened(sys.argv[1], SystemClock()) as store:
        await asyncio.gather(*(submit_for_ever(store, person) for person in range(20)), claim_for_ever(store))


asyncio.run(main())
"""


async def test_after_kill_9_in_mid_burst_everything_acknowledged_is_there(url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _KILLED_IN_A_BURST, url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    told: list[bytes] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(told) < 40 or not any(line.startswith(b"running") for line in told):
            told.append(await process.stdout.readline())
    process.kill()
    told += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    async with opened(url) as store:
        shared_server().execute("UPDATE procrastinate_workers SET last_heartbeat = 'epoch'", name_of(url))
        await store.recover_stalled()
        for _, job_id, tag in (line.decode().split() for line in told if line.endswith(b"\n")):
            job = await store.get(job_id)
            assert job is not None
            assert (job.state, job.tag) == (State.WAITING, int(tag))
        tags = [(job.tag, job.id) for job in await store.in_state(State.WAITING)]
        assert tags == sorted(tags)
