"""What workers and the store tell each other at the same moment."""

from typing import Any

from bot.queue.costs import Costs
from bot.queue.events import Events
from bot.queue.job import Job
from bot.queue.manager import QueueManager
from bot.queue.memory import MemoryJobStore
from bot.queue.terms import Terms
from tests.support import PLENTY, ManualClock, a_request, an_origin


class HastyStore(MemoryJobStore):
    """Another back end takes what is put back before the one that put it back hears of it."""

    queue: QueueManager

    async def release(self, job_id: str, **details: Any) -> Job | None:
        """Back to the line, and away again."""
        job = await super().release(job_id, **details)
        await self.queue.dispatch.next_job("second")
        return job


async def test_a_job_put_back_and_taken_at_once_runs_on_the_other_back_end() -> None:
    clock = ManualClock()
    store = HastyStore(clock)
    manager = QueueManager(
        store=store,
        clock=clock,
        events=Events(),
        terms=Terms(admission=PLENTY, keep_seconds=1e9, max_attempts=3),
        costs=Costs(),
    )
    async with manager as queue:
        store.queue = queue
        queue.dispatch.backend_up("first")
        queue.dispatch.backend_up("second")
        job = await queue.submit(a_request(), an_origin())
        await queue.dispatch.release(await queue.dispatch.next_job("first"))
        assert queue.dispatch.runs[job.id].job.backend == "second"
