"""/queue: the line, one's own place in it, and why it is fair."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from cogs.present import Voice
from cogs.views.queue import Reader, queue_view
from cogs.words import command_words


class QueueCog(commands.Cog):
    """The line at a glance."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._presses = {"queue_page": self._turn}

    async def cog_load(self) -> None:
        """The pages of panels of earlier processes can be turned, too."""
        self._bot.presses.update(self._presses)

    async def cog_unload(self) -> None:
        """Take the buttons back."""
        for action in self._presses:
            self._bot.presses.pop(action, None)

    @app_commands.command(name="queue", description=command_words("queue"))
    async def queue(self, interaction: discord.Interaction[Any]) -> None:
        """Show it, to the person alone."""
        view = await queue_view(self._voice(interaction), self._services, _reader(interaction))
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _turn(self, interaction: discord.Interaction[Any], _: str, page: str | None) -> None:
        """Another page of the same panel, as the line is now."""
        asked = int(page) if page and page.isdecimal() else 0
        view = await queue_view(self._voice(interaction), self._services, _reader(interaction), asked)
        await interaction.response.edit_message(view=view)

    def _voice(self, interaction: discord.Interaction[Any]) -> Voice:
        return Voice(self._services.texts, str(interaction.locale))


def _reader(interaction: discord.Interaction[Any]) -> Reader:
    return Reader(user_id=interaction.user.id, guild_id=interaction.guild_id)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(QueueCog(bot))
