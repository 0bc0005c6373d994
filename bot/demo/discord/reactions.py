"""Reactions: set and taken back by anybody."""

from bot.demo.discord import errors, objects
from bot.demo.discord.changes import Change
from bot.demo.discord.emoji import is_reaction
from bot.demo.discord.model import Message, User
from bot.demo.discord.parts import Json
from bot.demo.discord.permissions import Permission
from bot.demo.discord.world import DIRECT_REACTIONS, GUILD_REACTIONS, Event, World

MOST = 20
"""Different emoji on one message."""


def react(world: World, message: Message, user: User, emoji: str) -> None:
    """Add a reaction.

    Raises:
        ApiError: 400 for what is no emoji or one too many, 403 without the permissions.
    """
    if not is_reaction(emoji):
        raise errors.ApiError(400, 10014, "Unknown Emoji")
    needed = Permission.READ_MESSAGE_HISTORY | (0 if emoji in message.reactions else Permission.ADD_REACTIONS)
    if world.allowed(message.channel, user) & needed != needed:
        raise errors.missing_permissions()
    if emoji not in message.reactions and len(message.reactions) >= MOST:
        raise errors.ApiError(400, 30010, "Maximum number of reactions reached (20)")
    who = message.reactions.setdefault(emoji, [])
    if user.id not in who:
        who.append(user.id)
        _tell(world, message, user, emoji, "MESSAGE_REACTION_ADD")


def unreact(world: World, message: Message, user: User, emoji: str) -> None:
    """Take a reaction back; nothing if there is none."""
    who = message.reactions.get(emoji, [])
    if user.id in who:
        who.remove(user.id)
        if not who:
            del message.reactions[emoji]
        _tell(world, message, user, emoji, "MESSAGE_REACTION_REMOVE")


def _tell(world: World, message: Message, user: User, emoji: str, name: str) -> None:
    channel = message.channel
    label, _, custom = emoji.partition(":")
    body: Json = {
        "user_id": str(user.id),
        "channel_id": str(channel.id),
        "message_id": str(message.id),
        "message_author_id": str(message.author.id),
        "emoji": {"id": custom or None, "name": label},
        "burst": False,
        "type": 0,
    }
    if channel.guild is not None:
        body["guild_id"] = str(channel.guild.id)
        if name == "MESSAGE_REACTION_ADD" and user.id in channel.guild.members:
            body["member"] = objects.member(channel.guild.members[user.id])
    world.emit(
        Event(
            name=name,
            build=lambda _: body,
            guild_id=channel.guild.id if channel.guild else None,
            intents=GUILD_REACTIONS if channel.guild else DIRECT_REACTIONS,
            channel=channel,
        )
    )
    world.tell(Change(kind="reactions", channel_id=channel.id, message=message))
