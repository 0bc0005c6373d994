"""What the stand-in answers with, and the three ways in which a web UI says no.

Error bodies come in three shapes (NOTES 2.4); which one is used where is decided by the exception that a
handler raises and by the dialect.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer. ``timed`` says whether it carries ``x-process-time``, where the dialect knows it."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    timed: bool = True


class Refusal(Exception):
    """The server says no on purpose (FastAPI's HTTPException)."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Crash(Exception):
    """An exception that nobody expected: always 500. ``name`` is its class, ``text`` its words."""

    def __init__(self, name: str, text: str = "", body: object = "") -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text
        self.body = body
        """What could not be answered, which Forge puts into the error."""


class Invalid(Exception):
    """The body does not fit: 422 with one entry per field."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        super().__init__(problems)
        self.problems = problems


def encode(value: object) -> bytes:
    """Compact JSON as the servers write it, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_answer(value: object, status: int = 200, *, timed: bool = True) -> Answer:
    """``value`` as an answer."""
    return Answer(status=status, body=encode(value), timed=timed)


def error_answer(error: Refusal | Crash | Invalid, *, text_key: str, wraps_refusals: bool) -> Answer:
    """The body of an error. ``text_key`` is "errors" (A1111) or "message" (Forge).

    Only refusals and 422 pass through the layer that adds ``x-process-time``.
    """
    if isinstance(error, Invalid):
        return json_answer({"detail": error.problems}, 422)
    if isinstance(error, Crash):
        body = {"error": error.name, "detail": "", "body": error.body, text_key: error.text}
        return json_answer(body, 500, timed=False)
    if not wraps_refusals:
        return json_answer({"detail": error.detail}, error.status)
    wrapped = {"error": "HTTPException", "detail": error.detail, "body": "", text_key: ""}
    return json_answer(wrapped, error.status)
