"""Sizes by name and by shape: "portrait 2:3", "16:9", "768x512"."""

import math
import re

from bot.errors import BadValue

__all__ = ["PRESETS", "read_size"]

PRESETS = (
    "square",
    "portrait 2:3",
    "portrait 3:4",
    "portrait 9:16",
    "landscape 3:2",
    "landscape 4:3",
    "wide 16:9",
    "wide 21:9",
)
"""What is suggested. The word is for people; the ratio counts."""

_RATIO = re.compile(r"(?:[a-z]+\s+)?(\d{1,3}(?:\.\d+)?)\s*:\s*(\d{1,3}(?:\.\d+)?)")
_EXACT = re.compile(r"(\d{1,6})\s*[x×*,]\s*(\d{1,6})")
_LARGEST_RATIO = 4.0
"""No model draws anything sensible beyond."""


def read_size(text: str, side: int) -> tuple[int, int]:
    """(width, height) in pixels. A shape keeps the area of ``side`` × ``side``, the model's own.

    Raises BadValue (not_a_size, out_of_range).
    """
    wanted = text.strip().casefold()
    if exact := _EXACT.fullmatch(wanted):
        return int(exact[1]), int(exact[2])
    if wanted in ("square", "portrait", "landscape", "wide"):
        wanted = {"square": "1:1", "portrait": "2:3", "landscape": "3:2", "wide": "16:9"}[wanted]
    shape = _RATIO.fullmatch(wanted)
    if shape is None:
        raise BadValue("size", text.strip()[:100], "not_a_size")
    across, down = float(shape[1]), float(shape[2])
    if not across or not down or not 1 / _LARGEST_RATIO <= across / down <= _LARGEST_RATIO:
        raise BadValue("size", text.strip()[:100], "out_of_range")
    return _sides(across / down, side)


def _sides(ratio: float, side: int) -> tuple[int, int]:
    """In steps of a sixteenth of the model's side: the shapes that it has seen."""
    step = max(8, side // 16 // 8 * 8)
    width, height = side * math.sqrt(ratio), side / math.sqrt(ratio)
    return _rounded(width, step), _rounded(height, step)


def _rounded(length: float, step: int) -> int:
    return max(step, round(length / step) * step)
