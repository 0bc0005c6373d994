"""Large WebP files are decoded in a process of their own.

Pillow's WebP decoder holds Python's lock for as long as it works, 25 to 60 ms for 2048², and all that time
the event loop stands still, also when a thread called it. All other decoders let go of it.

Run as ``python -m bot.imaging.apart``: reads a WebP on standard input and writes its size, whether some of it
can be seen through, and its pixels of four bytes.
"""

import io
import mmap
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import cast

from PIL import Image, WebPImagePlugin

__all__ = ["LARGE_PIXELS", "decoded_apart"]

LARGE_PIXELS = 768 * 768
"""From this many on, of which the decoder takes some 5 ms. A process takes tenths of a second to start."""

_SECONDS = 30.0
_HEAD = struct.Struct("<II?")
_PIECE = 1024 * 1024
_ROOT = Path(__file__).parents[2]
_KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""Of the environment: none of it is a secret."""


def decoded_apart(data: bytes, size: tuple[int, int]) -> Image.Image:
    """The pixels of a WebP of that size, as RGB or RGBA. Blocks. Raises ``OSError`` if it cannot be decoded.

    No step of it holds Python's lock for long: memory is fresh, and filled by the system.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "bot.imaging.apart"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**{name: os.environ[name] for name in _KEPT if name in os.environ}, "PYTHONPATH": str(_ROOT)},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        bufsize=0,
    ) as process:
        too_long = threading.Timer(_SECONDS, process.kill)
        too_long.start()
        try:
            return _talk(process, data, size)
        finally:
            too_long.cancel()
            process.kill()


def _talk(process: "subprocess.Popen[bytes]", data: bytes, size: tuple[int, int]) -> Image.Image:
    """It answers only when it has read everything, so neither waits for the other."""
    if process.stdin is None or process.stdout is None:
        raise OSError("no pipe to the decoder")
    view = memoryview(data)
    while view:
        view = view[process.stdin.write(view[:_PIECE]) :]
    process.stdin.close()
    head = process.stdout.read(_HEAD.size)
    if len(head) != _HEAD.size or _HEAD.unpack(head)[:2] != size:
        raise OSError("a WebP that cannot be decoded")
    pixels = mmap.mmap(-1, size[0] * size[1] * 4)
    rest = memoryview(pixels)
    while rest:
        count = process.stdout.readinto(rest[:_PIECE])  # type: ignore[attr-defined]  # unbuffered: a FileIO
        if not count:
            raise OSError("a decoder that broke off")
        rest = rest[count:]
    transparent = _HEAD.unpack(head)[2]
    mode = "RGBA" if transparent else "RGBX"
    buffer = cast("bytearray", pixels)  # any buffer will do, whatever its stubs say
    raw = Image.frombuffer(mode, size, buffer, "raw", mode, 0, 1)
    return raw.copy() if transparent else raw.convert("RGB")


def main() -> None:
    """The other process. What it cannot decode ends it with a trace that nobody reads."""
    picture = WebPImagePlugin.WebPImageFile(io.BytesIO(sys.stdin.buffer.read()))
    pixels = picture.convert("RGBA")
    sys.stdout.buffer.write(_HEAD.pack(*picture.size, picture.has_transparency_data))
    sys.stdout.buffer.write(pixels.tobytes())


if __name__ == "__main__":
    main()
