"""The local Discord as one object: start it, point a bot at it, act as its people, look at the result."""

# ruff: noqa: ASYNC109 - every wait here is bounded by the caller, as those of asyncio.wait_for

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.demo.discord.api import PREFIX, Api, Entry, Route, Validator
from bot.demo.discord.changes import Subscription
from bot.demo.discord.commands import Commands
from bot.demo.discord.faults import Faults, Hold
from bot.demo.discord.files import FileRoutes
from bot.demo.discord.gateway import Gateway
from bot.demo.discord.interactions import Interactions
from bot.demo.discord.model import Channel, Guild, Upload
from bot.demo.discord.parts import Json
from bot.demo.discord.people import Person
from bot.demo.discord.routes_application import ApplicationRoutes
from bot.demo.discord.routes_channel import ChannelRoutes
from bot.demo.discord.routes_guild import GuildRoutes
from bot.demo.discord.routes_interaction import InteractionRoutes
from bot.demo.discord.routes_message import MessageRoutes
from bot.demo.discord.world import World

BODY_LIMIT = 600 << 20
"""Bytes that are read of a request at all; above 25 MiB only to be refused."""

BACKLOG = 1024
"""Connections that may wait to be taken. Of a burst beyond it, each is first tried again after a second."""

_CARRIED = {
    "MESSAGE_CREATE": "MessageResponse",
    "MESSAGE_UPDATE": "MessageResponse",
    "CHANNEL_CREATE": "GuildChannelResponse",
    "CHANNEL_UPDATE": "GuildChannelResponse",
    "THREAD_CREATE": "ThreadResponse",
    "THREAD_UPDATE": "ThreadResponse",
    "GUILD_CREATE": "GuildResponse",
}
_RESOLVED = {
    "messages": "MessageResponse",
    "users": "UserResponse",
    "members": "BasicGuildMemberResponse",
    "attachments": "MessageAttachmentResponse",
    "roles": "GuildRoleResponse",
}

__all__ = ["LocalDiscord", "Upload"]


class LocalDiscord:
    """A Discord of one server, one bot and a few people, on one port.

    ``port`` 0 takes any free one. ``validator`` checks what is taken and sent; its findings, and mistakes of
    the server itself, gather in ``violations``.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, validator: Validator | None = None) -> None:
        self.world = World()
        self.interactions = Interactions(self.world)
        self.gateway = Gateway(self.world)
        self.world.dispatcher = self.gateway
        self.commands = Commands(self.world)
        self.api = Api(self.world, self._routes(), validator)
        self.front_page: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
        """Answers ``GET /`` for browsers; the same path is the gateway for websockets."""
        self.gateway.on_event = self._check_event
        self.web = self._application()
        """More routes may be added before the start."""
        self._validator = validator
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    def _routes(self) -> list[Route]:
        world = self.world
        return [
            *ApplicationRoutes(world, self.gateway, self.commands).routes(),
            *ChannelRoutes(world).routes(),
            *MessageRoutes(world).routes(),
            *GuildRoutes(world).routes(),
            *InteractionRoutes(world, self.interactions).routes(),
        ]

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=BODY_LIMIT)
        application.router.add_get("/", self._root)
        application.router.add_route("*", PREFIX + "/{tail:.*}", self.api.handle)
        FileRoutes(self.world).add_to(application.router)
        return application

    async def _root(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self.gateway.handle(request)
        if self.front_page is None:
            raise web.HTTPNotFound
        return await self.front_page(request)

    def _check_event(self, name: str, body: Json) -> None:
        """Events are not described, but what they carry is."""
        validator = self._validator
        if validator is None:
            return
        carried = [(_CARRIED[name], body)] if name in _CARRIED else []
        if name == "INTERACTION_CREATE":
            resolved = body["data"].get("resolved", {})
            carried += [("MessageResponse", body["message"])] if "message" in body else []
            for kind, schema in _RESOLVED.items():
                carried += [(schema, one) for one in resolved.get(kind, {}).values()]
        for schema, one in carried:
            self.violations.extend(f"{name} {schema}: {mistake}" for mistake in validator.named(schema, one))

    # life

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        self._runner = web.AppRunner(self.web, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, backlog=BACKLOG)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.world.signer.base_url = self.url
        self.gateway.url = self.gateway_url

    async def stop(self) -> None:
        """Let held answers go, end every connection and stop listening."""
        self.api.faults.clear()
        self.world.changes.end()
        await self.gateway.drop(1001)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # addresses

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return f"http://{self._host}:{self._port}"

    @property
    def api_url(self) -> str:
        """For ``DISCORD_API_URL``."""
        return self.url + PREFIX

    @property
    def gateway_url(self) -> str:
        """For ``DISCORD_GATEWAY_URL``."""
        return f"ws://{self._host}:{self._port}/"

    @property
    def token(self) -> str:
        """For ``DISCORD_TOKEN``."""
        return self.world.token

    @property
    def application_id(self) -> int:
        """The application's id, which is the bot user's too."""
        return self.world.application_id

    @property
    def mention(self) -> str:
        """The text that mentions the bot."""
        return f"<@{self.application_id}>"

    # people and places

    @property
    def guild(self) -> Guild:
        """The server. Its ``premium_tier`` sets the upload limit."""
        return self.world.guild

    def person(self, name: str) -> Person:
        """A person by name: "ada" (owner and moderator), "ben", "chloe", or one that was added.

        Raises:
            KeyError: nobody is called so.
        """
        return Person(self.world, self.interactions, self.world.person(name))

    def add_person(self, name: str, *, moderator: bool = False, locale: str = "en-US") -> Person:
        """Somebody new in the server."""
        self.world.add_person(name, moderator=moderator, locale=locale)
        return self.person(name)

    def remove_person(self, person: Person) -> None:
        """They leave the server; their messages stay."""
        self.world.remove_member(person.user)

    def invite_bot(self) -> None:
        """Somebody brings the bot back into the server that it has left."""
        self.world.invite_bot()

    @property
    def people(self) -> list[Person]:
        """Everybody but the bot."""
        return [
            Person(self.world, self.interactions, one) for one in self.world.users.values() if not one.bot
        ]

    def channel(self, name: str) -> Channel:
        """A channel or thread by name: "drawing", "gallery", "after-dark", "no-bots", "sketches" (a thread).

        Raises:
            KeyError: none is called so.
        """
        return self.world.channel_named(name)

    def add_channel(self, name: str, *, nsfw: bool = False) -> Channel:
        """A new text channel."""
        return self.world.add_channel(name, nsfw=nsfw)

    def remove_channel(self, channel: Channel) -> None:
        """Delete a channel or thread, with all that is in it."""
        self.world.remove_channel(channel)

    def bot_permissions(self, channel: Channel, *, allow: int = 0, deny: int = 0) -> None:
        """Set what the channel gives the bot's role and takes from it, in bits of ``Permission``."""
        role = next(one for one in self.guild.roles.values() if one.bot_id)
        self.world.overwrite(channel, role.id, allow, deny)

    def dm(self, person: Person) -> Channel:
        """The direct messages between a person and the bot."""
        return self.world.direct_channel(person.user)

    # what tests steer

    def advance(self, seconds: float) -> None:
        """Move the server's clock on: tokens, nonces, ages of messages and addresses of files."""
        self.world.clock.advance(seconds)
        self.world.changes.wake()

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self.api.faults

    def hold_response(self, method: str, path: str, *, times: int | None = 1) -> Hold:
        """Carry matching requests out and hold their answers back until ``release()``."""
        return self.api.faults.hold(method, path, times=times)

    @property
    def strict_rate_limits(self) -> bool:
        """Rate limits as Discord's; generous by default. Settable."""
        return self.api.limits.strict

    @strict_rate_limits.setter
    def strict_rate_limits(self, strict: bool) -> None:
        self.api.limits.strict = self.world.strict = strict

    @property
    def response_seconds(self) -> float:
        """Real seconds for the first answer to an interaction. Settable."""
        return self.interactions.response_seconds

    @response_seconds.setter
    def response_seconds(self, seconds: float) -> None:
        self.interactions.response_seconds = seconds

    @property
    def privileged_intents(self) -> int:
        """Bits of the privileged intents switched on for the application; none by default. Settable."""
        return self.world.privileged_intents

    @privileged_intents.setter
    def privileged_intents(self, bits: int) -> None:
        self.world.privileged_intents = bits

    async def drop_connections(self, code: int | None = None) -> None:
        """End the bot's gateway connections: as a broken line, or with a close code. They can be resumed."""
        await self.gateway.drop(code)

    # what tests look at

    @property
    def log(self) -> list[Entry]:
        """Every HTTP request, in order."""
        return self.api.log

    def requests(self, method: str, path: str) -> list[Entry]:
        """The logged requests whose path (without ``/api/v10``) matches a regular expression."""
        return [entry for entry in self.log if entry.method == method and re.search(path, entry.path)]

    @property
    def violations(self) -> list[str]:
        """What broke Discord's description of its API, and mistakes of this server."""
        return self.api.violations

    async def wait_for(self, condition: Callable[[], object], timeout: float = 5) -> None:
        """Come back when ``condition()`` is true; it is asked again after each change.

        Raises:
            TimeoutError: after ``timeout`` seconds.
        """
        await self.world.changes.wait_for(condition, timeout)

    async def wait_ready(self, timeout: float = 10, *, commands: bool = True) -> None:
        """Come back when all shards are connected and (``commands``) some command is registered.

        Raises:
            TimeoutError: after ``timeout`` seconds.
        """
        await self.wait_for(lambda: self.gateway.ready and (self.world.commands or not commands), timeout)

    def changes(self) -> Subscription:
        """Listen to everything that happens from now on."""
        return self.world.changes.subscribe()
