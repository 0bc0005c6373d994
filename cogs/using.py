"""Who may use which command: the one question before every command, menu and button, and behind /help."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands

from bot.backends.catalog import Offer
from bot.backends.models import ModelList
from bot.client import EaselBot
from bot.errors import ClosedHere, ClosedToYou, EaselError, TooNew
from bot.model.rules import Feature, Refusal, Rules, Visitor, closed, refusal
from bot.services import Services
from cogs.place import rules_here, visitor_of

Command = app_commands.Command[Any, ..., Any] | app_commands.ContextMenu | app_commands.Group

_ALWAYS = frozenset({"server", "privacy", "help", "webui"})
"""What nobody can be locked out of: one's own data, and the way to open things again."""
_FEATURES: Mapping[str, Feature] = {
    "identify": Feature.IDENTIFY,
    "Get Image Info": Feature.IDENTIFY,
    "Describe": Feature.IDENTIFY,
    "inpaint": Feature.INPAINT,
    "outpaint": Feature.OUTPAINT,
    "upscale": Feature.UPSCALE,
    "Quick Upscale": Feature.UPSCALE,
    "blend": Feature.BLEND,
    "compare": Feature.COMPARE,
}
"""Of commands, whatever is asked of them."""


async def require_use(interaction: discord.Interaction[Any], services: Services) -> None:
    """The command may be used by whoever asks, here. Raises ClosedHere, ClosedToYou, TooNew, StorageError."""
    command = interaction.command
    if command is None or interaction.type is discord.InteractionType.autocomplete:
        return
    rules = await rules_here(interaction, services)
    found = _refusal(rules, await visitor_of(interaction, services), command)
    if found is not None:
        raise error_of(found)


async def usable(interaction: discord.Interaction[Any], bot: EaselBot) -> list[Command]:
    """The slash commands that whoever asks may use here, groups as one. Raises StorageError."""
    rules = await rules_here(interaction, bot.services)
    visitor = await visitor_of(interaction, bot.services)
    managers = {role for one in rules for role in one.managers}
    owner = interaction.user.id in bot.services.settings.owners.ids or await bot.is_owner(interaction.user)
    hidden = set() if owner else {"webui"}
    if not (interaction.permissions.manage_guild or visitor.roles & managers):
        hidden.add("server")
    offered = bot.tree.get_commands(type=discord.AppCommandType.chat_input)
    return [one for one in offered if one.name not in hidden and _refusal(rules, visitor, one) is None]


async def open_offer(interaction: discord.Interaction[Any], services: Services) -> Offer:
    """What is offered, without the checkpoints that whoever asks may not use here. Raises StorageError."""
    rules, visitor = await rules_here(interaction, services), await visitor_of(interaction, services)
    offer, models = services.catalog.offer(), ModelList(services.settings.model)
    found = (
        one
        for one in models.offered(offer.checkpoints, adult=visitor.adult_place)
        if refusal(rules, visitor, checkpoint=one.model_name) is None
    )
    return replace(offer, checkpoints=tuple(found))


def error_of(found: Refusal) -> EaselError:
    """What whoever is refused is told."""
    match found.reason:
        case "too_new":
            return TooNew()
        case "role":
            return ClosedToYou(found.what)
        case _:
            return ClosedHere(found.what)


def _refusal(rules: tuple[Rules, ...], visitor: Visitor, command: Command) -> Refusal | None:
    names = tuple(_names(command))
    if names[0] in _ALWAYS:
        return None
    features = [_FEATURES[name] for name in names if name in _FEATURES]
    return closed(rules, visitor, commands=names, features=features)


def _names(command: Command) -> Iterator[str]:
    """The command's own, after those of the groups that it is in."""
    words = command.qualified_name.split(" ") if not isinstance(command, app_commands.ContextMenu) else []
    yield from (" ".join(words[:count]) for count in range(1, len(words)))
    yield command.qualified_name


async def setup(bot: EaselBot) -> None:
    """Ask before every command."""

    async def may_use(interaction: discord.Interaction[Any], /) -> bool:
        try:
            await require_use(interaction, bot.services)
        except EaselError as error:
            await bot.explain(interaction, error)
            return False
        return True

    bot.tree.interaction_check = may_use  # type: ignore[method-assign]
