"""What is suggested while an option of a command is typed."""

from typing import Any

import discord
from discord import app_commands

from bot.services import Services
from cogs.suggestions import Suggestions


async def suggested(
    interaction: discord.Interaction[Any], services: Services, current: str
) -> list[app_commands.Choice[str]]:
    """Values for the option that is being typed, where ``current`` is there so far."""
    suggestions = Suggestions(services.settings)
    values = suggestions.for_option(focused_option(interaction), current, services.catalog.offer())
    return [app_commands.Choice(name=value, value=value) for value in values]


def focused_option(interaction: discord.Interaction[Any]) -> str:
    """The name of the option that is being typed."""
    data: dict[str, Any] = dict(interaction.data or {})
    return next((str(option["name"]) for option in data.get("options", []) if option.get("focused")), "")
