"""JSON of a web UI as Python values, with ``BadAnswer`` for everything that is none."""

import json
import re
from collections.abc import Iterator
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from bot.errors import BadAnswer
from bot.webui.records import Record
from bot.webui.split import check_start

__all__ = ["decode", "decode_object", "elements", "record"]

MAX_ELEMENTS = 50_000
"""Entries of one list; a host with 10,000 LoRAs is known, one with more than this is not."""

_T = TypeVar("_T", bound=Record)
_SPACE = re.compile(r"[ \t\r\n]*")


def decode(body: bytes) -> JsonValue:
    """Any JSON value. Raises ``BadAnswer``: html, not_json, truncated."""
    start = body[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<":
        raise BadAnswer("html")
    try:
        value: JsonValue = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(_reason(body, error)) from error
    return value


def decode_object(body: bytes) -> dict[str, JsonValue]:
    """A JSON object. Raises ``BadAnswer``, with wrong_shape for other JSON."""
    value = decode(body)
    if not isinstance(value, dict):
        raise BadAnswer("wrong_shape")
    return value


def elements(body: bytes) -> Iterator[JsonValue]:
    """The entries of a JSON list, parsed one by one.

    /loras of a large collection has tens of megabytes: parsed at a stroke it would hold the GIL, and with it
    the event loop, for hundreds of milliseconds even from a thread. Raises ``BadAnswer``.
    """
    check_start(body)
    if body[:256].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"[":
        raise BadAnswer("wrong_shape")
    try:
        yield from _entries(body.decode("utf-8-sig", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise BadAnswer(_reason(body, error)) from error


def record(kind: type[_T], value: object) -> _T:
    """``value`` as a record. Raises ``BadAnswer("wrong_shape")``."""
    try:
        return kind.model_validate(value)
    except (ValidationError, RecursionError) as error:
        raise BadAnswer("wrong_shape") from error


def _entries(text: str) -> Iterator[JsonValue]:
    scan = json.JSONDecoder().raw_decode
    position = _behind_space(text, text.index("[") + 1)
    if text[position : position + 1] == "]":
        return
    for number in range(MAX_ELEMENTS + 1):
        if number == MAX_ELEMENTS:
            raise BadAnswer("too_large")
        value, position = scan(text, position)
        yield value
        position = _behind_space(text, position)
        if text[position : position + 1] == "]":
            return
        if text[position : position + 1] != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, position)
        position = _behind_space(text, position + 1)


def _behind_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _reason(body: bytes, error: Exception) -> str:
    """Whether the answer stops too early, or never was JSON."""
    stripped = body[-64:].rstrip()
    opened = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    closing = {b"{": b"}", b"[": b"]"}.get(opened)
    if not opened:
        return "truncated"
    if closing is None:
        return "not_json"
    at_its_end = isinstance(error, json.JSONDecodeError) and error.pos >= len(error.doc.rstrip())
    return "truncated" if at_its_end or stripped[-1:] != closing else "not_json"
