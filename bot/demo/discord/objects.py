"""The one factory of everything the server sends: users, channels, messages, interactions … as JSON."""

import copy
from typing import Any

from bot.demo.discord import permissions
from bot.demo.discord.clock import made_at, timestamp
from bot.demo.discord.model import (
    DIRECT_CHANNEL,
    MODAL_SUBMIT,
    Attachment,
    Channel,
    Command,
    Guild,
    Interaction,
    Member,
    Message,
    Role,
    User,
)
from bot.demo.discord.parts import Json, media_of, named_attachments, walk
from bot.demo.discord.signing import Signer

FILE = 13
"""The component type of a shown file."""


def user(account: User) -> Json:
    """A user as others see it."""
    return {
        "id": str(account.id),
        "username": account.name,
        "global_name": None if account.bot else account.display_name,
        "discriminator": "4224" if account.bot else "0",
        "avatar": None,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
        "bot": account.bot,
        "system": False,
    }


def own_user(account: User) -> Json:
    """The account itself."""
    return user(account) | {
        "locale": account.locale,
        "mfa_enabled": True,
        "verified": True,
        "email": None,
        "premium_type": 0,
    }


def partial_member(member: Member) -> Json:
    """A member without its user, as messages and resolved data carry it."""
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": timestamp(member.joined_at),
        "nick": member.nick,
        "pending": False,
        "premium_since": None,
        "roles": [str(role) for role in member.roles],
        "mute": False,
        "deaf": False,
    }


def member(one: Member) -> Json:
    """A member with its user."""
    return partial_member(one) | {"user": user(one.user)}


def role(one: Role) -> Json:
    """A role."""
    return {
        "id": str(one.id),
        "name": one.name,
        "description": None,
        "permissions": str(int(one.permissions)),
        "position": one.position,
        "color": one.color,
        "colors": {"primary_color": one.color, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": one.bot_id is not None,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    } | ({"tags": {"bot_id": str(one.bot_id)}} if one.bot_id else {})


def channel(one: Channel) -> Json:
    """A channel, thread or direct-message channel."""
    last = next(
        (each for each in reversed(one.stored.values()) if not each.deleted and not each.ephemeral), None
    )
    common: Json = {
        "id": str(one.id),
        "type": one.kind,
        "flags": 0,
        "last_message_id": str(last.id) if last else None,
        "last_pin_timestamp": None,
    }
    if one.kind == DIRECT_CHANNEL or one.guild is None:
        return common | {"recipients": [user(person) for person in one.recipients]}
    common |= {"guild_id": str(one.guild.id), "name": one.name, "rate_limit_per_user": 0}
    common |= {"parent_id": str(one.parent.id) if one.parent else None}
    return common | (_thread(one) if one.is_thread else _guild_channel(one))


def _guild_channel(one: Channel) -> Json:
    return {
        "position": one.position,
        "topic": one.topic,
        "nsfw": one.nsfw,
        "permission_overwrites": [
            {
                "id": str(overwrite.id),
                "type": overwrite.kind,
                "allow": str(int(overwrite.allow)),
                "deny": str(int(overwrite.deny)),
            }
            for overwrite in one.overwrites.values()
        ],
    }


def _thread(one: Channel) -> Json:
    return {
        "owner_id": str(one.owner_id),
        "message_count": len(one.messages),
        "member_count": 1,
        "total_message_sent": len(one.stored),
        "thread_metadata": {
            "archived": one.archived,
            "archive_timestamp": timestamp(made_at(one.id)),
            "auto_archive_duration": 1440,
            "locked": one.locked,
            "create_timestamp": timestamp(made_at(one.id)),
        },
    }


def guild(one: Guild) -> Json:
    """A server over HTTP."""
    return {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner_id),
        "roles": [role(each) for each in one.roles.values()],
        "premium_tier": one.premium_tier,
        "preferred_locale": one.preferred_locale,
    } | copy.deepcopy(_GUILD_DEFAULTS)


_GUILD_DEFAULTS: Json = dict.fromkeys(
    (
        "icon",
        "description",
        "home_header",
        "splash",
        "discovery_splash",
        "banner",
        "application_id",
        "afk_channel_id",
        "system_channel_id",
        "widget_channel_id",
        "max_presences",
        "vanity_url_code",
        "rules_channel_id",
        "safety_alerts_channel_id",
        "public_updates_channel_id",
        "incidents_data",
    )
) | {
    "features": [],
    "region": "deprecated",
    "afk_timeout": 300,
    "system_channel_flags": 0,
    "widget_enabled": False,
    "verification_level": 0,
    "default_message_notifications": 1,
    "mfa_level": 0,
    "explicit_content_filter": 0,
    "max_members": 500000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "premium_subscription_count": 0,
    "premium_progress_bar_enabled": False,
    "nsfw": False,
    "nsfw_level": 0,
    "emojis": [],
    "stickers": [],
}


def guild_create(one: Guild, bot: User) -> Json:
    """GUILD_CREATE for a bot without the members and presences intents: its only member is itself."""
    threads = [each for each in one.channels.values() if each.is_thread and not each.deleted]
    plain = [each for each in one.channels.values() if not each.is_thread and not each.deleted]
    itself = one.members[bot.id]
    seen = [each for each in plain if permissions.in_channel(each, itself)]
    return guild(one) | {
        "joined_at": timestamp(one.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "members": [member(itself)],
        "channels": [channel(each) for each in seen],
        "threads": [
            channel(each) for each in threads if not each.archived and permissions.in_channel(each, itself)
        ],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def command(one: Command, application_id: int, *, localizations: bool = True) -> Json:
    """A registered command; without ``localizations`` the maps are left out, as in a plain listing."""
    body = copy.deepcopy(one.definition)
    if not localizations:
        _drop_localizations(body)
    body |= {"id": str(one.id), "application_id": str(application_id), "version": str(one.version)}
    return body | ({"guild_id": str(one.guild_id)} if one.guild_id else {})


def _drop_localizations(body: Json) -> None:
    for key in ("name_localizations", "description_localizations"):
        body.pop(key, None)
    for each in [*body.get("options", []), *body.get("choices", [])]:
        _drop_localizations(each)


class Messages:
    """Messages and attachments as JSON, with freshly signed addresses."""

    def __init__(self, signer: Signer, application_id: int) -> None:
        self._signer = signer
        self._application_id = application_id

    def attachment(self, one: Attachment) -> Json:
        """An attachment; width and height only for pictures."""
        body: Json = {
            "id": str(one.id),
            "filename": one.filename,
            "size": one.size,
            "url": self._signer.url(one),
            "proxy_url": self._signer.url(one, "media"),
            "content_type": one.content_type,
        }
        optional = {
            "width": one.width,
            "height": one.height,
            "description": one.description,
            "ephemeral": one.ephemeral or None,
        }
        return body | {key: value for key, value in optional.items() if value is not None}

    def message(self, one: Message, *, withheld: bool = False) -> Json:
        """A message. ``withheld``: without what the Message Content intent guards."""
        body: Json = {
            "id": str(one.id),
            "type": one.kind,
            "channel_id": str(one.channel.id),
            "author": user(one.author),
            "content": one.content,
            "embeds": [self._embed(embed, one) for embed in one.embeds],
            "components": self.components(one),
            "attachments": [self.attachment(each) for each in _listed(one)],
            "mentions": [user(each) for each in one.mentions],
            "mention_roles": [str(each) for each in one.mention_roles],
            "mention_everyone": one.mention_everyone,
            "timestamp": timestamp(made_at(one.id)),
            "edited_timestamp": timestamp(one.edited_at) if one.edited_at is not None else None,
            "flags": one.flags,
            "pinned": one.id in one.channel.pinned,
            "tts": False,
        }
        if withheld:
            body |= {"content": "", "embeds": [], "attachments": [], "components": []}
        return body | self._extras(one)

    def _extras(self, one: Message) -> Json:
        body: Json = {}
        if one.nonce is not None:
            body["nonce"] = one.nonce
        if one.author.bot:
            body["application_id"] = str(self._application_id)
        if one.interaction is not None:
            body |= {
                "webhook_id": str(self._application_id),
                "interaction_metadata": metadata(one.interaction),
            }
        if one.replies_to is not None:
            body["message_reference"] = {
                "type": 0,
                "channel_id": str(one.channel.id),
                "message_id": str(one.replies_to),
            } | ({"guild_id": str(one.channel.guild.id)} if one.channel.guild else {})
        if one.reactions:
            body["reactions"] = [self._reaction(emoji, who) for emoji, who in one.reactions.items()]
        if one.thread is not None:
            body["thread"] = channel(one.thread)
        return body

    def _reaction(self, emoji: str, who: list[int]) -> Json:
        name, _, custom = emoji.partition(":")
        return {
            "emoji": {"id": custom or None, "name": name},
            "count": len(who),
            "count_details": {"burst": 0, "normal": len(who)},
            "burst_colors": [],
            "me_burst": False,
            "me": self._application_id in who,
        }

    def _embed(self, embed: Json, one: Message) -> Json:
        body = copy.deepcopy(embed)
        for key in ("image", "thumbnail"):
            attachment = _attachment(one, body.get(key, {}).pop("attachment_id", None))
            if attachment is not None:
                body[key] |= {
                    "url": self._signer.url(attachment),
                    "proxy_url": self._signer.url(attachment, "media"),
                }
        return body

    def components(self, one: Message) -> list[Json]:
        """The components with their media resolved to addresses."""
        parts = copy.deepcopy(one.components)
        for media in media_of(parts):
            attachment = _attachment(one, media.get("attachment_id"))
            media |= {"id": media.get("attachment_id", "0"), "proxy_url": media["url"]}
            if attachment is not None:
                media |= self._media(attachment)
        for part in walk(parts):
            if part["type"] == FILE:
                attachment = _attachment(one, part["file"].get("attachment_id"))
                part |= {"name": attachment and attachment.filename, "size": attachment and attachment.size}
        return parts

    def _media(self, one: Attachment) -> Json:
        return {
            "url": self._signer.url(one),
            "proxy_url": self._signer.url(one, "media"),
            "width": one.width,
            "height": one.height,
            "content_type": one.content_type,
        }


def _attachment(one: Message, attachment_id: Any) -> Attachment | None:
    return next((each for each in one.attachments if str(each.id) == attachment_id), None)


def _listed(one: Message) -> list[Attachment]:
    """Files that a component or embed shows are not in ``attachments``, on purpose:
    https://github.com/discord/discord-api-docs/issues/8277"""
    named = named_attachments(one.components)
    for embed in one.embeds:
        named |= {
            int(embed[key]["attachment_id"])
            for key in ("image", "thumbnail")
            if "attachment_id" in embed.get(key, {})
        }
    return [each for each in one.attachments if each.id not in named]


def metadata(one: Interaction) -> Json:
    """What a message says about the interaction that made it."""
    body: Json = {
        "id": str(one.id),
        "type": one.kind,
        "user": user(one.user),
        "authorizing_integration_owners": owners(one),
    }
    if one.kind == MODAL_SUBMIT and one.trigger is not None:
        body["triggering_interaction_metadata"] = metadata(one.trigger)
    elif one.message is not None and one.kind == 3:
        body["interacted_message_id"] = str(one.message.id)
    return body


def owners(one: Interaction) -> Json:
    """Who installed the application where it was used: the server ("0"), the person ("1")."""
    guild = one.channel.guild
    owners = {"1": str(one.user.id)} if one.user.installed else {}
    if guild is None:
        return {"0": "0"} | owners
    has_bot = any(member.user.bot for member in guild.members.values())
    return ({"0": str(guild.id)} if has_bot else {}) | owners
