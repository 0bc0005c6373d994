"""What is still there when a durable store is opened again, also after its process was killed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.queue.job import Failure, Job, State
from bot.queue.protocols import JobStore
from bot.storage.jobs import SQLiteJobStore
from bot.storage.sqlite import Database
from tests.integration.job_stores import DURABLE, STORES, claimed, submit
from tests.support import PATIENCE_SECONDS, ROOT, ManualClock, some_pictures

ENOUGH_ACKNOWLEDGED = 40

KILLED_IN_A_BURST = """
import asyncio, sys
from pathlib import Path

from bot.model.clock import SystemClock
from bot.storage.jobs import SQLiteJobStore
from bot.storage.sqlite import Database
from tests.support import PLENTY, a_request, an_origin


async def submit_for_ever(store: SQLiteJobStore, person: int) -> None:
    while True:
        job = await store.submit(a_request(), an_origin(person), cost=100, admission=PLENTY)
        print("waiting", job.id, job.tag, flush=True)


async def claim_for_ever(store: SQLiteJobStore) -> None:
    while True:
        job = await store.claim("gpu")
        if job is None:
            await asyncio.sleep(0)
        else:
            print("running", job.id, job.tag, flush=True)


async def main() -> None:
    async with Database(Path(sys.argv[1])) as database:
        store = await SQLiteJobStore.open(database, SystemClock())
        await asyncio.gather(*(submit_for_ever(store, person) for person in range(20)), claim_for_ever(store))


asyncio.run(main())
"""


@pytest.fixture(params=DURABLE)
def kind(request: pytest.FixtureRequest) -> str:
    """Each durable store in turn."""
    name: str = request.param
    return name


async def test_everything_is_there_when_it_is_opened_again(
    kind: str, tmp_path: Path, clock: ManualClock
) -> None:
    async with STORES[kind](tmp_path, clock) as store:
        waiting, rendered, failed, cancelled, delivered = [await submit(store, n) for n in range(5)]
        await store.cancel(cancelled.id)
        await store.set_failed(failed.id, Failure(code="x", data={"n": 1}))
        await store.set_status_message(waiting.id, 5)
        for job in (rendered, delivered):
            await _claim_until(store, job.id)
            await store.set_rendered(job.id, some_pictures(2))
        await store.plan_deliveries(delivered.id, [(0, 1)])
        await store.set_delivered(delivered.id)
        jobs = (waiting, rendered, failed, cancelled, delivered)
        before = [await store.get(job.id) for job in jobs]
        deliveries = await store.deliveries(delivered.id)
    async with STORES[kind](tmp_path, clock) as store:
        assert [await store.get(job.id) for job in jobs] == before
        assert await store.deliveries(delivered.id) == deliveries
        assert [job.id for job in await store.in_state(State.RENDERED)] == [rendered.id]


async def _claim_until(store: JobStore, job_id: str) -> None:
    """Claim that very job; the ones before it go back to the line."""
    others: list[str] = []
    while (job := await store.claim("gpu")) is not None and job.id != job_id:
        others.append(job.id)
    for other in others:
        await store.release(other, counts=False)


async def test_what_ran_goes_back_to_the_line_with_its_tag_and_before_later_ones(
    kind: str, tmp_path: Path, clock: ManualClock
) -> None:
    async with STORES[kind](tmp_path, clock) as store:
        jobs = [await submit(store, 1) for _ in range(4)]
        await claimed(store, 2)
    async with STORES[kind](tmp_path, clock) as store:
        back = await store.get(jobs[0].id)
        assert back is not None
        assert (back.state, back.tag, back.attempts) == (State.WAITING, jobs[0].tag, 1)
        assert await claimed(store) == [job.id for job in jobs]


async def test_what_ran_and_was_to_be_cancelled_is_cancelled(
    kind: str, tmp_path: Path, clock: ManualClock
) -> None:
    async with STORES[kind](tmp_path, clock) as store:
        job = await submit(store)
        await store.claim("gpu")
        await store.cancel(job.id)
    async with STORES[kind](tmp_path, clock) as store:
        gone = await store.get(job.id)
        assert gone is not None
        assert gone.state is State.CANCELLED
        assert await store.claim("gpu") is None


async def test_the_accounts_of_the_fair_queue_are_kept(kind: str, tmp_path: Path, clock: ManualClock) -> None:
    async with STORES[kind](tmp_path, clock) as store:
        for _ in range(3):
            await submit(store, 1, seconds=10)
        await claimed(store, 2)
        await submit(store, 2, seconds=10)
    async with STORES[kind](tmp_path, clock) as store:
        # Person 1 has F = 30 s, person 2 F = 10 s + 10 s, and the virtual time stands at 10 s.
        assert (await submit(store, 1)).tag == 3000
        assert (await submit(store, 2)).tag == 2000
        assert (await submit(store, 3)).tag == 1000


async def test_tags_that_a_cancel_brought_forward_stay_there(
    kind: str, tmp_path: Path, clock: ManualClock
) -> None:
    async with STORES[kind](tmp_path, clock) as store:
        jobs = [await submit(store, 1, seconds=10) for _ in range(3)]
        await store.cancel(jobs[0].id)
    async with STORES[kind](tmp_path, clock) as store:
        waiting = await store.in_state(State.WAITING)
        assert [(job.id, job.tag) for job in waiting] == [(jobs[1].id, 0), (jobs[2].id, 1000)]


async def test_a_line_that_was_empty_once_begins_anew_after_a_restart_too(
    kind: str, tmp_path: Path, clock: ManualClock
) -> None:
    async with STORES[kind](tmp_path, clock) as store:
        jobs = [await submit(store, person, seconds=10) for person in (1, 1, 2)]
        await claimed(store)
        for job in jobs:
            await store.set_rendered(job.id, some_pictures(seconds=10.0))
    async with STORES[kind](tmp_path, clock) as store:
        assert [(await submit(store, person)).tag for person in (1, 2)] == [0, 0]


@asynccontextmanager
async def _process(path: Path, script: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        str(path),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_after_kill_9_in_mid_burst_everything_acknowledged_is_there(
    tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "easel.db"
    async with _process(path, KILLED_IN_A_BURST) as process:
        assert process.stdout is not None
        acknowledged: list[bytes] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(acknowledged) < ENOUGH_ACKNOWLEDGED:
                acknowledged.append(await process.stdout.readline())
        process.kill()
        acknowledged += (await process.stdout.read()).splitlines(keepends=True)
    told = [line.decode().split() for line in acknowledged if line.endswith(b"\n")]
    assert {state for state, _, _ in told} == {"waiting", "running"}
    async with Database(path) as database:
        store = await SQLiteJobStore.open(database, clock)
        for _, job_id, tag in told:
            job: Job | None = await store.get(job_id)
            assert job is not None
            assert (job.state, job.tag) == (State.WAITING, int(tag))
        tags = [(job.tag, job.id) for job in await store.in_state(State.WAITING)]
        assert tags == sorted(tags)
