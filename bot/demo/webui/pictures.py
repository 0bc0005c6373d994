"""Bytes of pictures: base64 in and out, PNG with its ``parameters`` chunk, JPEG and WebP with EXIF."""

import base64
import binascii
import io
import math
import struct
import warnings
import zlib
from collections.abc import Sequence
from random import Random

import pybase64
from PIL import Image, ImageDraw, PngImagePlugin

from bot.demo.webui.answers import Refusal

_USER_COMMENT = 0x9286
_EXIF_IFD = 0x8769
_CHUNK = "parameters"
_PIXEL_LIMIT = 64_000_000
_IHDR_END = 8 + 25
"""Where the second chunk of a PNG begins: signature, then a 13-byte header chunk."""


def decode_base64(text: object) -> Image.Image:
    """The picture in a base64 text or data: URL, whole in memory.

    Addresses are refused as ``api_forbid_local_requests`` does, all of them: the stand-in fetches nothing.
    Raises ``Refusal`` with the web UI's words.
    """
    if not isinstance(text, str):
        raise Refusal(500, "Invalid encoded image")
    if text.startswith(("http://", "https://")):
        raise Refusal(500, "Request to local resource not allowed")
    if text.startswith("data:image/"):
        text = text.partition(",")[2]
    try:
        raw = base64.b64decode(text)
        return open_picture(raw)
    except (binascii.Error, ValueError, OSError, SyntaxError) as error:
        raise Refusal(500, "Invalid encoded image") from error


def open_picture(raw: bytes) -> Image.Image:
    """The picture in ``raw``, loaded. Raises ``OSError`` or ``ValueError`` for what is none or too large."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = Image.open(io.BytesIO(raw))
        if image.width * image.height > _PIXEL_LIMIT:
            raise ValueError("too many pixels")
        image.load()
    return image


def encode_base64(raw: bytes) -> str:
    """Bare base64, without ``data:``."""
    return pybase64.b64encode(raw).decode("ascii")


def png_text(info: dict[str, str]) -> PngImagePlugin.PngInfo:
    """Text chunks: tEXt for Latin-1, iTXt for the rest, as Pillow chooses and the web UI relies on."""
    chunks = PngImagePlugin.PngInfo()
    for key, text in info.items():
        chunks.add_text(key, text)
    return chunks


def encode_picture(image: Image.Image, infotext: str | None, kind: str, quality: int = 80) -> bytes:
    """A finished picture as ``samples_format`` says. Raises ``Refusal`` for a format that is not known."""
    if kind.lower() == "png":
        return encode_png(image, {} if infotext is None else {_CHUNK: infotext})
    if kind.lower() not in {"jpg", "jpeg", "webp"}:
        raise Refusal(500, "Invalid image format")
    out = io.BytesIO()
    exif = _exif(infotext) if infotext is not None else b""
    name = "WEBP" if kind.lower() == "webp" else "JPEG"
    image.convert("RGB").save(out, name, quality=quality, exif=exif)
    return out.getvalue()


def encode_png(image: Image.Image, texts: dict[str, str]) -> bytes:
    """PNG with text chunks. A low compression level: the time is better spent on painting."""
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=png_text(texts), compress_level=4)
    return out.getvalue()


def _exif(infotext: str) -> bytes:
    """EXIF with the text as a UNICODE UserComment, big-endian as the web UI writes it (NOTES 2.9)."""
    comment = b"UNICODE\0" + infotext.encode("utf-16-be")
    head = b"MM\0*" + struct.pack(">IHHHIII", 8, 1, _EXIF_IFD, 4, 1, 26, 0)
    entry = struct.pack(">HHHII", 1, _USER_COMMENT, 7, len(comment), 26 + 14)
    return b"Exif\0\0" + head + entry + comment


def texts_of(image: Image.Image) -> tuple[str, dict[str, str]]:
    """(infotext, other texts) of a picture that was opened."""
    info = {str(key): value for key, value in image.info.items() if isinstance(value, str)}
    infotext = info.pop(_CHUNK, "") or _user_comment(image)
    return infotext, info


def _user_comment(image: Image.Image) -> str:
    comment = image.getexif().get_ifd(_EXIF_IFD).get(_USER_COMMENT, b"")
    if not isinstance(comment, bytes):
        return str(comment)
    if comment[:8] == b"UNICODE\0":
        return comment[8:].decode("utf-16-be", errors="replace")
    return comment[8:].decode("utf-8", errors="replace")


def splice_text(png: bytes, infotext: str) -> bytes:
    """``png`` with a ``parameters`` chunk put behind its header, without encoding the picture again."""
    try:
        kind, data = b"tEXt", b"parameters\0" + infotext.encode("latin-1")
    except UnicodeEncodeError:
        kind, data = b"iTXt", b"parameters\0\0\0\0\0" + infotext.encode()
    return png[:_IHDR_END] + _chunk(kind, data) + png[_IHDR_END:]


def noisy_png(width: int, height: int, target_bytes: int) -> bytes:
    """A PNG of about ``target_bytes``: as many noisy rows as that takes, the rest plain.

    What the pixels cannot hold goes into a private chunk that every reader skips.
    """
    rows = min(height, max(1, round(target_bytes / (width * 3))))
    body = Random(width * height).randbytes(rows * width * 3)  # noqa: S311 — noise to look at
    picture = Image.new("RGB", (width, height), (96, 110, 140))
    picture.paste(Image.frombytes("RGB", (width, rows), body), (0, 0))
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return _padded(out.getvalue(), target_bytes)


def _padded(png: bytes, target_bytes: int) -> bytes:
    missing = target_bytes - len(png)
    if missing <= target_bytes // 8:
        return png
    return png[:_IHDR_END] + _chunk(b"paDd", bytes(missing)) + png[_IHDR_END:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def corrupt(png: bytes) -> bytes:
    """``png`` with a part of its pixels' data overwritten: it begins well and cannot be decoded."""
    middle = len(png) // 2
    return png[:middle] + bytes(len(png) // 8) + png[middle + len(png) // 8 :]


def grid(pictures: Sequence[Image.Image], rows: int | None = None) -> Image.Image:
    """All pictures on one sheet, as square as can be unless ``rows`` says otherwise."""
    rows = min(rows or round(math.sqrt(len(pictures))), len(pictures))
    columns = math.ceil(len(pictures) / rows)
    width, height = pictures[0].size
    sheet = Image.new("RGB", (columns * width, rows * height), "black")
    for index, picture in enumerate(pictures):
        sheet.paste(picture, (index % columns * width, index // columns * height))
    return sheet


def labelled_grid(pictures: Sequence[Image.Image], columns: int, labels: Sequence[str]) -> Image.Image:
    """The sheet of a script, with room for words above and to the left."""
    sheet = grid(pictures, math.ceil(len(pictures) / columns))
    left, top = pictures[0].width * 3 // 4, max(8, pictures[0].height // 8)
    whole = Image.new("RGB", (sheet.width + left, sheet.height + top), "white")
    whole.paste(sheet, (left, top))
    draw = ImageDraw.Draw(whole)
    for row in range(math.ceil(len(pictures) / columns)):
        draw.text((2, top + row * pictures[0].height), labels[row * columns][:40], fill="black")
    return whole
