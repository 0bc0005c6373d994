"""What the server remembers. Plain records; the rules stand in the modules that change them."""

from __future__ import annotations

import asyncio
import mimetypes
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.demo.discord.parts import INTERACTIVE, Button, Json, button, named_attachments, names, walk

EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12
COMPONENTS_V2 = 1 << 15
"""Message flags: https://discord.com/developers/docs/resources/message#message-object-message-flags"""

TEXT_CHANNEL = 0
DIRECT_CHANNEL = 1
PUBLIC_THREAD = 11
PRIVATE_THREAD = 12

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
"""Interaction types."""


@dataclass(slots=True, frozen=True)
class Upload:
    """A file that somebody gives: its name and its bytes."""

    filename: str
    data: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        """By the first bytes, else by the name, as Discord does with what bots send as octet-stream."""
        return sniffed(self.data) or mimetypes.guess_type(self.filename)[0] or "application/octet-stream"


def sniffed(data: bytes) -> str | None:
    """The media type that the first bytes show, or None."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


@dataclass(slots=True, eq=False)
class User:
    """An account: a person or the bot."""

    id: int
    name: str
    display_name: str
    bot: bool = False
    locale: str = "en-US"
    accepts_direct_messages: bool = True
    installed: bool = False
    """They have the application for themselves, wherever they are."""


@dataclass(slots=True, eq=False)
class Role:
    """A role of a server. The one with the server's own id is @everyone."""

    id: int
    name: str
    permissions: int
    position: int
    color: int = 0
    bot_id: int | None = None


@dataclass(slots=True, eq=False)
class Member:
    """A user in a server."""

    user: User
    roles: list[int]
    joined_at: float
    nick: str | None = None


@dataclass(slots=True, frozen=True)
class Overwrite:
    """What a channel changes for one role (kind 0) or member (kind 1)."""

    id: int
    kind: Literal[0, 1]
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, eq=False)
class Guild:
    """A server."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role]
    members: dict[int, Member]
    joined_at: float
    channels: dict[int, Channel] = field(default_factory=dict)
    premium_tier: int = 0
    """Boost tier 0–3, which sets the upload limit."""
    preferred_locale: str = "en-US"

    @property
    def filesize_limit(self) -> int:
        """Bytes per uploaded file: 10, 10, 50, 100 MiB by boost tier."""
        return (10, 10, 50, 100)[self.premium_tier] << 20


@dataclass(slots=True, eq=False)
class Channel:
    """A text channel, a thread or a direct-message channel."""

    id: int
    kind: int
    name: str = ""
    guild: Guild | None = None
    position: int = 0
    topic: str | None = None
    nsfw: bool = False
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    stored: dict[int, Message] = field(default_factory=dict)
    """Every message by id, ephemeral and deleted ones too."""
    recipients: list[User] = field(default_factory=list)
    parent: Channel | None = None
    owner_id: int | None = None
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    pinned: list[int] = field(default_factory=list)

    @property
    def is_thread(self) -> bool:
        """Threads inherit their parent's overwrites and age restriction."""
        return self.kind in (PUBLIC_THREAD, PRIVATE_THREAD)

    @property
    def age_restricted(self) -> bool:
        """Its own mark, or its parent's."""
        return (self.parent or self).nsfw

    @property
    def messages(self) -> list[Message]:
        """What everybody sees, oldest first."""
        return [message for message in self.stored.values() if not message.deleted and not message.ephemeral]

    def visible_to(self, person: Any) -> list[Message]:
        """What one person sees, their ephemeral messages included. ``person`` has an ``id``."""
        return [
            message
            for message in self.stored.values()
            if not message.deleted and (message.only_for is None or message.only_for == person.id)
        ]


@dataclass(slots=True, eq=False)
class Attachment:
    """A file on the server, with its bytes."""

    id: int
    channel_id: int
    filename: str
    content_type: str
    data: bytes = field(repr=False)
    description: str | None = None
    width: int | None = None
    height: int | None = None
    ephemeral: bool = False
    spoiler: bool = False
    url: str = ""
    """Signed when it was stored; a message that is read later carries a fresh one."""

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.data)


@dataclass(slots=True, frozen=True)
class Revision:
    """What a message was before an edit, and when that edit came (the server's time, seconds)."""

    at: float
    content: str
    text: str
    components: list[Json]


@dataclass(slots=True, eq=False)
class Message:
    """A message, live: it changes as the bot edits it."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    kind: int = 0
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    pinged: frozenset[int] = frozenset()
    """Ids of those whom it notified; edits notify nobody."""
    nonce: str | int | None = None
    only_for: int | None = None
    """The one person who sees an ephemeral message."""
    interaction: Interaction | None = None
    replies_to: int | None = None
    reactions: dict[str, list[int]] = field(default_factory=dict)
    edited_at: float | None = None
    edits: list[Revision] = field(default_factory=list)
    late_edits: int = 0
    """Edits made when it was older than one hour."""
    deleted: bool = False
    thread: Channel | None = None

    @property
    def ephemeral(self) -> bool:
        """Seen by one person only."""
        return self.only_for is not None

    @property
    def loading(self) -> bool:
        """Shows "… is thinking"."""
        return bool(self.flags & LOADING)

    @property
    def uses_components_v2(self) -> bool:
        """Made of components alone."""
        return bool(self.flags & COMPONENTS_V2)

    @property
    def text(self) -> str:
        """The texts of all text displays, joined by newlines; of an older kind of message its content."""
        shown = [part["content"] for part in walk(self.components) if part["type"] == 10]
        return "\n".join([self.content, *shown] if self.content else shown)

    @property
    def buttons(self) -> list[Button]:
        """In reading order."""
        return [button(part) for part in walk(self.components) if part["type"] == 2]

    @property
    def shown_attachments(self) -> list[Attachment]:
        """Those that appear: with Components V2 only the ones that a component names."""
        if not self.uses_components_v2:
            return self.attachments
        named = named_attachments(self.components)
        return [attachment for attachment in self.attachments if attachment.id in named]

    def find(self, name: str) -> Json | None:
        """The component whose custom id, label or emoji is ``name``."""
        parts = [part for part in walk(self.components) if part["type"] in INTERACTIVE]
        for part in parts:
            if part.get("custom_id") == name:
                return part
        return next((part for part in parts if name in names(part)), None)


@dataclass(slots=True, eq=False)
class Command:
    """A registered application command: what was sent, with its id and version."""

    id: int
    version: int
    guild_id: int | None
    definition: Json

    @property
    def name(self) -> str:
        """The default name."""
        return str(self.definition["name"])

    @property
    def kind(self) -> int:
        """1 slash command, 2 user menu, 3 message menu."""
        return int(self.definition["type"])

    @property
    def options(self) -> list[Json]:
        """As registered."""
        return list(self.definition.get("options", []))


@dataclass(slots=True, eq=False)
class Modal:
    """A dialog that the bot opened for one person."""

    custom_id: str
    title: str
    components: list[Json]
    interaction: Interaction

    @property
    def fields(self) -> list[Json]:
        """The parts that take input, in order."""
        return [part for part in walk(self.components) if part["type"] in (3, 4, 5, 6, 7, 8, 19, 21, 22, 23)]


@dataclass(slots=True, eq=False)
class Interaction:
    """Something that a person did with the bot, and what came of it."""

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    created_at: float
    data: Json
    command: Command | None = None
    message: Message | None = None
    """The message whose component was used, for those."""
    trigger: Interaction | None = None
    """What opened the modal, for a submit."""
    answer_type: int | None = None
    dead: bool = False
    """Three seconds went by without an answer."""
    original: Message | None = None
    """What ``@original`` means."""
    followups: list[Message] = field(default_factory=list)
    modal: Modal | None = None
    choices: list[Json] | None = None
    answered_at: float | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the first answer, and when none came in time."""


_UNSAFE = re.compile(r"[^A-Za-z0-9_.\-]+")


def safe_filename(name: str) -> str:
    """A file's name as Discord stores it: other characters than letters, digits, ``_.-`` become ``_``."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1]
    return _UNSAFE.sub("_", plain).strip(".") or "unknown"
