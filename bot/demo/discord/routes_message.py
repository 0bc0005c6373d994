"""Endpoints of a channel's messages and their reactions."""

from urllib.parse import unquote

from bot.demo.discord import errors, messages, objects
from bot.demo.discord.api import DONE, Answer, Call, Route
from bot.demo.discord.clock import made_at, timestamp
from bot.demo.discord.model import Channel, Message
from bot.demo.discord.permissions import Permission
from bot.demo.discord.posting import post
from bot.demo.discord.reactions import react, unreact
from bot.demo.discord.world import World

BULK_AGE = 14 * 86400
"""Seconds; older messages cannot be deleted in bulk."""


class MessageRoutes:
    """``/channels/{id}/messages``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The table."""
        base = "/channels/{channel_id}/messages"
        one = base + "/{message_id}"
        reactions = one + "/reactions"
        return [
            Route("GET", base, self.history),
            Route("POST", base, self.create),
            Route("POST", base + "/bulk-delete", self.bulk_delete),
            Route("GET", base + "/pins", self.pins),
            Route("PUT", base + "/pins/{message_id}", self.pin),
            Route("DELETE", base + "/pins/{message_id}", self.unpin),
            Route("GET", one, self.message),
            Route("PATCH", one, self.edit),
            Route("DELETE", one, self.delete),
            Route("GET", reactions + "/{emoji}", self.reactors),
            Route("PUT", reactions + "/{emoji}/@me", self.react),
            Route("DELETE", reactions + "/{emoji}/@me", self.unreact),
            Route("DELETE", reactions + "/{emoji}/{user_id}", self.unreact),
            Route("DELETE", reactions + "/{emoji}", self.clear_reactions),
            Route("DELETE", reactions, self.clear_reactions),
        ]

    def _channel(self, call: Call) -> Channel:
        return self._world.find_channel(call.id("channel_id"))

    def _message(self, call: Call) -> Message:
        found = self._channel(call).stored.get(call.id("message_id"))
        if found is None or found.deleted or found.ephemeral:
            raise errors.unknown_message()
        return found

    def _answer(self, message: Message) -> Answer:
        return Answer(body=self._world.message_json(message, sees_content=self._world.content_allowed()))

    def history(self, call: Call) -> Answer:
        """Messages newest first. Without Read Message History there are none:
        https://discord.com/developers/docs/resources/message#get-channel-messages"""
        channel = self._channel(call)
        limit = int(call.query.get("limit", 50))
        form = errors.Form()
        form.within(("limit",), limit, 1, 100)
        form.check()
        if not self._world.allowed(channel, self._world.bot) & Permission.READ_MESSAGE_HISTORY:
            return Answer(body=[])
        chosen = _chosen(channel.messages, call, limit)
        sees = self._world.content_allowed()
        return Answer(body=[self._world.message_json(one, sees_content=sees) for one in reversed(chosen)])

    def create(self, call: Call) -> Answer:
        """Post; the same nonce within five minutes gives back the first message."""
        return self._answer(post(self._world, self._channel(call), call.draft))

    def message(self, call: Call) -> Answer:
        """One message."""
        channel = self._channel(call)
        if not self._world.allowed(channel, self._world.bot) & Permission.READ_MESSAGE_HISTORY:
            raise errors.missing_access()
        return self._answer(self._message(call))

    def edit(self, call: Call) -> Answer:
        """Change an own message."""
        message = self._message(call)
        if message.author is not self._world.bot:
            raise errors.ApiError(403, 50005, "Cannot edit a message authored by another user")
        messages.check_age(self._world, message)
        messages.edit(self._world, message, call.draft)
        return self._answer(message)

    def delete(self, call: Call) -> Answer:
        """Delete an own message, or another's with Manage Messages."""
        message = self._message(call)
        if message.author is not self._world.bot:
            self._need_manage(message.channel)
        messages.delete(self._world, message)
        return DONE

    def _need_manage(self, channel: Channel) -> None:
        if channel.guild is None:
            raise errors.ApiError(403, 50003, "Cannot execute action on a DM channel")
        self._world.need(channel, Permission.MANAGE_MESSAGES)

    def bulk_delete(self, call: Call) -> Answer:
        """Delete 2 to 100 messages of the last two weeks; unknown ones are passed over."""
        channel = self._channel(call)
        self._need_manage(channel)
        ids = [int(one) for one in call.body.get("messages") or []]
        if not 2 <= len(ids) <= 100:
            raise errors.ApiError(400, 50016, "Provided too few or too many messages to delete.")
        if any(self._world.clock.now() - made_at(one) > BULK_AGE for one in ids):
            raise errors.ApiError(400, 50034, "You can only bulk delete messages that are under 14 days old.")
        for message in [channel.stored[one] for one in ids if one in channel.stored]:
            if not message.deleted and not message.ephemeral:
                messages.delete(self._world, message)
        return DONE

    # pins

    def pins(self, call: Call) -> Answer:
        """The pinned messages."""
        channel = self._channel(call)
        sees = self._world.content_allowed()
        found = [channel.stored[one] for one in channel.pinned if not channel.stored[one].deleted]
        items = [
            {
                "pinned_at": timestamp(made_at(one.id)),
                "message": self._world.message_json(one, sees_content=sees),
            }
            for one in found
        ]
        return Answer(body={"items": items, "has_more": False})

    def pin(self, call: Call) -> Answer:
        """Pin a message."""
        message = self._message(call)
        self._need_manage(message.channel)
        message.channel.pinned.append(message.id)
        return DONE

    def unpin(self, call: Call) -> Answer:
        """Unpin a message."""
        message = self._message(call)
        self._need_manage(message.channel)
        message.channel.pinned.remove(message.id)
        return DONE

    # reactions

    def react(self, call: Call) -> Answer:
        """React as the bot."""
        message = self._message(call)
        react(self._world, message, self._world.bot, unquote(call.ids["emoji"]))
        return DONE

    def unreact(self, call: Call) -> Answer:
        """Take back the bot's reaction, or another's with Manage Messages."""
        message = self._message(call)
        user = self._world.bot
        if "user_id" in call.ids:
            self._need_manage(message.channel)
            user = self._world.users[call.id("user_id")]
        unreact(self._world, message, user, unquote(call.ids["emoji"]))
        return DONE

    def clear_reactions(self, call: Call) -> Answer:
        """Take away all reactions, or all with one emoji."""
        message = self._message(call)
        self._need_manage(message.channel)
        for emoji, users in list(message.reactions.items()):
            if "emoji" not in call.ids or unquote(call.ids["emoji"]) == emoji:
                for user in list(users):
                    unreact(self._world, message, self._world.users[user], emoji)
        return DONE

    def reactors(self, call: Call) -> Answer:
        """Who reacted with an emoji."""
        users = self._message(call).reactions.get(unquote(call.ids["emoji"]), [])
        return Answer(body=[objects.user(self._world.users[one]) for one in users])


def _chosen(listed: list[Message], call: Call, limit: int) -> list[Message]:
    """The part of a channel that ``before``, ``after`` or ``around`` asks for, oldest first."""
    query = call.query
    if "after" in query:
        return [one for one in listed if one.id > int(query["after"])][:limit]
    if "before" in query:
        return [one for one in listed if one.id < int(query["before"])][-limit:]
    if "around" in query:
        middle = int(query["around"])
        older = [one for one in listed if one.id < middle][-(limit // 2) :] if limit > 1 else []
        return older + [one for one in listed if one.id >= middle][: limit - len(older)]
    return listed[-limit:]
