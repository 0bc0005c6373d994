"""One job and what becomes of it, as frozen values. A change is a copy, made by a store.

``waiting → running → rendered → delivered``, or ``failed``, or ``cancelled``; a job whose back end or bot
died goes from ``running`` back to ``waiting`` and keeps its tag.
"""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import JsonValue

from bot.model.work import Notice, Origin, Request

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 16


class State(StrEnum):
    """Where a job is in its life."""

    WAITING = "waiting"
    RUNNING = "running"
    RENDERED = "rendered"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Nothing further will happen to the job."""
        return self in (State.DELIVERED, State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One result on disk."""

    index: int
    """0 for the first picture of the job."""
    file: str
    """Path below OUTPUT_DIR, with forward slashes, made of ids and numbers only."""
    kind: str
    """png, jpeg or webp: what the bytes are."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    size: int
    """Bytes."""
    seed: int
    subseed: int | None = None
    prompt: str = ""
    """The prompt of this very picture as the web UI reports it, styles merged in."""
    infotext: str
    """The ``parameters`` text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job failed: an error's ``code`` and ``data()``, worded in the reader's language later."""

    code: str
    data: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """An attempt that came to nothing, while the job goes on."""

    backend: str
    code: str
    """The error's."""
    refused: bool
    """By reason of the job itself (out of memory, a name that it does not have): never again there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a renderer hands over when a job's pictures are on disk."""

    pictures: tuple[Picture, ...]
    notices: tuple[Notice, ...] = ()
    """Differences between what was asked and what the web UI says it did."""
    seconds: float
    """From the request's first byte to the answer's last, a change of model included."""
    switch: float | None = 0.0
    """Seconds of them for loading another model. 0 = none was loaded; None = not measured."""
    interrupted: bool = False
    """We interrupted it: the pictures may be unfinished, or fewer."""
    drawn: int | None = None
    """How many of the job's pictures the request was for. None = all that were left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request in the shared queue. Times are seconds since 1970."""

    id: str
    """16 characters of ``new_id``: sorts by time of creation."""
    state: State
    request: Request
    origin: Origin
    tag: int
    """Start tag of start-time fair queueing, in hundredths of a virtual second. Order is (tag, id)."""
    cost: int
    """Estimated hundredths of a second of rendering, all parts together."""
    weight: float = 1.0
    """The person's weight when they asked: their account was charged cost / weight."""
    created_at: float
    started_at: float | None = None
    """Of the latest attempt."""
    rendered_at: float | None = None
    finished_at: float | None = None
    attempts: int = 0
    """How often a back end has taken it."""
    backend: str | None = None
    """Name of the back end that has or had it. Names hold no address."""
    cancel_requested: bool = False
    status_message_id: int | None = None
    """The message that shows the job's place and progress, while there is one."""
    failure: Failure | None = None
    pictures: tuple[Picture, ...] = ()
    """Of a job that waits or runs: those of its parts that are done."""
    notices: tuple[Notice, ...] = ()
    seconds: float | None = None
    """Seconds of rendering that it really took, a change of model included: what its person pays for."""
    switch: float | None = None
    """Seconds of them for loading another model. 0 = none was loaded; None = not known."""
    drawn: int = 0
    """Pictures of the parts that are done, also those that came to nothing: the next part begins with this
    index."""
    setbacks: tuple[Setback, ...] = ()
    """Earlier attempts that failed, the oldest first."""

    @property
    def pictures_left(self) -> int:
        """How many results are still to be drawn."""
        return max(0, self.request.work.pictures - self.drawn)

    @property
    def cost_left(self) -> int:
        """``cost`` of what is still to be drawn."""
        return self.cost * self.pictures_left // max(1, self.request.work.pictures)

    @property
    def refused_by(self) -> frozenset[str]:
        """Back ends that must not be asked again."""
        return frozenset(setback.backend for setback in self.setbacks if setback.refused)

    @property
    def avoids(self) -> frozenset[str]:
        """Back ends that failed it by their own fault: others are tried first."""
        return frozenset(setback.backend for setback in self.setbacks if not setback.refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message that carries pictures of a job."""

    id: str
    """At most 25 characters, random, sent to Discord as ``nonce``."""
    job_id: str
    part: int
    """0 for the first message of the job."""
    pictures: tuple[int, ...]
    """Indices of the pictures that this message carries."""
    attempted_at: float | None = None
    """Stored before the latest attempt to post."""
    message_id: int | None = None
    """Set when the post is known to be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Rendering that waits for one of the same back ends."""

    backends: frozenset[str] | None
    """Their names. None = any."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a waiting job stands."""

    ahead: int
    """Jobs before it."""
    people_ahead: int
    """Other people with a job before it."""
    seconds_ahead: float
    """Estimated seconds of rendering before it, over all back ends together, running jobs' rest included."""
    shares: tuple["Share", ...] = field(default=(), compare=False, repr=False)
    """The waiting ones of these seconds by who may draw them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The line at a glance."""

    waiting: int
    waiting_pictures: int
    people: int
    """Different people with something waiting."""
    running: tuple[Job, ...]
    mine: tuple[Job, ...] = ()
    """The asking person's waiting and running jobs, first to be served first."""


class _Ids:
    """Ids that grow with time, and within one millisecond by counting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = (0, 0)

    def next(self, milliseconds: int) -> str:
        with self._lock:
            last_ms, last_random = self._last
            if milliseconds > last_ms:
                self._last = (milliseconds, secrets.randbits(29))
            else:
                self._last = (last_ms, last_random + 1)
            stamp, noise = self._last
        return _base32(stamp, 10) + _base32(noise, ID_LENGTH - 10)


_ids = _Ids()


def new_id(now: float) -> str:
    """A job id of 16 characters: 10 of the time in milliseconds, 6 of chance, in Crockford's base 32.

    Later ids sort after earlier ones of this process; two processes meet once in 2^29 per ms.
    """
    return _ids.next(int(now * 1000))


def new_delivery_id() -> str:
    """20 characters of chance. Discord refuses a nonce of more than 25."""
    return secrets.token_hex(10)


def _base32(value: int, length: int) -> str:
    digits = [_ALPHABET[(value >> shift) & 31] for shift in range(5 * (length - 1), -1, -5)]
    return "".join(digits)
