"""The segments of a JPEG before its pixels.

Each begins with FF and a marker byte; most go on with a length of 2 bytes, big-endian, that counts itself.
https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import CorruptPicture

__all__ = ["EXIF_MARK", "check", "dimensions", "exif", "scans"]

MAX_SEGMENTS = 2048
"""A large colour profile and a large EXIF block take some 300 segments of 64 KB."""

_SOS = 0xDA
_APP1 = 0xE1
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: TEM and RST0 to RST7."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15, without DHT, JPG and DAC, which lie between them."""
_FILL = re.compile(rb"\xff++")
EXIF_MARK = b"Exif\0\0"


@dataclass(frozen=True, slots=True)
class _Segment:
    """``start`` and ``end`` are those of its data, behind the length."""

    marker: int
    start: int
    end: int


def dimensions(jpeg: bytes) -> tuple[int, int]:
    """(width, height) in pixels as the frame header gives them. Raises ``CorruptPicture``."""
    for segment in _segments(jpeg):
        if segment.marker in _FRAMES and segment.end - segment.start >= 6:
            at = segment.start
            return int.from_bytes(jpeg[at + 3 : at + 5]), int.from_bytes(jpeg[at + 1 : at + 3])
    raise CorruptPicture


def check(jpeg: bytes) -> None:
    """Raise ``CorruptPicture`` if the pixels or the end of the picture are missing.

    Inside the pixels every FF is followed by 00 or a restart marker, so FF D9 behind their beginning is the
    real end, not that of a thumbnail.
    """
    for segment in _segments(jpeg):
        if segment.marker == _SOS:
            if jpeg.rfind(b"\xff\xd9", segment.end) < 0:
                break
            return
    raise CorruptPicture


def scans(jpeg: bytes) -> int:
    """How many passes over the picture its pixels are written in; one unless it is progressive.

    Inside the pixels FF is never followed by DA unless a scan begins. Raises ``CorruptPicture``.
    """
    first = next(segment for segment in _segments(jpeg) if segment.marker == _SOS)
    return 1 + jpeg.count(bytes((0xFF, _SOS)), first.end)


def exif(jpeg: bytes) -> bytes | None:
    """The TIFF structure of the EXIF segment, if there is one. Raises ``CorruptPicture``."""
    for segment in _segments(jpeg):
        if segment.marker == _APP1 and jpeg.startswith(EXIF_MARK, segment.start):
            return jpeg[segment.start + len(EXIF_MARK) : segment.end]
    return None


def _segments(jpeg: bytes) -> Iterator[_Segment]:
    """The segments up to and with the first SOS. Raises ``CorruptPicture`` where they break off."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        at = _skip_fill(jpeg, at)
        marker = jpeg[at + 1]
        if marker in _ALONE:
            at += 2
            continue
        length = int.from_bytes(jpeg[at + 2 : at + 4])
        segment = _Segment(marker, at + 4, at + 2 + length)
        if length < 2 or segment.end > len(jpeg):
            raise CorruptPicture
        yield segment
        if marker == _SOS:
            return
        at = segment.end
    raise CorruptPicture


def _skip_fill(jpeg: bytes, at: int) -> int:
    """Where the FF of the next marker stands; any number of further FFs may stand before it."""
    fill = _FILL.match(jpeg, at)
    if fill is None or fill.end() + 3 > len(jpeg):
        raise CorruptPicture
    return fill.end() - 1
