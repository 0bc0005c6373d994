"""A picture that a person gave: from untrusted bytes to a clean picture.

Its kind is what its bytes say, whatever its name is. Its size is looked at before anything is decoded. What
comes out is written anew from the pixels alone, so nothing that was hidden in the file, behind its end or in
its metadata reaches a web UI. Decoding takes tenths of a second: all of it is for threads.
"""

import io
from dataclasses import dataclass, field

from PIL import ExifTags, Image, ImageFile

from bot.errors import AnimatedPicture, CorruptPicture, EmptyPicture
from bot.imaging import jpeg
from bot.imaging.codec import PictureKind, PictureLimits, check_picture
from bot.imaging.decoding import open_picture, pixels, reading
from bot.imaging.metadata import read_parameters

__all__ = ["Intake", "checked", "png_of", "upright"]

MAX_SCANS = 64
"""Of a JPEG; progressive ones have about ten. Each costs a pass over all pixels, so thousands take minutes.
https://libjpeg-turbo.org/pmwiki/uploads/About/TwoIssueswiththeJPEGStandard.pdf"""

_PNG_LEVEL = 1
"""For files that go to a web UI and not to people: faster than the usual 6, a few per cent larger."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""From the way a camera was held to the picture upright. CIPA DC-008, tag 0x0112."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A picture that is safe to keep and to send."""

    data: bytes = field(repr=False)
    """A PNG of 8 bits, RGB or RGBA, with nothing but its pixels."""
    width: int
    """Pixels, upright."""
    height: int
    """Pixels, upright."""
    transparent: bool
    """Some of it can be seen through."""
    parameters: str | None = field(default=None, repr=False)
    """The infotext of the file as it came."""


def checked(data: bytes, limits: PictureLimits) -> Intake:
    """The picture in ``data``, upright and clean.

    Raises ``EmptyPicture``, ``NotAPicture``, ``PictureTooLarge``, ``AnimatedPicture``, ``CorruptPicture``.
    """
    picture = upright(data, limits)
    return Intake(
        data=png_of(picture),
        width=picture.width,
        height=picture.height,
        transparent=picture.mode == "RGBA",
        parameters=read_parameters(data),
    )


def upright(data: bytes, limits: PictureLimits) -> Image.Image:
    """The pixels of ``data`` the right way up: RGBA if some of it can be seen through, RGB if not.

    Raises what ``checked`` does.
    """
    if not data:
        raise EmptyPicture
    kind = check_picture(data, limits).kind
    if kind is PictureKind.JPEG and jpeg.scans(data) > MAX_SCANS:
        raise CorruptPicture
    with reading():
        picture = open_picture(data, kind, limits.max_pixels)
        if getattr(picture, "is_animated", False):
            raise AnimatedPicture
        turn = _TURNS.get(_orientation(picture))
        plain = _opaque(pixels(picture, data))
        return plain if turn is None else plain.transpose(turn)


def png_of(picture: Image.Image) -> bytes:
    """A PNG of the pixels alone, quickly written."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=_PNG_LEVEL)
    return out.getvalue()


def _orientation(picture: ImageFile.ImageFile) -> int:
    """1 to 8; 1, upright, also where the EXIF block cannot be read, since the pixels still can."""
    try:
        with reading():
            found = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except CorruptPicture:
        return 1
    return found if isinstance(found, int) else 1


def _opaque(picture: Image.Image) -> Image.Image:
    """Without an alpha channel that hides nothing, which web UIs would fill or blend for no reason."""
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        return picture.convert("RGB")
    return picture
