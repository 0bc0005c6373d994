"""From base64 to bytes that are known to be a picture: its kind, its size and that it is whole.

Nothing here decodes pixels, so a picture that is too large or broken costs next to nothing.
"""

import binascii
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import pybase64

from bot.errors import CorruptPicture, NotAPicture, PictureTooLarge
from bot.imaging import gif, jpeg, png, webp

__all__ = [
    "CheckedPicture",
    "PictureKind",
    "PictureLimits",
    "behind_prefix",
    "check_encoded_size",
    "check_picture",
    "check_size",
    "decode_base64",
    "dimensions",
    "sniff",
]

_LONGEST_PREFIX = 256
"""Characters in which the comma of a ``data:`` address is looked for."""

_AVIF_HEAD = 64 * 1024
"""Bytes at the beginning of an AVIF file in which its properties are looked for."""


class PictureKind(StrEnum):
    """What the magic bytes say. The value is the second half of the MIME type."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    GIF = "gif"
    AVIF = "avif"

    @property
    def mime(self) -> str:
        """Such as ``image/png``."""
        return f"image/{self.value}"

    @property
    def suffix(self) -> str:
        """What a file of this kind ends in, such as ``.png``."""
        return ".jpg" if self is PictureKind.JPEG else f".{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """How large a picture may be. The defaults leave room for 8192²: 2048² enlarged four times."""

    max_bytes: int = 128 * 1024 * 1024
    """Of the file."""
    max_pixels: int = 64 * 1024 * 1024
    """Width times height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPicture:
    """What a picture is, and how large in pixels."""

    kind: PictureKind
    width: int
    height: int
    chunks: tuple[png.Chunk, ...] = ()
    """Those of a PNG, so that nobody has to walk them again."""


def decode_base64(text: bytes | memoryview, limit: int) -> bytes:
    """The bytes of a base64 text, with or without a ``data:…;base64,`` prefix, in one pass without the GIL.

    ``limit``: bytes of the result. Raises ``PictureTooLarge`` before decoding, ``CorruptPicture`` for
    anything that is not base64 with its padding.
    """
    view = behind_prefix(text)
    check_encoded_size(view, limit)
    try:
        return pybase64.b64decode(view, validate=True)
    except binascii.Error as error:
        raise CorruptPicture from error


def behind_prefix(text: bytes | memoryview) -> memoryview:
    """The base64 text itself, behind a ``data:…;base64,`` if it has one. Raises ``CorruptPicture``."""
    view = memoryview(text)
    head = bytes(view[:_LONGEST_PREFIX])
    if not head.startswith(b"data:"):
        return view
    prefix, comma, _ = head.partition(b",")
    if not comma or not prefix.endswith(b";base64"):
        raise CorruptPicture
    return view[len(prefix) + 1 :]


def check_encoded_size(view: memoryview, limit: int) -> None:
    """Raise ``PictureTooLarge`` if more than ``limit`` bytes would come out of a base64 text."""
    size = len(view) * 3 // 4 - bytes(view[-2:]).count(b"=")
    if size > limit:
        raise PictureTooLarge(unit="bytes", limit=limit, actual=size)


def sniff(data: bytes) -> PictureKind:
    """The kind of a picture by its first bytes, whatever its name says. Raises ``NotAPicture``."""
    if data.startswith(png.SIGNATURE):
        return PictureKind.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return PictureKind.JPEG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return PictureKind.WEBP
    if data.startswith((b"GIF87a", b"GIF89a")):
        return PictureKind.GIF
    if data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis"):
        return PictureKind.AVIF
    raise NotAPicture


def dimensions(data: bytes, kind: PictureKind) -> tuple[int, int]:
    """(width, height) in pixels, both at least 1, read from the headers. Raises ``CorruptPicture``."""
    width, height = _DIMENSIONS[kind](data)
    if width < 1 or height < 1:
        raise CorruptPicture
    return width, height


def check_size(data: bytes, kind: PictureKind, limits: PictureLimits) -> tuple[int, int]:
    """The dimensions, or ``PictureTooLarge`` by bytes or pixels. Raises ``CorruptPicture`` as well."""
    if len(data) > limits.max_bytes:
        raise PictureTooLarge(unit="bytes", limit=limits.max_bytes, actual=len(data))
    width, height = dimensions(data, kind)
    if width * height > limits.max_pixels:
        raise PictureTooLarge(unit="pixels", limit=limits.max_pixels, actual=width * height)
    return width, height


def check_picture(data: bytes, limits: PictureLimits) -> CheckedPicture:
    """What is known of a picture that is within the limits and, as far as its kind tells, whole.

    PNG: all chunks are there and their CRCs are right. JPEG and WebP: they reach their end. GIF and AVIF:
    they have a size. Raises ``NotAPicture``, ``PictureTooLarge`` or ``CorruptPicture``.
    """
    kind = sniff(data)
    width, height = check_size(data, kind, limits)
    layout: tuple[png.Chunk, ...] = ()
    if kind is PictureKind.PNG:
        layout = png.chunks(data)
        png.check(data, layout)
    elif kind is PictureKind.JPEG:
        jpeg.check(data)
    elif kind is PictureKind.WEBP:
        webp.check(data)
    return CheckedPicture(kind=kind, width=width, height=height, chunks=layout)


def _avif_dimensions(data: bytes) -> tuple[int, int]:
    """The largest of the sizes named: those of tiles and of the alpha plane stand beside the picture's own.

    Box "ispe" of ISO/IEC 23008-12, 6.5.3: version and flags (4 bytes), width (4), height (4).
    """
    head = data[:_AVIF_HEAD]
    sizes: list[tuple[int, int]] = []
    at = head.find(b"ispe")
    while at >= 0 and at + 16 <= len(head):
        sizes.append(struct.unpack_from(">II", head, at + 8))
        at = head.find(b"ispe", at + 4)
    if not sizes:
        raise CorruptPicture
    return max(sizes, key=lambda size: size[0] * size[1])


_DIMENSIONS: dict[PictureKind, Callable[[bytes], tuple[int, int]]] = {
    PictureKind.PNG: png.dimensions,
    PictureKind.JPEG: jpeg.dimensions,
    PictureKind.WEBP: webp.dimensions,
    PictureKind.GIF: gif.dimensions,
    PictureKind.AVIF: _avif_dimensions,
}
