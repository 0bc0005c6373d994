"""What several tests need: a clock that tests move, requests, and a back end that does what a test says."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.model.work import Drawing, Origin, Request, Txt2Img, Work
from bot.queue.events import Progressed
from bot.queue.job import Job, Picture, Rendered
from bot.queue.parts import Part, next_part
from bot.queue.protocols import Admission, Renderer

T = TypeVar("T")

ROOT = Path(__file__).parent.parent
"""The repository."""
PLENTY = Admission(per_person=10**9, total=10**9)
PATIENCE_SECONDS = 10.0
"""How long a test waits for what must come, before it fails."""


class ManualClock:
    """A Clock that stands still until it is moved."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self._now = now
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._slept = asyncio.Event()
        self.sleeps: list[float] = []
        """Seconds that each sleep was asked for, the oldest first."""

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Until the clock has been moved that far."""
        self.sleeps.append(seconds)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        self._slept.set()
        await woken

    def advance(self, seconds: float) -> None:
        """Move on and wake whoever has slept long enough, the earliest first."""
        self._now += seconds
        while self._sleepers and self._sleepers[0][0] <= self._now:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)

    @property
    def sleepers(self) -> int:
        """How many are asleep now."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    async def until_asleep(self, sleepers: int = 1) -> None:
        """Wait until that many are asleep, so that ``advance`` cannot come too early."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.sleepers < sleepers:
                self._slept.clear()
                await self._slept.wait()


class HurriedClock:
    """A Clock that runs so many times faster, so that pauses between attempts take no time to wait for."""

    def __init__(self, times: float = 20.0) -> None:
        self._times = times
        self._began = time.time()

    def now(self) -> float:
        """Seconds since 1970, running ahead."""
        return self._began + (time.time() - self._began) * self._times

    async def sleep(self, seconds: float) -> None:
        """That much shorter."""
        await asyncio.sleep(seconds / self._times)


async def eventually(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Come back when ``condition`` holds; fail the test if it does not in a while."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            held = condition()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(0)


async def within(awaited: Awaitable[T]) -> T:
    """What ``awaited`` comes to; fail the test if it does not in a while."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await awaited


def a_request(
    *, pictures: int = 1, prompt: str = "a maltese puppy", checkpoint: str | None = None, steps: int = 20
) -> Request:
    """A small request."""
    work = Txt2Img(prompt=prompt, seed=1, batch_count=pictures, checkpoint=checkpoint, steps=steps)
    return Request(work=work)


def an_origin(person: int = 1, channel: int = 20) -> Origin:
    """Someone in a channel."""
    return Origin(guild_id=10, channel_id=channel, user_id=person)


def a_picture(index: int = 0) -> Picture:
    """A result, as if it lay on disk."""
    return Picture(
        index=index,
        file=f"2026/{index}.png",
        kind="png",
        width=512,
        height=512,
        size=1000,
        seed=1 + index,
        subseed=2**63 + index,
        prompt="a maltese puppy",
        infotext=f"a maltese puppy\nSteps: 20, Seed: {1 + index}",
    )


def some_pictures(
    count: int = 1,
    *,
    seconds: float = 12.0,
    interrupted: bool = False,
    first: int = 0,
    drawn: int | None = None,
) -> Rendered:
    """What a renderer hands over, of a request for ``drawn`` pictures from index ``first`` on."""
    pictures = tuple(a_picture(index) for index in range(first, first + count))
    return Rendered(pictures=pictures, seconds=seconds, interrupted=interrupted, drawn=drawn)


@dataclass(frozen=True, slots=True)
class ScriptedAnswer:
    """What a ScriptedRenderer gives for an answer."""

    job_id: str
    part: Part
    interrupted: bool


class ScriptedRenderer:
    """A back end without HTTP: every render and every finish waits until the test lets it go on."""

    def __init__(self, name: str = "one") -> None:
        self._name = name
        self.is_ready = asyncio.Event()
        self.is_ready.set()
        self.rendering: asyncio.Queue[Job] = asyncio.Queue()
        """Jobs, as their rendering begins."""
        self.finishing: asyncio.Queue[Job] = asyncio.Queue()
        """Jobs, as their finishing begins."""
        self.interrupts: asyncio.Queue[str] = asyncio.Queue()
        self.current: Job | None = None
        self._answers: asyncio.Queue[Exception | float] = asyncio.Queue()
        self._finishes: asyncio.Queue[Exception | None] = asyncio.Queue()
        self._interrupted = asyncio.Event()
        self.heeds_interrupts = True
        self.leaves = 0
        """Pictures in the answer after an interrupt."""

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    def answer(self, outcome: Exception | float = 1.0, *, finish: Exception | bool = True) -> None:
        """The next rendering ends, well or with an error; so does its finishing, unless ``finish=False``."""
        self._answers.put_nowait(outcome)
        if finish is not False:
            self.let_finish(finish if isinstance(finish, Exception) else None)

    def let_finish(self, error: Exception | None = None) -> None:
        """The next finishing ends."""
        self._finishes.put_nowait(error)

    async def ready(self) -> None:
        """As the test says."""
        await self.is_ready.wait()

    async def render(self, job: Job, part: Part, report: Callable[[Progressed], None]) -> ScriptedAnswer:
        """Wait for ``answer`` or an interrupt."""
        self.current = job
        self._interrupted.clear()
        self.rendering.put_nowait(job)
        try:
            report(Progressed(job_id=job.id, fraction=0.5))
            outcome = await self._outcome()
        finally:
            self.current = None
        if isinstance(outcome, Exception):
            raise outcome
        return ScriptedAnswer(job.id, part, self._interrupted.is_set())

    async def finish(self, job: Job, answer: object) -> Rendered:
        """Wait for ``let_finish``."""
        assert isinstance(answer, ScriptedAnswer)
        first, count = answer.part.first, answer.part.work.pictures
        if answer.interrupted:
            return some_pictures(self.leaves, first=first, seconds=0.5, interrupted=True, drawn=count)
        self.finishing.put_nowait(job)
        error = await self._finishes.get()
        if error is not None:
            raise error
        return some_pictures(count, first=first, seconds=1.0, drawn=count)

    async def interrupt(self, job_id: str) -> bool:
        """Ends the rendering, with fewer pictures."""
        self.interrupts.put_nowait(job_id)
        if self.current is None or self.current.id != job_id:
            return False
        if self.heeds_interrupts:
            self._interrupted.set()
        return True

    async def _outcome(self) -> Exception | float:
        answer = asyncio.ensure_future(self._answers.get())
        interrupted = asyncio.ensure_future(self._interrupted.wait())
        try:
            await asyncio.wait({answer, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            return answer.result() if answer.done() else 0.5
        finally:
            answer.cancel()
            interrupted.cancel()


def checkpoint_of(work: Work) -> str:
    """The checkpoint that is asked for, empty where none is."""
    return (work.checkpoint or "") if isinstance(work, Drawing) else ""


async def render(
    renderer: Renderer, job: Job, report: Callable[[Progressed], None] | None = None
) -> Any:  # its own kind of answer
    """All of a job in one request."""
    return await renderer.render(job, next_part(job.request.work, 0, 0.0, 0.0), report or (lambda _: None))
