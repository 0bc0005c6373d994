"""The only reader of Discord attachments.

An address counts only if it is Discord's own; nothing that a person types is ever fetched, and no redirect is
followed. The size is watched while the bytes come, whatever was said before.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from bot.errors import AttachmentUnreadable, ForeignAddress, Gone, PictureTooLarge

__all__ = ["DISCORD_HOSTS", "FetchLimits", "Fetcher"]

DISCORD_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
"""https://discord.com/developers/docs/reference#image-formatting-cdn-base-url, and the media proxy."""

_CONNECTIONS = 4
"""At once, so that at most as many files are in memory."""
_PIECE = 64 * 1024
_HTTP_OK = 200
_NO_LONGER = (403, 404, 410)
"""What Discord's file servers say of a deleted file, or of an address that has expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """Of one file. Times are seconds."""

    max_bytes: int = 32 * 1024 * 1024
    connect: float = 5.0
    idle: float = 10.0
    """Between two pieces."""
    total: float = 60.0


class Fetcher:
    """Reads attachments, while it is open::

    async with Fetcher(settings.discord_api_url, FetchLimits) as fetcher:
        data = await fetcher.attachment(attachment.url, size_hint=attachment.size)
    """

    def __init__(self, api_url: str | None, limits: Callable[[], FetchLimits]) -> None:
        """``api_url``: of another Discord-compatible server, whose own files are then read as well.

        ``limits``: those that hold; asked for each file.
        """
        self._own = None if api_url is None else URL(api_url).origin()
        self._limits = limits
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            headers={"Accept-Encoding": "identity"},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def attachment(self, url: str, *, size_hint: int | None) -> bytes:
        """The bytes of the file at ``url``. ``size_hint``: what Discord says of its size, in bytes.

        Raises ``ForeignAddress``, ``PictureTooLarge``, ``Gone`` and ``AttachmentUnreadable``.
        """
        address, limits = self._checked(url), self._limits()
        _check_size(size_hint or 0, limits)
        if self._session is None:
            raise RuntimeError("the fetcher is used outside of its async with")
        try:
            async with (
                asyncio.timeout(limits.total),
                self._session.get(address, allow_redirects=False, timeout=_waits(limits)) as response,
            ):
                return await _read(response, limits)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise AttachmentUnreadable from error

    def _checked(self, url: str) -> URL:
        """Discord's own address, as it stands: signed, so not a character may change."""
        try:
            address = URL(url, encoded=True)
            origin = address.origin()
        except ValueError as error:
            raise ForeignAddress from error
        own = origin == self._own
        discords = address.scheme == "https" and address.host in DISCORD_HOSTS and address.port == 443
        if address.user is not None or not (own or discords):
            raise ForeignAddress
        return address


def _waits(limits: FetchLimits) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=limits.connect, sock_read=limits.idle)


def _check_size(size: int, limits: FetchLimits) -> None:
    if size > limits.max_bytes:
        raise PictureTooLarge(unit="bytes", limit=limits.max_bytes, actual=size)


async def _read(response: aiohttp.ClientResponse, limits: FetchLimits) -> bytes:
    if response.status in _NO_LONGER:
        raise Gone
    if response.status != _HTTP_OK:
        raise AttachmentUnreadable
    _check_size(response.content_length or 0, limits)
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_chunked(_PIECE):
        size += len(piece)
        _check_size(size, limits)
        pieces.append(piece)
    return b"".join(pieces)
