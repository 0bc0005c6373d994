"""✅ and ❌ under what is held for a moderator."""

import asyncio
from typing import Any

import discord
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import Decided, ModeratorsOnly, TurnedDown
from bot.queue.job import Failure, Job, State
from cogs.audit import audit
from cogs.present import Voice
from cogs.reviews import Reviews
from cogs.submitting import stored_job
from cogs.views.base import is_moderator
from cogs.views.review import decided_view


class ReviewCog(commands.Cog):
    """For moderators of the server that it was asked in, asked at the time of the press."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._reviews = Reviews(bot)
        self._deciding = asyncio.Lock()
        self._presses = {"approve": self._approve, "turn_down": self._turn_down}

    async def cog_load(self) -> None:
        """Buttons of earlier processes go on working."""
        self._bot.presses.update(self._presses)

    async def cog_unload(self) -> None:
        """Take them back."""
        for action in self._presses:
            self._bot.presses.pop(action, None)

    async def _approve(self, interaction: discord.Interaction[Any], job_id: str, _: str | None) -> None:
        async with self._deciding:
            job = await self._undecided(interaction, job_id)
            await self._reviews.approve(job_id)
            self._services.queue.tell_again(job)
        await self._settle(interaction, job, approved=True)

    async def _turn_down(self, interaction: discord.Interaction[Any], job_id: str, _: str | None) -> None:
        async with self._deciding:
            job = await self._undecided(interaction, job_id)
            await self._services.queue.fail(job_id, Failure(code=TurnedDown.code))
            await self._reviews.forget(job_id)
        await self._settle(interaction, job, approved=False)

    async def _undecided(self, interaction: discord.Interaction[Any], job_id: str) -> Job:
        """Raises ModeratorsOnly, Gone, Decided and StorageError."""
        job = await stored_job(self._services, job_id)
        if not is_moderator(interaction) or interaction.guild_id != job.origin.guild_id:
            raise ModeratorsOnly
        is_open = job.request.held and job.state is State.RENDERED
        if not is_open or not await self._services.leases.take(f"review:{job_id}"):
            raise Decided
        if await self._reviews.is_approved(job_id):
            raise Decided
        return job

    async def _settle(self, interaction: discord.Interaction[Any], job: Job, *, approved: bool) -> None:
        """The question is over; who decided is written down."""
        what = f"<@{job.origin.user_id}>"
        entry = audit(
            interaction, self._services, "approve" if approved else "turn_down", what=what, jobs=[job.id]
        )
        voice = Voice(self._services.texts, str(interaction.guild_locale or interaction.locale))
        view = decided_view(voice, job, interaction.user.id, approved=approved)
        await interaction.response.edit_message(view=view, attachments=[])
        await entry.tell()


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(ReviewCog(bot))
