"""/server: the defaults and limits of a server, its channels and its roles."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.model.preferences import Layer
from cogs.settingpanels import open_settings
from cogs.views.settings import Subject
from cogs.words import command_words, described


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ServerCog(commands.GroupCog, group_name="server", group_description=command_words("server")):
    """Defaults and limits of a server, its channels and its roles."""

    def __init__(self, bot: EaselBot) -> None:
        self._services = bot.services

    @app_commands.command(name="settings", description=command_words("server.settings"))
    async def settings(self, interaction: discord.Interaction[Any]) -> None:
        """Of the whole server."""
        guild_id = interaction.guild_id or 0
        await open_settings(interaction, self._services, Subject(layer=Layer.SERVER, owner_id=guild_id))

    @app_commands.command(name="channel", description=command_words("server.channel"))
    async def channel(self, interaction: discord.Interaction[Any]) -> None:
        """Of the channel one is in; in a thread or a forum's post, of the channel that holds it."""
        channel = interaction.channel
        place = channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id or 0
        await open_settings(interaction, self._services, Subject(layer=Layer.CHANNEL, owner_id=place))

    @app_commands.command(name="role", description=command_words("server.role"))
    @described("server.role")
    async def role(self, interaction: discord.Interaction[Any], role: discord.Role) -> None:
        """Of everybody with a role."""
        await open_settings(interaction, self._services, Subject(layer=Layer.ROLE, owner_id=role.id))


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(ServerCog(bot))
