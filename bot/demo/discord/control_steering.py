"""The part of the control API with which a test in another process steers the server.

- ``GET /control/log?method=POST&path=REGEX&after=N``: ``{"entries", "next"}``, the requests from number N
  on, each with ``method``, ``path``, ``json``, ``files``, ``status``, ``code``, ``at``, ``seconds``
- ``GET /control/violations``: ``{"violations"}``
- ``GET /control/ready?timeout=10``: waits until the bot is connected and has commands
- ``GET /control/wait?channel=drawing&text=REGEX&count=1&timeout=10``: waits until that many public
  messages match, gives ``{"messages"}``
- ``POST /control/faults`` ``{"method", "path", "status", "code", "message", "times", "after", "drop",
  "retry_after"}`` (``Faults.add``), ``DELETE /control/faults``
- ``POST /control/holds`` ``{"method", "path", "times"}``: ``{"hold": N}``; ``GET
  /control/holds/N?timeout=5`` waits until an answer is held; ``DELETE /control/holds/N`` releases
- ``POST /control/advance`` ``{"seconds"}``; ``POST /control/drop`` ``{"code"}`` breaks gateway
  connections off
- ``POST /control/settings`` ``{"strict_rate_limits", "response_seconds", "premium_tier",
  "privileged_intents"}``
- ``POST /control/people`` ``{"name", "moderator", "locale"}``; ``POST /control/channels`` ``{"name",
  "nsfw"}``; ``DELETE /control/channels/NAME``
"""

import re
from dataclasses import asdict
from typing import Any

from aiohttp import web

from bot.demo.discord.control_guard import guarded
from bot.demo.discord.control_views import View
from bot.demo.discord.faults import Hold
from bot.demo.discord.model import Channel, Message
from bot.demo.discord.server import LocalDiscord

_FAULT_FIELDS = ("status", "code", "message", "times", "after", "drop", "retry_after")
_SETTINGS = ("strict_rate_limits", "response_seconds", "privileged_intents")


class Steering:
    """The routes for tests. ``add_to`` an application before it starts."""

    def __init__(self, discord: LocalDiscord) -> None:
        self._discord = discord
        self._holds: list[Hold] = []

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/control/log", guarded(self.log))
        router.add_get("/control/violations", guarded(self.violations))
        router.add_get("/control/ready", guarded(self.ready))
        router.add_get("/control/wait", guarded(self.wait))
        router.add_post("/control/faults", guarded(self.add_fault))
        router.add_delete("/control/faults", guarded(self.clear_faults))
        router.add_post("/control/holds", guarded(self.add_hold))
        router.add_get("/control/holds/{number}", guarded(self.hold))
        router.add_delete("/control/holds/{number}", guarded(self.release))
        router.add_post("/control/advance", guarded(self.advance))
        router.add_post("/control/drop", guarded(self.drop))
        router.add_post("/control/settings", guarded(self.settings))
        router.add_post("/control/people", guarded(self.add_person))
        router.add_post("/control/channels", guarded(self.add_channel))
        router.add_delete("/control/channels/{name}", guarded(self.remove_channel))

    async def log(self, request: web.Request) -> web.Response:
        """The requests of the bot."""
        query = request.query
        method, path = query.get("method"), re.compile(query.get("path", ""))
        listed = self._discord.log[int(query.get("after", 0)) :]
        found = [one for one in listed if method in (None, one.method) and path.search(one.path)]
        return web.json_response({"entries": [asdict(one) for one in found], "next": len(self._discord.log)})

    async def violations(self, request: web.Request) -> web.Response:
        """What broke the description."""
        return web.json_response({"violations": self._discord.violations})

    async def ready(self, request: web.Request) -> web.Response:
        """Wait for the bot."""
        await self._discord.wait_ready(float(request.query.get("timeout", 10)))
        return _done()

    async def wait(self, request: web.Request) -> web.Response:
        """Wait for messages."""
        query = request.query
        channel, count = self._discord.channel(query["channel"]), int(query.get("count", 1))
        text = re.compile(query.get("text", ""))
        timeout = float(query.get("timeout", 10))
        await self._discord.wait_for(lambda: len(_matching(channel, text)) >= count, timeout)
        view = View(self._discord, self._discord.people[0])
        return web.json_response({"messages": [view.message(one) for one in _matching(channel, text)]})

    async def add_fault(self, request: web.Request) -> web.Response:
        """Let something go wrong."""
        body = await request.json()
        fields: dict[str, Any] = {key: body[key] for key in _FAULT_FIELDS if key in body}
        self._discord.faults.add(body["method"], body["path"], **fields)
        return _done()

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Let nothing go wrong any more."""
        self._discord.faults.clear()
        return _done()

    async def add_hold(self, request: web.Request) -> web.Response:
        """Hold answers back."""
        body = await request.json()
        hold = self._discord.hold_response(body["method"], body["path"], times=body.get("times", 1))
        self._holds.append(hold)
        return web.json_response({"hold": len(self._holds) - 1})

    def _hold(self, request: web.Request) -> Hold:
        number = int(request.match_info["number"])
        if number >= len(self._holds):
            raise KeyError(number)
        return self._holds[number]

    async def hold(self, request: web.Request) -> web.Response:
        """Wait until an answer is held."""
        hold = self._hold(request)
        await hold.reached(float(request.query.get("timeout", 5)))
        return web.json_response({"held": hold.held})

    async def release(self, request: web.Request) -> web.Response:
        """Let the answers go."""
        self._hold(request).release()
        return _done()

    async def advance(self, request: web.Request) -> web.Response:
        """Move the clock."""
        self._discord.advance(float((await request.json())["seconds"]))
        return _done()

    async def drop(self, request: web.Request) -> web.Response:
        """Break the gateway connections off."""
        await self._discord.drop_connections((await request.json()).get("code"))
        return _done()

    async def settings(self, request: web.Request) -> web.Response:
        """Change the server's ways."""
        body = await request.json()
        for name in _SETTINGS:
            if name in body:
                setattr(self._discord, name, body[name])
        self._discord.guild.premium_tier = int(body.get("premium_tier", self._discord.guild.premium_tier))
        return _done()

    async def add_person(self, request: web.Request) -> web.Response:
        """Somebody new."""
        body = await request.json()
        moderator, locale = bool(body.get("moderator")), body.get("locale", "en-US")
        person = self._discord.add_person(body["name"], moderator=moderator, locale=locale)
        return web.json_response({"id": str(person.id)})

    async def add_channel(self, request: web.Request) -> web.Response:
        """A new channel."""
        body = await request.json()
        channel = self._discord.world.add_channel(body["name"], nsfw=bool(body.get("nsfw")))
        return web.json_response({"id": str(channel.id)})

    async def remove_channel(self, request: web.Request) -> web.Response:
        """Delete a channel."""
        self._discord.world.remove_channel(self._discord.channel(request.match_info["name"]))
        return _done()


def _done() -> web.Response:
    return web.json_response({})


def _matching(channel: Channel, text: re.Pattern[str]) -> list[Message]:
    return [one for one in channel.messages if text.search(one.text)]
