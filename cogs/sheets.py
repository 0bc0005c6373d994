"""The sheet of a table of pictures: posted once, when the last of its cells is over, whatever dies before.

A table is kept until its sheet is there. The time of an attempt is stored before it is made; after one whose
answer was never read the sheet is looked for in the channel, and posted only if it is not there, with the
same nonce, in case it had just not become visible.
"""

import asyncio
import logging
from collections.abc import Sequence

import discord

from bot.client import NETWORK_ERRORS, EaselBot
from bot.errors import AdultMessagesOff, Gone, PictureError, StorageError
from bot.imaging.grid import xy_grid
from bot.model.comparison import Comparison
from bot.model.tasks import TaskOwner
from bot.queue.events import Anew, Event, StateChanged
from bot.queue.job import Job, State
from cogs.present import public_voice
from cogs.showing import require_direct
from cogs.uploads import SHEET_BYTES, read
from cogs.views.base import custom_ids, own_messages
from cogs.views.comparison import sheet_mark, sheet_message

log = logging.getLogger(__name__)

_SETTLED_SECONDS = 60.0
"""A table of which no job is there after this was never put into the line, or all of it was erased."""
_CLOSED = (403, 404)
_PASSING = (discord.DiscordServerError, discord.RateLimited, StorageError, *NETWORK_ERRORS)
"""What may be gone at the next attempt."""


class Sheets:
    """Posts the sheets of tables that are over."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._later = TaskOwner()

    async def hear(self, event: Event) -> None:
        """A cell may have been the last of its table."""
        try:
            if isinstance(event, Anew):
                await self.take_up()
            elif isinstance(event, StateChanged) and event.state.is_final:
                job = await self._services.store.get(event.job_id)
                if job is not None and job.request.group is not None:
                    self._waiting.put_nowait(job.request.group.id)
        except StorageError as error:
            log.warning("a table may be late", extra={"reason": error.reason})
            self._later.start(self._look_again(), "delivery-sheets-again")

    async def take_up(self) -> None:
        """All tables that are due. Raises StorageError."""
        for group in await self._services.comparisons.open():
            self._waiting.put_nowait(group)

    async def close(self) -> None:
        """Forget the pauses; the store knows what is left to do."""
        await self._later.close()

    async def run(self) -> None:
        """Look at one table after the other, for ever."""
        while True:
            group = await self._waiting.get()
            try:
                await self._look_at(group)
            except _PASSING as error:
                log.warning("a table could not be posted yet", extra={"kind": type(error).__name__})
                self._later.start(self._again(group), f"delivery-sheet-{group}")
            except Exception:
                log.exception("a table could not be posted", extra={"group": group})

    async def _again(self, group: str) -> None:
        await self._services.clock.sleep(self._services.settings.delivery.retry_first_seconds)
        self._waiting.put_nowait(group)

    async def _look_again(self) -> None:
        await self._services.clock.sleep(self._services.settings.delivery.retry_max_seconds)
        await self.hear(Anew())

    async def _look_at(self, group: str) -> None:
        """Raises what may pass by itself."""
        leases, lease = self._services.leases, f"sheet:{group}"
        if not await leases.take(lease):
            return  # another process posts it
        try:
            comparison = await self._services.comparisons.get(group)
            if comparison is None:
                return
            jobs = [await self._services.store.get(job_id) for job_id in comparison.jobs]
            if self._is_over(comparison, jobs):
                await self._post_or_give_up(group, comparison, jobs)
                await self._services.comparisons.forget(group)
        finally:
            await leases.give_back(lease)

    def _is_over(self, comparison: Comparison, jobs: Sequence[Job | None]) -> bool:
        if not any(jobs):
            return self._services.clock.now() - comparison.created_at > _SETTLED_SECONDS
        return all(job is None or job.state.is_final for job in jobs)

    async def _post_or_give_up(self, group: str, comparison: Comparison, jobs: Sequence[Job | None]) -> None:
        if not any(job is not None and job.state is not State.CANCELLED for job in jobs):
            return  # whoever stopped all of it wants no table
        try:
            await self._post(group, comparison, jobs)
        except discord.DiscordServerError:
            raise
        except (discord.HTTPException, AdultMessagesOff, PictureError) as error:
            kind = type(error).__name__
            log.warning("a table stays unposted", extra={"group": group, "kind": kind})

    async def _post(self, group: str, comparison: Comparison, jobs: Sequence[Job | None]) -> None:
        origin = comparison.origin
        channel = self._bot.get_partial_messageable(origin.channel_id, guild_id=origin.guild_id)
        if comparison.attempted_at is not None and await self._is_there(group, comparison, channel):
            return
        comparison = comparison.attempted(self._services.clock.now())
        await self._services.comparisons.put(group, comparison)
        limit = min(origin.filesize_limit, SHEET_BYTES)
        sheet = await asyncio.to_thread(self._sheet, comparison, jobs, limit)
        try:
            await self._send(group, comparison, jobs, sheet, channel)
        except discord.HTTPException as error:
            if error.status not in _CLOSED:
                raise
            await self._send_to_person(group, comparison, jobs, sheet)

    async def _send_to_person(
        self, group: str, comparison: Comparison, jobs: Sequence[Job | None], sheet: bytes
    ) -> None:
        """Where the channel is closed to us, as its pictures went. Raises AdultMessagesOff."""
        person = comparison.origin.user_id
        for job in jobs:
            if job is not None:
                await require_direct(self._services, job, person)
        await self._send(group, comparison, jobs, sheet, await self._bot.create_dm(discord.Object(person)))

    async def _send(
        self,
        group: str,
        comparison: Comparison,
        jobs: Sequence[Job | None],
        sheet: bytes,
        channel: discord.abc.Messageable,
    ) -> None:
        voice = public_voice(self._services.texts, comparison.origin)
        view, file = sheet_message(voice, group, comparison, jobs, sheet)
        person = discord.Object(comparison.origin.user_id)
        mentions = discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=[person])
        if self._services.leases.holds(f"sheet:{group}"):
            await channel.send(view=view, file=file, nonce=comparison.nonce, allowed_mentions=mentions)

    async def _is_there(
        self, group: str, comparison: Comparison, channel: discord.PartialMessageable
    ) -> bool:
        """Whether an attempt whose answer was never read has posted it."""
        mark = sheet_mark(group, comparison.origin.user_id)
        try:
            async for message in own_messages(self._bot, channel, comparison.attempted_at or 0.0):
                if mark in custom_ids(message):
                    return True
        except discord.Forbidden:
            # A sheet twice is better than a sheet never.
            log.warning("may not read the channel's history, posting again", extra={"group": group})
        return False

    def _sheet(self, comparison: Comparison, jobs: Sequence[Job | None], limit: int) -> bytes:
        """Blocks. Raises PictureError."""
        pictures = [self._picture(job) for job in jobs]
        return xy_grid(pictures, comparison.table.columns, comparison.table.rows, limit)

    def _picture(self, job: Job | None) -> bytes | None:
        """Of a cell that was posted: what was stopped or turned down is not to be seen."""
        if job is None or job.state is not State.DELIVERED or not job.pictures:
            return None
        try:
            return read(self._services.outputs, job.pictures[0])
        except Gone:
            return None
