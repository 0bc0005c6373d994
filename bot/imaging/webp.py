"""The chunks of a WebP file.

It is a RIFF file: each chunk has a name (4 bytes), a length (4, little-endian), data, and padding to even.
https://developers.google.com/speed/webp/docs/riff_container and RFC 9649.
"""

from collections.abc import Iterator

from bot.errors import CorruptPicture

__all__ = ["check", "dimensions", "exif"]

MAX_CHUNKS = 65_536
"""An animation has one or two per frame."""

_LOSSY_START = b"\x9d\x01\x2a"
_LOSSLESS_START = 0x2F


def dimensions(webp: bytes) -> tuple[int, int]:
    """(width, height) in pixels of the canvas. Raises ``CorruptPicture``."""
    name, data = next(_chunks(webp))
    if name == b"VP8X" and len(data) >= 10:
        return _number(data[4:7]) + 1, _number(data[7:10]) + 1
    if name == b"VP8L" and len(data) >= 5 and data[0] == _LOSSLESS_START:
        bits = _number(data[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 " and data[3:6] == _LOSSY_START and len(data) >= 10:
        return _number(data[6:8]) & 0x3FFF, _number(data[8:10]) & 0x3FFF
    raise CorruptPicture


def check(webp: bytes) -> None:
    """Raise ``CorruptPicture`` if the file is shorter than it says."""
    if 8 + _number(memoryview(webp)[4:8]) > len(webp):
        raise CorruptPicture
    for _ in _chunks(webp):
        pass


def exif(webp: bytes) -> bytes | None:
    """The TIFF structure of the EXIF chunk, if there is one. Raises ``CorruptPicture``."""
    for name, data in _chunks(webp):
        if name == b"EXIF":
            # Some writers put JPEG's marker before it, which the format does not ask for.
            return bytes(data).removeprefix(b"Exif\0\0")
    return None


def _chunks(webp: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """(name, data) of each chunk, at least one. Raises ``CorruptPicture`` where they break off."""
    view = memoryview(webp)
    at, stop = 12, min(len(webp), 8 + _number(view[4:8]))
    for _ in range(MAX_CHUNKS):
        length = _number(view[at + 4 : at + 8])
        if at + 8 + length > stop or at + 8 > stop:
            raise CorruptPicture
        yield webp[at : at + 4], view[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
        if at >= stop:
            return
    raise CorruptPicture


def _number(data: memoryview) -> int:
    return int.from_bytes(data, "little")
