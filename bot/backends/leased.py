"""A web UI that several processes may work, and one at a time does: it takes one request at a time."""

import asyncio
import logging
from collections.abc import Callable

from bot.backends.remote import Others, lease_of
from bot.backends.runner import BackendRunner
from bot.errors import StorageError, Unreachable
from bot.queue.events import Progressed
from bot.queue.job import Job, Rendered
from bot.queue.leases import Leases
from bot.queue.parts import Part
from bot.queue.protocols import Answer

__all__ = ["LeasedRunner"]

_log = logging.getLogger(__name__)


class LeasedRunner:
    """Implements ``bot.queue.protocols.Renderer``: ready when the web UI is, and is ours."""

    def __init__(self, runner: BackendRunner, leases: Leases, others: Others) -> None:
        self._runner = runner
        self._leases = leases
        self._others = others
        self._lease = lease_of(runner.name)
        self._beat = asyncio.Event()
        leases.watch(self._beat.set)

    @property
    def name(self) -> str:
        """The back end's."""
        return self._runner.name

    async def ready(self) -> None:
        """Come back when this process works the web UI, and it can take a job."""
        while True:
            await self._make_ours()
            await self._runner.ready()
            if self._leases.holds(self._lease):
                return

    async def render(self, job: Job, part: Part, report: Callable[[Progressed], None]) -> Answer:
        """As the runner's. Raises Unreachable, without a request, if another process works it by now."""
        if not self._leases.holds(self._lease):
            raise Unreachable
        return await self._runner.render(job, part, report)

    async def finish(self, job: Job, answer: Answer) -> Rendered:
        """As the runner's."""
        return await self._runner.finish(job, answer)

    async def interrupt(self, job_id: str) -> bool:
        """As the runner's."""
        return await self._runner.interrupt(job_id)

    async def _make_ours(self) -> None:
        while not self._leases.holds(self._lease):
            self._beat.clear()
            if await self._take():
                _log.info("this process works a web UI", extra={"backend": self.name})
                self._others.took(self.name)
                return
            await self._beat.wait()

    async def _take(self) -> bool:
        try:
            return await self._leases.take(self._lease)
        except StorageError as error:
            _log.warning("a web UI cannot be taken over yet", extra={"reason": error.reason})
            return False
