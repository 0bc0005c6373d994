"""A web server of a few lines that does to the wire exactly what a test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.webui.client import Limits, Timeouts, WebUIClient

FAST = Timeouts(connect=0.3, first_byte=0.3, idle=0.2, total=2)
PATIENT = Timeouts(connect=5, first_byte=5, idle=5, total=10)


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """``replies`` are given in turn, the last one for ever; ``received`` is what was asked."""

    replies: list[Reply] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    got_request: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read(reader)) is not None:
                self.received.append(request)
                self.got_request.set()
                reply = self.replies[0] if len(self.replies) == 1 else self.replies.pop(0)
                await reply(writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, target, headers, body)


@asynccontextmanager
async def serving(*replies: Reply) -> AsyncIterator[Server]:
    """A server on a port of its own; open connections are dropped at the end."""
    server = Server(list(replies))
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await server.serve(reader, writer)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answer(body: bytes, status: str = "200 OK", **headers: str) -> Reply:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def raw(data: bytes) -> Reply:
    """These bytes, and the connection stays open."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return reply


def then_close(data: bytes) -> Reply:
    """These bytes, then the end of the connection."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        writer.close()
        raise ConnectionResetError

    return reply


def reset() -> Reply:
    """The connection is torn down without a word."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()
        raise ConnectionResetError

    return reply


def then_hang(data: bytes = b"") -> Reply:
    """These bytes, then nothing for ever."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        await asyncio.Event().wait()

    return reply


def endless() -> Reply:
    """An answer of no announced length that never ends."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            writer.write(b" " * 65_536)
            await writer.drain()

    return reply


def client(url: str, timeouts: Timeouts = PATIENT, limits: Limits | None = None) -> WebUIClient:
    """A client with the same patience for everything."""
    return WebUIClient(url, timeouts=timeouts, quick_timeouts=timeouts, limits=limits)
