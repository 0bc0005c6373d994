"""Sizes and places of pictures on canvases, as plain numbers: nothing here touches a pixel.

Every canvas is a multiple of 8 on each side, as web UIs want it, and within the limits of the place.
"""

import math
from dataclasses import dataclass
from typing import Literal

from bot.errors import BadValue
from bot.model.limits import MIN_SIDE, SIZE_STEP, Limits

__all__ = ["Direction", "Frame", "extended", "pan", "shaped_like", "square", "zoom_out"]

Direction = Literal["left", "right", "up", "down"]

PAN_SHARE = 0.5
"""Of the side along which the view moves: as far as Midjourney's arrows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A canvas and where on it the picture lies. All in pixels."""

    width: int
    height: int
    left: int
    """Empty columns before the picture."""
    top: int
    """Empty rows above the picture."""
    inner_width: int
    """Of the picture on the canvas, smaller than it came where the limits leave no room."""
    inner_height: int

    @property
    def right(self) -> int:
        """Empty columns behind the picture."""
        return self.width - self.left - self.inner_width

    @property
    def bottom(self) -> int:
        """Empty rows below the picture."""
        return self.height - self.top - self.inner_height


def shaped_like(width: int, height: int, pixels: int, limits: Limits) -> tuple[int, int]:
    """(width, height) of about ``pixels`` in all, shaped like a picture of the given size."""
    scale = min(math.sqrt(pixels / (width * height)), _room(width, height, limits))
    return _side(width * scale, limits.max_width), _side(height * scale, limits.max_height)


def zoom_out(width: int, height: int, factor: float, limits: Limits) -> Frame:
    """The camera steps back: ``factor`` times as much of the world each way, the picture in the middle."""
    across, down = round(width * (factor - 1) / 2), round(height * (factor - 1) / 2)
    return extended(width, height, limits, left=across, right=across, top=down, bottom=down)


def pan(width: int, height: int, direction: Direction, limits: Limits) -> Frame:
    """The camera looks aside: more of the world on one side."""
    across, down = round(width * PAN_SHARE), round(height * PAN_SHARE)
    match direction:
        case "left":
            return extended(width, height, limits, left=across)
        case "right":
            return extended(width, height, limits, right=across)
        case "up":
            return extended(width, height, limits, top=down)
        case "down":
            return extended(width, height, limits, bottom=down)


def square(width: int, height: int, limits: Limits) -> Frame:
    """As much above and below, or on both sides, as makes it square. Raises ``BadValue`` where it is one."""
    if width == height:
        raise BadValue("outpaint", f"{width}×{height}", "already_square")
    missing = abs(width - height)
    before, after = missing // 2, missing - missing // 2
    if width < height:
        return extended(width, height, limits, left=before, right=after)
    return extended(width, height, limits, top=before, bottom=after)


def extended(
    width: int, height: int, limits: Limits, *, left: int = 0, right: int = 0, top: int = 0, bottom: int = 0
) -> Frame:
    """A canvas with these margins around a picture, all made smaller alike where the limits ask for it."""
    full_width, full_height = left + width + right, top + height + bottom
    scale = min(1.0, _room(full_width, full_height, limits))
    canvas_width = _side(full_width * scale, limits.max_width)
    canvas_height = _side(full_height * scale, limits.max_height)
    before, across = _place(canvas_width, left, width * scale, right)
    above, down = _place(canvas_height, top, height * scale, bottom)
    return Frame(
        width=canvas_width,
        height=canvas_height,
        left=before,
        top=above,
        inner_width=across,
        inner_height=down,
    )


def _place(canvas: int, before: int, length: float, after: int) -> tuple[int, int]:
    """(where the picture begins, how long it is) on one side of a canvas; the few pixels that rounding takes
    are the margins', so that the picture need not be resampled for them.
    """
    if not before + after:
        return 0, canvas
    inner = min(canvas, max(SIZE_STEP, round(length)))
    return round((canvas - inner) * before / (before + after)), inner


def _room(width: int, height: int, limits: Limits) -> float:
    """How many times larger it may be."""
    area = math.sqrt(limits.max_pixels / (width * height))
    return min(limits.max_width / width, limits.max_height / height, area)


def _side(length: float, most: int) -> int:
    """Rounded down to the step that web UIs can draw, so that no limit is passed; never below the least."""
    return max(MIN_SIDE, min(int(length + 1e-6), most) // SIZE_STEP * SIZE_STEP)
