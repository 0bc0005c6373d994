"""A day of the queue in a minute: nothing lost, no task left over, memory flat.

Run as ``python -m tests.benchmarks.soak``. The real line, policy, workers, health and circuits in virtual
time, on the memory store; the web UIs are scripted by a seed and fail in every way there is: single renders,
spells in which one is gone or fails everything, answers that cannot be read, a database that is busy, a
Discord that is down for 20 minutes; people cancel. Memory is compared at moments when nothing waits or runs.
"""

import argparse
import asyncio
import gc
import logging
import random
import time
import tracemalloc
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import QueueFull, TooManyWaiting
from bot.model.tasks import TaskOwner
from bot.model.work import Origin, Request, Txt2Img
from bot.queue.costs import Costs
from bot.queue.events import Events, StateChanged
from bot.queue.job import Failure, Job, State
from bot.queue.manager import CancelOutcome, QueueManager
from bot.queue.protocols import Admission
from bot.queue.switches import Switches
from bot.queue.terms import Terms
from bot.queue.worker import Worker
from tests.benchmarks.policy import Work, a_day
from tests.benchmarks.soak_scene import SoakFleet, SoakRenderer, SoakStore, Witness
from tests.virtual import EPOCH, LoopClock, run_virtually

PAUSES = (5, 9, 12, 15, 18, 21)
"""Hours at which nobody asks until the line is empty, and memory is looked at."""
CANCELLED, UNPOSTABLE = 0.03, 0.01
"""Shares of the jobs."""
DISCORD_DOWN = (36_000.0, 37_200.0)
"""Seconds of the day."""
LONGEST = 3 * 86_400.0
"""Virtual seconds after which the day counts as stuck."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Memory when nothing waits or runs."""

    hour: float
    jobs: int
    traced: int
    """Bytes of Python objects."""
    resident: int | None
    """Bytes of the process, where that can be known."""
    tasks: tuple[tuple[str, int], ...]
    """How many tasks of each kind."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What the day came to."""

    asked: int
    refused: int
    witness: Witness
    renderers: list[SoakRenderer]
    store_refused: int
    samples: list[Sample] = field(default_factory=list)
    leftover: list[str] = field(default_factory=list)
    hours: float = 0.0

    def bytes_per_job(self) -> float:
        """Growth from the first quiet moment to the last."""
        first, last = self.samples[0], self.samples[-1]
        return (last.traced - first.traced) / max(1, last.jobs - first.jobs)


class Day:
    """Everything that happens in it."""

    def __init__(self, seed: int, work: list[Work], backends: int, faults: float) -> None:
        self._rng = random.Random(f"{seed} people")
        self._work = work
        self._clock = LoopClock()
        self._store = SoakStore(self._clock, seed)
        self._events = Events()
        self._witness = Witness()
        self._tasks = TaskOwner()
        self._renderers = [SoakRenderer(f"gpu{n}", seed, self._clock, faults) for n in range(1, backends + 1)]
        self._outcome = Outcome(
            asked=0, refused=0, witness=self._witness, renderers=self._renderers, store_refused=0
        )
        self._queue: QueueManager

    async def run(self) -> Outcome:
        """From midnight until the last job is over. Raises TimeoutError if it never is."""
        async with asyncio.timeout(LONGEST), AsyncExitStack() as stack:
            stack.push_async_callback(self._tasks.close)
            self._queue = await stack.enter_async_context(
                QueueManager(
                    store=self._store,
                    clock=self._clock,
                    events=self._events,
                    terms=Terms(
                        admission=Admission(per_person=50, total=1000), keep_seconds=6 * 3600, max_attempts=3
                    ),
                    costs=Costs(),
                    switches=Switches(),
                    fleet=SoakFleet(self._renderers),
                )
            )
            for renderer in self._renderers:
                self._tasks.start(renderer.watch(), f"probe-{renderer.name}")
                await stack.enter_async_context(Worker(renderer, self._queue.dispatch, self._clock))
            self._tasks.start(self._deliver_for_ever(), "deliver")
            await self._ask()
            await self._rest()
        await asyncio.sleep(0)
        mine = asyncio.current_task()
        self._outcome.leftover = [task.get_name() for task in asyncio.all_tasks() if task is not mine]
        self._outcome.hours = self._now() / 3600
        self._outcome.store_refused = self._store.refused
        return self._outcome

    def _now(self) -> float:
        return self._clock.now() - EPOCH

    async def _ask(self) -> None:
        pauses = [hour * 3600.0 for hour in PAUSES]
        for work in self._work:
            if pauses and work.arrival >= pauses[0]:
                pauses.pop(0)
                await self._rest()
            await self._clock.sleep(max(0.0, work.arrival - self._now()))
            await self._submit(work)

    async def _submit(self, work: Work) -> None:
        self._outcome.asked += 1
        request = Request(
            work=Txt2Img(
                prompt=f"{work.seconds:.2f}", seed=1, steps=round(work.seconds), checkpoint=f"m{work.model}"
            )
        )
        origin = Origin(guild_id=1, channel_id=2, user_id=work.person)
        try:
            job = await self._queue.submit(request, origin)
        except (TooManyWaiting, QueueFull):
            self._outcome.refused += 1
            return
        self._witness.take(job)
        if self._rng.random() < CANCELLED:
            self._tasks.start(self._cancel(job, self._rng.uniform(0, 60)), f"cancel-{job.id}")

    async def _cancel(self, job: Job, after: float) -> None:
        await self._clock.sleep(after)
        if job.id in self._witness.open:
            self._witness.cancels.add(job.id)
            if await self._queue.cancel(job.id) is CancelOutcome.TOO_LATE:
                self._witness.cancels.discard(job.id)

    async def _deliver_for_ever(self) -> None:
        with self._events.subscribe() as events:
            async for event in events:
                if isinstance(event, StateChanged):
                    await self._look_at(event.job_id)

    async def _look_at(self, job_id: str) -> None:
        job = await self._store.get(job_id)
        if job is None:
            return
        if job.state is State.RENDERED:
            self._tasks.start(self._post(job), f"post-{job.id}")
        elif job.state.is_final:
            self._witness.close(job)
            self._store.forget(job.id)

    async def _post(self, job: Job) -> None:
        down, up = DISCORD_DOWN
        if down <= self._now() < up:
            await self._clock.sleep(up - self._now())
        await self._clock.sleep(self._rng.uniform(0.2, 2.0))
        if self._rng.random() < UNPOSTABLE:
            await self._queue.fail(job.id, Failure(code="undeliverable"))
        else:
            await self._queue.delivered(job.id)

    async def _rest(self) -> None:
        """Until nothing waits or runs; then look at the memory."""
        await self._witness.empty.wait()
        await self._clock.sleep(120.0)
        gc.collect()
        kinds = Counter(task.get_name().split("-")[0] for task in asyncio.all_tasks())
        self._outcome.samples.append(
            Sample(
                hour=self._now() / 3600,
                jobs=self._witness.taken,
                traced=tracemalloc.get_traced_memory()[0],
                resident=_resident(),
                tasks=tuple(sorted(kinds.items())),
            )
        )


def _resident() -> int | None:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except OSError:
        return None


def soak(*, seed: int = 1, load: float, backends: int, floods: bool = True, faults: float = 0.06) -> Outcome:
    """One day. ``load`` as in the policy's day; ``faults``: share of the renders that fail by themselves."""
    work = a_day(seed, load, backends, floods=floods)
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start(1)
    try:
        return run_virtually(_live(seed, work, backends, faults))
    finally:
        if not tracing:
            tracemalloc.stop()


async def _live(seed: int, work: list[Work], backends: int, faults: float) -> Outcome:
    return await Day(seed, work, backends, faults).run()


def _show(outcome: Outcome, seconds: float) -> None:
    witness = outcome.witness
    print(f"{outcome.hours:.1f} h in {seconds:.0f} s; asked {outcome.asked}, refused {outcome.refused}")
    print("over:", ", ".join(f"{state.value} {count}" for state, count in sorted(witness.states.items())))
    print("failed for:", ", ".join(f"{code} {count}" for code, count in witness.reasons.most_common()))
    met = sum((one.met for one in outcome.renderers), Counter[str]())
    print("met:", ", ".join(f"{code} {count}" for code, count in met.most_common()))
    opened = sum(one.opened for one in outcome.renderers)
    print(f"circuits opened {opened} times; the database refused {outcome.store_refused} writes")
    print(f"lost {len(witness.open)}, wrong {witness.wrong}, tasks left over {outcome.leftover}")
    for sample in outcome.samples:
        resident = "" if sample.resident is None else f"  rss {sample.resident / 2**20:6.1f} MiB"
        print(
            f"{sample.hour:5.1f} h  {sample.jobs:6d} jobs  {sample.traced / 1024:8.1f} KiB{resident}"
            f"  {sum(count for _, count in sample.tasks)} tasks"
        )
    print(f"growth {outcome.bytes_per_job():.2f} bytes a job")


def main() -> None:
    """Print what the day came to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--load", type=float, default=0.4)
    parser.add_argument("--backends", type=int, default=8)
    parser.add_argument("--faults", type=float, default=0.06)
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    outcome = soak(
        seed=arguments.seed, load=arguments.load, backends=arguments.backends, faults=arguments.faults
    )
    _show(outcome, time.monotonic() - began)


if __name__ == "__main__":
    main()
