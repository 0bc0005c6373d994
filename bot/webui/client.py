"""Moves the bytes between Easel and a web UI. The only file of this package that knows aiohttp.

No compression is asked for: pictures are nearly all of an answer and PNG does not shrink (its base64 does, by
the quarter that it added, and the link to a web UI is mostly a local one), a server would spend its time on
it, and what is never decompressed is no decompression bomb. No redirect is followed: a 307 to a trailing
slash would be a mistake of ours (NOTES 2.3).
"""

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Literal, Self

import aiohttp
from yarl import URL

from bot.errors import BadAnswer, ConnectionLost, TimedOut, Unreachable, WebUIError
from bot.webui.api import Ask, RawAnswer, WebUIAPI
from bot.webui.endpoints import Endpoint

__all__ = ["QUICK", "Limits", "Timeouts", "WebUIClient"]

Phase = Literal["connect", "first_byte", "idle", "total"]

_READ_AT_ONCE = 256 * 1024
"""Bytes of aiohttp's read buffer; the kernel hands over as much at a time."""
_KEEP_ALIVE = 3.0
"""Seconds. Servers close an idle connection after 5 (sdcpp) to 30 (A1111); a POST that meets the closing
would be lost, and a render is never sent twice."""
_CONNECTIONS = 8
"""At once to one web UI. 40 blocked ones stall even its GETs (NOTES 2.7)."""
_LARGE_BODY = 512 * 1024
"""Bytes of a request that are sent in pieces, so that the event loop runs in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. ``first_byte``: from the request sent to the answer's head, the rendering included.

    ``idle``: between two pieces of the body. ``total``: everything, the connecting included.
    """

    connect: float = 10.0
    first_byte: float = 900.0
    idle: float = 30.0
    total: float = 1200.0


QUICK = Timeouts(connect=5.0, first_byte=15.0, idle=10.0, total=60.0)
"""For what does not wait for the GPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bytes of one answer. ``pictures``: where pictures may be in it; ``small``: everywhere else.

    ``small`` None = the endpoint's own limit, 8 MiB for most.
    """

    pictures: int = 256 * 1024 * 1024
    small: int | None = None

    def of(self, endpoint: Endpoint) -> int:
        """The limit for an answer of ``endpoint``."""
        if endpoint.carries_pictures:
            return self.pictures
        return endpoint.small_limit if self.small is None else self.small


_FAILURES: tuple[tuple[type[BaseException], Callable[[], WebUIError]], ...] = (
    (aiohttp.ConnectionTimeoutError, partial(TimedOut, "connect")),
    (aiohttp.ServerTimeoutError, partial(TimedOut, "idle")),
    (aiohttp.ClientConnectorError, Unreachable),
    (aiohttp.ClientPayloadError, partial(BadAnswer, "truncated")),
    (aiohttp.ClientResponseError, partial(BadAnswer, "not_http")),
    (aiohttp.InvalidURL, Unreachable),
    (aiohttp.ClientConnectionError, ConnectionLost),
    (TimeoutError, partial(TimedOut, "total")),
    (OSError, ConnectionLost),
    (aiohttp.ClientError, ConnectionLost),
)
"""Foreign exceptions and what they mean, the special ones first."""


class WebUIClient(WebUIAPI):
    """One web UI over HTTP::

        async with WebUIClient("http://user:p%40ss@127.0.0.1:7860") as client:
            samplers = await client.samplers()

    User and password are sent with the first request (NOTES 2.8: there is no challenge) and shown nowhere;
    neither is the address. A path in the address goes before every endpoint's.
    """

    def __init__(
        self,
        url: str,
        *,
        timeouts: Timeouts | None = None,
        quick_timeouts: Timeouts = QUICK,
        limits: Limits | None = None,
    ) -> None:
        """``timeouts``: for what renders; ``quick_timeouts``: for the rest.

        Raises ``ValueError`` for what is no http(s) address.
        """
        self._base, self._headers = _parts(url)
        self._timeouts = timeouts or Timeouts()
        self._quick = quick_timeouts
        self._limits = limits or Limits()
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return "<WebUIClient open>" if self._session is not None else "<WebUIClient closed>"

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=_READ_AT_ONCE,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection. What renders goes on rendering (NOTES 2.7)."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def exchange(self, ask: Ask) -> RawAnswer:
        """Send one request once; see ``WebUIAPI.exchange``."""
        if self._session is None:
            raise RuntimeError("the client is used outside of its async with")
        timeouts = self._timeouts if _is_slow(ask) else self._quick
        try:
            async with _within(timeouts.total, "total"):
                return await self._exchange(self._session, ask, timeouts)
        except (aiohttp.ClientError, OSError) as error:
            raise _meaning(error) from _shown(error)

    async def _exchange(self, session: aiohttp.ClientSession, ask: Ask, timeouts: Timeouts) -> RawAnswer:
        limit = self._limits.of(ask.endpoint)
        async with _within(timeouts.connect + timeouts.first_byte, "first_byte"):
            response = await session.request(
                ask.method,
                self._url(ask),
                data=_data(ask.body),
                headers=None if ask.body is None else {"Content-Type": "application/json"},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=timeouts.connect),
            )
        async with response:
            if response.content_length is not None and response.content_length > limit:
                response.close()
                raise BadAnswer("too_large")
            chunks = await _chunks(response, limit, timeouts.idle)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return RawAnswer(status=response.status, headers=headers, chunks=chunks)

    def _url(self, ask: Ask) -> URL:
        url = self._base.joinpath(ask.endpoint.value.lstrip("/"))
        return url.with_query(ask.query) if ask.query else url


async def _chunks(response: aiohttp.ClientResponse, limit: int, idle: float) -> list[bytes]:
    chunks: list[bytes] = []
    size = 0
    while True:
        async with _within(idle, "idle"):
            chunk = await response.content.readany()
        if not chunk:
            return chunks
        size += len(chunk)
        if size > limit:
            response.close()
            raise BadAnswer("too_large")
        chunks.append(chunk)


@asynccontextmanager
async def _within(seconds: float, phase: Phase) -> AsyncIterator[None]:
    scope = asyncio.timeout(seconds)
    try:
        async with scope:
            yield
    except TimeoutError as error:
        if scope.expired():
            raise TimedOut(phase) from error
        raise


def _meaning(error: BaseException) -> WebUIError:
    """Ours for a foreign exception."""
    for kind, ours in _FAILURES:
        if isinstance(error, kind):
            return ours()
    raise TypeError("not in the table") from error


def _shown(error: BaseException) -> BaseException | None:
    """The cause to keep; not ``ClientResponseError``, whose repr has the request's headers: the password."""
    return None if isinstance(error, aiohttp.ClientResponseError) else error


def _is_slow(ask: Ask) -> bool:
    """POST /options waits for a checkpoint to load, and for the running job before it (NOTES 2.3)."""
    return ask.endpoint.renders or (ask.method == "POST" and ask.endpoint is Endpoint.OPTIONS)


def _data(body: bytes | None) -> bytes | io.BytesIO | None:
    if body is not None and len(body) > _LARGE_BODY:
        return io.BytesIO(body)
    return body


def _parts(url: str) -> tuple[URL, dict[str, str]]:
    """(address without user and password, headers). The error does not repeat the address."""
    try:
        parsed = URL(url)
        credentials = f"{parsed.user or ''}:{parsed.password or ''}".encode()
    except ValueError:
        raise _bad_address() from None  # the cause repeats the address
    if parsed.scheme not in ("http", "https") or not parsed.host or ":" in (parsed.user or ""):
        raise _bad_address()
    headers = {"Accept-Encoding": "identity", "User-Agent": "Easel"}
    if credentials != b":":
        headers["Authorization"] = f"Basic {base64.b64encode(credentials).decode()}"
    return parsed.with_user(None).with_query(None).with_fragment(None), headers


def _bad_address() -> ValueError:
    return ValueError("a web UI's address is http://host:port or http://user:password@host:port")
