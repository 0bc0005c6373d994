"""Hears what happens in the queue and keeps each job's messages current, also after a restart.

Two duties with different promises: results must arrive (``cogs.posting``: durable, repeated, exactly once),
status messages are a courtesy (``cogs.status``: merged, throttled, dropped first).

Of several processes whoever drew a result posts it, and another one if that one dies; all status messages are
kept by one of them, since Discord's limits hold for all together.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

from discord.ext import commands

from bot.client import EaselBot
from bot.errors import StorageError
from bot.model.tasks import TaskOwner
from bot.queue.events import Anew, Event, StateChanged, Subscription
from bot.queue.job import State
from cogs.posting import Poster
from cogs.sheets import Sheets
from cogs.status import STATUS_LEASE, StatusMessages

log = logging.getLogger(__name__)


class DeliveryCog(commands.Cog):
    """Owns the tasks that post and edit."""

    def __init__(self, bot: EaselBot) -> None:
        self._services = bot.services
        self._tasks = TaskOwner()
        self._endings = ExitStack()
        self._beat = asyncio.Event()
        self.status = StatusMessages(bot)
        self.poster = Poster(bot)
        self.sheets = Sheets(bot)

    async def cog_load(self) -> None:
        """Listen, then take up what an earlier process left."""
        # Several listeners, so that a status message that takes its time delays no result.
        listeners = {
            "results": self._hear_of_result,
            "states": self._hear_of_state,
            "sheets": self.sheets.hear,
        }
        for name, hear in listeners.items():
            events = self._endings.enter_context(self._services.queue.events.subscribe())
            self._tasks.start(_listen(events, hear), f"delivery-{name}")
        self._endings.callback(self._services.leases.watch(self._beat.set))
        self._tasks.start(self.status.run(), "delivery-status")
        for number in range(self._services.settings.delivery.concurrent):
            self._tasks.start(self.poster.run(), f"delivery-post-{number}")
        self._tasks.start(self.sheets.run(), "delivery-sheets")
        for job in await self._services.store.in_state(State.RENDERED):
            self.poster.enqueue(job.id)
        await self.sheets.take_up()
        keeps = await self._keep_status(kept=False)
        self._tasks.start(self._look_now_and_then(keeps), "delivery-look")

    async def cog_unload(self) -> None:
        """Stop, then wait."""
        self._endings.close()
        await self._tasks.close()
        await self.poster.close()
        await self.sheets.close()

    async def _look_now_and_then(self, keeps: bool) -> None:
        """Take over what a process that died has left."""
        while True:
            await self._beat.wait()
            self._beat.clear()
            try:
                await self.poster.take_up()
                await self.sheets.take_up()
                keeps = await self._keep_status(kept=keeps)
            except StorageError as error:
                log.warning("nothing can be taken over now", extra={"reason": error.reason})

    async def _keep_status(self, *, kept: bool) -> bool:
        """Whether the status messages are this process's to keep; if they were not so far, all are met."""
        keeps = await self._services.leases.take(STATUS_LEASE)
        if keeps and not kept:
            live = await self._services.store.in_state(State.WAITING, State.RUNNING, State.RENDERED)
            self._tasks.start(self.status.adopt(live), "delivery-adopt")
            for job in await self._services.store.with_status_message():
                self.status.track(job)
        return keeps

    async def _hear_of_result(self, event: Event) -> None:
        if isinstance(event, StateChanged) and event.state is State.RENDERED and not event.elsewhere:
            self.poster.enqueue(event.job_id)

    async def _hear_of_state(self, event: Event) -> None:
        if not self._services.leases.holds(STATUS_LEASE):
            return
        try:
            if isinstance(event, Anew):
                await self._keep_status(kept=False)
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
