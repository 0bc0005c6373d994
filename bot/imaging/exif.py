"""The user comment of an EXIF block, where web UIs put the parameters of JPEG and WebP pictures.

EXIF is a small TIFF file: byte order, then directories of 12-byte entries. Where these do not lead to a user
comment, as in garbage, the picture simply has none.
https://www.cipa.jp/std/documents/e/DC-008-Translation-2023-E.pdf, 4.6
"""

import struct

__all__ = ["build_user_comment", "user_comment"]

MAX_TEXT = 8 * 1024 * 1024
"""Bytes of a comment; what is longer is not read."""

_EXIF_DIRECTORY = 0x8769
_USER_COMMENT = 0x9286
_LONG = 4
_UNDEFINED = 7
_ENTRY = 12
_HEADER = 8
"""Bytes that name the encoding."""


def user_comment(tiff: bytes) -> str | None:
    """The text of the user comment, or None.

    Its header names the encoding: ``UNICODE`` is UTF-16, big-endian as the web UIs write it (their library is
    piexif) and of the file's own byte order with others; ``JIS`` is JIS X 0208 with escapes; ``ASCII`` and no
    header at all are read as UTF-8.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return None
    try:
        found = _comment_bytes(tiff, order)
    except struct.error:  # an offset that leads out of the block
        return None
    return _decoded(found, order) if found else None


def build_user_comment(text: str) -> bytes:
    """A TIFF structure with nothing but ``text`` as its user comment, as the web UIs write and read it.

    UTF-16, big-endian, of type UNDEFINED: Pillow's own ``Exif`` would write it as BYTE, which piexif gives
    back as numbers, on which the web UI's reader fails.
    """
    comment = b"UNICODE\0" + text.encode("utf-16-be", "replace")
    first = struct.pack(">HHHIII", 1, _EXIF_DIRECTORY, _LONG, 1, 26, 0)
    second = struct.pack(">HHHIII", 1, _USER_COMMENT, _UNDEFINED, len(comment), 44, 0)
    return b"".join((b"MM\0*", struct.pack(">I", 8), first, second, comment))


def _comment_bytes(tiff: bytes, order: str) -> bytes | None:
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    pointer = _find(tiff, order, first, _EXIF_DIRECTORY)
    if pointer is None:
        return None
    (second,) = struct.unpack_from(order + "I", tiff, pointer + 8)
    entry = _find(tiff, order, second, _USER_COMMENT)
    if entry is None:
        return None
    count, offset = struct.unpack_from(order + "II", tiff, entry + 4)
    start = offset if count > 4 else entry + 8
    return tiff[start : start + count] if count <= MAX_TEXT else None


def _find(tiff: bytes, order: str, directory: int, tag: int) -> int | None:
    """Where the entry of ``tag`` stands in the directory."""
    (entries,) = struct.unpack_from(order + "H", tiff, directory)
    for number in range(entries):
        at = directory + 2 + number * _ENTRY
        if struct.unpack_from(order + "H", tiff, at)[0] == tag:
            return at
    return None


def _decoded(comment: bytes, order: str) -> str | None:
    header, body = comment[:_HEADER], comment[_HEADER:]
    if header == b"UNICODE\0":
        return _utf16(body, order)
    if header == b"JIS\0\0\0\0\0":
        return body.decode("iso2022_jp", "replace").rstrip("\0") or None
    if header in (b"ASCII\0\0\0", bytes(_HEADER)):
        comment = body
    return comment.decode("utf-8", "replace").rstrip("\0") or None


def _utf16(body: bytes, order: str) -> str | None:
    """The byte order is the file's, unless only the other one gives the words of an infotext."""
    if body.startswith((b"\xfe\xff", b"\xff\xfe")):
        return body.decode("utf-16", "replace") or None
    names = ("utf-16-le", "utf-16-be") if order == "<" else ("utf-16-be", "utf-16-le")
    texts = [body.decode(name, "replace").rstrip("\0") for name in names]
    return next((text for text in texts if "Steps: " in text), texts[0]) or None
