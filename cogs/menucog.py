"""Message menus: what can be done with the pictures of any message.

Without the Message Content intent Discord shows the files of other people's messages to a menu alone.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.services import Services
from cogs.messageacts import describe, download, enlarge, info, redraw

Act = Callable[[discord.Interaction[Any], Services, discord.Message], Awaitable[None]]


class MenuCog(commands.Cog):
    """Five, which is as many as discord.py takes; named as aiyabot's were."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        acts: dict[str, Act] = {
            "Get Image Info": info,
            "Quick Upscale": enlarge,
            "Download Batch": download,
            "Redraw": redraw,
            "Describe": describe,
        }
        self._menus = [self._menu(name, act) for name, act in acts.items()]

    async def cog_load(self) -> None:
        """Offer them."""
        for menu in self._menus:
            self._bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        """Take them back."""
        for menu in self._menus:
            self._bot.tree.remove_command(menu.name, type=menu.type)

    def _menu(self, name: str, act: Act) -> app_commands.ContextMenu:
        services = self._bot.services

        async def chosen(interaction: discord.Interaction[Any], message: discord.Message) -> None:
            await act(interaction, services, message)

        return app_commands.ContextMenu(name=name, callback=chosen)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(MenuCog(bot))
