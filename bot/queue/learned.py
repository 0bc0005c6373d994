"""What finished jobs teach: how fast each model draws, and how long each back end takes to load one."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from bot.errors import StorageError
from bot.queue.costs import Costs
from bot.queue.job import Job, Rendered
from bot.queue.parts import Part, drawn_work, next_part
from bot.queue.protocols import Memory
from bot.queue.switches import Switches

log = logging.getLogger(__name__)

COSTS_FACT = "queue.costs"
"""Name under which the learned speeds are remembered."""
SWITCHES_FACT = "queue.switches"
"""Name under which the times of loading a model are."""


class Learned:
    """Costs and switches, remembered where there is a memory."""

    def __init__(self, costs: Costs, switches: Switches | None, memory: Memory | None) -> None:
        self._costs = costs
        self._switches = switches or Switches()
        self._memory = memory

    @property
    def switch_seconds(self) -> Mapping[str, float]:
        """By name of back end."""
        return self._switches.seconds

    def completed(self, job: Job, rendered: Rendered) -> Rendered:
        """With the time of loading a model, where it can be told from how long such a job takes by itself."""
        work, backend = drawn_work(job, rendered), job.backend or ""
        if rendered.switch is not None or rendered.interrupted or not self._costs.knows(work, backend):
            return rendered
        over = max(0.0, rendered.seconds - self._costs.estimate(work, backend).seconds)
        return replace(rendered, switch=over)

    def part_of(self, job: Job, longest: float) -> tuple[Part, float]:
        """What its back end is to draw of a job, in at most ``longest`` seconds; and the likely seconds."""
        work, backend = job.request.work, job.backend or ""
        each = self._costs.estimate(work, backend).seconds / max(1, work.pictures)
        part = next_part(work, job.drawn, each, longest)
        return part, each * part.work.pictures

    async def learn(self, job: Job, rendered: Rendered) -> None:
        """A whole job took that long; loading a model is no part of its speed."""
        drawing = rendered.seconds - (rendered.switch or 0.0)
        await self.refresh()
        self._costs.learn(drawn_work(job, rendered), drawing, job.backend or "")
        await self._remember(COSTS_FACT, self._costs)
        if rendered.switch and job.backend is not None:
            self._switches.learn(job.backend, rendered.switch)
            await self._remember(SWITCHES_FACT, self._switches)

    async def refresh(self) -> None:
        """Take over what other processes have learned, so that what is kept next holds that, too."""
        if self._memory is None:
            return
        try:
            self._costs.adopt(await self._memory.get(COSTS_FACT))
            self._switches.adopt(await self._memory.get(SWITCHES_FACT))
        except StorageError as error:
            log.warning("what others have learned could not be read", extra={"reason": error.reason})

    async def _remember(self, name: str, learned: Costs | Switches) -> None:
        if self._memory is None:
            return
        try:
            await self._memory.put(name, learned.dump())
        except StorageError as error:
            log.warning("what was learned could not be kept", extra={"fact": name, "reason": error.reason})
