"""What one step of the queue takes while so many jobs wait.

Run as ``python -m tests.benchmarks.depth``. For each store and depth: submit, place in line, claim and
cancel, one after the other, each timed alone until it is durable; then 200 requests at once, until the last
is durable; then the time to open the store again. The line stays as deep as it is: what is submitted is
cancelled, and what is claimed is released.
"""

import argparse
import asyncio
import contextlib
import functools
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.model.clock import SystemClock
from bot.model.work import Origin, Request, Txt2Img
from bot.queue.job import Job
from bot.queue.memory import MemoryJobStore
from bot.queue.protocols import Admission, JobStore
from bot.storage.jobs import SQLiteJobStore
from bot.storage.postgres.database import PostgresDatabase
from bot.storage.postgres.jobs import PostgresJobStore
from bot.storage.sqlite import Database
from tests.integration.postgres import PostgresServer

T = TypeVar("T")

DEPTHS = (100, 10_000, 100_000)
ROUNDS = 300
BURST = 200
JOBS_PER_PERSON = 20
"""The default of [queue] waiting_per_person."""
FILL_AT_ONCE = 500

PLENTY = Admission(per_person=10**9, total=10**9)
PROMPT = "maltese puppy in a basket, soft light, 35mm photograph, highly detailed, natural colours, bokeh"
STEPS = ("submit", "place", "claim", "cancel")


@dataclass
class Row:
    """The times of one store at one depth, in seconds."""

    store: str
    depth: int
    times: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    burst: float = 0.0
    reopened: float | None = None


class Bench:
    """Jobs of many people in one store."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._random = random.Random(7)

    async def submit(self, people: int) -> Job:
        """One request of somebody."""
        work = Txt2Img(prompt=PROMPT, seed=self._random.getrandbits(32), checkpoint="v1-5-pruned-emaonly")
        origin = Origin(guild_id=1, channel_id=2, user_id=self._random.randrange(people))
        cost = self._random.randrange(400, 2000)
        return await self._store.submit(Request(work=work), origin, cost=cost, admission=PLENTY)

    async def fill(self, depth: int) -> None:
        """Until so many wait."""
        people = max(1, depth // JOBS_PER_PERSON)
        for start in range(0, depth, FILL_AT_ONCE):
            count = min(FILL_AT_ONCE, depth - start)
            await asyncio.gather(*(self.submit(people) for _ in range(count)))

    async def measure(self, row: Row) -> None:
        """Each step by itself, then the burst."""
        people = max(1, row.depth // JOBS_PER_PERSON)
        for _ in range(ROUNDS):
            job = await timed(row.times["submit"], lambda: self.submit(people))
            await timed(row.times["place"], partial(self._store.place, job.id))
            claimed = await timed(row.times["claim"], lambda: self._store.claim("gpu"))
            if claimed is not None:
                await self._store.release(claimed.id, counts=False)
            await timed(row.times["cancel"], partial(self._store.cancel, job.id))
        start = time.perf_counter()
        await asyncio.gather(*(self.submit(people) for _ in range(BURST)))
        row.burst = time.perf_counter() - start


async def timed(times: list[float], step: Callable[[], Awaitable[T]]) -> T:
    """Do it and note the seconds."""
    start = time.perf_counter()
    result = await step()
    times.append(time.perf_counter() - start)
    return result


@contextlib.asynccontextmanager
async def memory_store(_folder: Path) -> AsyncIterator[JobStore]:
    """The in-memory twin."""
    yield MemoryJobStore(SystemClock())


@contextlib.asynccontextmanager
async def sqlite_store(folder: Path) -> AsyncIterator[JobStore]:
    """The default store, on a real file."""
    async with Database(folder / "easel.db") as database:
        yield await SQLiteJobStore.open(database, SystemClock())


@contextlib.asynccontextmanager
async def postgres_store(folder: Path) -> AsyncIterator[JobStore]:
    """The store of several processes, on a server that waits for the disk as a real one does."""
    async with (
        PostgresDatabase(server().create_once(folder.name)) as database,
        PostgresJobStore.open(database, SystemClock(), stalled_seconds=600.0) as store,
    ):
        yield store


@functools.cache
def server() -> PostgresServer:
    """One for the whole run; it ends with this process."""
    return PostgresServer(durable=True).__enter__()


STORES = {"memory": memory_store, "SQLite": sqlite_store, "PostgreSQL": postgres_store}


async def run(name: str, depth: int) -> Row:
    """One row of the table."""
    row = Row(name, depth)
    with tempfile.TemporaryDirectory() as folder:
        async with STORES[name](Path(folder)) as store:
            bench = Bench(store)
            await bench.fill(depth)
            await bench.measure(row)
        if name != "memory":
            start = time.perf_counter()
            async with STORES[name](Path(folder)):
                row.reopened = time.perf_counter() - start
    return row


def milliseconds(seconds: float) -> str:
    """To three digits."""
    return f"{seconds * 1000:.3g}" if seconds < 1 else f"{seconds * 1000:.0f}"


def show(rows: Sequence[Row]) -> None:
    """The table, in milliseconds."""
    head = ["store", "waiting", *(f"{step} p50/p99" for step in STEPS), f"{BURST} at once", "open"]
    table = [head]
    for row in rows:
        cells = [row.store, f"{row.depth:,}"]
        for step in STEPS:
            ordered = sorted(row.times[step])
            p99 = ordered[int(len(ordered) * 0.99)]
            cells.append(f"{milliseconds(statistics.median(ordered))} / {milliseconds(p99)}")
        reopened = "–" if row.reopened is None else milliseconds(row.reopened)
        table.append([*cells, milliseconds(row.burst), reopened])
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    for line in table:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    print("All times in milliseconds.")


def main() -> None:
    """The whole table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--depths", type=int, nargs="+", default=DEPTHS, help="jobs that wait")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=list(STORES), help="which stores")
    arguments = parser.parse_args()
    show([asyncio.run(run(name, depth)) for name in arguments.stores for depth in arguments.depths])


if __name__ == "__main__":
    main()
