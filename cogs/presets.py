"""Which preset somebody means, and what it says."""

from typing import Any

import discord

from bot.errors import UnknownName
from bot.model.presets import Preset
from bot.model.prompts import says_nothing
from bot.services import Services
from bot.storage.presets import of_guild, of_person
from bot.webui.names import nearest
from cogs.typed import Typed

_WHOLE = frozenset({"steps", "width", "height", "clip_skip"})


def owners_of(interaction: discord.Interaction[Any]) -> tuple[str, ...]:
    """Whose presets count here: the person's own first, then the server's."""
    guild = interaction.guild_id
    return (of_person(interaction.user.id), *((of_guild(guild),) if guild is not None else ()))


async def preset_names(interaction: discord.Interaction[Any], services: Services) -> list[str]:
    """All that can be said here."""
    shelves = [await services.presets.of(owner) for owner in owners_of(interaction)]
    return list(dict.fromkeys(name for shelf in shelves for name in shelf.names))


async def find_preset(interaction: discord.Interaction[Any], services: Services, name: str) -> Preset:
    """The person's own of that name, else the server's. Raises UnknownName."""
    for owner in owners_of(interaction):
        if (found := (await services.presets.of(owner)).get(name)) is not None:
            return found
    raise UnknownName("preset", name[:100], nearest(name, await preset_names(interaction, services)))


async def with_preset(
    interaction: discord.Interaction[Any], services: Services, typed: Typed, name: str | None
) -> Typed:
    """``typed`` over what the preset says; "none" says nothing. Raises UnknownName."""
    if name is None or says_nothing(name):
        return typed
    preset = await find_preset(interaction, services, name)
    return typed.over(as_typed(preset))


def as_typed(preset: Preset) -> Typed:
    """As if somebody had typed it."""
    values: dict[str, Any] = dict(preset.options)
    for option in _WHOLE & values.keys():
        values[option] = int(values[option])
    if "guidance_scale" in values:
        values["guidance_scale"] = float(values["guidance_scale"])
    return Typed(prompt="", **values)
