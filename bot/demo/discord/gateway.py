"""The gateway: sessions of the bot, their events, and how they are resumed.

https://discord.com/developers/docs/events/gateway
"""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.demo.discord import objects
from bot.demo.discord.changes import Change
from bot.demo.discord.parts import Json
from bot.demo.discord.permissions import Permission
from bot.demo.discord.world import GUILD_MEMBERS, MESSAGE_CONTENT, PRIVILEGED, Event, World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT = 0, 1, 2, 3, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11
HEARTBEAT_MS = 41250
ACK_SECONDS = 0.05
"""How long a heartbeat's answer takes, about as on the real Internet."""
BUFFERED_EVENTS = 5000
"""Events kept per session for a resume."""
RESUMABLE_SECONDS = 180.0
"""How long a lost session can be resumed. Discord does not publish its number."""


class Closed(Exception):
    """The gateway closes the connection with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True, eq=False)
class Session:
    """One shard's session, with or without a live connection."""

    id: str
    shard: tuple[int, int]
    intents: int
    sequence: int = 0
    buffer: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=BUFFERED_EVENTS))
    connection: "Connection | None" = None
    lost_at: float | None = None
    presence: Json = field(default_factory=dict)

    def push(self, name: str, data: Json) -> None:
        """Number an event, keep it, and send it if somebody listens."""
        self.sequence += 1
        text = json.dumps({"op": DISPATCH, "t": name, "s": self.sequence, "d": data})
        self.buffer.append((self.sequence, text))
        if self.connection is not None:
            self.connection.put(text)


class Gateway:
    """All sessions of the bot."""

    def __init__(self, world: World) -> None:
        self.sessions: dict[str, Session] = {}
        self.url = ""
        self.starts_left = 1000
        """IDENTIFYs left today."""
        self.on_event: Callable[[str, Json], None] = lambda name, body: None
        """Looks at every event once as it goes out."""
        self._world = world
        self._connections: set[Connection] = set()

    @property
    def ready(self) -> bool:
        """Every shard that the newest session speaks of has a live connection."""
        live = [one for one in self.sessions.values() if one.connection is not None and one.connection.alive]
        return bool(live) and {one.shard[0] for one in live} == set(range(live[-1].shard[1]))

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one websocket until it ends."""
        socket = web.WebSocketResponse(max_msg_size=1 << 20)
        await socket.prepare(request)
        connection = Connection(self, socket, request)
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)
            self._lost(connection)
        return socket

    def dispatch(self, event: Event) -> None:
        """Send an event to every session that is to have it."""
        if event.channel is not None:
            seen = self._world.allowed(event.channel, self._world.bot)
            if not seen & Permission.VIEW_CHANNEL:
                return
        for session in list(self.sessions.values()):
            if self._stale(session):
                del self.sessions[session.id]
            elif _wants(session, event):
                body = event.build(bool(session.intents & MESSAGE_CONTENT))
                self.on_event(event.name, body)
                session.push(event.name, body)

    async def drop(self, code: int | None = None) -> None:
        """End every connection: with a close code, or (None) as a broken line. They can be resumed."""
        for connection in list(self._connections):
            await connection.end(code)

    async def ask_reconnect(self) -> None:
        """Send RECONNECT to everybody, as Discord does before maintenance."""
        for connection in list(self._connections):
            connection.put(json.dumps({"op": RECONNECT, "d": None, "s": None, "t": None}))

    def forget_sessions(self) -> None:
        """No session can be resumed any more."""
        self.sessions = {key: one for key, one in self.sessions.items() if one.connection is not None}

    # for the connections

    def identify(self, connection: "Connection", data: Json) -> Session:
        """Begin a session."""
        if data.get("token", "").removeprefix("Bot ") != self._world.token:
            raise Closed(4004, "Authentication failed.")
        intents = int(data.get("intents", 0))
        if intents & PRIVILEGED & ~self._world.privileged_intents:
            raise Closed(4014, "Disallowed intent(s).")
        shard = tuple(data.get("shard", (0, 1)))
        if len(shard) != 2 or not 0 <= shard[0] < shard[1]:
            raise Closed(4010, "Invalid shard.")
        session = Session(secrets.token_hex(16), (shard[0], shard[1]), intents, connection=connection)
        session.presence = data.get("presence") or {}
        self.starts_left -= 1
        self.sessions[session.id] = session
        self._greet(session)
        return session

    def _greet(self, session: Session) -> None:
        world = self._world
        guilds = [world.guild] if world.bot_is_member and _on_shard(session, world.guild.id) else []
        session.push(
            "READY",
            {
                "v": 10,
                "user": objects.own_user(world.bot),
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "shard": list(session.shard),
                "application": {"id": str(world.application_id), "flags": 0},
                "private_channels": [],
                "session_type": "normal",
            },
        )
        for guild in guilds:
            body = objects.guild_create(guild, world.bot)
            self.on_event("GUILD_CREATE", body)
            session.push("GUILD_CREATE", body)
        world.tell(Change(kind="session", data={"session": session.id, "state": "ready"}))

    def resume(self, connection: "Connection", data: Json) -> Session | None:
        """Go on with a session, replaying what is newer than ``seq``; None if it cannot be resumed."""
        if data.get("token", "").removeprefix("Bot ") != self._world.token:
            raise Closed(4004, "Authentication failed.")
        session = self.sessions.get(data.get("session_id", ""))
        sequence = int(data.get("seq") or 0)
        if session is None or self._stale(session) or not _replayable(session, sequence):
            return None
        if sequence > session.sequence:
            raise Closed(4007, "Invalid seq.")
        if session.connection is not None:
            session.connection.forget()
        session.connection, session.lost_at = connection, None
        for number, text in session.buffer:
            if number > sequence:
                connection.put(text)
        session.push("RESUMED", {})
        self._world.tell(Change(kind="session", data={"session": session.id, "state": "resumed"}))
        return session

    def _stale(self, session: Session) -> bool:
        return session.lost_at is not None and self._world.clock.now() - session.lost_at > RESUMABLE_SECONDS

    def _lost(self, connection: "Connection") -> None:
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection, session.lost_at = None, self._world.clock.now()
        if connection.closed_by_client in (1000, 1001):
            # https://discord.com/developers/docs/events/gateway#disconnecting: the session is over.
            del self.sessions[session.id]
        self._world.tell(Change(kind="session", data={"session": session.id, "state": "lost"}))

    def members(self, session: Session, data: Json) -> None:
        """GUILD_MEMBERS_CHUNK for a request by ids or by the beginning of a name."""
        guild = self._world.guild
        wanted = {str(one) for one in _listed(data.get("user_ids"))}
        query, limit = data.get("query"), int(data.get("limit") or 100)
        found = [one for one in guild.members.values() if str(one.user.id) in wanted]
        if query or (query == "" and session.intents & GUILD_MEMBERS):
            found = [one for one in guild.members.values() if one.user.name.startswith(query)][:limit]
        body = {
            "guild_id": str(guild.id),
            "members": [objects.member(one) for one in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": sorted(wanted - {str(one.user.id) for one in found}),
        }
        session.push("GUILD_MEMBERS_CHUNK", body | ({"nonce": data["nonce"]} if "nonce" in data else {}))


def _listed(given: Any) -> list[Any]:
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def _on_shard(session: Session, guild_id: int | None) -> bool:
    """https://discord.com/developers/docs/events/gateway#sharding: direct messages go to shard 0."""
    number, count = session.shard
    return number == (0 if guild_id is None else (guild_id >> 22) % count)


def _wants(session: Session, event: Event) -> bool:
    return _on_shard(session, event.guild_id) and (not event.intents or bool(session.intents & event.intents))


def _replayable(session: Session, sequence: int) -> bool:
    return not session.buffer or session.buffer[0][0] <= sequence + 1


class Connection:
    """One websocket."""

    def __init__(self, gateway: Gateway, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.session: Session | None = None
        self.closed_by_client: int | None = None
        self._gateway = gateway
        self._socket = socket
        self._request = request
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self._broken = False

    @property
    def alive(self) -> bool:
        """Whether the other side is still there, as far as is known by now."""
        return not self._socket.closed

    def put(self, text: str) -> None:
        """Send, in order."""
        self._outbox.put_nowait(text)

    def forget(self) -> None:
        """Another connection has taken over the session."""
        self.session = None
        self._outbox.put_nowait(None)

    async def end(self, code: int | None) -> None:
        """Close with a code, or break off without one."""
        self._broken = True
        if code is not None:
            await self._socket.close(code=code)
        elif self._request.transport is not None:
            self._request.transport.abort()

    async def run(self) -> None:
        """Greet, then read until the end."""
        self._send(HELLO, {"heartbeat_interval": HEARTBEAT_MS, "_trace": []})
        writer = asyncio.create_task(self._write(), name="local-discord-gateway-writer")
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    self._receive(json.loads(message.data))
        except Closed as closed:
            await self._flush_and_close(closed)
        except ValueError:
            await self._flush_and_close(Closed(4002, "Error while decoding payload."))
        finally:
            if not self._broken:
                self.closed_by_client = self._socket.close_code
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def _flush_and_close(self, closed: Closed) -> None:
        self._broken = True
        await self._socket.close(code=closed.code, message=closed.reason.encode())

    async def _write(self) -> None:
        while (text := await self._outbox.get()) is not None:
            try:
                await self._socket.send_str(text)
            except (ConnectionError, RuntimeError):
                return
        await self._socket.close(code=4000)

    def _send(self, op: int, data: Any) -> None:
        self.put(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def _receive(self, payload: Json) -> None:
        op, data = payload.get("op"), payload.get("d")
        if op == HEARTBEAT:
            # Not at once: discord.py notes the time of its heartbeat after sending it, in another thread, and
            # takes an answer that was faster than that for one that is a whole interval late.
            loop = asyncio.get_running_loop()
            loop.call_later(ACK_SECONDS, self._send, HEARTBEAT_ACK, None)
        elif op == IDENTIFY:
            self._identify(data or {})
        elif op == RESUME:
            self._resume(data or {})
        elif self.session is None:
            raise Closed(4003, "Not authenticated.")
        elif op == PRESENCE:
            self.session.presence = data or {}
        elif op == REQUEST_MEMBERS:
            self._gateway.members(self.session, data or {})
        elif op != 4:  # a voice state, which a bot that draws never sends in earnest
            raise Closed(4001, "Unknown opcode.")

    def _identify(self, data: Json) -> None:
        if self.session is not None:
            raise Closed(4005, "Already authenticated.")
        self.session = self._gateway.identify(self, data)

    def _resume(self, data: Json) -> None:
        self.session = self._gateway.resume(self, data)
        if self.session is None:
            self._send(INVALID_SESSION, False)
