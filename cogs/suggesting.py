"""What is suggested while an option of a command is typed."""

from typing import Any

import discord
from discord import app_commands

from bot.services import Services
from cogs.presets import preset_names
from cogs.suggestions import MAX_CHOICE, Suggestions, ranked
from cogs.using import open_offer


async def suggested(
    interaction: discord.Interaction[Any], services: Services, current: str
) -> list[app_commands.Choice[str]]:
    """Values for the option that is being typed, where ``current`` is there so far."""
    option = focused_option(interaction)
    if option in ("preset", "name"):
        values = ranked(current, await preset_names(interaction, services), MAX_CHOICE)
    else:
        offer = await open_offer(interaction, services)
        values = Suggestions(services.settings).for_option(option, current, offer)
    return [app_commands.Choice(name=value, value=value) for value in values]


def focused_option(interaction: discord.Interaction[Any]) -> str:
    """The name of the option that is being typed."""
    data: dict[str, Any] = dict(interaction.data or {})
    return next((str(option["name"]) for option in data.get("options", []) if option.get("focused")), "")
