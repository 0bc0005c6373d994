"""From the bytes of a picture to its pixels, where nothing about the bytes is to be trusted.

Only the decoder of the sniffed kind is opened, and directly: ``Image.open`` would try them all, and its
warning about large pictures is not needed where the size has been looked at first. All of it is for threads.
"""

import contextlib
import io
import struct
import zlib
from collections.abc import Callable, Iterator

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from bot.errors import CorruptPicture, PictureTooLarge
from bot.imaging.apart import LARGE_PIXELS, decoded_apart
from bot.imaging.codec import PictureKind

__all__ = ["on_white", "open_picture", "pixels", "reading"]

_DECODERS: dict[PictureKind, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    PictureKind.PNG: PngImagePlugin.PngImageFile,
    PictureKind.JPEG: JpegImagePlugin.JpegImageFile,
    PictureKind.WEBP: WebPImagePlugin.WebPImageFile,
    PictureKind.GIF: GifImagePlugin.GifImageFile,
    PictureKind.AVIF: AvifImagePlugin.AvifImageFile,
}

_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    OverflowError,
    RuntimeError,
    UserWarning,  # about EXIF and animations, where warnings are made errors
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise on broken files, as far as seen with damaged ones; there is no list of it."""


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Pillow's complaints about a file, as ``CorruptPicture``."""
    try:
        yield
    except (*_UNREADABLE, Image.DecompressionBombError) as error:
        raise CorruptPicture from error


def open_picture(data: bytes, kind: PictureKind, max_pixels: int) -> ImageFile.ImageFile:
    """The picture with its header read and no pixel decoded. Call it within ``reading``.

    Its size is looked at here as Pillow sees it, besides what our own reading of the header has found. Raises
    ``PictureTooLarge``.
    """
    picture = _DECODERS[kind](io.BytesIO(data))
    width, height = picture.size
    if width * height > max_pixels:
        raise PictureTooLarge(unit="pixels", limit=max_pixels, actual=width * height)
    return picture


def pixels(picture: ImageFile.ImageFile, data: bytes) -> Image.Image:
    """Decoded, as RGB or RGBA of 8 bits, with nothing but its pixels. Call it within ``reading``.

    ``data``: the file that ``picture`` was opened from.
    """
    if picture.format == "WEBP" and picture.width * picture.height >= LARGE_PIXELS:
        return decoded_apart(data, picture.size)
    return _plain(picture)


def on_white(picture: Image.Image) -> Image.Image:
    """An RGB or RGBA picture as RGB, see-through parts on white.

    By ``paste``, which lets go of Python's lock: ``alpha_composite`` holds it, for 35 ms of 2048².
    """
    if picture.mode != "RGBA":
        return picture
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    return white


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits of grey, which convert() would clip at 255
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    plain = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    plain.info = {}
    return plain
