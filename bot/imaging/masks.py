"""Masks for inpainting: given as a picture, made of a word, or of what is see-through. White is drawn anew.

All of it is for threads, like everything that decodes pixels.
"""

from typing import Literal, get_args

from PIL import Image, ImageChops, ImageDraw

from bot.errors import EmptyMask, MaskMismatch, NothingTransparent
from bot.imaging.codec import PictureLimits
from bot.imaging.intake import png_of, upright

__all__ = ["REGIONS", "Region", "alpha_mask", "given_mask", "region_mask"]

Region = Literal["left", "right", "top", "bottom", "centre", "border"]

REGIONS: tuple[Region, ...] = get_args(Region)

_USUAL_SHARE = {"centre": 0.5, "border": 0.2}
"""Of each side of the picture, where it is not half: the box in the middle, and each of the four bars."""

_LEAST_SHARE = 0.05
_LARGEST_SHARE = {"border": 0.45}

_WHITE = 255


def region_mask(
    width: int, height: int, region: Region, *, share: float | None = None, everything_but: bool = False
) -> bytes:
    """A mask of this size.

    ``share`` is how much of a side the region takes, 0.05 to 0.95 (a border: 0.45 on each side);
    ``everything_but`` swaps what is drawn anew and what stays.
    """
    part = _USUAL_SHARE.get(region, 0.5) if share is None else share
    part = min(max(part, _LEAST_SHARE), _LARGEST_SHARE.get(region, 1 - _LEAST_SHARE))
    inside, outside = (0, _WHITE) if (region == "border") is not everything_but else (_WHITE, 0)
    mask = Image.new("L", (width, height), outside)
    left, top, right, bottom = _box(region, part)
    box = (round(left * width), round(top * height), round(right * width) - 1, round(bottom * height) - 1)
    ImageDraw.Draw(mask).rectangle(box, fill=inside)
    return png_of(mask)


def alpha_mask(data: bytes, limits: PictureLimits) -> bytes:
    """A mask of what can be seen through in a picture. Raises ``NothingTransparent``, ``PictureError``."""
    picture = upright(data, limits)
    if picture.mode != "RGBA":
        raise NothingTransparent
    return png_of(ImageChops.invert(picture.getchannel("A")))


def given_mask(data: bytes, width: int, height: int, limits: PictureLimits) -> bytes:
    """A mask that a person gave for a picture of this size: white is drawn anew, see-through stays.

    Raises ``MaskMismatch`` where the sizes differ, ``EmptyMask`` where it is all black, and what
    ``intake.checked`` raises.
    """
    picture = upright(data, limits)
    if picture.size != (width, height):
        raise MaskMismatch(width, height, *picture.size)
    mask = picture.convert("L")
    if picture.mode == "RGBA":
        mask = ImageChops.multiply(mask, picture.getchannel("A"))
    _, brightest = mask.getextrema()
    if not isinstance(brightest, int | float) or brightest < _WHITE / 2:  # web UIs round at the middle
        raise EmptyMask
    return png_of(mask)


def _box(region: Region, share: float) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) as shares of the sides; of a border, what it leaves."""
    match region:
        case "left":
            return 0, 0, share, 1
        case "right":
            return 1 - share, 0, 1, 1
        case "top":
            return 0, 0, 1, share
        case "bottom":
            return 0, 1 - share, 1, 1
        case "centre":
            return (1 - share) / 2, (1 - share) / 2, (1 + share) / 2, (1 + share) / 2
        case "border":
            return share, share, 1 - share, 1 - share
