"""What workers and the store tell each other at the same moment."""

import asyncio
from typing import Any

from bot.queue.costs import Costs
from bot.queue.events import Events
from bot.queue.floor import Floor
from bot.queue.job import Job, Rendered
from bot.queue.manager import CancelOutcome, QueueManager
from bot.queue.memory import MemoryJobStore
from bot.queue.protocols import JobStore
from bot.queue.terms import Terms
from tests.support import PLENTY, ManualClock, a_request, an_origin, some_pictures, within


def a_manager(store: JobStore) -> QueueManager:
    return QueueManager(
        store=store,
        clock=ManualClock(),
        events=Events(),
        terms=Terms(admission=PLENTY, keep_seconds=1e9, max_attempts=3),
        costs=Costs(),
    )


class HastyStore(MemoryJobStore):
    """Another back end takes what is put back before the one that put it back hears of it."""

    queue: QueueManager

    async def release(self, job_id: str, **details: Any) -> Job | None:
        """Back to the line, and away again."""
        job = await super().release(job_id, **details)
        await self.queue.dispatch.next_job("second")
        return job


class LateStore(MemoryJobStore):
    """A part is written and the next one claimed in one commit, of which neither has heard yet."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.slow = False
        self.written = asyncio.Event()
        self.claimed = asyncio.Event()
        self.heard = asyncio.Event()

    async def set_part(self, job_id: str, rendered: Rendered) -> Job | None:
        """The commit comes with the claim."""
        job = await super().set_part(job_id, rendered)
        self.written.set()
        await self.heard.wait()
        return job

    async def claim(self, backend: str, floor: Floor | None = None) -> Job | None:
        """It is the second one that is slow."""
        job = await super().claim(backend, floor)
        if job is not None and self.slow:
            self.claimed.set()
            await self.heard.wait()
        self.slow = True
        return job


async def test_a_cancel_while_one_part_ends_and_the_next_is_claimed_stops_the_next() -> None:
    store = LateStore(ManualClock())
    async with a_manager(store) as queue:
        job = await queue.submit(a_request(pictures=2), an_origin())
        part = await queue.dispatch.next_job("gpu")
        ending = asyncio.create_task(queue.dispatch.set_rendered(part, some_pictures(drawn=1)), name="end")
        await within(store.written.wait())
        taking = asyncio.create_task(queue.dispatch.next_job("gpu"), name="taking")
        await within(store.claimed.wait())
        assert await queue.cancel(job.id, keep=False) is CancelOutcome.STOPPING
        store.heard.set()
        await within(asyncio.gather(ending, taking))
        run = queue.dispatch.runs[job.id]
        assert run.part.first == 1
        assert run.stop.is_set()
        assert not run.keep


async def test_a_job_put_back_and_taken_at_once_runs_on_the_other_back_end() -> None:
    store = HastyStore(ManualClock())
    async with a_manager(store) as queue:
        store.queue = queue
        queue.dispatch.backend_up("first")
        queue.dispatch.backend_up("second")
        job = await queue.submit(a_request(), an_origin())
        await queue.dispatch.release(await queue.dispatch.next_job("first"))
        assert queue.dispatch.runs[job.id].job.backend == "second"
