"""What the stand-in remembers about its requests and renders, for tests and benchmarks to look at."""

import re
from dataclasses import dataclass
from typing import Any, TypeVar

_BASE64 = re.compile(r"(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/\s]+={0,2}")
_LONG = 512
_KEPT = 5000
_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class RequestLog:
    """One request. Times are ``time.monotonic()``; ``finished`` and ``status`` are None before its answer."""

    method: str
    path: str
    body: Any
    """The JSON value with long base64 texts cut out, or the text that is no JSON, or None."""
    started: float
    finished: float | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One render that was answered with pictures."""

    task_id: str
    kind: str
    payload: dict[str, Any]
    """The request as the web UI understood it, long base64 texts cut out."""
    model: str
    """Stem of the checkpoint that ``info`` names."""
    pictures: int
    seconds: float
    """From its turn to its end, waiting not included."""
    cut_short: bool
    """An interrupt or a skip came in between."""
    infotexts: tuple[str, ...] = ()
    """As ``info`` has them: that of a grid comes first, where there is one."""


def note(log: list[_T], entry: _T) -> None:
    """Remember ``entry``, and forget what is very old: a demo may run for weeks."""
    log.append(entry)
    if len(log) > 2 * _KEPT:
        del log[:-_KEPT]


def slim(value: Any) -> Any:
    """``value`` with every long base64 text replaced by its length."""
    if isinstance(value, dict):
        return {key: slim(item) for key, item in value.items()}
    if isinstance(value, list):
        return [slim(item) for item in value]
    if (
        isinstance(value, str)
        and len(value) > _LONG
        and " " not in value
        and _BASE64.fullmatch(value[:_LONG])
    ):
        return f"<{len(value)} characters of base64>"
    return value
