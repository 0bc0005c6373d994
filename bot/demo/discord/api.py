"""The way of one HTTP request: read, matched, authorised, counted, carried out, checked, logged, answered."""

import json
import re
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from aiohttp import BodyPartReader, web

from bot.demo.discord import errors
from bot.demo.discord.errors import ApiError, RateLimited
from bot.demo.discord.faults import Fault, Faults
from bot.demo.discord.messages import Draft
from bot.demo.discord.model import Upload
from bot.demo.discord.parts import Json
from bot.demo.discord.ratelimits import RateLimits
from bot.demo.discord.uploads import REQUEST_LIMIT
from bot.demo.discord.world import World

PREFIX = "/api/v10"
LOG_LIMIT = 100_000
"""Requests that are remembered, so that a demo can run for months."""
_FILE = re.compile(r"files?\[(\d+)\]")


class Validator(Protocol):
    """Checks bodies against Discord's own description of its API. Each answer is a list of mistakes."""

    def request(self, method: str, path: str, body: object) -> Sequence[str]:
        """A request's JSON; ``path`` without the prefix."""
        ...

    def response(self, method: str, path: str, status: int, body: object) -> Sequence[str]:
        """An answer's JSON."""
        ...

    def named(self, schema: str, body: object) -> Sequence[str]:
        """An object by the name of its schema, for what the gateway sends."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, read."""

    method: str
    path: str
    ids: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    files: dict[int, Upload]
    headers: Mapping[str, str] = field(default_factory=dict)

    def id(self, name: str) -> int:
        """A snowflake of the path.

        Raises:
            ApiError: 400, it is none.
        """
        if not self.ids[name].isdigit():
            raise errors.refused((name,), "NUMBER_TYPE_COERCE", f'Value "{self.ids[name]}" is not snowflake.')
        return int(self.ids[name])

    @property
    def draft(self) -> Draft:
        """The body and files as a message."""
        return Draft(self.body or {}, self.files)

    def flag(self, name: str) -> bool:
        """A boolean of the query."""
        return self.query.get(name, "").lower() in ("1", "true")


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back: a status, and JSON unless None."""

    status: int = 200
    body: Any = None


Endpoint: TypeAlias = Callable[[Call], Answer]

DONE = Answer(204)


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. ``open``: no bot token is asked for."""

    method: str
    template: str
    endpoint: Endpoint
    open: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """The template as a regular expression with named groups."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template) + "$")


@dataclass(slots=True, kw_only=True)
class Entry:
    """A request in the log. ``at`` is the server's time, ``seconds`` how long it took."""

    method: str
    path: str
    at: float
    json: Any = None
    files: list[Json] = field(default_factory=list)
    status: int = 0
    code: int = 0
    seconds: float = 0.0


class Api:
    """Everything under ``/api/v10``."""

    def __init__(self, world: World, routes: Sequence[Route], validator: Validator | None) -> None:
        self.log: list[Entry] = []
        self.violations: list[str] = []
        self.faults = Faults()
        self.limits = RateLimits(world.clock)
        self.on_log: Callable[[Entry], None] = lambda entry: None
        self._world = world
        self._routes = [(route, route.pattern) for route in routes]
        self._validator = validator

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        path = request.path.removeprefix(PREFIX)
        entry = Entry(method=request.method, path=path, at=self._world.clock.now())
        self.log.append(entry)
        if len(self.log) > LOG_LIMIT:
            del self.log[: LOG_LIMIT // 2]
        started = time.monotonic()
        headers: dict[str, str] = {}
        fault = self.faults.fault_for(request.method, path)
        try:
            answer = await self._carried_out(request, path, entry, headers, fault)
        except ApiError as error:
            answer = Answer(error.status, error.body())
            entry.code = error.code
            headers |= _refusal_headers(error)
        if fault is not None and fault.drop:
            entry.status = 0
            _abort(request)
        hold = self.faults.hold_for(request.method, path)
        entry.status, entry.seconds = answer.status, time.monotonic() - started
        self._check(entry, answer)
        self.on_log(entry)
        self._world.changes.wake()
        if hold is not None:
            await hold.pause()
        return _response(answer, headers)

    async def _carried_out(
        self, request: web.Request, path: str, entry: Entry, headers: dict[str, str], fault: Fault | None
    ) -> Answer:
        body, files = await _read(request)
        entry.json = body
        entry.files = [
            {"filename": one.filename, "size": len(one.data), "content_type": one.content_type}
            for one in files.values()
        ]
        if fault is not None and not fault.after:
            raise _as_error(fault)
        route, ids = self._match(request.method, path)
        if not route.open:
            self._authorise(request)
        headers |= self.limits.take(request.method, path, route.template)
        call = Call(
            method=request.method,
            path=path,
            ids=ids,
            query=request.query,
            body=body,
            files=files,
            headers=request.headers,
        )
        answer = self._run(route, call)
        if fault is not None:
            raise _as_error(fault)
        return answer

    def _run(self, route: Route, call: Call) -> Answer:
        try:
            return route.endpoint(call)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            # A body of a shape that this server cannot read, or a mistake of its own: loud in either case.
            self.violations.append(f"{call.method} {call.path}: {traceback.format_exc()}")
            raise ApiError(400, 50035, f"Invalid Form Body ({error!r})") from error

    def _match(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        matched = [(route, found) for route, pattern in self._routes if (found := pattern.match(path))]
        if not matched:
            raise errors.not_found()
        for route, found in matched:
            if route.method == method:
                return route, found.groupdict()
        raise ApiError(405, 0, "405: Method Not Allowed")

    def _authorise(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self._world.token}":
            raise errors.unauthorized()

    def _check(self, entry: Entry, answer: Answer) -> None:
        """Validate what was taken and what is sent. A refused form may be wrong: that is why."""
        if self._validator is None:
            return
        mistakes: list[str] = []
        if answer.status < 400 and entry.json is not None:
            mistakes += self._validator.request(entry.method, entry.path, entry.json)
        if answer.body is not None:
            mistakes += self._validator.response(entry.method, entry.path, answer.status, answer.body)
        self.violations += [f"{entry.method} {entry.path} {answer.status}: {mistake}" for mistake in mistakes]


def _as_error(fault: Fault) -> ApiError:
    if fault.status == 429:
        return RateLimited(fault.retry_after, code=fault.code, message=fault.message)
    return ApiError(fault.status, fault.code, fault.message)


def _refusal_headers(error: ApiError) -> dict[str, str]:
    """discord.py takes a 429 without ``Via`` for a ban by Cloudflare."""
    if not isinstance(error, RateLimited):
        return {}
    scope = "global" if error.whole_bot else "user"
    headers = {"Via": "1.1 local", "Retry-After": str(int(error.retry_after) + 1), "X-RateLimit-Scope": scope}
    return error.headers | headers | ({"X-RateLimit-Global": "true"} if error.whole_bot else {})


def _response(answer: Answer, headers: Mapping[str, str]) -> web.Response:
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    # Exactly "application/json": with a charset behind it discord.py takes the body for text.
    body = json.dumps(answer.body).encode()
    return web.Response(status=answer.status, body=body, content_type="application/json", headers=headers)


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _read(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    """The JSON and the files of a request.

    Raises:
        ApiError: 413 above 25 MiB (after reading it all, so that the answer arrives), 400 for broken JSON.
    """
    if request.content_type.startswith("multipart/"):
        return await _read_multipart(request)
    data = await _bounded(request.content.iter_chunked(1 << 16))
    if data is None:
        raise errors.too_large()
    return _parsed(data), {}


async def _read_multipart(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    body: Any = None
    files: dict[int, Upload] = {}
    total, too_large = 0, False
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = await _bounded(_chunks(part), REQUEST_LIMIT - total)
        total += len(data or b"")
        too_large = too_large or data is None
        found = _FILE.fullmatch(part.name or "")
        if part.name == "payload_json":
            body = _parsed(data or b"")
        elif found and data is not None:
            files[int(found[1])] = Upload(part.filename or "unknown", data)
    if too_large:
        raise errors.too_large()
    return body, files


async def _chunks(part: BodyPartReader) -> Any:
    while chunk := await part.read_chunk(1 << 16):
        yield chunk


async def _bounded(chunks: Any, most: int = REQUEST_LIMIT) -> bytes | None:
    """All bytes, or None above the limit; the rest is read and thrown away."""
    kept, size = [], 0
    async for chunk in chunks:
        size += len(chunk)
        if size <= most:
            kept.append(bytes(chunk))
    return b"".join(kept) if size <= most else None


def _parsed(data: bytes) -> Any:
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from None
