"""Who may change what one layer of settings says, asked in one place at the time of every press."""

from typing import Any

import discord

from bot.errors import Gone, ManagersOnly, NotYours
from bot.model.preferences import Layer
from bot.services import Services


async def require_may_set(
    interaction: discord.Interaction[Any], services: Services, layer: Layer, owner_id: int
) -> None:
    """Everybody their own; the rest of a server whoever manages it, or has a role that the server named.

    Raises NotYours, ManagersOnly, and Gone for what is not of this server.
    """
    if layer is Layer.PERSON:
        if owner_id != interaction.user.id:
            raise NotYours(owner=owner_id)
        return
    await require_manager(interaction, services)
    if not _is_of_server(interaction, layer, owner_id):
        raise Gone


async def require_manager(interaction: discord.Interaction[Any], services: Services) -> None:
    """Raises ManagersOnly unless the person manages this server, or has a role that it named for that."""
    if interaction.guild_id is None:
        raise ManagersOnly
    if interaction.permissions.manage_guild:
        return
    managers = (await services.preferences.rules(interaction.guild_id)).managers
    if not role_ids(interaction) & set(managers):
        raise ManagersOnly


def role_ids(interaction: discord.Interaction[Any]) -> frozenset[int]:
    """The roles of whoever acts, without the one that everybody has."""
    person = interaction.user
    if not isinstance(person, discord.Member):
        return frozenset()
    return frozenset(role.id for role in person.roles) - {interaction.guild_id or 0}


def _is_of_server(interaction: discord.Interaction[Any], layer: Layer, owner_id: int) -> bool:
    guild = interaction.guild
    if layer is Layer.SERVER:
        return owner_id == interaction.guild_id
    if guild is None:
        return False
    if layer is Layer.ROLE:
        return guild.get_role(owner_id) is not None
    return guild.get_channel_or_thread(owner_id) is not None
