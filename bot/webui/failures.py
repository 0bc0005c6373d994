"""What went wrong, told from a status and a body: every error shape of NOTES 2.4 and 4 as one error tree."""

import re
from collections.abc import Sequence

from pydantic import JsonValue

from bot.errors import (
    BadAnswer,
    CheckpointFailed,
    InvalidRequest,
    NotANumber,
    OutOfMemory,
    ServerError,
    ShapeMismatch,
    Unauthorized,
    UnknownOption,
    Unsupported,
    WebUIError,
)
from bot.webui.decode import decode
from bot.webui.endpoints import Endpoint

__all__ = ["failure"]

MAX_PARSED = 1024 * 1024
"""Bytes of an error's body that are parsed. Forge puts its whole command line into one (NOTES 4): 6 KB."""
MAX_TEXT = 2_000
"""Characters of a server's words that are kept."""

_NO_ROUTE = frozenset({"Not Found", "Method Not Allowed", ""})
"""What Starlette says where no route matches; a route's own 404 says what it misses."""

_REQUEST_AT_FAULT = re.compile(
    r"Invalid encoded image|Request to local resource not allowed|could not find upscaler named|"
    r"bad sampler name|number of steps must be|bad number of images passed|order must be < sampling steps|"
    r"Overflow when unpacking long|\[json\.exception\.",
    re.IGNORECASE,
)
"""500 for something in the request, which no other web UI would take either."""

_KINDS: tuple[tuple[type[ServerError], re.Pattern[str]], ...] = (
    (
        OutOfMemory,
        re.compile(
            r"^OutOfMemoryError\b|out of memory|not enough memory|would exceed allowed memory|"
            r"CUBLAS_STATUS_ALLOC_FAILED|failed to allocate",
            re.IGNORECASE,
        ),
    ),
    (NotANumber, re.compile(r"^NansException\b|\bNaNs? (was|were) produced|all NaN", re.IGNORECASE)),
    (
        ShapeMismatch,
        re.compile(
            r"mat1 and mat2 shapes|mat1 and mat2 must have|size mismatch for |"
            r"The size of tensor a \(\d+\) must match|Sizes of tensors must match",
            re.IGNORECASE,
        ),
    ),
    (
        CheckpointFailed,
        re.compile(
            r"^SafetensorError\b|No checkpoints found|model '.*' not found|"
            r"Could not find checkpoint with name|model failed to load|"
            r"Failed to recognize model type|state dict|PytorchStreamReader|"
            r"^UnpicklingError\b|^FileNotFoundError .*\.(safetensors|ckpt|gguf|pt)\b",
            re.IGNORECASE | re.DOTALL,
        ),
    ),
    (UnknownOption, re.compile(r"^KeyError '[^']+'$")),
)
"""Looked at in this order, against "<class of the exception> <its text>"."""


def failure(endpoint: Endpoint, status: int, body: bytes) -> WebUIError:
    """The error for an answer whose status is not a success. Never holds an address or a password."""
    if 300 <= status < 400:
        return BadAnswer("redirect")
    if status in (401, 403):
        return Unauthorized()
    parsed = _parsed(body)
    detail = parsed.get("detail")
    if isinstance(detail, list):
        return InvalidRequest(status, _problems(detail))
    error, text = _words(parsed)
    if status in (404, 405, 501) and not error and text in _NO_ROUTE:
        return Unsupported(endpoint.short)
    if 400 <= status < 500 and status not in (408, 425, 429):
        return InvalidRequest(status, (("", text or error),))
    return _server_error(status, error, text)


def _server_error(status: int, error: str, text: str) -> WebUIError:
    words = f"{error} {text}"
    for kind, pattern in _KINDS:
        if pattern.search(words):
            return kind(status, error, text)
    if _REQUEST_AT_FAULT.search(text):
        return InvalidRequest(status, (("", text),))
    return ServerError(status, error, text)


def _parsed(body: bytes) -> dict[str, JsonValue]:
    """The body as an object; empty where a proxy or a crash answered something else."""
    if not body or len(body) > MAX_PARSED:
        return {}
    try:
        value = decode(body)
    except BadAnswer:
        return {}
    return value if isinstance(value, dict) else {}


def _words(parsed: dict[str, JsonValue]) -> tuple[str, str]:
    """(class of the exception, what it says): ``errors`` in A1111, ``message`` in Forge and sdcpp."""
    error = _text(parsed.get("error"))
    text = next(filter(None, (_text(parsed.get(key)) for key in ("errors", "message", "detail"))), "")
    if error == "HTTPException":
        return error, text
    return (error, text) if text or "message" in parsed or "errors" in parsed else ("", error)


def _problems(detail: Sequence[JsonValue]) -> tuple[tuple[str, str], ...]:
    """(field, what the server says of it) for each entry of a validation error, pydantic 1 or 2."""
    found = []
    for entry in detail[:50]:
        if isinstance(entry, dict):
            where = entry.get("loc")
            parts = [str(part) for part in where if part != "body"] if isinstance(where, list) else []
            found.append((".".join(parts)[:200], _text(entry.get("msg"))))
    return tuple(found)


def _text(value: JsonValue) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""
