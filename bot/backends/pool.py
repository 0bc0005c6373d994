"""All web UIs together: opened, watched and closed in one place."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Self

from pydantic import JsonValue

from bot.backends.backend import Backend, BackendStatus
from bot.backends.baseline import Baseline, FactStore
from bot.backends.catalog import ModelCatalog
from bot.backends.fleet import BackendFleet
from bot.backends.health import Backoff
from bot.backends.inputs import Inputs
from bot.backends.lists import exact_names
from bot.backends.memory import MemoryLimits
from bot.backends.orders import Orders
from bot.backends.outputs import PictureFolder
from bot.backends.remote import Others
from bot.backends.roster import Roster
from bot.backends.runner import BackendRunner
from bot.backends.steering import Steering
from bot.backends.tuned import Tuned, Tuning
from bot.errors import EaselError, UnknownName, Unreachable, WebUIError
from bot.imaging.codec import PictureLimits
from bot.imaging.finish import AT_ONCE
from bot.model.clock import Clock
from bot.model.tasks import TaskOwner
from bot.model.work import Work
from bot.queue.signals import Hint, Kind, NoSignals, Signals
from bot.webui.client import QUICK, Limits, Timeouts, WebUIClient
from bot.webui.encoding import encode_picture

__all__ = ["BackendPool", "BackendSpec", "BackendStatus"]

_log = logging.getLogger(__name__)

REFRESH_SECONDS = 300.0
"""Between two readings of everything a web UI has, while it is up."""
ALIVE_SECONDS = 30.0
"""Between two looks whether a web UI that is up still is, and what is loaded there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSpec:
    """One web UI as the settings name it."""

    name: str
    """Unique. It is shown, so it holds no address."""
    url: str = field(repr=False)
    """With user and password, if it wants them."""
    dedicated: bool = False
    """It is Easel's alone: overrides need not be put back after each request."""
    weight: float = 1.0
    """Of several that are free and could take a job as well, the one with the largest gets it."""


class BackendPool:
    """``async with BackendPool(…) as pool``. Nothing here waits for a web UI: one that is down is watched."""

    def __init__(
        self,
        specs: Sequence[BackendSpec],
        *,
        catalog: ModelCatalog,
        facts: FactStore,
        outputs: Path,
        clock: Clock,
        timeouts: Timeouts | None = None,
        quick_timeouts: Timeouts = QUICK,
        limits: Limits | None = None,
        picture_limits: PictureLimits | None = None,
        poll_seconds: float = 1.0,
        tuned: Tuned | None = None,
        out_of_memory_seconds: float = 24 * 3600.0,
        backoff: Backoff | None = None,
        refresh_seconds: float = REFRESH_SECONDS,
        alive_seconds: float = ALIVE_SECONDS,
        others: Others | None = None,
        signals: Signals | None = None,
    ) -> None:
        """``timeouts``: of rendering; ``quick_timeouts``: of everything else; ``limits``: bytes of an answer.
        ``others``: the web UIs of other processes, ``signals``: from those, where there are any.
        ``tuned``: see ``tune``.

        Raises ValueError for two web UIs of one name and for an address that is none.
        """
        if len({spec.name for spec in specs}) < len(specs):
            raise ValueError("two web UIs have the same name")
        self._baseline = Baseline(facts) if others is None else others.baseline
        self._inputs = Inputs(outputs)
        self._tuning = Tuning(tuned or Tuned())
        self._others = others
        self._signals = signals or NoSignals()
        self._clients = [
            WebUIClient(spec.url, timeouts=timeouts, quick_timeouts=quick_timeouts, limits=limits)
            for spec in specs
        ]
        self._backends = [
            Backend(
                spec.name,
                client,
                dedicated=spec.dedicated,
                catalog=catalog,
                baseline=self._baseline,
                clock=clock,
                backoff=backoff or Backoff(),
                refresh_seconds=refresh_seconds,
                alive_seconds=alive_seconds,
            )
            for spec, client in zip(specs, self._clients, strict=True)
        ]
        weights = MappingProxyType({spec.name: spec.weight for spec in specs})
        self._roster = Roster(self._backends, weights, others)
        self._memory = MemoryLimits(facts, clock, out_of_memory_seconds)
        self._fleet = BackendFleet(self._roster, self._baseline, self._memory)
        finishing = asyncio.Semaphore(AT_ONCE)
        self._runners = tuple(
            BackendRunner(
                backend,
                folder=PictureFolder(outputs),
                inputs=self._inputs,
                limits=picture_limits or PictureLimits(),
                finishing=finishing,
                poll_seconds=poll_seconds,
                tuning=self._tuning,
                memory=self._memory,
            )
            for backend in self._backends
        )
        self._steering = Steering(self._backends, self._baseline)
        self._tasks = TaskOwner()
        self._stack = AsyncExitStack()

    @property
    def runners(self) -> tuple[BackendRunner, ...]:
        """One for each web UI, for the workers, in the order of the settings."""
        return self._runners

    @property
    def steering(self) -> Steering:
        """The host's hands on those of this process."""
        return self._steering

    def tune(self, tuned: Tuned) -> None:
        """Other wishes of the host's hold from now on."""
        self._tuning.now = tuned

    @property
    def fleet(self) -> BackendFleet:
        """The web UIs as the line sees them."""
        return self._fleet

    @property
    def baseline(self) -> Mapping[str, JsonValue]:
        """The picture-changing options that hold where a request says nothing. Empty until one was met."""
        return self._baseline.values

    @property
    def usual_checkpoint(self) -> str | None:
        """What draws where a request names none: the baseline's. None until a web UI was met."""
        named = self._baseline.values.get("sd_model_checkpoint")
        return named if isinstance(named, str) else None

    @property
    def tasks(self) -> tuple["asyncio.Task[None]", ...]:
        """The tasks that watch the web UIs. They end with the pool; whoever supervises watches them."""
        return tuple(backend.task for backend in self._backends)

    def statuses(self) -> tuple[BackendStatus, ...]:
        """How each web UI is at present, in the order of the settings; then those of other processes."""
        return tuple(backend.status for backend in self._roster.all())

    def any_up(self) -> bool:
        """Whether at least one takes jobs."""
        return any(backend.status.up for backend in self._roster.all())

    def dry_run(self, work: Work) -> dict[str, JsonValue]:
        """What the first web UI that is up and has all that is named would be sent for it.

        Raises Unreachable if none is up, and UnknownName if none of them has it.
        """
        missing: EaselError = Unreachable()
        for backend in self._roster.all():
            if backend.status.up:
                try:
                    exact = exact_names(work, backend.lists, backend.capabilities)
                except UnknownName as error:
                    missing = error
                else:
                    return Orders(backend, self._inputs, self._tuning).dry(exact, "easel-dry-run")
        raise missing

    async def skip(self, job_id: str) -> bool:
        """Go on to the next part of a running job's batch. False: it does not run. Raises WebUIError."""
        for runner in self._runners:
            if await runner.skip(job_id):
                return True
        return False

    def _hear(self, hint: Hint) -> None:
        """A person has asked another process to skip."""
        if hint.kind is Kind.SKIP:
            self._tasks.start(self._skip_quietly(hint.job_id), f"skip-{hint.job_id}")

    async def _skip_quietly(self, job_id: str) -> None:
        try:
            await self.skip(job_id)
        except WebUIError as error:
            _log.info("a skip failed", extra={"job": job_id, "error": error.code})

    async def read_infotext(self, data: bytes) -> str | None:
        """What the first web UI that can tell finds in a picture, such as the data of other programs.

        ``data`` is the file as it came, its size known to be harmless. None too where nobody can be asked.
        """
        for backend in self._backends:
            if backend.health.up and backend.capabilities.png_info:
                encoded = await asyncio.to_thread(encode_picture, data)
                with contextlib.suppress(WebUIError):
                    return (await backend.client.png_info(encoded)).info or None
        return None

    async def __aenter__(self) -> Self:
        await self._memory.load()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._tasks.close)
            stack.callback(self._signals.listen(self._hear))
            for client in self._clients:
                await stack.enter_async_context(client)
            if self._others is not None:
                await stack.enter_async_context(self._others)
            for backend in self._backends:
                await stack.enter_async_context(backend)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
