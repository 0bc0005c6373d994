"""Web UIs that other processes work, as those last told of them; and ours, told to the others.

Every process that shares the database knows all web UIs in this way: to say whose turn it is, to suggest
names, to check a request, to say how long it will take. None but the one that works a web UI talks to it.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol, Self

from pydantic import TypeAdapter, ValidationError

from bot.backends.backend import Backend, BackendStatus
from bot.backends.baseline import Baseline
from bot.backends.catalog import ModelCatalog, Offer
from bot.backends.lists import Lists, offer_of
from bot.errors import StorageError
from bot.model.clock import Clock
from bot.model.tasks import TaskOwner
from bot.queue.leases import Leases
from bot.queue.sightings import Sighting, SightingTable
from bot.queue.signals import Hint, Kind, Signals
from bot.webui.dialects import UNKNOWN, Capabilities

__all__ = ["KnownBackend", "Others", "RemoteBackend", "lease_of"]

_log = logging.getLogger(__name__)

_TELL_SECONDS = 0.1
"""What changes together is told together."""


class KnownBackend(Protocol):
    """A web UI, whoever works it."""

    @property
    def name(self) -> str:
        """Unique among all."""
        ...

    @property
    def status(self) -> BackendStatus:
        """How it is now."""
        ...

    @property
    def loaded(self) -> str | None:
        """``model_name`` of the checkpoint that is loaded there, as far as known."""
        ...

    @property
    def lists(self) -> Lists:
        """What it has."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    @property
    def revision(self) -> int | str:
        """Another value whenever ``lists`` or ``capabilities`` changed."""
        ...

    @property
    def is_met(self) -> bool:
        """Whether it has ever said what it has."""
        ...

    @property
    def dedicated(self) -> bool:
        """It is Easel's alone."""
        ...

    @property
    def baseline(self) -> Baseline:
        """What holds where a request says nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What changes often."""

    status: BackendStatus
    weight: float
    dedicated: bool
    is_met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Knowledge:
    """All that it has and can do."""

    lists: Lists
    capabilities: Capabilities


_TOLD = TypeAdapter(_Told)
_KNOWLEDGE = TypeAdapter(_Knowledge)


_NOTHING = Lists()


def lease_of(name: str) -> str:
    """Name of the lease that whoever works a web UI has."""
    return f"webui:{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteBackend:
    """A KnownBackend that another process works, or worked."""

    name: str
    status: BackendStatus
    weight: float
    dedicated: bool
    is_met: bool
    baseline: Baseline = field(compare=False)
    lists: Lists = _NOTHING
    capabilities: Capabilities = UNKNOWN
    revision: str = ""

    @property
    def loaded(self) -> str | None:
        """As it was told."""
        return self.status.checkpoint


class Others:
    """``async with Others(…) as others``: the web UIs of all processes but this one's own, kept current."""

    def __init__(
        self,
        table: SightingTable,
        *,
        leases: Leases,
        signals: Signals,
        catalog: ModelCatalog,
        baseline: Baseline,
        clock: Clock,
    ) -> None:
        """``baseline`` is kept the same as in the other processes."""
        self._table = table
        self.baseline = baseline
        self._leases = leases
        self._signals = signals
        self._catalog = catalog
        self._clock = clock
        self._known: dict[str, RemoteBackend] = {}
        self._own: dict[str, tuple[Backend, float]] = {}
        self._versions: dict[str, tuple[int, str]] = {}
        """Of our own: the revision whose knowledge the table has, and its version."""
        self._untold: set[str] = set()
        self._watchers: list[Callable[[], None]] = []
        self._look = asyncio.Event()
        self._tell = asyncio.Event()
        self._tasks = TaskOwner()
        self._endings = ExitStack()

    @property
    def known(self) -> Mapping[str, RemoteBackend]:
        """Those that other processes have told of, by name; ours as well if another one works it now."""
        return self._known

    def is_ours(self, name: str) -> bool:
        """Whether this process works it now."""
        return name in self._own and self._leases.holds(lease_of(name))

    def add_own(self, backend: Backend, weight: float) -> None:
        """Tell the others of it while we work it."""
        self._own[backend.name] = backend, weight

        def changed() -> None:
            self.tell(backend.name)

        backend.watch(changed)

    def tell(self, name: str) -> None:
        """Something about one of ours is different now."""
        self._untold.add(name)
        self._tell.set()

    def took(self, name: str) -> None:
        """We work it from now on; what the table has of it is another process's."""
        self._versions.pop(name, None)
        self.tell(name)

    def watch(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` on the event loop when anything about a web UI of another process is different."""
        self._watchers.append(changed)

    async def __aenter__(self) -> Self:
        """Raises StorageError."""
        await self._refresh()
        self._endings.callback(self._signals.listen(self._hear))
        self._endings.callback(self._leases.watch(self._beat))
        self._tasks.start(self._again_and_again(self._look, self._refresh), "webuis-of-others")
        self._tasks.start(self._again_and_again(self._tell, self._tell_all), "webuis-to-others")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._endings.close()
        await self._tasks.close()

    def _hear(self, hint: Hint) -> None:
        if hint.kind in (Kind.FLEET, Kind.ANEW):
            self._look.set()

    def _beat(self) -> None:
        """A process may have died without a word, and what we could not tell we can perhaps tell now."""
        self._look.set()
        if self._untold:
            self._tell.set()

    async def _again_and_again(self, due: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await due.wait()
            await self._clock.sleep(_TELL_SECONDS)
            due.clear()
            try:
                await work()
            except StorageError as error:
                _log.warning("no news of other processes' web UIs", extra={"reason": error.reason})

    async def _refresh(self) -> None:
        await self.baseline.refresh()
        versions = {one.revision for one in self._known.values() if one.revision}
        sightings = await self._table.look(versions)
        before = self._known
        found = await asyncio.to_thread(_read, sightings, before, self.baseline)
        self._known = {one.name: one for one in found if not self.is_ours(one.name)}
        if self._known != before:
            await self._update_catalog(before)
            for watcher in self._watchers:
                watcher()

    async def _update_catalog(self, before: Mapping[str, RemoteBackend]) -> None:
        for name in before.keys() - self._known.keys() - self._own.keys():
            self._catalog.update(name, Offer())
        for name, one in self._known.items():
            is_new = name not in before or before[name].revision != one.revision
            if one.is_met and is_new and name not in self._own:
                self._catalog.update(name, await asyncio.to_thread(offer_of, one.lists, one.capabilities))

    async def _tell_all(self) -> None:
        """What is not told for want of the lease is told by whoever has it, or by us when we get it."""
        untold, self._untold = self._untold, set()
        try:
            for name in sorted(untold):
                if self.is_ours(name):
                    await self._tell_of(*self._own[name])
        except StorageError:
            self._untold |= untold
            raise
        self._signals.send(Hint(kind=Kind.FLEET))

    async def _tell_of(self, backend: Backend, weight: float) -> None:
        told = _Told(status=backend.status, weight=weight, dedicated=backend.dedicated, is_met=backend.is_met)
        status, revision = _TOLD.dump_json(told).decode(), backend.revision
        there, version = self._versions.pop(backend.name, (-1, ""))
        text = None
        if there != revision:
            knowledge = _Knowledge(lists=backend.lists, capabilities=backend.capabilities)
            version, text = await asyncio.to_thread(_written, knowledge)
        await self._table.tell(Sighting(name=backend.name, status=status, knowledge=text, version=version))
        self._versions[backend.name] = revision, version


def _written(knowledge: _Knowledge) -> tuple[str, str]:
    """Its version and its text. Takes its time with thousands of LoRAs."""
    plain = replace(knowledge, lists=replace(knowledge.lists, options=dict(knowledge.lists.options)))
    text = _KNOWLEDGE.dump_json(plain)
    return hashlib.sha256(text).hexdigest()[:16], text.decode()


def _read(
    sightings: Sequence[Sighting], before: Mapping[str, RemoteBackend], baseline: Baseline
) -> list[RemoteBackend]:
    by_version = {one.revision: one for one in before.values()}
    found = []
    for sighting in sightings:
        try:
            found.append(_understood(sighting, by_version.get(sighting.version), baseline))
        except ValidationError:
            _log.warning(
                "what another process says of a web UI cannot be read: is it of another version?",
                extra={"backend": sighting.name},
            )
    return found


def _understood(sighting: Sighting, same: RemoteBackend | None, baseline: Baseline) -> RemoteBackend:
    """Raises ValidationError."""
    told = _TOLD.validate_json(sighting.status)
    if sighting.knowledge is not None:
        knowledge = _KNOWLEDGE.validate_json(sighting.knowledge)
        lists = replace(knowledge.lists, options=MappingProxyType(dict(knowledge.lists.options)))
        capabilities = knowledge.capabilities
    elif same is not None:
        lists, capabilities = same.lists, same.capabilities
    else:
        lists, capabilities = Lists(), UNKNOWN
    status = replace(told.status, name=sighting.name, up=told.status.up and sighting.alive)
    return RemoteBackend(
        name=sighting.name,
        status=status,
        weight=told.weight,
        dedicated=told.dedicated,
        is_met=told.is_met,
        baseline=baseline,
        lists=lists,
        capabilities=capabilities,
        revision=sighting.version,
    )
