"""Everything the server remembers, and the default server with its people and channels."""

import secrets
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.demo.discord import errors, objects, permissions
from bot.demo.discord.changes import Change, Changes
from bot.demo.discord.clock import ServerClock, Snowflakes
from bot.demo.discord.model import (
    DIRECT_CHANNEL,
    PUBLIC_THREAD,
    TEXT_CHANNEL,
    Attachment,
    Channel,
    Command,
    Guild,
    Interaction,
    Member,
    Message,
    Overwrite,
    Role,
    User,
)
from bot.demo.discord.parts import Json
from bot.demo.discord.permissions import Permission
from bot.demo.discord.signing import Signer

GUILDS, GUILD_MEMBERS, GUILD_MESSAGES, GUILD_REACTIONS, GUILD_TYPING = 1, 1 << 1, 1 << 9, 1 << 10, 1 << 11
DIRECT_MESSAGES, DIRECT_REACTIONS, DIRECT_TYPING, MESSAGE_CONTENT = 1 << 12, 1 << 13, 1 << 14, 1 << 15
PRESENCES = 1 << 8
PRIVILEGED = GUILD_MEMBERS | PRESENCES | MESSAGE_CONTENT
"""Gateway intents: https://discord.com/developers/docs/events/gateway#gateway-intents"""


FORGET_SECONDS = 86400.0
"""How long interactions are remembered: far longer than their tokens live, for dialogs that stay open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something for the gateway. ``build(sees_content)`` makes the data for one session."""

    name: str
    build: Callable[[bool], Json]
    guild_id: int | None = None
    intents: int = 0
    """A session gets it if it has one of these, or always if 0."""
    channel: Channel | None = None
    """Only if the bot sees this channel."""


class Dispatcher(Protocol):
    """Who passes events on to the bot's connections."""

    def dispatch(self, event: Event) -> None:
        """Send to every session that is to have it."""
        ...


class World:
    """The state of the server. One application, one server, its people."""

    def __init__(self) -> None:
        self.clock = ServerClock()
        self.ids = Snowflakes(self.clock)
        self.changes = Changes()
        self.signer = Signer(self.clock)
        self.application_id = self.ids.next()
        self.token = f"{self.application_id}.{secrets.token_urlsafe(24)}"
        self.bot = User(self.application_id, "easel", "Easel", bot=True)
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.channels: dict[int, Channel] = {}
        self.attachments: dict[int, Attachment] = {}
        self.commands: dict[int, Command] = {}
        self.command_creates: dict[int | None, list[float]] = defaultdict(list)
        """When commands were created, by server (None = global): 200 a day."""
        self.interactions: dict[int, Interaction] = {}
        self.tokens: dict[str, Interaction] = {}
        """The same interactions by token."""
        self.nonces: dict[tuple[int, int, str], Message] = {}
        """Messages by channel, author and nonce."""
        self.strict = False
        """Whether waiting times are as long as Discord's."""
        self.privileged_intents = 0
        """Those switched on for the application, which a session may ask for."""
        self.content_allowed: Callable[[], bool] = lambda: bool(self.privileged_intents & MESSAGE_CONTENT)
        self.messages = objects.Messages(self.signer, self.application_id)
        self.dispatcher: Dispatcher | None = None
        self.guild = _default_server(self)
        self._bot_was = self.guild.members[self.bot.id]

    # look-ups

    def person(self, name: str) -> User:
        """A person by account name.

        Raises:
            KeyError: nobody is called so.
        """
        for user in self.users.values():
            if user.name == name and not user.bot:
                return user
        raise KeyError(name)

    def channel_named(self, name: str) -> Channel:
        """A channel or thread of the server by name.

        Raises:
            KeyError: none is called so.
        """
        for channel in self.guild.channels.values():
            if channel.name == name and not channel.deleted:
                return channel
        raise KeyError(name)

    def direct_channel(self, user: User) -> Channel:
        """The direct-message channel between the bot and a person, made when first needed."""
        for channel in self.channels.values():
            if channel.kind == DIRECT_CHANNEL and user in channel.recipients:
                return channel
        channel = Channel(self.ids.next(), DIRECT_CHANNEL, recipients=[user])
        self.channels[channel.id] = channel
        return channel

    def member(self, guild: Guild, user: User) -> Member:
        """A user's membership.

        Raises:
            ApiError: 404, they are not in the server.
        """
        if user.id not in guild.members:
            raise errors.ApiError(404, 10007, "Unknown Member")
        return guild.members[user.id]

    def allowed(self, channel: Channel, user: User) -> int:
        """A user's permissions in a channel; none if they are not in its server."""
        if channel.guild is None:
            return permissions.DIRECT if user.bot or user in channel.recipients else 0
        member = channel.guild.members.get(user.id)
        return permissions.in_channel(channel, member) if member else 0

    def find_channel(self, channel_id: int) -> Channel:
        """A channel that the bot sees.

        Raises:
            ApiError: 404 if there is none, 403 if the bot does not see it.
        """
        channel = self.channels.get(channel_id)
        if channel is None or channel.deleted:
            raise errors.unknown_channel()
        if not self.allowed(channel, self.bot) & Permission.VIEW_CHANNEL:
            raise errors.missing_access()
        return channel

    def need(self, channel: Channel, needed: int) -> None:
        """Refuse what the bot may not do in a channel.

        Raises:
            ApiError: 403, code 50013.
        """
        if self.allowed(channel, self.bot) & needed != needed:
            raise errors.missing_permissions()

    def remember(self, interaction: Interaction) -> None:
        """Keep an interaction, and forget those that nobody can come back to."""
        for old in list(self.interactions.values()):
            if self.clock.now() - old.created_at < FORGET_SECONDS:
                break
            del self.interactions[old.id], self.tokens[old.token]
        self.interactions[interaction.id] = self.tokens[interaction.token] = interaction

    # changes

    def emit(self, event: Event) -> None:
        """Tell the bot."""
        if self.dispatcher is not None:
            self.dispatcher.dispatch(event)

    def tell(self, change: Change) -> None:
        """Tell the people, and whoever waits."""
        self.changes.publish(change)

    def message_json(self, message: Message, *, sees_content: bool) -> Json:
        """A message for the bot. Without the Message Content intent it gets the content of its own messages,
        of direct messages and of those that mention it."""
        own = message.author is self.bot or message.channel.guild is None or self.bot in message.mentions
        body = self.messages.message(message, withheld=not (own or sees_content))
        replied = message.channel.stored.get(message.replies_to or 0)
        if message.replies_to is None:
            return body
        gone = replied is None or replied.deleted
        return body | {"referenced_message": None if gone else self._referenced(replied, sees_content)}

    def _referenced(self, message: Message | None, sees_content: bool) -> Json | None:
        """The message replied to, which does not bring along what it replies to itself."""
        if message is None:
            return None
        body = self.message_json(message, sees_content=sees_content)
        body.pop("referenced_message", None)
        body.pop("reactions", None)
        return body

    # people and places

    def add_person(self, name: str, *, moderator: bool = False, locale: str = "en-US") -> User:
        """A new member of the server."""
        user = User(self.ids.next(), name, name.capitalize(), locale=locale)
        self.users[user.id] = user
        roles = [role.id for role in self.guild.roles.values() if moderator and role.name == "moderator"]
        self.guild.members[user.id] = Member(user, roles, self.clock.now())
        return user

    def add_channel(
        self,
        name: str,
        *,
        nsfw: bool = False,
        topic: str | None = None,
        overwrites: tuple[Overwrite, ...] = (),
    ) -> Channel:
        """A new text channel."""
        guild = self.guild
        channel = Channel(
            self.ids.next(),
            TEXT_CHANNEL,
            name,
            guild,
            position=len(guild.channels),
            topic=topic,
            nsfw=nsfw,
            overwrites={overwrite.id: overwrite for overwrite in overwrites},
        )
        return self._placed(channel)

    def add_thread(self, parent: Channel, name: str, owner: User, thread_id: int | None = None) -> Channel:
        """A new public thread."""
        channel = Channel(
            thread_id or self.ids.next(), PUBLIC_THREAD, name, parent.guild, parent=parent, owner_id=owner.id
        )
        return self._placed(channel)

    def _placed(self, channel: Channel) -> Channel:
        self.channels[channel.id] = self.guild.channels[channel.id] = channel
        self.announce(channel, "THREAD_CREATE" if channel.is_thread else "CHANNEL_CREATE")
        return channel

    def remove_channel(self, channel: Channel) -> None:
        """Delete a channel or thread with all that is in it."""
        channel.deleted = True
        self.announce(channel, "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE")
        for thread in [one for one in self.channels.values() if one.parent is channel and not one.deleted]:
            self.remove_channel(thread)

    @property
    def bot_is_member(self) -> bool:
        """Whether the bot is in the server."""
        return self.bot.id in self.guild.members

    def bot_leaves(self) -> None:
        """It sees nothing of the server any more; its messages stay."""
        self._bot_was = self.guild.members.pop(self.bot.id)
        body = {"id": str(self.guild.id)}
        self.emit(Event(name="GUILD_DELETE", build=lambda _: body, guild_id=self.guild.id))
        self.changes.wake()

    def invite_bot(self) -> None:
        """Somebody brings it back."""
        self.guild.members[self.bot.id] = self._bot_was
        body = objects.guild_create(self.guild, self.bot)
        self.emit(Event(name="GUILD_CREATE", build=lambda _: body, guild_id=self.guild.id))

    def remove_member(self, user: User) -> None:
        """Somebody leaves the server."""
        del self.guild.members[user.id]
        body = {"guild_id": str(self.guild.id), "user": objects.user(user)}
        self.emit(
            Event(
                name="GUILD_MEMBER_REMOVE",
                build=lambda _: body,
                guild_id=self.guild.id,
                intents=GUILD_MEMBERS,
            )
        )

    def overwrite(self, channel: Channel, role_id: int, allow: int, deny: int) -> None:
        """Change what a role may do in a channel."""
        channel.overwrites[role_id] = Overwrite(role_id, 0, int(allow), int(deny))
        self.announce(channel, "CHANNEL_UPDATE")

    def announce(self, channel: Channel, event: str) -> None:
        """Tell the bot and the people of a channel's making, change or end."""
        guild_id = channel.guild.id if channel.guild else None
        self.emit(
            Event(name=event, build=lambda _: objects.channel(channel), guild_id=guild_id, intents=GUILDS)
        )
        self.tell(Change(kind="channel_update", channel_id=channel.id))


def _default_server(world: World) -> Guild:
    now = world.clock.now()
    guild_id = world.ids.next()
    bot_role = Role(world.ids.next(), "Easel", int(permissions.EVERYONE), 2, bot_id=world.bot.id)
    roles = (
        Role(guild_id, "@everyone", int(permissions.EVERYONE), 0),
        Role(world.ids.next(), "moderator", int(permissions.MODERATOR), 1, color=0x3BA55D),
        bot_role,
    )
    guild = Guild(
        guild_id,
        "The Drawing Room",
        owner_id=0,
        roles={role.id: role for role in roles},
        members={world.bot.id: Member(world.bot, [bot_role.id], now)},
        joined_at=now,
    )
    world.guild = guild
    guild.owner_id = world.add_person("ada", moderator=True).id
    world.add_person("ben")
    world.add_person("chloe")
    world.add_channel("drawing", topic="Type /draw")
    world.add_channel("gallery")
    world.add_channel("after-dark", nsfw=True)
    silent = Overwrite(
        bot_role.id, 0, deny=int(Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS)
    )
    world.add_channel("no-bots", overwrites=(silent,))
    world.add_thread(world.channel_named("drawing"), "sketches", world.person("ada"))
    return guild
