"""The pictures of an answer, cut out before anything is parsed.

A JSON parser holds the GIL while it reads a body: 64 MB of base64 stop the event loop for 40–60 ms even when
the parser runs in a thread. So the long strings are found by jumping from quote to quote (``bytes.find`` runs
at gigabytes a second) and only what is left, a few kilobytes, is parsed. Nothing is copied but that rest.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.errors import BadAnswer

__all__ = ["LONG", "MAX_REST", "SplitAnswer", "split_images"]

LONG = 4096
"""Bytes. A shorter string stays where it is: parsing it costs less than cutting it out."""

MAX_REST = 8 * 1024 * 1024
"""Bytes of an answer that are not pictures. Seen: 40 KB; a hundred prompts of 6,000 would be 4 MB."""

PICTURE_KEYS = frozenset(
    {
        b"images",
        b"image",
        b"init_images",
        b"mask",
        b"input_image",
        b"mask_image",
        b"current_image",
        b"live_preview",
    }
)
"""Only strings under these keys are pictures. A prompt, however long and whatever it looks like, is none."""

_REST_OF_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+"', re.DOTALL)
_COLON = re.compile(rb"[ \t\r\n]*+:")
_MARK = "#"
"""Begins what stands in the rest for a picture that was cut out. No base64 text has this character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitAnswer:
    """``images``: the base64 text of each long picture, in the order of the body, as views into the body.

    ``rest``: the body with each of those strings replaced by ``"#0"``, ``"#1"`` …, still valid JSON if the
    body was. ``picture`` gives the bytes for a string of the rest, whether it was cut out or left in place.
    """

    images: tuple[memoryview, ...] = field(repr=False)
    rest: bytes = field(repr=False)

    def picture(self, text: str) -> memoryview:
        """The base64 text that ``text`` of the rest stands for, without a ``data:`` prefix.

        Raises ``BadAnswer("wrong_shape")`` if it can be no base64 at all.
        """
        if text.startswith(_MARK):
            number = text[1:]
            if number.isdecimal() and int(number) < len(self.images):
                return self.images[int(number)]
        if not text.isascii():
            raise BadAnswer("wrong_shape")
        return _without_prefix(memoryview(text.encode()))


@dataclass(frozen=True, slots=True)
class _String:
    """``body[start:end]`` is what stands between the quotes."""

    start: int
    end: int
    key: bytes


def split_images(body: bytes) -> SplitAnswer:
    """Cut the pictures out of the JSON text of an answer; the body is neither copied nor parsed.

    Takes about 0.1 ms per megabyte; belongs in a thread when the body may be large. Raises
    ``BadAnswer`` with html, not_json, truncated (a string without its end) or too_large (more than
    ``MAX_REST`` besides pictures).
    """
    check_start(body)
    view = memoryview(body)
    images: list[memoryview] = []
    parts: list[memoryview | bytes] = []
    kept = 0
    for string in _pictures(body):
        parts += (view[kept : string.start], b"%s%d" % (_MARK.encode(), len(images)))
        images.append(_without_prefix(view[string.start : string.end]))
        kept = string.end
    parts.append(view[kept:])
    if sum(map(len, parts)) > MAX_REST:
        raise BadAnswer("too_large")
    return SplitAnswer(images=tuple(images), rest=b"".join(parts))


def check_start(body: bytes) -> None:
    """Raise ``BadAnswer`` (truncated, html or not_json) if this cannot begin a JSON object or list."""
    start = body[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise BadAnswer("truncated")
    if start[:1] == b"<":
        raise BadAnswer("html")
    if start[:1] not in b"{[":
        raise BadAnswer("not_json")


def _pictures(body: bytes) -> Iterator[_String]:
    """Every long string under a picture's key."""
    besides = 0
    for string in _strings(body):
        length = string.end - string.start
        if (
            string.key in PICTURE_KEYS
            and length >= LONG
            and b"\\" not in body[string.start : string.start + LONG]
        ):
            yield string
        else:
            besides += length + 2
            if besides > MAX_REST:
                raise BadAnswer("too_large")


def _strings(body: bytes) -> Iterator[_String]:
    """Every string value, with the last key before it (in a list, the key of the list)."""
    key = b""
    start = body.find(b'"') + 1
    while start:
        end = _end_of_string(body, start, picture=key in PICTURE_KEYS)
        if _COLON.match(body, end + 1):
            key = body[start : min(end, start + 64)]
        else:
            yield _String(start, end, key)
        start = body.find(b'"', end + 1) + 1


def _end_of_string(body: bytes, start: int, *, picture: bool) -> int:
    """Where the closing quote of the string stands. Base64 has no escapes, so its end is the next quote."""
    if picture:
        end = body.find(b'"', start)
        if end >= 0 and b"\\" not in body[start : min(end, start + LONG)]:
            return end
    match = _REST_OF_STRING.match(body, start, start + MAX_REST)
    if match is None:
        raise BadAnswer("too_large" if len(body) - start > MAX_REST else "truncated")
    return match.end() - 1


def _without_prefix(text: memoryview) -> memoryview:
    """The text behind ``data:image/png;base64,``, which /internal/progress puts before its preview."""
    head = bytes(text[:64])
    return text[head.index(b",") + 1 :] if head.startswith(b"data:") and b"," in head else text
