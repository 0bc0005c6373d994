"""One web UI as it is known at present: what it can do and has, whether it is up, and the task that asks."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from bot.backends.baseline import Baseline
from bot.backends.catalog import ModelCatalog
from bot.backends.health import Backoff, Circuit, Health, wait_for_event
from bot.backends.lists import Lists, offer_of, read_lists, with_options
from bot.errors import EaselError, Unauthorized, Unreachable, Unsupported, WebUIError
from bot.model.clock import Clock
from bot.model.tasks import TaskOwner
from bot.queue.record import backend_at_fault
from bot.webui.api import WebUIAPI
from bot.webui.dialects import UNKNOWN, Capabilities, Dialect
from bot.webui.endpoints import Endpoint
from bot.webui.wire import Options

__all__ = ["Backend", "BackendStatus"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendStatus:
    """A web UI for people, metrics and logs. Nothing in it tells where it is."""

    name: str
    up: bool
    since: float
    """Seconds since 1970 when ``up`` last changed."""
    dialect: str
    """a1111, forge, sdcpp or unknown."""
    checkpoint: str | None
    """What is loaded there, as far as known."""
    error: str | None
    """Code of what it is down for; None while it is up, or not met yet."""
    circuit: Circuit = Circuit.CLOSED
    """Open: it answers, but failed job after job, and rests. Half open: one job is tried."""


class Backend:
    """``async with Backend(…)``: from then on a task keeps everything here up to date."""

    def __init__(
        self,
        name: str,
        client: WebUIAPI,
        *,
        dedicated: bool,
        catalog: ModelCatalog,
        baseline: Baseline,
        clock: Clock,
        backoff: Backoff,
        refresh_seconds: float,
        alive_seconds: float,
    ) -> None:
        self.name = name
        self.client = client
        self.dedicated = dedicated
        self.baseline = baseline
        self.clock = clock
        self.health = Health(clock)
        self.capabilities: Capabilities = UNKNOWN
        self.lists = Lists()
        self.revision = 0
        """Counts how often what it has or can do changed. 0 = not met yet."""
        self._loaded: str | None = None
        self._watchers: list[Callable[[], None]] = []
        self._catalog = catalog
        self._backoff = backoff
        self._refresh_seconds = refresh_seconds
        self._alive_seconds = alive_seconds
        self._attention = asyncio.Event()
        self._asked = False
        """Somebody wants the lists read again."""
        self._changed: set[Endpoint] = set()
        self._read_at = 0.0
        """Seconds since 1970 when the lists were read."""
        self._read_with = ""
        """The sha256 of the checkpoint that was loaded then."""
        self._damaged_sha256: str | None = None
        """Of what is loaded and damaged; None = not looked at yet."""
        self._tasks = TaskOwner()
        self._task: asyncio.Task[None]

    @property
    def task(self) -> asyncio.Task[None]:
        """The task that asks. It ends only with the program; whoever supervises that watches it."""
        return self._task

    @property
    def is_met(self) -> bool:
        """Whether it has ever said what it has."""
        return self.revision > 0

    @property
    def loaded(self) -> str | None:
        """``model_name`` of the checkpoint that is loaded or being loaded, as far as known."""
        return self._loaded

    def note_loaded(self, name: str | None) -> None:
        """That one is loaded now. None = nobody can tell."""
        if name != self._loaded:
            self._loaded = name
            self._tell()

    def watch(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` on the event loop when it has other things, another model, or goes up or down."""
        self._watchers.append(changed)

    @property
    def status(self) -> BackendStatus:
        """How it is now."""
        return BackendStatus(
            name=self.name,
            up=self.health.up,
            since=self.health.since,
            dialect=self.capabilities.dialect.value,
            checkpoint=self.loaded,
            error=self.health.error,
            circuit=self.health.circuit,
        )

    async def __aenter__(self) -> Self:
        self._task = self._tasks.start(self._watch(), f"probe-{self.name}")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._tasks.close()

    def record_failure(self, error: WebUIError) -> None:
        """A request of ours failed; if that means "down", the task finds out when it is up again."""
        self.health.record_failure(error)
        if not self.health.up:
            self._attention.set()
            self._tell()

    def job_began(self, job_id: str) -> None:
        """A job is sent."""
        self._judge(lambda: self.health.job_began(job_id))

    def job_succeeded(self, job_id: str) -> None:
        """A job's answer holds its pictures."""
        self._judge(lambda: self.health.job_succeeded(job_id))

    def job_failed(self, job_id: str, error: EaselError) -> None:
        """What a job failed with, whosever fault it is."""
        if isinstance(error, WebUIError):
            self.record_failure(error)
        if backend_at_fault(error) and not isinstance(error, Unreachable | Unauthorized):
            self._judge(lambda: self.health.job_failed(job_id, error))
        else:  # the request's fault, or what only a probe can tell
            self._judge(lambda: self.health.job_ended(job_id))

    def job_ended(self, job_id: str) -> None:
        """A job was given up, whatever it was like there."""
        self._judge(lambda: self.health.job_ended(job_id))

    def record_damage(self, error: EaselError) -> None:
        """What is loaded there draws wrong pictures, until another checkpoint is loaded (NOTES 3.7)."""
        self._damaged_sha256 = None
        self.health.record_damage(error)
        self.note_loaded(None)
        self._tell()

    def record_healed(self, loaded: str) -> None:
        """That checkpoint was loaded there, and is sound."""
        self.health.record_healed()
        self.note_loaded(loaded)
        self._tell()

    def _judge(self, judge: Callable[[], None]) -> None:
        """A verdict on a job; everybody is told if it changes what may go there."""
        before = self.health.circuit, self.health.up
        judge()
        after = self.health.circuit, self.health.up
        if after == before:
            return
        if after[0] is not before[0]:
            _log.log(
                logging.WARNING if after[0] is Circuit.OPEN else logging.INFO,
                "the circuit of a web UI is " + after[0].value.replace("_", " "),
                extra={
                    "backend": self.name,
                    "error": self.health.error,
                    "rest_seconds": self.health.rest_seconds,
                },
            )
            self._attention.set()
        self._tell()

    def look_soon(self, *changed: Endpoint) -> None:
        """Have everything read again shortly, without waiting for it; ``changed`` as for ``refresh``."""
        self._changed.update(changed)
        self._asked = True
        self._attention.set()

    async def refresh(self, *changed: Endpoint) -> None:
        """Read all lists again, after the web UI was told to look for new files by ``changed``.

        /refresh-checkpoints waits for the running job (NOTES 2.7). Raises WebUIError.
        """
        for endpoint in changed:
            if self.capabilities.has(endpoint):
                await self._order(endpoint)
        before = self.lists
        self.lists = await read_lists(self.client, self.capabilities, before)
        if self.lists != before or not self.is_met:
            self.revision += 1
            self._tell()
        # A host may have thousands of LoRAs, so this takes its time.
        offer = await asyncio.to_thread(offer_of, self.lists, self.capabilities)
        self._catalog.update(self.name, offer)

    async def _order(self, endpoint: Endpoint) -> None:
        orders = {
            Endpoint.REFRESH_CHECKPOINTS: self.client.refresh_checkpoints,
            Endpoint.REFRESH_VAES: self.client.refresh_vaes,
            Endpoint.REFRESH_LORAS: self.client.refresh_loras,
            Endpoint.REFRESH_EMBEDDINGS: self.client.refresh_embeddings,
        }
        await orders[endpoint]()

    async def _watch(self) -> None:
        """Ask again after a while that grows while it is down, and after half a minute while it is up."""
        while True:
            self._attention.clear()
            try:
                await self._meet()
            except WebUIError as error:
                self._lost(error)
                await self.clock.sleep(self._backoff.after(self.health.failures))
            else:
                await wait_for_event(self._attention, self.clock, self._until_next_look())

    def _until_next_look(self) -> float:
        """Seconds. What rests is looked at when it has rested, since only then it may have a trial."""
        rest = self.health.rest_seconds
        return self._alive_seconds if rest is None else min(self._alive_seconds, rest)

    async def _meet(self) -> None:
        """Ask what it can do and what it has. Only after that does it count as up.

        While it is up only the options are read each time, which shows that it is there and what is loaded.
        """
        if not self.health.answers:
            self.capabilities = await self.client.probe()
        options = await self._options()
        self.capabilities = replace(self.capabilities, options=frozenset(options))
        if self.capabilities.overrides:
            await self.baseline.meet(options)
        self.lists = with_options(self.lists, options)
        if self._lists_are_old(options):
            await self._read_again(options)
        self.note_loaded(self._loaded_checkpoint(options))
        self._look_at_damage(options)
        if not self.health.answers:
            self._found()
            self.revision += 1  # it may be another program than the one that went down
            self.health.record_success()
            self._tell()
        self._judge(self.health.record_success)

    def _look_at_damage(self, options: Options) -> None:
        """A restart heals, and so does whoever loads another checkpoint there."""
        if not self.health.damaged:
            return
        restarted = not self.health.answers and self.health.error == Unreachable.code
        if restarted or self._damaged_sha256 not in (None, options.loaded_sha256):
            self.health.record_healed()
            self._tell()
        self._damaged_sha256 = options.loaded_sha256

    def _lists_are_old(self, options: Options) -> bool:
        """Another checkpoint brings other embeddings and a title with its hash (NOTES 2.3)."""
        due = self.clock.now() - self._read_at >= self._refresh_seconds
        return due or self._asked or not self.health.answers or options.loaded_sha256 != self._read_with

    async def _read_again(self, options: Options) -> None:
        changed, self._changed, self._asked = self._changed, set(), False
        await self.refresh(*changed)
        self._read_at = self.clock.now()
        self._read_with = options.loaded_sha256

    async def _options(self) -> Options:
        try:
            return await self.client.options()
        except Unsupported:
            return Options({})

    def _found(self) -> None:
        facts = {"backend": self.name, "dialect": self.capabilities.dialect.value, "checkpoint": self.loaded}
        if self.capabilities.dialect is Dialect.UNKNOWN:
            _log.warning("a web UI is up, and is of no kind that is known", extra=facts)
        else:
            _log.info("a web UI is up", extra=facts)

    def _lost(self, error: WebUIError) -> None:
        """One line when it is lost and one for each new reason, not one for every try."""
        if self.health.answers or self.health.error != error.code:
            _log.warning("a web UI cannot be used", extra={"backend": self.name, "error": error.code})
        self.health.record_unusable(error)
        self._tell()

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()

    def _loaded_checkpoint(self, options: Options) -> str | None:
        """By the hash of what is loaded: the option may say something else (NOTES 2.3)."""
        for checkpoint in self.lists.checkpoints or ():
            if options.loaded_sha256 and checkpoint.sha256 == options.loaded_sha256:
                return checkpoint.model_name
        named = self.lists.checkpoint(options.checkpoint)
        return named.model_name if named is not None else options.checkpoint or None
