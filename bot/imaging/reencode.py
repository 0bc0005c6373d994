"""Pictures that have to become smaller: for an upload limit, or as a live preview.

Everything here decodes and encodes pixels, which takes tenths of a second: call it in a thread.
"""

import io
import math
from collections.abc import Iterator

from PIL import Image

from bot.errors import PictureTooLarge
from bot.imaging.codec import PictureLimits, check_size, sniff
from bot.imaging.decoding import on_white, open_picture, pixels, reading
from bot.imaging.exif import build_user_comment
from bot.imaging.jpeg import EXIF_MARK

__all__ = ["preview_webp", "to_webp", "webp_within"]

MAX_PIXELS = PictureLimits().max_pixels

QUALITIES = (50, 95)
"""Lowest and highest that are tried. Above, files only grow; below, fewer pixels look better."""

TRIES = 5
"""Encodings at the full size, at least two. One of 2048² takes about half a second."""

SHRINKINGS = 6
"""How often the size is reduced before giving up."""

SHRUNK_QUALITY = 75

WEBP_MAX_SIDE = 16_383
"""Pixels; the format has 14 bits for them."""

JPEG_MAX_SIDE = 65_500
"""Pixels; libjpeg's limit."""

JPEG_MAX_EXIF = 65_000
"""Bytes that fit into one segment."""


def to_webp(data: bytes, parameters: str | None, limit_bytes: int, *, max_pixels: int = MAX_PIXELS) -> bytes:
    """The picture as WebP of at most ``limit_bytes``, at the best quality that fits.

    It is made smaller in pixels only where the lowest quality does not fit, and is a JPEG, which has no
    transparency, where a side is too long for WebP. ``parameters`` goes into the EXIF user comment, where the
    web UIs look for it; a JPEG goes without if it is longer than 32,000 characters. Raises ``NotAPicture``,
    ``CorruptPicture``, or ``PictureTooLarge`` (pixels of what came, bytes of what could be made).
    """
    exif = EXIF_MARK + build_user_comment(parameters) if parameters else b""
    return webp_within(_opened(data, max_pixels), exif, limit_bytes)


def webp_within(picture: Image.Image, exif: bytes, limit_bytes: int) -> bytes:
    """``to_webp`` of pixels that are RGB or RGBA, with an EXIF block as it is to stand in the file."""
    smallest = 0
    for encoded in _attempts(_within_formats(picture), exif, limit_bytes):
        if len(encoded) <= limit_bytes:
            return encoded
        smallest = len(encoded)
    raise PictureTooLarge(unit="bytes", limit=limit_bytes, actual=smallest)


def preview_webp(data: bytes, max_side: int = 512, *, max_pixels: int = MAX_PIXELS) -> bytes:
    """A small WebP for a live preview, its longer side of ``max_side`` pixels.

    Most previews are a quarter as wide as the picture will be, which is a stamp on a phone; enlarged they
    cost few bytes, being soft. Of an animation it shows the first frame. Raises ``NotAPicture``,
    ``CorruptPicture`` or ``PictureTooLarge`` (pixels).
    """
    picture = _opened(data, max_pixels)
    picture.thumbnail((max_side, max_side))
    if max(picture.size) < max_side:
        picture = _scaled(picture, max_side / max(picture.size))
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=70, method=2)
    return out.getvalue()


def _opened(data: bytes, max_pixels: int) -> Image.Image:
    """The decoded picture as RGB or RGBA, with its colour profile if that still fits."""
    kind = sniff(data)
    check_size(data, kind, PictureLimits(max_bytes=len(data), max_pixels=max_pixels))
    with reading():
        picture = open_picture(data, kind, max_pixels)
        plain = pixels(picture, data)
        profile = picture.info.get("icc_profile") if picture.mode in ("RGB", "RGBA") else None
    plain.info = {"icc_profile": profile} if profile else {}
    return plain


def _within_formats(picture: Image.Image) -> Image.Image:
    """A side that even JPEG has no room for is made to fit WebP."""
    longest = max(picture.size)
    return picture if longest <= JPEG_MAX_SIDE else _scaled(picture, WEBP_MAX_SIDE / longest)


def _attempts(picture: Image.Image, exif: bytes, limit: int) -> Iterator[bytes]:
    """Encodings to choose from: the first that fits is the best one found."""
    encoded = _by_quality(picture, exif, limit)
    yield encoded
    scale = 1.0
    for _ in range(SHRINKINGS):
        # Bytes follow the area; a bit less, so as not to miss by a few.
        scale *= min(0.9, max(0.3, 0.95 * math.sqrt(limit / len(encoded))))
        encoded = _encoded(_scaled(picture, scale), exif, SHRUNK_QUALITY)
        yield encoded


def _by_quality(picture: Image.Image, exif: bytes, limit: int) -> bytes:
    """The best quality that fits, or the lowest one if none does."""
    low, high = QUALITIES
    best = _encoded(picture, exif, high)
    if len(best) <= limit:
        return best
    best = _encoded(picture, exif, low)
    if len(best) > limit:
        return best
    for _ in range(TRIES - 2):
        middle = (low + high) // 2
        encoded = _encoded(picture, exif, middle)
        if len(encoded) <= limit:
            low, best = middle, encoded
        else:
            high = middle
    return best


def _scaled(picture: Image.Image, factor: float) -> Image.Image:
    width, height = (max(1, round(side * factor)) for side in picture.size)
    scaled = picture.resize((width, height), Image.Resampling.LANCZOS)
    scaled.info = picture.info
    return scaled


def _encoded(picture: Image.Image, exif: bytes, quality: int) -> bytes:
    out = io.BytesIO()
    profile = picture.info.get("icc_profile")
    if max(picture.size) <= WEBP_MAX_SIDE:
        picture.save(out, "WEBP", quality=quality, exif=exif, icc_profile=profile)
    else:
        fitting = exif if len(exif) <= JPEG_MAX_EXIF else b""
        on_white(picture).save(out, "JPEG", quality=quality, exif=fitting, icc_profile=profile)
    return out.getvalue()
