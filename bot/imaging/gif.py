"""The head of a GIF, as far as its size. https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""

import struct

from bot.errors import CorruptPicture

__all__ = ["dimensions"]

MAX_BLOCKS = 65_536
"""Blocks of at most 255 bytes that may stand before the first frame: comments and the like."""

_SCREEN = struct.Struct("<6xHHB")
_FRAME = struct.Struct("<xHHHH")
_HEAD = 13


def dimensions(gif: bytes) -> tuple[int, int]:
    """(width, height) in pixels of the canvas, widened to the first frame if that reaches beyond it.

    Decoders widen it in the same way, so the canvas alone would let a huge picture pass as a small one.
    Raises ``CorruptPicture``.
    """
    if len(gif) < _HEAD:
        raise CorruptPicture
    width, height, flags = _SCREEN.unpack_from(gif)
    at = _first_frame(gif, _HEAD + _colours(flags))
    if at + _FRAME.size > len(gif):
        raise CorruptPicture
    left, top, frame_width, frame_height = _FRAME.unpack_from(gif, at)
    return max(width, left + frame_width), max(height, top + frame_height)


def _colours(flags: int) -> int:
    """Bytes of the colour table that follows."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _first_frame(gif: bytes, at: int) -> int:
    """Where the first image descriptor stands, behind any extensions."""
    for _ in range(MAX_BLOCKS):
        opening = gif[at : at + 1]
        if opening == b",":
            return at
        if opening != b"!":
            break
        at = _behind_blocks(gif, at + 2)
    raise CorruptPicture


def _behind_blocks(gif: bytes, at: int) -> int:
    """Behind a row of blocks, each of which begins with its length, up to the empty one."""
    for _ in range(MAX_BLOCKS):
        if at >= len(gif):
            break
        if gif[at] == 0:
            return at + 1
        at += 1 + gif[at]
    raise CorruptPicture
