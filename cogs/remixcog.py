"""Buttons that make another picture of one: variations, larger, more detail, more of the world around it."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import Gone
from bot.model.work import Request
from bot.queue.job import Job
from cogs.paintings import VIEWS, around, enhance, vary
from cogs.picking import picture_of
from cogs.present import Voice
from cogs.sources import from_job
from cogs.submitting import loading, origin_of, source_of, stored_job, submit
from cogs.upscaling import usual_upscaling
from cogs.views.picture import vary_view

Make = Callable[[Job, int], Awaitable[Request]]


class RemixCog(commands.Cog):
    """Each is a job of whoever presses."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._presses = {
            "vary": self._vary,
            "vary_subtle": self._vary_subtle,
            "vary_strong": self._vary_strong,
            "upscale": self._upscale,
            "enhance": self._enhance,
            "around": self._around,
        }

    async def cog_load(self) -> None:
        """Buttons of earlier processes go on working."""
        self._bot.presses.update(self._presses)

    async def cog_unload(self) -> None:
        """Take them back."""
        for action in self._presses:
            self._bot.presses.pop(action, None)

    async def _vary(self, interaction: discord.Interaction[Any], job_id: str, argument: str | None) -> None:
        """A little, or much? Asked in private; in the panel that asked which picture, in its place."""
        job = await stored_job(self._services, job_id)
        voice = Voice(self._services.texts, str(interaction.locale))
        view = vary_view(voice, job_id, picture_of(job, argument).index)
        if interaction.message is not None and interaction.message.flags.ephemeral:
            await interaction.response.edit_message(view=view)
        else:
            await interaction.response.send_message(view=view, ephemeral=True)

    async def _vary_subtle(
        self, interaction: discord.Interaction[Any], job_id: str, argument: str | None
    ) -> None:
        await self._make(
            interaction, job_id, argument, lambda job, at: vary(self._services, job, at, strong=False)
        )

    async def _vary_strong(
        self, interaction: discord.Interaction[Any], job_id: str, argument: str | None
    ) -> None:
        await self._make(
            interaction, job_id, argument, lambda job, at: vary(self._services, job, at, strong=True)
        )

    async def _upscale(
        self, interaction: discord.Interaction[Any], job_id: str, argument: str | None
    ) -> None:
        await self._make(interaction, job_id, argument, self._upscaled)

    async def _upscaled(self, job: Job, index: int) -> Request:
        services = self._services
        source = await from_job(services, job, index)
        return await usual_upscaling(services, [source], spoiler=job.request.spoiler)

    async def _enhance(
        self, interaction: discord.Interaction[Any], job_id: str, argument: str | None
    ) -> None:
        await self._make(interaction, job_id, argument, lambda job, at: enhance(self._services, job, at))

    async def _around(self, interaction: discord.Interaction[Any], job_id: str, argument: str | None) -> None:
        """Zoom and pan: ``<index>_<view>``."""
        index, _, view = (argument or "").partition("_")
        seen = next((one for one in VIEWS if one == view), None)
        if seen is None:
            raise Gone
        await self._make(interaction, job_id, index, lambda job, at: around(self._services, job, at, seen))

    async def _make(
        self, interaction: discord.Interaction[Any], job_id: str, argument: str | None, make: Make
    ) -> None:
        """Refuse what memory can refuse, then read the picture behind a loading message."""
        job = await source_of(interaction, self._services, job_id)
        picture = picture_of(job, argument)
        async with loading(interaction):
            request = await make(job, picture.index)
            origin = origin_of(interaction, after=job.origin.user_id)
            await submit(interaction, self._services, request, origin)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(RemixCog(bot))
