"""Only Discord's own files are read, and never more of one than allowed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import AttachmentUnreadable, ForeignAddress, Gone, PictureTooLarge
from bot.fetch import Fetcher, FetchLimits

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LIMITS = FetchLimits(max_bytes=1000, connect=1, idle=0.2, total=2)


class Files:
    """A file server that answers by ``handler``, and counts who came."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """What the test wants."""
        self.asked.append(request.path_qs)
        return await self._handler(request)


@asynccontextmanager
async def fetching(handler: Handler) -> AsyncIterator[tuple[Fetcher, str, Files]]:
    """A fetcher whose own Discord is a server that answers by ``handler``."""
    files, app = Files(handler), web.Application()
    app.router.add_get("/{path:.*}", files.answer)
    async with TestServer(app) as server:
        origin = str(server.make_url("/")).rstrip("/")
        async with Fetcher(f"{origin}/api/v10", lambda: LIMITS) as fetcher:
            yield fetcher, origin, files


async def nothing(_: web.Request) -> web.Response:
    return web.Response(body=b"picture")


async def test_a_file_is_read_by_its_address_to_the_letter() -> None:
    async with fetching(nothing) as (fetcher, origin, files):
        url = "/attachments/1/2/a%20b.png?ex=6a&is=5b&hm=a%2Fb+c&"
        assert await fetcher.attachment(origin + url, size_hint=7) == b"picture"
        assert files.asked == [url]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:7860/internal",
        "https://example.com/a.png",
        "http://cdn.discordapp.com/attachments/1/2/a.png",
        "https://cdn.discordapp.com.example.com/a.png",
        "https://cdn.discordapp.com:8443/a.png",
        "https://user@cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com@example.com/a.png",
        "ftp://cdn.discordapp.com/a.png",
        "file:///etc/passwd",
        "//cdn.discordapp.com/a.png",
        "cdn.discordapp.com/a.png",
        "https://[::1/a.png",
        "",
    ],
)
async def test_no_other_address_is_ever_asked(url: str) -> None:
    async with fetching(nothing) as (fetcher, _, files):
        with pytest.raises(ForeignAddress):
            await fetcher.attachment(url, size_hint=None)
        assert files.asked == []


async def test_a_server_of_ones_own_counts_by_its_scheme_host_and_port() -> None:
    async with fetching(nothing) as (fetcher, origin, _), fetching(nothing) as (_, neighbour, others):
        assert await fetcher.attachment(f"{origin}/a", size_hint=None) == b"picture"
        for url in (f"{neighbour}/a", origin.replace("http:", "https:") + "/a"):
            with pytest.raises(ForeignAddress):
                await fetcher.attachment(url, size_hint=None)
        assert others.asked == []


async def test_a_redirect_is_not_followed() -> None:
    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound(location="/elsewhere")

    async with fetching(away) as (fetcher, origin, files):
        with pytest.raises(AttachmentUnreadable):
            await fetcher.attachment(f"{origin}/a", size_hint=None)
        assert files.asked == ["/a"]


async def test_what_is_said_to_be_too_large_is_not_even_asked_for() -> None:
    async with fetching(nothing) as (fetcher, origin, files):
        with pytest.raises(PictureTooLarge):
            await fetcher.attachment(f"{origin}/a", size_hint=1001)
        assert files.asked == []


async def test_the_size_is_watched_while_the_bytes_come() -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 1 << 30:
            await response.write(b"x" * 500)
            sent += 500
        return response

    async with fetching(endless) as (fetcher, origin, _):
        with pytest.raises(PictureTooLarge):
            await fetcher.attachment(f"{origin}/a", size_hint=10)
    assert sent < 1 << 26  # what fits into the buffers between the two


async def test_an_answer_that_says_it_is_too_large_is_not_read() -> None:
    async def large(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 1001)

    async with fetching(large) as (fetcher, origin, _):
        with pytest.raises(PictureTooLarge):
            await fetcher.attachment(f"{origin}/a", size_hint=None)


async def test_a_compressed_body_stays_as_it_is() -> None:
    async def bomb(_: web.Request) -> web.Response:
        return web.Response(body=b"\x1f\x8b not unpacked", headers={"Content-Encoding": "gzip"})

    async with fetching(bomb) as (fetcher, origin, _):
        assert await fetcher.attachment(f"{origin}/a", size_hint=None) == b"\x1f\x8b not unpacked"


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_file_that_discord_no_longer_has_is_gone(status: int) -> None:
    async def refused(_: web.Request) -> web.Response:
        return web.Response(status=status, text="This content is no longer available.")

    async with fetching(refused) as (fetcher, origin, _):
        with pytest.raises(Gone):
            await fetcher.attachment(f"{origin}/a", size_hint=None)


async def test_a_server_that_stops_in_the_middle_is_not_waited_for() -> None:
    async def stuck(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"a beginning")
        await asyncio.Event().wait()
        return response

    async with fetching(stuck) as (fetcher, origin, _):
        with pytest.raises(AttachmentUnreadable):
            await fetcher.attachment(f"{origin}/a", size_hint=None)


async def test_discord_that_cannot_be_reached_is_said_to_be_so() -> None:
    async with fetching(nothing) as (_, origin, _):
        pass
    async with Fetcher(f"{origin}/api/v10", lambda: LIMITS) as fetcher:
        with pytest.raises(AttachmentUnreadable):
            await fetcher.attachment(f"{origin}/a", size_hint=None)
