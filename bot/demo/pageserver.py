"""Serves the demo's page, and on the same origin what it needs of the local Discord.

The page is plain files from ``bot/demo/page``. Besides them: ``GET /demo/info`` (a ``DemoInfo`` as JSON),
the control API (``bot.demo.discord.control``) and the attachments of messages. Everything is for this
machine only: it listens on a loopback address, answers no request whose ``Host`` is a name (DNS rebinding),
and sends no CORS header.
"""

import asyncio
import hashlib
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias

from aiohttp import web
from yarl import URL

from bot.demo.discord.control import Control
from bot.demo.discord.files import FileRoutes
from bot.demo.discord.server import LocalDiscord

PAGE = Path(__file__).parent / "page"
BODY_LIMIT = 64 << 20
"""Bytes of one request; files above the server's own limit are refused by the local Discord."""
SHUTDOWN_SECONDS = 0.5

# By hand, as Windows' registry may call JavaScript text/plain, and browsers then refuse modules.
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoInfo:
    """What the page tells about the demo."""

    painter: Literal["stand-in", "webui"]
    webui: str | None = None
    """Address of the real web UI that paints; what stands before an ``@`` is never shown."""
    prompts: tuple[str, ...] = (
        "maltese puppy",
        "a lighthouse in a storm, oil painting",
        "paper city at night",
    )
    """Offered to tap; the first one stands out."""
    command: str = "python -m bot demo --webui"
    """Starts the demo with a real web UI, whose address is put behind it."""

    def as_json(self) -> dict[str, object]:
        """For ``/demo/info``."""
        return asdict(self) | {"webui": without_password(self.webui) if self.webui else None}


@dataclass(frozen=True, slots=True)
class _File:
    """One file of the page, in memory."""

    body: bytes
    content_type: str
    etag: str


class PageServer:
    """The page of one local Discord. ``port`` 0 takes any free one; ``host`` should be a loopback address."""

    def __init__(self, discord: LocalDiscord, info: DemoInfo, host: str = "127.0.0.1", port: int = 0) -> None:
        self._discord = discord
        self._info = info
        self._host = host
        self._port = port
        self._files: dict[str, _File] = {}
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        self._files = await asyncio.to_thread(_read_page, PAGE)
        # A page that is closed ends its stream of events at once, not at the next event.
        self._runner = web.AppRunner(
            self._application(),
            access_log=None,
            shutdown_timeout=SHUTDOWN_SECONDS,
            handler_cancellation=True,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self.stop()
            raise
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and end what pages still listen to."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @property
    def url(self) -> str:
        """The page's address."""
        return str(URL.build(scheme="http", host=self._host, port=self._port, path="/"))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=BODY_LIMIT, middlewares=[_only_here])
        application.on_response_prepare.append(_add_headers)
        Control(self._discord).add_to(application.router)
        FileRoutes(self._discord.world).add_to(application.router)
        application.router.add_get("/demo/info", self._about)
        application.router.add_get("/{name:.*}", self._file)
        return application

    async def _about(self, request: web.Request) -> web.Response:
        return web.json_response(self._info.as_json())

    async def _file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"] or "index.html")
        if file is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": "no-cache", "ETag": file.etag}
        if request.headers.get("If-None-Match") == file.etag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.body, content_type=file.content_type, charset="utf-8", headers=headers)


def _read_page(folder: Path) -> dict[str, _File]:
    """Every file of the page by its path below ``folder``; nothing else can be asked for."""
    return {
        path.relative_to(folder).as_posix(): _read(path)
        for path in folder.rglob("*")
        if path.suffix in _TYPES
    }


def _read(path: Path) -> _File:
    body = path.read_bytes()
    return _File(body, _TYPES[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:20]}"')


@web.middleware
async def _only_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No name but localhost leads here; another one was made to point to this machine by a foreign page."""
    if not is_own_address(request.host):
        raise web.HTTPMisdirectedRequest(text="This page is served under an address of this machine only.")
    return await handler(request)


def is_own_address(host: str) -> bool:
    """Whether a Host header is an IP address or localhost, with or without a port."""
    try:
        name = URL(f"http://{host}").host or ""
    except ValueError:
        return False
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


def without_password(address: str) -> str:
    """An address without user and password; "" if it is none."""
    try:
        url = URL(address)
    except ValueError:
        return ""
    return str(url.with_user(None)) if url.absolute and url.host else ""
