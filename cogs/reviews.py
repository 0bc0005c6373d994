"""Results that are held: shown to the moderators once, and kept back until one lets them through.

What was asked and what was answered are two facts, since two hands write them. Both are gone with the job.
"""

import asyncio
import logging

import discord

from bot.client import EaselBot
from bot.errors import AdultsOnly
from bot.queue.job import Job
from cogs.present import Voice
from cogs.uploads import Room, uploads
from cogs.views.base import custom_ids, own_messages
from cogs.views.review import review_view

log = logging.getLogger(__name__)

_CLOSED = (403, 404)


class Reviews:
    """What is held, and what was said of it."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services

    async def passed(self, job: Job) -> bool:
        """Whether a moderator has let it through. Who was not asked yet is asked now.

        Raises AdultsOnly where nobody can be asked, and what may pass by itself.
        """
        if not await self.is_approved(job.id):
            await self._ask_once(job)
        return await self.is_approved(job.id)

    async def is_approved(self, job_id: str) -> bool:
        """Raises StorageError."""
        return await self._services.facts.get(_approved(job_id)) is not None

    async def approve(self, job_id: str) -> None:
        """Raises StorageError."""
        await self._services.facts.put(_approved(job_id), True)

    async def forget(self, job_id: str) -> None:
        """It is over. Raises StorageError."""
        await self._services.facts.forget(_approved(job_id))
        await self._services.facts.forget(_asked(job_id))

    async def _ask_once(self, job: Job) -> None:
        """The time is stored before the attempt, as with results; an attempt of unknown end is looked for."""
        facts, now = self._services.facts, self._services.clock.now()
        said = await facts.get(_asked(job.id))
        if isinstance(said, dict) and said.get("posted"):
            return
        channel = await self._channel(job)
        since = said.get("since") if isinstance(said, dict) else None
        try:
            if not isinstance(since, float) or not await self._is_there(job, channel, since):
                await facts.put(_asked(job.id), {"since": now})
                await self._ask(job, channel)
        except discord.HTTPException as error:
            if error.status not in _CLOSED:
                raise
            log.warning("the review channel is closed to us", extra={"job": job.id})
            raise AdultsOnly from error
        await facts.put(_asked(job.id), {"posted": True})

    async def _channel(self, job: Job) -> discord.PartialMessageable:
        """The server's, as it is set now. Raises AdultsOnly."""
        place = (await self._services.preferences.rules(job.origin.guild_id)).review_channel
        if place is None:
            raise AdultsOnly
        return self._bot.get_partial_messageable(place, guild_id=job.origin.guild_id)

    async def _is_there(self, job: Job, channel: discord.PartialMessageable, since: float) -> bool:
        async for message in own_messages(self._bot, channel, since):
            if f"e1:approve:{job.id}" in custom_ids(message):
                return True
        return False

    async def _ask(self, job: Job, channel: discord.PartialMessageable) -> None:
        total = self._services.settings.delivery.message_byte_limit
        room = Room(file=job.origin.filesize_limit, total=total)
        shown = await asyncio.to_thread(uploads, self._services.outputs, job.id, job.pictures, room)
        voice = Voice(self._services.texts, job.origin.guild_locale or job.origin.locale)
        files = [upload.file() for upload in shown]
        await channel.send(view=review_view(voice, job, shown), files=files, nonce=f"r{job.id}")


def _asked(job_id: str) -> str:
    return f"review:{job_id}"


def _approved(job_id: str) -> str:
    return f"approved:{job_id}"
