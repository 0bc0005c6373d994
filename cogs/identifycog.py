"""/identify: how a picture was made, and what is to be seen in it."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import BadValue
from bot.model.work import DescribeModel
from cogs.identifying import ask_for_description, identified, show_info
from cogs.present import Voice
from cogs.showing import as_shown
from cogs.sources import Source, from_link
from cogs.submitting import loading, require_posting
from cogs.using import open_offer
from cogs.views.data import data_message
from cogs.views.edit import edit_view
from cogs.words import choices, command_words, described

MODELS: dict[str, tuple[DescribeModel, ...]] = {
    "clip": ("clip",),
    "deepdanbooru": ("deepdanbooru",),
    "both": ("clip", "deepdanbooru"),
    "none": (),
}


class IdentifyCog(commands.Cog):
    """Data in private; a description is a job, whose result everybody sees."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services

    async def cog_load(self) -> None:
        """The button below a picture's data."""
        self._bot.presses["redraw"] = self._redraw

    async def cog_unload(self) -> None:
        """Take it back."""
        self._bot.presses.pop("redraw", None)

    @app_commands.command(name="identify", description=command_words("identify"))
    @app_commands.choices(models=choices("models", MODELS))
    @described("identify")
    async def identify(
        self,
        interaction: discord.Interaction[Any],
        image: discord.Attachment | None = None,
        link: str | None = None,
        models: str = "clip",
    ) -> None:
        """Say how a picture was made and what it shows."""
        if (image is None) is (link is None):
            raise BadValue("image", "", "one_picture")
        if not MODELS[models]:
            await interaction.response.defer(ephemeral=True, thinking=True)
            source = await self._read(interaction, image, link)
            await self._tell(interaction, source)
            return
        require_posting(interaction)
        self._services.control.require_taking()
        async with loading(interaction):
            source = await self._read(interaction, image, link)
            hidden = image is not None and image.is_spoiler()
            await ask_for_description(interaction, self._services, source, MODELS[models], spoiler=hidden)
        if source.infotext:
            await self._tell(interaction, source)

    async def _tell(self, interaction: discord.Interaction[Any], source: Source) -> None:
        """Of our own pictures what was asked for, to the letter; of all others what their data says."""
        if source.job is None:
            await show_info(interaction, self._services, source.infotext)
            return
        job = await as_shown(interaction, self._services, source.job)
        voice = Voice(self._services.texts, str(interaction.locale))
        await interaction.followup.send(**data_message(voice, job), ephemeral=True)

    async def _read(
        self, interaction: discord.Interaction[Any], image: discord.Attachment | None, link: str | None
    ) -> Source:
        if image is not None:
            return await identified(self._services, image)
        return await from_link(interaction, self._services, link or "")

    async def _redraw(self, interaction: discord.Interaction[Any], draft_id: str, _: str | None) -> None:
        """The edit panel, filled in from the data."""
        draft = await self._services.drafts.get(interaction.user.id, draft_id)
        voice = Voice(self._services.texts, str(interaction.locale))
        offer = await open_offer(interaction, self._services)
        view = edit_view(voice, self._services, draft_id, draft, offer)
        await interaction.response.send_message(view=view, ephemeral=True)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(IdentifyCog(bot))
