"""Messages: made, edited and deleted by the rules of Discord."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.demo.discord import components, embeds, errors, mentions, objects, uploads
from bot.demo.discord.changes import Change, Kind
from bot.demo.discord.clock import made_at
from bot.demo.discord.errors import Form, RateLimited
from bot.demo.discord.model import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Attachment,
    Channel,
    Interaction,
    Message,
    Revision,
    Upload,
    User,
    safe_filename,
)
from bot.demo.discord.parts import Json
from bot.demo.discord.permissions import Permission
from bot.demo.discord.world import DIRECT_MESSAGES, GUILD_MESSAGES, Event, World

MAX_CONTENT = 2000
OLD_AFTER = 3600.0
"""Seconds after which edits of a message are counted."""
OLD_EDITS = 3
"""Edits of an old message before 30046. Discord does not publish its number."""
REPLY = 19


@dataclass(frozen=True, slots=True)
class Draft:
    """What a request says a message is to be: its JSON, and its files by index."""

    body: Json = field(default_factory=dict)
    files: dict[int, Upload] = field(default_factory=dict)


def create(
    world: World,
    channel: Channel,
    author: User,
    draft: Draft,
    *,
    interaction: Interaction | None = None,
    only_for: int | None = None,
    kind: int = 0,
) -> Message:
    """Make a message and tell everybody.

    Raises:
        ApiError: 400 or 413, and nothing was made.
    """
    message = Message(
        world.ids.next(), channel, author, interaction=interaction, only_for=only_for, kind=kind
    )
    settable = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2
    message.flags = int(draft.body.get("flags") or 0) & settable | (EPHEMERAL if only_for else 0)
    message.nonce = draft.body.get("nonce")
    _refer(message, draft.body.get("message_reference"))
    _fill(world, message, draft)
    message.pinged = _pinged(message)
    channel.stored[message.id] = message
    announce(world, message, "MESSAGE_CREATE")
    return message


def create_loading(world: World, interaction: Interaction, only_for: int | None, kind: int) -> Message:
    """The "… is thinking" of a deferred answer."""
    flags = LOADING | (EPHEMERAL if only_for else 0)
    message = Message(
        world.ids.next(),
        interaction.channel,
        world.bot,
        flags=flags,
        interaction=interaction,
        only_for=only_for,
        kind=kind,
    )
    interaction.channel.stored[message.id] = message
    announce(world, message, "MESSAGE_CREATE")
    return message


def edit(world: World, message: Message, draft: Draft) -> None:
    """Change a message and tell everybody. What the request does not name stays.

    Raises:
        ApiError: 400 or 413, and nothing was changed.
    """
    before = Revision(world.clock.now(), message.content, message.text, message.components)
    loading = message.loading
    _fill(world, message, draft)
    message.flags &= ~LOADING
    if loading:
        message.pinged = _pinged(message)
    else:
        message.edits.append(before)
        message.edited_at = world.clock.now()
    announce(world, message, "MESSAGE_UPDATE")


def check_age(world: World, message: Message) -> None:
    """Count edits of old messages.

    Raises:
        RateLimited: 30046 after ``OLD_EDITS`` of them, as a 429 that discord.py tries five times.
    """
    if world.clock.now() - made_at(message.id) <= OLD_AFTER:
        return
    if message.late_edits >= OLD_EDITS:
        raise RateLimited(
            5.0 if world.strict else 0.05,
            code=30046,
            message="Maximum number of edits to messages older than 1 hour reached. Try again later",
        )
    message.late_edits += 1


def delete(world: World, message: Message) -> None:
    """Take a message away and tell everybody."""
    message.deleted = True
    channel = message.channel
    _forget(world, message.attachments)
    if not message.ephemeral:
        body = {"id": str(message.id), "channel_id": str(channel.id)} | _guild(channel)
        world.emit(_event(channel, "MESSAGE_DELETE", lambda _: body))
    world.tell(
        Change(kind="message_delete", channel_id=channel.id, message=message, only_for=message.only_for)
    )


def announce(world: World, message: Message, event: str) -> None:
    """Tell the bot (not of ephemeral messages, which have no place in the channel) and the people."""
    if not message.ephemeral:
        world.emit(_event(message.channel, event, lambda sees: gateway_message(world, message, sees)))
    kind: Kind = "message_create" if event == "MESSAGE_CREATE" else "message_update"
    world.tell(Change(kind=kind, channel_id=message.channel.id, message=message, only_for=message.only_for))


def gateway_message(world: World, message: Message, sees_content: bool) -> Json:
    """A message in an event: with its place and its author's membership."""
    body = world.message_json(message, sees_content=sees_content) | {"channel_type": message.channel.kind}
    guild = message.channel.guild
    if guild is None:
        return body
    member = guild.members.get(message.author.id)
    return body | _guild(message.channel) | ({"member": objects.partial_member(member)} if member else {})


def _event(channel: Channel, name: str, build: Callable[[bool], Json]) -> Event:
    guild_id = channel.guild.id if channel.guild else None
    intents = GUILD_MESSAGES if channel.guild else DIRECT_MESSAGES
    return Event(name=name, build=build, guild_id=guild_id, intents=intents, channel=channel)


def _guild(channel: Channel) -> Json:
    return {"guild_id": str(channel.guild.id)} if channel.guild else {}


def _refer(message: Message, reference: Json | None) -> None:
    if not reference or not reference.get("message_id"):
        return
    target = message.channel.stored.get(int(reference["message_id"]))
    if target is None or target.deleted or target.ephemeral:
        if reference.get("fail_if_not_exists") is False:
            return
        raise errors.refused(("message_reference",), "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
    message.replies_to = target.id
    message.kind = REPLY


def _fill(world: World, message: Message, draft: Draft) -> None:
    """Put the request into the message, if all of it is right."""
    body = draft.body
    form = Form()
    listed = body.get("attachments")
    attachments = uploads.attached(world, message.channel, listed, draft.files, message.attachments)
    v2 = message.uses_components_v2 or bool(int(body.get("flags") or 0) & COMPONENTS_V2)
    content = message.content if "content" not in body else str(body["content"] or "").strip()
    media = _Media(attachments)
    new_embeds, parts = message.embeds, message.components
    if "embeds" in body:
        new_embeds = embeds.normalised(body["embeds"] or [], media=media, form=form)
    if "components" in body:
        parts = components.normalised(body["components"] or [], v2=v2, media=media, form=form)
    _check_content(content, new_embeds, v2, form)
    form.check()
    if not (content or new_embeds or parts or (attachments and not v2) or body.get("sticker_ids")):
        raise errors.ApiError(400, 50006, "Cannot send an empty message")
    allowed = mentions.read_allowed(body.get("allowed_mentions"))
    message.content, message.embeds, message.components = content, new_embeds, parts
    _forget(world, [one for one in message.attachments if one not in attachments])
    message.attachments = attachments
    message.flags |= COMPONENTS_V2 if v2 else 0
    _mention(world, message, allowed)


def _forget(world: World, attachments: list[Attachment]) -> None:
    """Files that no message holds any more are gone, whatever addresses of them are still about."""
    for attachment in attachments:
        world.attachments.pop(attachment.id, None)


def _check_content(content: str, embeds_given: list[Json], v2: bool, form: Form) -> None:
    if len(content) > MAX_CONTENT:
        form.wrong(("content",), "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_CONTENT} or fewer in length.")
    for name, value in (("content", content), ("embeds", embeds_given)):
        if v2 and value:
            form.wrong(
                (name,),
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )


class _Media:
    """Finds what a media URL stands for among a message's files."""

    def __init__(self, attachments: list[Attachment]) -> None:
        self._attachments = attachments

    def __call__(self, url: str) -> Json | None:
        if url.startswith("attachment://"):
            name = safe_filename(url.removeprefix("attachment://"))
            found = next((one for one in self._attachments if one.filename == name), None)
            return {"url": url, "attachment_id": str(found.id)} if found else None
        path = url.partition("?")[0]
        own = next((one for one in self._attachments if path.endswith(f"/{one.id}/{one.filename}")), None)
        return {"url": url} | ({"attachment_id": str(own.id)} if own else {})


def _mention(world: World, message: Message, allowed: mentions.Allowed) -> None:
    found = mentions.mentioned(message.text, allowed)
    bits = world.allowed(message.channel, message.author)
    may_all = bool(bits & Permission.MENTION_EVERYONE)
    users = [world.users[user] for user in found.users if user in world.users]
    replied = message.channel.stored.get(message.replies_to or 0)
    if replied is not None and allowed.replied_user and replied.author not in users:
        users.append(replied.author)
    message.mentions = users
    roles = message.channel.guild.roles if message.channel.guild else {}
    message.mention_roles = [role for role in found.roles if role in roles and may_all]
    message.mention_everyone = found.everyone and may_all


def _pinged(message: Message) -> frozenset[int]:
    if message.flags & SUPPRESS_NOTIFICATIONS:
        return frozenset()
    ids = {user.id for user in message.mentions}
    members = message.channel.guild.members.values() if message.channel.guild else ()
    for member in members:
        if message.mention_everyone or set(member.roles) & set(message.mention_roles):
            ids.add(member.user.id)
    return frozenset(ids - {message.author.id})
