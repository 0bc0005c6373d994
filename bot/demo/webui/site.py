"""What every endpoint of the stand-in works on, and one call to it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from bot.demo.webui.answers import Answer
from bot.demo.webui.dialects import Dialect
from bot.demo.webui.faults import Fault
from bot.demo.webui.log import Rendered
from bot.demo.webui.machine import Machine
from bot.demo.webui.preview import Preview
from bot.demo.webui.rendering import Renderer
from bot.demo.webui.validation import Payload, parse_object, validate

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class Site:
    """One running server."""

    dialect: Dialect
    machine: Machine
    renderer: Renderer
    preview: Preview
    executor: Executor
    renders: list[Rendered]
    changed: Callable[[], None]
    """Tell whoever waits that something happened."""
    auth: str | None
    """``user:password``, several separated by commas."""
    with_ui: bool
    weights: bool
    """The models of CLIP, DeepDanbooru, GFPGAN, CodeFormer and TAESD are there."""
    port: int = 0

    async def in_thread(self, function: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
        """Work of more than a few milliseconds."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.executor, lambda: function(*arguments, **named))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, read to its end. Names of ``headers`` are in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault | None = None

    def given(self, dialect: Dialect) -> Payload:
        """The JSON object of the body. Raises ``Invalid``."""
        return parse_object(dialect, self.headers.get("content-type", ""), self.body)

    def payload(self, dialect: Dialect, request: str) -> Payload:
        """The body with defaults filled in. Raises ``Invalid``."""
        return validate(dialect, request, self.given(dialect))


Handler = Callable[[Site, Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An endpoint. ``open_to_all``: not behind ``--api-auth``."""

    handler: Handler
    open_to_all: bool = False


Routes = dict[str, dict[str, Route]]
"""path → method → route."""
