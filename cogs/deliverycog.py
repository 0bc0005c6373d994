"""Hears what happens in the queue and keeps each job's messages current, also after a restart.

Two duties with different promises: results must arrive (``cogs.posting``: durable, repeated, exactly once),
status messages are a courtesy (``cogs.status``: merged, throttled, dropped first).
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

from discord.ext import commands

from bot.client import EaselBot
from bot.errors import StorageError
from bot.model.tasks import TaskOwner
from bot.queue.events import Event, StateChanged, Subscription
from bot.queue.job import State
from cogs.posting import Poster
from cogs.status import StatusMessages

log = logging.getLogger(__name__)


class DeliveryCog(commands.Cog):
    """Owns the tasks that post and edit."""

    def __init__(self, bot: EaselBot) -> None:
        self._services = bot.services
        self._tasks = TaskOwner()
        self._subscription = ExitStack()
        self.status = StatusMessages(bot)
        self.poster = Poster(bot)

    async def cog_load(self) -> None:
        """Listen, then take up what an earlier process left."""
        # Two listeners, so that a status message that takes its time delays no result.
        for name, hear in (("results", self._hear_of_result), ("states", self._hear_of_state)):
            events = self._subscription.enter_context(self._services.queue.events.subscribe())
            self._tasks.start(_listen(events, hear), f"delivery-{name}")
        self._tasks.start(self.status.run(), "delivery-status")
        for number in range(self._services.settings.delivery.concurrent):
            self._tasks.start(self.poster.run(), f"delivery-post-{number}")
        live = await self._services.store.in_state(State.WAITING, State.RUNNING, State.RENDERED)
        for job in live:
            if job.state is State.RENDERED:
                self.poster.enqueue(job.id)
        self._tasks.start(self.status.adopt(live), "delivery-adopt")
        for job in await self._services.store.with_status_message():
            self.status.track(job)

    async def cog_unload(self) -> None:
        """Stop, then wait."""
        self._subscription.close()
        await self._tasks.close()
        await self.poster.close()

    async def _hear_of_result(self, event: Event) -> None:
        if isinstance(event, StateChanged) and event.state is State.RENDERED:
            self.poster.enqueue(event.job_id)

    async def _hear_of_state(self, event: Event) -> None:
        try:
            await self.status.hear(event)
        except StorageError as error:
            # A courtesy; whatever else happens to the job brings its message up to date.
            log.warning("a status message may be late", extra={"reason": error.reason})


async def _listen(events: Subscription, hear: Callable[[Event], Awaitable[None]]) -> None:
    async for event in events:
        await hear(event)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(DeliveryCog(bot))
