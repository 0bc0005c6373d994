"""What the host holds back: the whole line or one web UI, for a while or until told otherwise.

A hold is durable: after a restart it is there, or over if its time has come meanwhile. It acts on the back
ends as the line sees them: one that is held counts as down, so that places, waiting times and routing follow
by themselves, and what runs goes on.
"""

import asyncio
import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Protocol, Self

from pydantic import JsonValue, TypeAdapter, ValidationError

from bot.errors import Draining, StorageError
from bot.model.clock import Clock
from bot.model.hours import OpeningHours
from bot.model.tasks import TaskOwner
from bot.model.work import Work
from bot.queue.events import Events, LineMoved
from bot.queue.floor import Fleet, Standing
from bot.queue.signals import Hint, Kind, NoSignals, Signals

log = logging.getLogger(__name__)

CONTROL_FACT = "control"
OPENED_FACT = "control.opened"
"""When a pause of the whole line ended last, in seconds since 1970."""
WHOLE = ""
"""The name of the whole line among the names of web UIs."""


class Mode(StrEnum):
    """What is held back."""

    PAUSED = "paused"
    """Nothing is begun. Requests are taken."""
    DRAINING = "draining"
    """The whole line: no request is taken, what waits is drawn. A web UI: nothing further is begun there."""


class Closing(StrEnum):
    """Why nothing is begun in the whole line, or nothing is taken."""

    PAUSED = "paused"
    DRAINING = "draining"
    HOURS = "hours"
    """It is not the time of day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One order of the host's."""

    mode: Mode
    until: float | None = None
    """Seconds since 1970. None = until ``resume``."""
    reason: str = ""
    """In the host's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The whole line is held."""

    why: Closing
    until: float | None
    reason: str = ""


class Facts(Protocol):
    """Keeps small values between starts. Raises StorageError."""

    async def get(self, name: str) -> JsonValue:
        """What was put there last."""
        ...

    async def put(self, name: str, value: JsonValue) -> None:
        """Remember it."""
        ...


_HOLDS = TypeAdapter(dict[str, Hold])


class Control:
    """``async with Control(…) as control``; its task ends holds when their time has come."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        facts: Facts,
        clock: Clock,
        hours: OpeningHours,
        events: Events,
        signals: Signals | None = None,
    ) -> None:
        self.hours = hours
        self._fleet = _HeldFleet(fleet, self._is_held)
        self._facts = facts
        self._events = events
        self._clock = clock
        self._signals = signals or NoSignals()
        self._deafen: Callable[[], None]
        self._holds: dict[str, Hold] = {}
        self._opened_at = float("-inf")
        """When the latest pause of the whole line ended."""
        self._was_open = True
        self._changed = asyncio.Event()
        self._tasks = TaskOwner()
        self._task: asyncio.Task[None]

    @property
    def task(self) -> asyncio.Task[None]:
        """The task that watches the clock; whoever supervises the program watches it."""
        return self._task

    @property
    def fleet(self) -> Fleet:
        """The back ends as the line is to see them."""
        return self._fleet

    @property
    def holds(self) -> Mapping[str, Hold]:
        """All of them, by the name of the web UI, or ``WHOLE``."""
        return self._holds

    async def __aenter__(self) -> Self:
        """Raises StorageError."""
        self._holds = await self._stored()
        await self._read_opened()
        self._was_open = self.hours.is_open(self._clock.now())
        self._end_what_is_over()
        self._deafen = self._signals.listen(self._hear)
        self._task = self._tasks.start(self._watch_clock(), "queue-control")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._deafen()
        await self._tasks.close()

    async def hold(self, name: str, hold: Hold) -> None:
        """Hold back ``name``, in place of an earlier hold. Raises StorageError."""
        await self._write(await self._stored() | {name: hold})

    async def resume(self, name: str) -> bool:
        """Go on there. Whether it was held. Raises StorageError."""
        was_held = name in self._holds
        stored = await self._stored()
        if name in stored:
            await self._write({key: hold for key, hold in stored.items() if key != name})
        return was_held

    def set_hours(self, hours: OpeningHours) -> None:
        """Other hours hold from now on. What they open counts as opened now: nobody waited in vain."""
        now = self._clock.now()
        if not self.hours.is_open(now) and hours.is_open(now):
            self._opened_at = now
        self.hours = hours
        self._end_what_is_over()
        self._tell()

    def closed(self) -> Closed | None:
        """Why the whole line stands still, or takes nothing."""
        hold, now = self._holds.get(WHOLE), self._clock.now()
        if hold is not None:
            return Closed(why=Closing(hold.mode.value), until=hold.until, reason=hold.reason)
        if not self.hours.is_open(now):
            return Closed(why=Closing.HOURS, until=self.hours.opens_at(now))
        return None

    def open_since(self) -> float:
        """Since when the whole line has been open without a break: inf = it is not, -inf = it always was."""
        now = self._clock.now()
        opened = self.hours.open_since(now)
        if opened is None or self._is_paused(self._holds):
            return float("inf")
        return max(opened, self._opened_at)

    def require_taking(self) -> None:
        """Raises Draining where no further request is taken."""
        hold = self._holds.get(WHOLE)
        if hold is not None and hold.mode is Mode.DRAINING:
            raise Draining

    @staticmethod
    def _is_paused(holds: Mapping[str, Hold]) -> bool:
        whole = holds.get(WHOLE)
        return whole is not None and whole.mode is Mode.PAUSED

    def _is_held(self, name: str) -> bool:
        if self._is_paused(self._holds):
            return True
        return name in self._holds or not self.hours.is_open(self._clock.now())

    async def _write(self, holds: dict[str, Hold]) -> None:
        """Durable before it holds."""
        if self._is_paused(self._holds) and not self._is_paused(holds):
            self._opened_at = self._clock.now()
        if self._opened_at > float("-inf"):
            await self._facts.put(OPENED_FACT, self._opened_at)
        await self._facts.put(CONTROL_FACT, {name: asdict(hold) for name, hold in holds.items()})
        self._holds = holds
        self._tell()
        self._signals.send(Hint(kind=Kind.HOLDS))

    async def _stored(self) -> dict[str, Hold]:
        """As other processes may have left them. Raises StorageError."""
        stored = await self._facts.get(CONTROL_FACT)
        try:
            return _HOLDS.validate_python(stored or {})
        except ValidationError:
            log.warning("what the host held back cannot be read, so nothing is held")
            return {}

    async def _read_opened(self) -> None:
        """When the latest pause ended, whoever ended it. Raises StorageError."""
        opened = await self._facts.get(OPENED_FACT)
        if isinstance(opened, int | float):
            self._opened_at = max(self._opened_at, opened)

    def _hear(self, hint: Hint) -> None:
        if hint.kind in (Kind.HOLDS, Kind.ANEW):
            self._tasks.start(self._read_again(), "queue-control-read")

    async def _read_again(self) -> None:
        try:
            self._holds = await self._stored()
            await self._read_opened()
        except StorageError as error:
            log.warning("what the host holds back may be out of date", extra={"reason": error.reason})
            return
        self._end_what_is_over()
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._fleet.tell()
        self._events.publish(LineMoved())

    async def _watch_clock(self) -> None:
        while True:
            self._changed.clear()
            if self._end_what_is_over():
                self._tell()
                continue
            now = self._clock.now()
            times = [hold.until for hold in self._holds.values() if hold.until is not None]
            edge = self.hours.next_edge(now)
            await self._rest(min([*times, *([] if edge is None else [edge])], default=None))

    def _end_what_is_over(self) -> bool:
        """In memory: what is on disk is over at the next start just as well."""
        now = self._clock.now()
        still = {name: hold for name, hold in self._holds.items() if hold.until is None or hold.until > now}
        if self._is_paused(self._holds) and not self._is_paused(still):
            self._opened_at = self._holds[WHOLE].until or now
        opened = self.hours.is_open(now)
        changed = still != self._holds or opened != self._was_open
        self._holds, self._was_open = still, opened
        return changed

    async def _rest(self, until: float | None) -> None:
        """Until that time, or until a hold changes."""
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(self._changed.wait())]
        if until is not None:
            waits.append(asyncio.ensure_future(self._clock.sleep(max(0.0, until - self._clock.now()))))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


class _HeldFleet:
    """A Fleet in which what is held counts as down."""

    def __init__(self, fleet: Fleet, is_held: Callable[[str], bool]) -> None:
        self._fleet = fleet
        self._is_held = is_held
        self._watchers: list[Callable[[], None]] = []

    @property
    def revision(self) -> Hashable:
        """A hold changes nothing about who has what."""
        return self._fleet.revision

    def standings(self) -> Sequence[Standing]:
        """Each back end, up or not."""
        return [
            replace(one, up=False) if one.up and self._is_held(one.name) else one
            for one in self._fleet.standings()
        ]

    def servers(self, work: Work) -> frozenset[str] | None:
        """Who has what ``work`` names."""
        return self._fleet.servers(work)

    def model_of(self, work: Work) -> str:
        """What has to be loaded for it."""
        return self._fleet.model_of(work)

    def watch(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` when a job may go where it could not before."""
        self._watchers.append(changed)
        self._fleet.watch(changed)

    def tell(self) -> None:
        """A hold began or ended."""
        for changed in self._watchers:
            changed()
