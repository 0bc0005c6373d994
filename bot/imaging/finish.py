"""From what a web UI sent to what is kept and posted, in one call that is meant for a thread."""

from dataclasses import dataclass, field, replace

from bot.imaging import metadata, png
from bot.imaging.codec import (
    CheckedPicture,
    PictureKind,
    PictureLimits,
    behind_prefix,
    check_encoded_size,
    check_picture,
    decode_base64,
)

__all__ = ["AT_ONCE", "FinishedPicture", "finish_picture"]

AT_ONCE = 1
"""Answers to finish at a time, in a thread. Two are hardly done sooner, and eight of 8 MB at once let the
event loop of two cores stand for 50 ms, since starting a thread waits until it runs. See
tests/benchmarks/finishing.py."""

_HEAD = png.AFTER_IHDR * 4 // 3
"""Characters of base64 up to the end of IHDR, which happens to be where four of them end, too."""

_PEEK = 64 * 1024
"""Characters in which a PNG's chunks before its pixels are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedPicture:
    """A picture that is whole and within the limits."""

    data: bytes = field(repr=False)
    """The file: the web UI's own bytes, plus at most the one chunk that was missing."""
    kind: PictureKind
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    parameters: str | None
    """The infotext inside ``data``, None if it carries none that can be read."""
    spliced: bool
    """The infotext was put in here, not by the web UI."""


def finish_picture(
    encoded: bytes | memoryview, infotext: str | None, limits: PictureLimits
) -> FinishedPicture:
    """Decode the base64 text of a picture, check it, and see that a PNG carries its parameters.

    ``infotext`` is put into a PNG without parameters; None (a grid, a mask) leaves it without. JPEG and WebP
    stay as they came. Takes about a millisecond per picture of 2 MB, nearly all of it without the GIL. Raises
    ``NotAPicture``, ``CorruptPicture`` or ``PictureTooLarge``.
    """
    view = behind_prefix(encoded)
    check_encoded_size(view, limits.max_bytes)
    # A lone surrogate in the web UI's JSON would stop whoever encodes the text later.
    text = infotext.encode("utf-8", "replace").decode() if infotext else ""
    data = _spliced(view, text) if text else None
    if data is not None:
        found = check_picture(data, replace(limits, max_bytes=len(data)))
        if metadata.count_parameters(data, found.chunks) == 1:
            return _finished(data, found, text, spliced=True)
    data = decode_base64(view, limits.max_bytes)
    found = check_picture(data, limits)
    return _finished(data, found, metadata.read_parameters(data))


def _spliced(view: memoryview, text: str) -> bytes | None:
    """The picture with ``text`` in it, or None if it is no PNG or has parameters before its pixels.

    It is decoded in two parts, which meet in the join with the chunk between them: put into a picture that is
    already whole, the chunk would cost a copy of megabytes under the GIL, and 20 ms where memory is fresh.
    """
    start = decode_base64(view[:_PEEK], _PEEK)
    layout = png.before_pixels(start)
    if not layout or layout[0].end != png.AFTER_IHDR or metadata.count_parameters(start, layout):
        return None
    head, tail = (decode_base64(part, len(part)) for part in (view[:_HEAD], view[_HEAD:]))
    return b"".join((head, metadata.parameters_chunk(text), tail))


def _finished(
    data: bytes, found: CheckedPicture, parameters: str | None, *, spliced: bool = False
) -> FinishedPicture:
    return FinishedPicture(
        data=data[: png.end(found.chunks)] if found.chunks else data,  # what follows IEND is no picture
        kind=found.kind,
        width=found.width,
        height=found.height,
        parameters=parameters,
        spliced=spliced,
    )
