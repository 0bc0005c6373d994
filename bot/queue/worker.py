"""One back end's worker: one job at a time, and the next as soon as the last one's answer is in memory."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any, Self

from bot.errors import ConnectionLost, StorageError, TimedOut, Unauthorized, Unreachable, WebUIError
from bot.model.clock import Clock
from bot.model.tasks import TaskOwner
from bot.queue.dispatch import Dispatch, Run
from bot.queue.job import Job
from bot.queue.protocols import Answer, Renderer
from bot.queue.record import backend_at_fault

log = logging.getLogger(__name__)

_INTERRUPT_AGAIN_SECONDS = 1.0
"""An interrupt just before a job begins is forgotten by the web UI (NOTES 2.7), so it is repeated."""
_LONGEST_PAUSE_SECONDS = 30.0
_HEAD_START_SECONDS = 0.03
"""How long decoding waits for the next request to leave: it would double the few ms that a claim takes."""
_MEANS_DOWN = (Unreachable, ConnectionLost, TimedOut, Unauthorized)
"""After these the back end counts as down until it is ready again."""

_Outcome = tuple[Answer, None] | tuple[None, Exception]


class Worker:
    """``async with Worker(…) as worker``; ``stop`` before that ends, to let the running job finish."""

    def __init__(
        self, renderer: Renderer, dispatch: Dispatch, clock: Clock, *, answers_in_memory: int = 2
    ) -> None:
        self._renderer = renderer
        self._dispatch = dispatch
        self._clock = clock
        self._answers = asyncio.Semaphore(answers_in_memory)
        self._tasks = TaskOwner()
        self._stopping = False
        self._has_job = False
        self._failures = 0
        self._busy_again = asyncio.Event()
        """Of the latest answer: set when the back end has its next job."""
        self._task: asyncio.Task[None]

    @property
    def name(self) -> str:
        """The back end's."""
        return self._renderer.name

    @property
    def task(self) -> asyncio.Task[None]:
        """The loop. It ends by ``stop`` only; whoever supervises the program watches it."""
        return self._task

    async def __aenter__(self) -> Self:
        self._task = self._tasks.start(self._work_for_ever(), f"worker-{self.name}")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop(0.0)

    async def stop(self, grace_seconds: float) -> None:
        """Take nothing further, wait that long for what runs, then leave it.

        What is left stays ``running`` in the store and goes back to the line at the next start.
        """
        self._stopping = True
        if not self._has_job:
            self._task.cancel()
        if grace_seconds > 0 and len(self._tasks):
            log.info("waiting for the running job", extra={"backend": self.name, "seconds": grace_seconds})
            await self._first(self._tasks.drain(), self._clock.sleep(grace_seconds))
        await self._tasks.close()
        self._dispatch.backend_down(self.name)

    async def _work_for_ever(self) -> None:
        while not self._stopping:
            await self._renderer.ready()
            self._dispatch.backend_up(self.name)
            await self._answers.acquire()
            try:
                job = await self._dispatch.next_job(self.name)
            except BaseException as error:
                self._answers.release()
                if not isinstance(error, StorageError):
                    raise
                log.warning("no job could be claimed", extra={"backend": self.name, "reason": error.reason})
                self._failures += 1
            else:
                self._has_job = True
                await self._serve(job)
                self._has_job = False
            await self._recover_breath()

    async def _recover_breath(self) -> None:
        """After failures, wait longer and longer; a back end that refuses at once must not spin."""
        if self._failures and not self._stopping:
            await self._clock.sleep(min(_LONGEST_PAUSE_SECONDS, 2.0 ** (self._failures - 1)))

    async def _serve(self, job: Job) -> None:
        """One job, until the back end is free again. Its answer's place is freed now or once it is stored."""
        finishing = False
        self._busy_again.set()
        try:
            answer = await self._render(self._dispatch.runs[job.id])
            if answer is not None:
                self._failures = 0
                self._busy_again = asyncio.Event()
                self._tasks.start(self._finish(job, answer, self._busy_again), f"finish-{job.id}")
                finishing = True
        except Exception as error:  # noqa: BLE001 - whatever a job does, it ends with that job
            await self._fail(job, error)
        finally:
            if not finishing:
                self._answers.release()

    async def _render(self, run: Run) -> Answer | None:
        """The answer, or what an interrupt left of it; None if the job was cancelled and nothing is there."""
        answer = None
        if not run.stop.is_set():
            render = self._tasks.start(self._outcome(run), f"render-{run.job.id}")
            await self._until_rendered(run.job.id, run, render)
            answer, error = render.result()
            if error is not None and not run.stop.is_set():
                raise error
        if answer is None or (run.stop.is_set() and not run.keep):
            await self._dispatch.set_cancelled(run.job)
            return None
        return answer

    async def _outcome(self, run: Run) -> _Outcome:
        """What rendering came to, as a value, so that its task never dies of a job's error."""
        try:
            return await self._renderer.render(run.job, run.part, self._dispatch.report), None
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits
            return None, error

    async def _until_rendered(self, job_id: str, run: Run, render: asyncio.Task[_Outcome]) -> None:
        stopped = self._tasks.start(run.stop.wait(), f"cancel-{job_id}")
        try:
            await asyncio.wait({render, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
        while not render.done():
            await self._interrupt(job_id)
            pause = self._tasks.start(self._clock.sleep(_INTERRUPT_AGAIN_SECONDS), f"interrupt-{job_id}")
            await asyncio.wait({render, pause}, return_when=asyncio.FIRST_COMPLETED)
            pause.cancel()

    async def _interrupt(self, job_id: str) -> None:
        try:
            await self._renderer.interrupt(job_id)
        except WebUIError as error:
            log.info("an interrupt failed", extra={"job": job_id, "error": str(error)})
        except Exception:
            log.exception("an interrupt went wrong", extra={"job": job_id})

    async def _finish(self, job: Job, answer: Answer, busy_again: asyncio.Event) -> None:
        """From an answer in memory to pictures on disk, while the back end renders the next job."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HEAD_START_SECONDS):
                await busy_again.wait()
        try:
            rendered = await self._renderer.finish(job, answer)
            await self._dispatch.set_rendered(job, rendered)
        except Exception as error:  # noqa: BLE001 - whatever a job does, it ends with that job
            await self._fail(job, error)
        finally:
            self._answers.release()

    async def _fail(self, job: Job, error: Exception) -> None:
        """Whatever went wrong with a job, its state says so, and the worker lives on."""
        if isinstance(error, TimedOut | ConnectionLost):
            await self._interrupt(job.id)
        if isinstance(error, _MEANS_DOWN):
            self._dispatch.backend_down(self.name)
        if backend_at_fault(error):
            self._failures += 1
        try:
            await self._dispatch.handle_failure(job, error)
        except Exception:
            log.exception("a job stays running until the next start", extra={"job": job.id})

    async def _first(self, *works: Coroutine[Any, Any, object]) -> None:
        tasks = {asyncio.ensure_future(work) for work in works}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
