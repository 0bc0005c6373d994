"""Faults on request: what can go wrong with a web UI, made to happen once or several times."""

import asyncio
import struct
import sys
from dataclasses import dataclass
from socket import SO_LINGER, SOL_SOCKET
from typing import Literal

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from bot.demo.webui.answers import Crash

FaultKind = Literal[
    "500",
    "oom",
    "nan",
    "shapes",
    "hang",
    "slow",
    "treacle",
    "reset",
    "refuse",
    "truncated",
    "html",
    "no_images",
    "corrupt_png",
    "no_parameters",
    "no_infotext",
    "wrong_model",
    "jpeg",
]


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault for the next ``times`` requests to ``path`` ("*" = any).

    - 500, oom, nan, shapes: the render fails at its first step, in the web UI's words
    - hang: no answer until the stand-in is stopped; slow: ``seconds`` pass before it begins
    - treacle: the first of ``pieces`` comes at once, each further one ``seconds`` later
    - refuse: the connection is closed at once; reset: half an answer, then RST; truncated: half, then FIN
    - html: 200 with the page of a proxy
    - no_images, corrupt_png, jpeg: what the pictures are
    - no_parameters: pictures without their chunk; no_infotext: neither chunk nor ``infotexts``
    - wrong_model: another checkpoint than asked for paints, and ``info`` says so
    """

    kind: FaultKind
    path: str = "/sdapi/v1/txt2img"
    times: int = 1
    seconds: float = 1.0
    """Of ``slow`` and ``treacle``."""
    pieces: int = 10
    """Of ``treacle``."""


class FaultBook:
    """The faults that are still to come, in the order in which they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """From the next request on."""
        self._faults.append(fault)

    def clear(self) -> None:
        """No more faults."""
        self._faults.clear()

    def take(self, path: str) -> Fault | None:
        """The fault that this request meets, counted off."""
        for fault in self._faults:
            if fault.path in {path, "*"} and fault.times > 0:
                fault.times -= 1
                return fault
        return None


_OUT_OF_MEMORY = (
    "CUDA out of memory. Tried to allocate 2.25 GiB. GPU 0 has a total capacity of 7.79 GiB of which "
    "1.06 GiB is free."
)
_NAN = (
    "A tensor with all NaNs was produced in Unet. This could be either because there's not enough precision "
    "to represent the picture, or because your video card does not support half type."
)
_SHAPES = "mat1 and mat2 shapes cannot be multiplied (154x2048 and 768x320)"
_CRASHES: dict[str, tuple[str, str]] = {
    "500": ("RuntimeError", "Something went wrong in the stand-in"),
    "oom": ("OutOfMemoryError", _OUT_OF_MEMORY),
    "nan": ("NansException", _NAN),
    "shapes": ("RuntimeError", _SHAPES),
}


def crash_of(fault: Fault | None) -> Crash | None:
    """The exception that the render meets, if the fault is of that kind."""
    if fault is None or fault.kind not in _CRASHES:
        return None
    return Crash(*_CRASHES[fault.kind])


def html_page() -> web.Response:
    """What a reverse proxy shows instead of the answer."""
    page = "<html><head><title>Welcome</title></head><body><h1>Please log in</h1></body></html>"
    return web.Response(text=page, content_type="text/html")


class TreacleResponse(web.Response):
    """An answer that comes in pieces with a pause between them, until its reader has enough of it."""

    def __init__(self, body: bytes, *, pieces: int, pause: float) -> None:
        super().__init__(body=body, content_type="application/json")
        self._whole = body
        self._size = -(-len(body) // pieces)
        self._pause = pause

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send the headers and the body."""
        writer = await super().prepare(request)
        if writer is not None:
            for start in range(0, len(self._whole), self._size):
                if start:
                    await asyncio.sleep(self._pause)
                await writer.write(self._whole[start : start + self._size])
        return writer

    async def write_eof(self, data: bytes | bytearray | memoryview = b"") -> None:
        """Everything was sent by then."""
        self.body = b""
        await super().write_eof()


class BrokenResponse(web.Response):
    """Half of an answer, or nothing at all, and then the end of the connection."""

    def __init__(self, body: bytes, *, reset: bool, silent: bool = False) -> None:
        super().__init__(body=body, content_type="application/json")
        self._whole = body
        self._reset = reset
        self._silent = silent

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send the headers (with the length of the whole) and half of the body, and cut the line."""
        writer = None
        if not self._silent:
            writer = await super().prepare(request)
            if writer is not None:
                await writer.write(self._whole[: len(self._whole) // 2])
        self._cut(request)
        return writer

    async def write_eof(self, data: bytes | bytearray | memoryview = b"") -> None:
        """Nothing more is sent."""

    def _cut(self, request: web.BaseRequest) -> None:
        transport = request.transport
        if transport is None:
            return
        if not self._reset:
            transport.close()
            return
        connection = transport.get_extra_info("socket")
        if connection is not None:
            # A lingering time of zero makes closing send RST.
            form = "hh" if sys.platform == "win32" else "ii"
            connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack(form, 1, 0))
        transport.abort()
