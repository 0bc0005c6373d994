"""Payloads as bodies, pictures as text."""

import json
import secrets
from collections.abc import Mapping

import pybase64
from pydantic import JsonValue

__all__ = ["PictureText", "encode", "encode_picture"]


class PictureText(str):
    """A picture as base64 text. ``encode`` takes it as it is: nothing in it needs to be escaped."""

    __slots__ = ()


def encode_picture(data: bytes) -> PictureText:
    """The bytes of a picture as the text that a payload wants. Large pictures belong in a thread."""
    return PictureText(pybase64.b64encode_as_string(data))


def encode(payload: Mapping[str, JsonValue]) -> bytes:
    """The payload as a body, in UTF-8. A payload with pictures belongs in a thread.

    Its pictures are put in at the end: json would look at each of their characters, and nobody else could do
    anything for a tenth of a second.
    """
    pictures: list[bytes] = []
    mark = secrets.token_hex(16)

    def shielded(value: JsonValue) -> JsonValue:
        if isinstance(value, PictureText):
            pictures.append(value.encode("ascii"))
            return mark
        if isinstance(value, dict):
            return {key: shielded(one) for key, one in value.items()}
        return [shielded(one) for one in value] if isinstance(value, list) else value

    text = json.dumps(shielded(dict(payload)), ensure_ascii=False, allow_nan=False)
    first, *rest = text.encode("utf-8", "replace").split(mark.encode())
    return b"".join([first, *(part for pair in zip(pictures, rest, strict=True) for part in pair)])
