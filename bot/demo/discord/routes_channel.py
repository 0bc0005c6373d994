"""Endpoints of channels and threads."""

from bot.demo.discord import errors, objects
from bot.demo.discord.api import DONE, Answer, Call, Route
from bot.demo.discord.changes import Change
from bot.demo.discord.clock import timestamp
from bot.demo.discord.model import Channel
from bot.demo.discord.parts import Json
from bot.demo.discord.permissions import Permission
from bot.demo.discord.world import World


class ChannelRoutes:
    """``/channels/{id}`` without its messages, and threads."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The table."""
        channel = "/channels/{channel_id}"
        return [
            Route("GET", channel, self.channel),
            Route("PATCH", channel, self.edit),
            Route("DELETE", channel, self.delete),
            Route("POST", channel + "/typing", self.typing),
            Route("POST", channel + "/threads", self.start_thread),
            Route("POST", channel + "/messages/{message_id}/threads", self.start_thread),
            Route("PUT", channel + "/thread-members/@me", self.join),
            Route("DELETE", channel + "/thread-members/@me", self.join),
            Route("GET", "/guilds/{guild_id}/threads/active", self.active_threads),
        ]

    def _find(self, call: Call) -> Channel:
        return self._world.find_channel(call.id("channel_id"))

    def channel(self, call: Call) -> Answer:
        """A channel that the bot sees."""
        return Answer(body=objects.channel(self._find(call)))

    def edit(self, call: Call) -> Answer:
        """Name, topic, age restriction; of a thread also whether it is archived or locked."""
        channel = self._find(call)
        self._world.need(
            channel, Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
        )
        for key in ("name", "topic", "nsfw", "archived", "locked"):
            if key in call.body:
                setattr(channel, key, call.body[key])
        self._world.announce(channel, "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE")
        return Answer(body=objects.channel(channel))

    def delete(self, call: Call) -> Answer:
        """Delete a channel or thread, or close a direct-message channel."""
        channel = self._find(call)
        if channel.guild is not None:
            self._world.need(
                channel, Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
            )
            self._world.remove_channel(channel)
        return Answer(body=objects.channel(channel))

    def typing(self, call: Call) -> Answer:
        """Show "is typing" for ten seconds."""
        channel = self._find(call)
        self._world.need(channel, Permission.SEND_MESSAGES)
        self._world.tell(Change(kind="typing", channel_id=channel.id, data={"user": self._world.bot.name}))
        return DONE

    def start_thread(self, call: Call) -> Answer:
        """Start a thread, from a message or without one."""
        world, parent = self._world, self._find(call)
        form = errors.Form()
        form.length(("name",), call.body.get("name"), 1, 100)
        form.check()
        world.need(parent, Permission.CREATE_PUBLIC_THREADS)
        message = None
        if "message_id" in call.ids:
            message = parent.stored.get(call.id("message_id"))
            if message is None or message.deleted or message.ephemeral:
                raise errors.unknown_message()
            if message.thread is not None:
                raise errors.ApiError(400, 160004, "A thread has already been created for this message")
        thread = world.add_thread(parent, call.body["name"], world.bot, message.id if message else None)
        if message is not None:
            message.thread = thread
        return Answer(201, self._with_member(thread))

    def _with_member(self, thread: Channel) -> Json:
        world = self._world
        member = {
            "id": str(thread.id),
            "user_id": str(world.bot.id),
            "join_timestamp": timestamp(world.clock.now()),
            "flags": 0,
        }
        return objects.channel(thread) | {"member": member}

    def join(self, call: Call) -> Answer:
        """Join or leave a thread, which changes nothing here: everybody sees public threads."""
        self._find(call)
        return DONE

    def active_threads(self, call: Call) -> Answer:
        """The threads of a server that are not archived."""
        if call.id("guild_id") != self._world.guild.id:
            raise errors.unknown_guild()
        threads = [
            objects.channel(one)
            for one in self._world.guild.channels.values()
            if one.is_thread and not one.archived and not one.deleted
        ]
        return Answer(body={"threads": threads, "members": [], "has_more": False})
