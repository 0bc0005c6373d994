"""The parameters of a picture: read from wherever web UIs write them, and put into a PNG that lacks them.

The text stands in a PNG as ``tEXt`` if it is Latin-1 and as ``iTXt`` if not (NOTES 2.1), in JPEG and WebP as
the EXIF user comment (NOTES 2.9). Nothing but the added chunk changes in a picture.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import CorruptPicture
from bot.imaging import jpeg, png, webp
from bot.imaging.codec import PictureKind, sniff
from bot.imaging.exif import user_comment

__all__ = [
    "PARAMETERS",
    "count_parameters",
    "parameters_chunk",
    "parameters_of_png",
    "png_text_chunks",
    "read_parameters",
    "splice_parameters",
]

PARAMETERS = "parameters"
"""The keyword under which web UIs keep the infotext."""

MAX_TEXT = 8 * 1024 * 1024
"""Bytes of one text, uncompressed. A prompt of 100,000 characters, which web UIs take, is 0.4 MB."""

MAX_TEXTS = 16 * 1024 * 1024
"""Bytes of all texts of a picture, uncompressed; those beyond are left out."""

_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")

_ITXT_OPENING = re.compile(rb"(?:\x00.|\x01\x00)[^\x00]*+\x00[^\x00]*+\x00", re.DOTALL)
"""Behind the keyword: compressed or not, the method, language, translated keyword."""


def read_parameters(data: bytes) -> str | None:
    """The infotext that a picture carries, or None if it has none or none that can be read.

    Raises ``NotAPicture`` or ``CorruptPicture`` if the picture's chunks or segments cannot be followed.
    """
    kind = sniff(data)
    if kind is PictureKind.PNG:
        return parameters_of_png(data, png.chunks(data))
    if kind is PictureKind.JPEG:
        block = jpeg.exif(data)
    elif kind is PictureKind.WEBP:
        block = webp.exif(data)
    else:
        return None
    return user_comment(block) if block else None


def parameters_of_png(data: bytes, layout: tuple[png.Chunk, ...]) -> str | None:
    """``read_parameters`` of a PNG whose chunks are known."""
    found = None
    for keyword, text in _texts(data, layout):
        if keyword == PARAMETERS:
            found = text  # the last one counts, as it does for Pillow, with which the web UIs read
    if found is None:
        blocks = (data[chunk.data] for chunk in layout if chunk.name == b"eXIf")
        found = next((text for text in map(user_comment, blocks) if text), None)
    return found


def png_text_chunks(data: bytes) -> dict[str, str]:
    """Every text of a PNG by its keyword; of several under one keyword the last, as with Pillow.

    Texts that are too long, that are compressed wrongly or that are no valid UTF-8 are left out. Raises
    ``NotAPicture`` or ``CorruptPicture``.
    """
    return dict(_texts(data, png.chunks(data)))


def splice_parameters(data: bytes, text: str) -> bytes:
    """The PNG with ``text`` as its parameters, in a chunk of its own behind IHDR.

    A PNG that has such a chunk already is returned as it is: the same object. All other bytes stay as they
    are, so this costs one copy. Lone surrogates, which no encoding of Unicode has, become question marks; a
    NUL, which the format forbids, is written all the same, as the web UIs do and as Pillow reads it. Raises
    ``NotAPicture`` or ``CorruptPicture``.
    """
    layout = png.chunks(data)
    if layout[0].end != png.AFTER_IHDR:
        raise CorruptPicture
    if count_parameters(data, layout):
        return data
    view = memoryview(data)
    return b"".join((view[: png.AFTER_IHDR], parameters_chunk(text), view[png.AFTER_IHDR :]))


def count_parameters(data: bytes, layout: tuple[png.Chunk, ...]) -> int:
    """How many text chunks of a PNG have the keyword of the web UIs, readable or not."""
    opening = PARAMETERS.encode() + b"\0"
    return sum(
        chunk.name in _TEXT_CHUNKS
        and chunk.length >= len(opening)
        and data.startswith(opening, chunk.start + 8)
        for chunk in layout
    )


def parameters_chunk(text: str) -> bytes:
    """The chunk that holds ``text``, to stand behind IHDR."""
    keyword = PARAMETERS.encode() + b"\0"
    try:
        return png.build_chunk(b"tEXt", keyword + text.encode("latin-1"))
    except UnicodeEncodeError:
        # Not compressed, no language, no translated keyword.
        return png.build_chunk(b"iTXt", keyword + b"\0\0\0\0" + text.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class _Written:
    """A text as it stands in its chunk."""

    keyword: str
    body: bytes
    encoding: str
    compressed: bool


def _texts(data: bytes, layout: tuple[png.Chunk, ...]) -> Iterator[tuple[str, str]]:
    """(keyword, text) of each text chunk that can be read, in their order."""
    left = MAX_TEXTS
    for chunk in layout:
        if chunk.name not in _TEXT_CHUNKS or chunk.length > MAX_TEXT:
            continue
        written = _written(chunk.name, data[chunk.data])
        if written is None:
            continue
        limit = min(left, MAX_TEXT)
        body = _inflated(written.body, limit) if written.compressed else written.body
        left -= limit if body is None else min(limit, len(body))
        text = _decoded(body, written.encoding)
        if text is not None:
            yield written.keyword, text


def _written(name: bytes, data: bytes) -> _Written | None:
    """https://www.w3.org/TR/png-3/#11textinfo. None if the chunk is not built as described there."""
    keyword, separator, body = data.partition(b"\0")
    if not separator:
        return None
    if name == b"tEXt":
        return _Written(keyword.decode("latin-1"), body, "latin-1", compressed=False)
    if name == b"zTXt":
        return _Written(keyword.decode("latin-1"), body[1:], "latin-1", compressed=True)
    opening = _ITXT_OPENING.match(body)
    if opening is None:
        return None
    return _Written(keyword.decode("latin-1"), body[opening.end() :], "utf-8", compressed=body[0] == 1)


def _inflated(data: bytes, limit: int) -> bytes | None:
    """The unpacked bytes, or None if there are more than ``limit`` or they do not end well."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, limit + 1)
    except zlib.error:
        return None
    return text if len(text) <= limit and unpacker.eof else None


def _decoded(body: bytes | None, encoding: str) -> str | None:
    if body is None:
        return None
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        return None
