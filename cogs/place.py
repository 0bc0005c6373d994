"""Who acts, in which place, and what is ruled there."""

from typing import Any

import discord

from bot.answers import is_foreign
from bot.model.preferences import Layer
from bot.model.rules import AdultAnswer, Feature, Gate, Rules, Visitor
from bot.services import Services
from cogs.rights import role_ids
from config.settings import Settings


async def rules_here(interaction: discord.Interaction[Any], services: Services) -> tuple[Rules, Rules]:
    """The host's and the server's. Raises StorageError."""
    return host_rules(services.settings), await services.preferences.rules(interaction.guild_id)


def host_rules(settings: Settings) -> Rules:
    """What the host's settings say, as rules."""
    policy = settings.policy
    return Rules(
        blocked=policy.blocked_words,
        blocked_negative=policy.blocked_negative_words,
        removed=policy.removed_words,
        forced_negative=policy.forced_negative,
        adult_words=policy.adult_words,
        adult_answer=AdultAnswer(policy.adult),
        member_days=policy.member_days,
        features={Feature.IMG2IMG: Gate(member_days=policy.img2img_member_days)},
        banned=policy.banned,
    )


def may_ask_here(interaction: discord.Interaction[Any], settings: Settings) -> bool:
    """Whether the host has the bot draw there: servers and direct messages may be closed."""
    if is_foreign(interaction):
        return settings.servers.user_installs
    if interaction.guild_id is None:
        return settings.servers.direct_messages
    return is_served(settings, interaction.guild_id)


def is_served(settings: Settings, guild_id: int) -> bool:
    """Whether the host lets it serve that server."""
    return not settings.servers.allowed or guild_id in settings.servers.allowed


async def visitor_of(interaction: discord.Interaction[Any], services: Services) -> Visitor:
    """Who asks, and where. Raises StorageError."""
    person, channel = interaction.user, interaction.channel
    joined = person.joined_at if isinstance(person, discord.Member) else None
    parent = channel.parent_id if isinstance(channel, discord.Thread) else None
    now = services.clock.now()
    return Visitor(
        user_id=person.id,
        roles=role_ids(interaction),
        places=frozenset(place for place in (interaction.channel_id, parent) if place is not None),
        member_days=None if joined is None else (now - joined.timestamp()) / 86_400,
        adult_place=await may_see_adult(interaction, services),
    )


def is_adult_place(channel: object) -> bool:
    """Whether a channel, or the one that holds a thread, is age-restricted."""
    is_nsfw = getattr(channel, "is_nsfw", None)
    return bool(is_nsfw is not None and is_nsfw())


async def may_see_adult(interaction: discord.Interaction[Any], services: Services) -> bool:
    """In an age-restricted channel, or in the direct messages of who wants it there. Raises StorageError."""
    if interaction.guild_id is not None:
        return is_adult_place(interaction.channel)
    return await wants_adult_messages(services, interaction.user.id)


async def wants_adult_messages(services: Services, user_id: int) -> bool:
    """Whether a person has said that pictures for adults may come as direct messages. Raises StorageError."""
    own = await services.preferences.of(Layer.PERSON, user_id)
    return own.choices.adult_messages is True
