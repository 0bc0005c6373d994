"""What the soak is made of: web UIs that fail by a seeded script, a store that does, and a witness."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from bot.backends.health import Backoff, Health
from bot.errors import (
    BadAnswer,
    CheckpointFailed,
    ConnectionLost,
    CorruptPicture,
    EaselError,
    NotANumber,
    OutOfMemory,
    ServerError,
    StorageError,
    TimedOut,
    UnknownName,
    Unreachable,
    WebUIError,
)
from bot.model.clock import Clock
from bot.model.work import Drawing, Work
from bot.queue.events import Progressed
from bot.queue.floor import Floor, Standing
from bot.queue.job import Failure, Job, Rendered, Setback, State
from bot.queue.memory import MemoryJobStore
from bot.queue.parts import Part
from bot.queue.record import backend_at_fault
from tests.support import checkpoint_of, some_pictures

SWITCH_SECONDS = 10.0
HANG_SECONDS = 900.0
"""The timeout of the first byte."""
_ALIVE_SECONDS = 30.0
_DAY = 86_400.0
_STORE_FAILS = 0.001
"""Share of writes that the database refuses; tried again, they go well."""

RENDER_FAULTS: tuple[Callable[[], Exception], ...] = (
    ConnectionLost,
    Unreachable,
    lambda: ServerError(500, "RuntimeError", ""),
    lambda: OutOfMemory(500, "OutOfMemoryError", ""),
    lambda: NotANumber(500, "NansException", ""),
    lambda: CheckpointFailed(500, "SafetensorError", ""),
    lambda: UnknownName("lora", "gone"),
    lambda: TimedOut("first_byte"),
    lambda: RuntimeError("a mistake of ours"),
)
FINISH_FAULTS: tuple[Callable[[], Exception], ...] = (
    lambda: BadAnswer("html"),
    CorruptPicture,
    lambda: StorageError(reason="full"),
    lambda: RuntimeError("a mistake of ours"),
)


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which a web UI is not well: gone, or there and failing everything."""

    start: float
    end: float
    gone: bool


def spells(rng: random.Random, days: float = 3.0) -> list[Spell]:
    """One every three hours or so, each of 1 to 25 minutes."""
    found, at = [], 0.0
    while (at := at + rng.expovariate(1 / 10_800)) < days * _DAY:
        end = at + rng.uniform(60, 1500)
        found.append(Spell(at, end, rng.random() < 0.5))
        at = end
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What was rendered."""

    seconds: float
    switch: float
    interrupted: bool


class SoakRenderer:
    """One web UI: the real health and circuit in front of scripted weather."""

    def __init__(self, name: str, seed: int, clock: Clock, faults: float) -> None:
        self._name = name
        self._rng = random.Random(f"{seed} {name}")
        self._clock = clock
        self._faults = faults
        self._began = clock.now()
        self._spells = spells(self._rng)
        self._current: str | None = None
        self._interrupted = asyncio.Event()
        self.health = Health(clock)
        self.loaded: str | None = None
        self.tell: Callable[[], None] = lambda: None
        self.met: Counter[str] = Counter()
        """What went wrong here, by code."""
        self.at_once = 0
        self.most_at_once = 0
        self.opened = 0
        """Times that the circuit opened."""

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    async def watch(self) -> None:
        """Probe it for ever."""
        while True:
            before = self.health.up
            if (spell := self._spell()) is not None and spell.gone:
                self.health.record_unusable(Unreachable())
                pause = Backoff().after(self.health.failures)
            else:
                self.health.record_success()
                pause = min(_ALIVE_SECONDS, self.health.rest_seconds or _ALIVE_SECONDS)
            if self.health.up is not before:
                self.tell()
            await self._clock.sleep(pause)

    async def ready(self) -> None:
        """Up, and its circuit lets one in."""
        await self.health.wait_up()

    async def render(self, job: Job, part: Part, report: Callable[[Progressed], None]) -> Answer:
        """As long as the prompt says, or whatever the script has in store."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.health.job_began(job.id)
        self._current = job.id
        self._interrupted.clear()
        try:
            report(Progressed(job_id=job.id, fraction=0.1))
            answer = await self._draw(job)
        except Exception as error:
            self._judge(job, error)
            raise
        except BaseException:
            self.health.job_ended(job.id)
            raise
        finally:
            self._current = None
            self.at_once -= 1
        if self.health.is_trial(job.id):
            self.health.job_succeeded(job.id)
            self.tell()
        return answer

    async def finish(self, job: Job, answer: object) -> Rendered:
        """Half a second in a thread."""
        assert isinstance(answer, Answer)
        await self._clock.sleep(0.5)
        if self._rng.random() < self._faults / 3:
            error = self._rng.choice(FINISH_FAULTS)()
            self._judge(job, error)
            raise error
        self.health.job_succeeded(job.id)
        return Rendered(
            pictures=some_pictures().pictures,
            seconds=answer.seconds,
            switch=answer.switch,
            interrupted=answer.interrupted,
        )

    async def interrupt(self, job_id: str) -> bool:
        """Heeded unless it hangs."""
        if self._current != job_id:
            return False
        self._interrupted.set()
        return True

    async def _draw(self, job: Job) -> Answer:
        work = job.request.work
        assert isinstance(work, Drawing)
        switch = SWITCH_SECONDS if work.checkpoint != self.loaded else 0.0
        self.loaded = work.checkpoint
        seconds = float(work.prompt) + switch
        fault = self._rng.choice(RENDER_FAULTS)() if self._rng.random() < self._faults else None
        if isinstance(fault, TimedOut):
            seconds = HANG_SECONDS
        elif fault is not None:
            seconds *= self._rng.random()
        interrupted = await self._pass(seconds)
        if fault is not None:
            raise fault
        return Answer(seconds, switch, interrupted)

    async def _pass(self, seconds: float) -> bool:
        """Time passes, at most until a spell begins. Whether somebody interrupted."""
        now = self._clock.now() - self._began
        spell = self._spell() or next((s for s in self._spells if now < s.start < now + seconds), None)
        until = seconds if spell is None else max(0.1, min(seconds, spell.start - now))
        try:
            async with asyncio.timeout(until):
                await self._interrupted.wait()
        except TimeoutError:
            if spell is not None:
                raise (ConnectionLost() if spell.gone else ServerError(500, "RuntimeError", "")) from None
            return False
        return True

    def _spell(self) -> Spell | None:
        now = self._clock.now() - self._began
        while self._spells and self._spells[0].end <= now:
            self._spells.pop(0)
        return self._spells[0] if self._spells and self._spells[0].start <= now else None

    def _judge(self, job: Job, error: Exception) -> None:
        self.met[error.code if isinstance(error, EaselError) else "internal"] += 1
        before = self.health.rest_seconds
        if isinstance(error, WebUIError):
            self.health.record_failure(error)
        if isinstance(error, EaselError) and backend_at_fault(error) and not isinstance(error, Unreachable):
            self.health.job_failed(job.id, error)
        else:
            self.health.job_ended(job.id)
        self.opened += before is None and self.health.rest_seconds is not None
        self.tell()


class SoakFleet:
    """Every web UI has everything."""

    revision: Hashable = None

    def __init__(self, renderers: Sequence[SoakRenderer]) -> None:
        self._renderers = renderers

    def standings(self) -> Sequence[Standing]:
        """As their health says."""
        return [Standing(name=one.name, up=one.health.up, loaded=one.loaded) for one in self._renderers]

    def servers(self, work: Work) -> frozenset[str] | None:
        """All of them."""
        return frozenset(one.name for one in self._renderers)

    def model_of(self, work: Work) -> str:
        """As it is asked for."""
        return checkpoint_of(work)

    def watch(self, changed: Callable[[], None]) -> None:
        """Whenever one looks or judges."""
        for one in self._renderers:
            one.tell = changed


class SoakStore(MemoryJobStore):
    """Refuses a write now and then, as a busy database does."""

    def __init__(self, clock: Clock, seed: int) -> None:
        super().__init__(clock)
        self._rng = random.Random(f"{seed} store")
        self.refused = 0

    async def claim(self, backend: str, floor: Floor | None = None) -> Job | None:
        """waiting → running."""
        self._trip()
        return await super().claim(backend, floor)

    async def release(
        self, job_id: str, *, counts: bool = True, setback: Setback | None = None
    ) -> Job | None:
        """running → waiting."""
        self._trip()
        return await super().release(job_id, counts=counts, setback=setback)

    async def set_rendered(self, job_id: str, rendered: Rendered) -> Job | None:
        """running → rendered."""
        self._trip()
        return await super().set_rendered(job_id, rendered)

    async def set_delivered(self, job_id: str) -> Job | None:
        """rendered → delivered."""
        self._trip()
        return await super().set_delivered(job_id)

    async def set_failed(self, job_id: str, failure: Failure, *, used: float = 0.0) -> Job | None:
        """The end without a result."""
        self._trip()
        return await super().set_failed(job_id, failure, used=used)

    def _trip(self) -> None:
        if self._rng.random() < _STORE_FAILS:
            self.refused += 1
            raise StorageError(reason="busy")


class Witness:
    """Knows every job that was taken and keeps only what is not over yet."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.taken = 0
        self.cancels: set[str] = set()
        self.states: Counter[State] = Counter()
        self.reasons: Counter[str] = Counter()
        self.wrong: list[str] = []
        """What must never be."""
        self.empty = asyncio.Event()
        self.empty.set()

    def take(self, job: Job) -> None:
        """It was accepted."""
        self.taken += 1
        self.open.add(job.id)
        self.empty.clear()

    def close(self, job: Job) -> None:
        """It is over, for the first time and with a reason."""
        if job.id not in self.open:
            self.wrong.append(f"{job.id} was over twice")
            return
        self.open.discard(job.id)
        self.states[job.state] += 1
        if job.state is State.FAILED:
            self.reasons[job.failure.code if job.failure else "none"] += 1
            if job.failure is None or not job.failure.code:
                self.wrong.append(f"{job.id} failed without a reason")
        if job.state is State.CANCELLED and job.id not in self.cancels:
            self.wrong.append(f"{job.id} was cancelled by nobody")
        self.cancels.discard(job.id)
        if not self.open:
            self.empty.set()
