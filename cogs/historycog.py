"""/history: what one had drawn, to look through and to draw again."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from cogs.place import may_see_adult
from cogs.present import Voice
from cogs.views.base import Press
from cogs.views.history import SHOWN, Place, history_view, shortened
from cogs.words import command_words, described


class HistoryCog(commands.Cog):
    """Everybody sees their own, and nobody else's."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services

    async def cog_load(self) -> None:
        """Pages turn after a restart, too."""
        self._bot.add_dynamic_items(Press)
        self._bot.presses["history"] = self._turn

    async def cog_unload(self) -> None:
        """Take the buttons back."""
        self._bot.presses.pop("history", None)

    @app_commands.command(name="history", description=command_words("history"))
    @described("history")
    async def history(self, interaction: discord.Interaction[Any], search: str = "") -> None:
        """The newest first."""
        view = await self._page(interaction, Place(search=shortened(search)))
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _turn(self, interaction: discord.Interaction[Any], _: str, argument: str | None) -> None:
        view = await self._page(interaction, Place.read(argument))
        await interaction.response.edit_message(view=view)

    async def _page(self, interaction: discord.Interaction[Any], place: Place) -> discord.ui.LayoutView:
        jobs = await self._services.history.page(
            interaction.user.id, search=place.search, before=place.before, limit=SHOWN + 1
        )
        posted = {job.id: await self._services.store.deliveries(job.id) for job in jobs[:SHOWN]}
        voice = Voice(self._services.texts, str(interaction.locale))
        adult = await may_see_adult(interaction, self._services)
        return history_view(voice, place, jobs, posted, adult=adult)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(HistoryCog(bot))
