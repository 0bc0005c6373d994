"""Pictures put on canvases: fitted to a size, with room around them to be painted, or several blended.

All of it takes PNGs as ``imaging.intake`` gives them, gives PNGs, and takes tenths of a second: it is for
threads.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from bot.imaging.codec import PictureLimits
from bot.imaging.decoding import on_white
from bot.imaging.intake import png_of, upright
from bot.model.framing import Frame

__all__ = ["Outpainting", "ResizeMode", "blended", "fitted", "fitted_mask", "outpainted"]

ResizeMode = Literal["stretch", "crop", "fill"]
"""The web UIs' "just resize", "crop and resize" and "resize and fill"."""

_LIMITS = PictureLimits()
_BEST = Image.Resampling.LANCZOS
_GRAIN_TILE = 256
"""Pixels per side of the noise that is laid over empty room, again and again."""
_GRAIN_SHARE = 0.12
"""Of noise in empty room. Without any, the sampler takes smooth colours for smooth things, and paints fog."""
_LARGEST_OVERLAP = 32
_WHITE = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Outpainting:
    """What one img2img request needs to paint around a picture. Both are PNGs of the canvas's size."""

    canvas: bytes = field(repr=False)
    mask: bytes = field(repr=False)
    """White where it is to be painted; it fades out a little way inside the picture, to hide the seam."""


def fitted(data: bytes, width: int, height: int, mode: ResizeMode) -> bytes:
    """The picture at exactly this size, see-through parts on white as the web UIs have them.

    ``stretch`` squeezes it, ``crop`` cuts what stands over, ``fill`` adds bars in the colours of its edges.
    """
    picture = on_white(upright(data, _LIMITS))
    if picture.size != (width, height):
        picture = _fit(picture, width, height, mode)
    return png_of(picture)


def fitted_mask(data: bytes, width: int, height: int, mode: ResizeMode) -> bytes:
    """A mask made to fit in the same way as its picture; the bars of ``fill`` are to be painted."""
    mask = upright(data, _LIMITS).convert("L")
    if mode == "fill":
        frame = _inside(mask.size, width, height)
        resized = mask.resize((frame.inner_width, frame.inner_height), _BEST)
        mask = Image.new("L", (width, height), _WHITE)
        mask.paste(resized, (frame.left, frame.top))
    elif mask.size != (width, height):
        mask = _fit(mask, width, height, mode)
    return png_of(mask)


def outpainted(data: bytes, frame: Frame) -> Outpainting:
    """The picture on its canvas, the room around it filled with something to paint from, and the mask."""
    picture = on_white(upright(data, _LIMITS))
    canvas = _surrounded(picture, frame)
    return Outpainting(canvas=png_of(canvas), mask=png_of(_mask_around(frame)))


def blended(pictures: Sequence[bytes], width: int, height: int) -> bytes:
    """2 to 5 pictures laid over each other with equal weight, at this size."""
    mixed: Image.Image | None = None
    for number, data in enumerate(pictures, 1):
        layer = _fit(on_white(upright(data, _LIMITS)), width, height, "crop")
        mixed = layer if mixed is None else Image.blend(mixed, layer, 1 / number)
    if mixed is None:
        raise ValueError("nothing to blend")
    # A mean of several pictures is greyer than each of them.
    return png_of(ImageOps.autocontrast(mixed, cutoff=0.5, preserve_tone=True))


def _fit(picture: Image.Image, width: int, height: int, mode: ResizeMode) -> Image.Image:
    match mode:
        case "stretch":
            return picture.resize((width, height), _BEST)
        case "crop":
            return ImageOps.fit(picture, (width, height), _BEST)
        case "fill":
            return _surrounded(picture, _inside(picture.size, width, height), grain=0)


def _inside(size: tuple[int, int], width: int, height: int) -> Frame:
    """As large as it can be in the middle of that canvas."""
    scale = min(width / size[0], height / size[1])
    inner_width, inner_height = (max(1, round(side * scale)) for side in size)
    return Frame(
        width=width,
        height=height,
        left=(width - inner_width) // 2,
        top=(height - inner_height) // 2,
        inner_width=inner_width,
        inner_height=inner_height,
    )


def _surrounded(picture: Image.Image, frame: Frame, grain: float = _GRAIN_SHARE) -> Image.Image:
    """The picture in its place, its edges drawn out to the canvas's, the softer the more room there is."""
    inner = picture.resize((frame.inner_width, frame.inner_height), _BEST)
    canvas = _stretched_edges(inner, frame)
    room = max(frame.left, frame.right, frame.top, frame.bottom)
    if room:
        canvas = canvas.filter(ImageFilter.GaussianBlur(max(1, room / 8)))
        if grain:
            canvas = Image.blend(canvas, _grain(canvas.size), grain)
        canvas.paste(inner, (frame.left, frame.top))
    return canvas


def _stretched_edges(inner: Image.Image, frame: Frame) -> Image.Image:
    """The outermost pixels repeated outwards: first to both sides, then those rows up and down."""
    band = Image.new(inner.mode, (frame.width, frame.inner_height))
    band.paste(inner, (frame.left, 0))
    right = frame.left + frame.inner_width
    for at, edge, length in ((0, frame.left, frame.left), (right, right - 1, frame.right)):
        if length:
            column = band.crop((edge, 0, edge + 1, frame.inner_height))
            band.paste(column.resize((length, frame.inner_height)), (at, 0))
    canvas = Image.new(inner.mode, (frame.width, frame.height))
    canvas.paste(band, (0, frame.top))
    bottom = frame.top + frame.inner_height
    for at, edge, length in ((0, frame.top, frame.top), (bottom, bottom - 1, frame.bottom)):
        if length:
            row = canvas.crop((0, edge, frame.width, edge + 1))
            canvas.paste(row.resize((frame.width, length)), (0, at))
    return canvas


def _grain(size: tuple[int, int]) -> Image.Image:
    """Coloured noise, the same each time, so that the same request sends the same canvas."""
    side = _GRAIN_TILE
    tile = Image.frombytes("RGB", (side, side), random.Random(0).randbytes(side * side * 3))  # noqa: S311
    noise = Image.new("RGB", size)
    for left in range(0, size[0], side):
        for top in range(0, size[1], side):
            noise.paste(tile, (left, top))
    return noise


def _mask_around(frame: Frame) -> Image.Image:
    overlap = min(_LARGEST_OVERLAP, max(4, min(frame.inner_width, frame.inner_height) // 24))
    inner = (
        frame.left,
        frame.top,
        frame.width - frame.right,
        frame.height - frame.bottom,
    )
    # Where the picture reaches the canvas's edge there is no seam to hide.
    margins = (frame.left, frame.top, frame.right, frame.bottom)
    steps = tuple(overlap if margin else -2 * overlap for margin in margins)
    kept = (inner[0] + steps[0], inner[1] + steps[1], inner[2] - steps[2] - 1, inner[3] - steps[3] - 1)
    mask = Image.new("L", (frame.width, frame.height), _WHITE)
    ImageDraw.Draw(mask).rectangle(kept, fill=0)
    soft = mask.filter(ImageFilter.GaussianBlur(overlap / 3))
    outside = Image.new("L", mask.size, _WHITE)
    outside.paste(soft.crop(inner), inner[:2])
    return outside
