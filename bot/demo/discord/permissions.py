"""Who may do what where: the bits, and their computation from roles and overwrites.

https://discord.com/developers/docs/topics/permissions
"""

from enum import IntFlag

from bot.demo.discord.model import Channel, Guild, Member


class Permission(IntFlag):
    """The bits this server looks at, and those that its default roles hold."""

    KICK_MEMBERS = 1 << 1
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38


ALL = (1 << 53) - 1
"""What the owner and administrators have: every bit there is."""

EVERYONE = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""The @everyone role of the default server."""

MODERATOR = (
    EVERYONE
    | Permission.KICK_MEMBERS
    | Permission.MANAGE_GUILD
    | Permission.MANAGE_CHANNELS
    | Permission.MANAGE_MESSAGES
    | Permission.MANAGE_ROLES
    | Permission.MANAGE_THREADS
    | Permission.MENTION_EVERYONE
)

DIRECT = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.MENTION_EVERYONE
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
)
"""Direct messages have no roles."""


def of_member(guild: Guild, member: Member) -> int:
    """The member's permissions in the server as a whole."""
    if member.user.id == guild.owner_id:
        return ALL
    bits = guild.roles[guild.id].permissions
    for role_id in member.roles:
        bits |= guild.roles[role_id].permissions
    return ALL if bits & Permission.ADMINISTRATOR else bits


def in_channel(channel: Channel, member: Member) -> int:
    """The member's permissions in a channel or thread, overwrites counted.

    Without View Channel nothing else is left: https://discord.com/developers/docs/topics/permissions
    """
    guild = channel.guild
    if guild is None:
        return DIRECT
    bits = of_member(guild, member)
    if bits == ALL:
        return ALL
    bits = _overwritten(channel.parent or channel, member, bits)
    return bits if bits & Permission.VIEW_CHANNEL else 0


def _overwritten(channel: Channel, member: Member, bits: int) -> int:
    overwrites = channel.overwrites
    everyone = overwrites.get(channel.guild.id) if channel.guild else None
    if everyone is not None:
        bits = bits & ~everyone.deny | everyone.allow
    roles = [overwrites[role_id] for role_id in member.roles if role_id in overwrites]
    for overwrite in roles:
        bits &= ~overwrite.deny
    for overwrite in roles:
        bits |= overwrite.allow
    own = overwrites.get(member.user.id)
    return bits if own is None else bits & ~own.deny | own.allow
