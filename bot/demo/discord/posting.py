"""Posting to a channel with the bot's token: permissions and nonces."""

from bot.demo.discord import errors, messages
from bot.demo.discord.clock import made_at
from bot.demo.discord.messages import Draft
from bot.demo.discord.model import Channel, Message
from bot.demo.discord.permissions import Permission
from bot.demo.discord.world import World

NONCE_SECONDS = 300.0
"""How long a nonce is remembered: "a few minutes"."""
NONCE_LENGTH = 25


def post(world: World, channel: Channel, draft: Draft) -> Message:
    """Make a message, or give back the one that was made with the same nonce.

    Raises:
        ApiError: 403 without the permissions, 400 for a wrong form, 413 for a file too large.
    """
    _check_permissions(world, channel, draft)
    nonce = _nonce(draft)
    if nonce is None or not draft.body.get("enforce_nonce"):
        message = messages.create(world, channel, world.bot, draft)
    else:
        message = _once(world, channel, draft, nonce)
    return message


def _once(world: World, channel: Channel, draft: Draft, nonce: str) -> Message:
    key = (channel.id, world.bot.id, nonce)
    before = world.nonces.get(key)
    if before is not None and world.clock.now() - made_at(before.id) < NONCE_SECONDS:
        return before
    message = world.nonces[key] = messages.create(world, channel, world.bot, draft)
    return message


def _nonce(draft: Draft) -> str | None:
    nonce = draft.body.get("nonce")
    if nonce is not None and len(str(nonce)) > NONCE_LENGTH:
        raise errors.refused(("nonce",), "NONCE_TYPE_TOO_LONG", "Must be 25 or fewer in length.")
    return None if nonce is None else str(nonce)


def _check_permissions(world: World, channel: Channel, draft: Draft) -> None:
    if channel.guild is None:
        if not channel.recipients[0].accepts_direct_messages:
            raise errors.ApiError(403, 50007, "Cannot send messages to this user")
        return
    needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    world.need(channel, needed)
    if draft.files:
        world.need(channel, Permission.ATTACH_FILES)
    if draft.body.get("embeds"):
        world.need(channel, Permission.EMBED_LINKS)
    reference = draft.body.get("message_reference")
    if reference and not world.allowed(channel, world.bot) & Permission.READ_MESSAGE_HISTORY:
        raise errors.ApiError(403, 160002, "Cannot reply without permission to read message history")
    if channel.archived and channel.locked:
        raise errors.ApiError(400, 50083, "Thread is archived")
