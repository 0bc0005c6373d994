"""The chunks of a PNG: walked, checked, taken out and put in, never decoded.

A signature of 8 bytes, then chunks from IHDR to IEND, each of length (4 bytes, big-endian), name (4), data,
and the CRC of name and data (4). https://www.w3.org/TR/png-3/#5DataRep
"""

import struct
import zlib
from dataclasses import dataclass

from bot.errors import CorruptPicture, NotAPicture

__all__ = [
    "AFTER_IHDR",
    "SIGNATURE",
    "Chunk",
    "before_pixels",
    "build_chunk",
    "check",
    "chunks",
    "dimensions",
    "end",
]

SIGNATURE = b"\x89PNG\r\n\x1a\n"

AFTER_IHDR = 33
"""Bytes up to the end of IHDR, which is always the first chunk and always holds 13 bytes."""

MAX_CHUNKS = 65_536
"""More than the 5 MB of a large picture in pieces of 8 KiB, libpng's default, a hundred times over."""

_MAX_LENGTH = 2**31 - 1
_HEAD = struct.Struct(">I4s")
_IHDR = struct.Struct(">IIBBBBB")
_CRC = struct.Struct(">I")

_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
"""Bits per sample that each colour type allows."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """``start`` is where its length field stands in the file, ``length`` the bytes of its data."""

    name: bytes
    start: int
    length: int

    @property
    def data(self) -> slice:
        """Where its data stands in the file."""
        return slice(self.start + 8, self.start + 8 + self.length)

    @property
    def end(self) -> int:
        """Where the next chunk begins."""
        return self.start + 12 + self.length


def chunks(png: bytes) -> tuple[Chunk, ...]:
    """All chunks up to and with IEND; what follows IEND is no part of the picture.

    Raises ``NotAPicture`` without the signature, ``CorruptPicture`` if the chunks do not lead to an IEND.
    """
    if not png.startswith(SIGNATURE):
        raise NotAPicture
    found: list[Chunk] = []
    at = len(SIGNATURE)
    while at + 12 <= len(png) and len(found) < MAX_CHUNKS:
        length, name = _HEAD.unpack_from(png, at)
        chunk = Chunk(name, at, length)
        at = chunk.end
        if at > len(png) or length > _MAX_LENGTH:
            break
        found.append(chunk)
        if name == b"IEND":
            return tuple(found)
    raise CorruptPicture


def before_pixels(start: bytes) -> tuple[Chunk, ...]:
    """The chunks before IDAT that begin within ``start``, the first bytes of a PNG. Empty if it is none."""
    found: list[Chunk] = []
    at = len(SIGNATURE)
    while start.startswith(SIGNATURE) and at + 12 <= len(start):
        length, name = _HEAD.unpack_from(start, at)
        if name == b"IDAT":
            break
        found.append(Chunk(name, at, length))
        at = found[-1].end
    return tuple(found)


def end(layout: tuple[Chunk, ...]) -> int:
    """Bytes of the picture, IEND included."""
    return layout[-1].end


def check(png: bytes, layout: tuple[Chunk, ...]) -> None:
    """Raise ``CorruptPicture`` if the header is impossible, the pixels are missing or any CRC is wrong.

    The CRCs cover every byte but the signature and the lengths, and take a millisecond or two for a large
    picture, without the GIL: what was patched together or damaged on its way is told without decoding it.
    """
    names = [chunk.name for chunk in layout]
    if names[0] != b"IHDR" or layout[0].length != _IHDR.size or b"IDAT" not in names:
        raise CorruptPicture
    _, _, depth, colour, compression, filtering, interlace = _IHDR.unpack_from(png, layout[0].start + 8)
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise CorruptPicture
    if colour == 3 and b"PLTE" not in names:
        raise CorruptPicture
    view = memoryview(png)
    for chunk in layout:
        (crc,) = _CRC.unpack_from(png, chunk.end - 4)
        if zlib.crc32(view[chunk.start + 4 : chunk.end - 4]) != crc:
            raise CorruptPicture


def dimensions(png: bytes) -> tuple[int, int]:
    """(width, height) in pixels as IHDR gives them. Raises ``CorruptPicture``."""
    if len(png) < AFTER_IHDR or png[12:16] != b"IHDR":
        raise CorruptPicture
    width, height, *_ = _IHDR.unpack_from(png, 16)
    return width, height


def build_chunk(name: bytes, data: bytes) -> bytes:
    """A whole chunk around ``data``."""
    return b"".join((_HEAD.pack(len(data), name), data, _CRC.pack(zlib.crc32(data, zlib.crc32(name)))))
