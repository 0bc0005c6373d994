"""One web UI as the queue sees it: a job in, pictures on disk out."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from bot.backends.attempt import Attempt
from bot.backends.backend import Backend
from bot.backends.describing import DescribedAnswer, describe
from bot.backends.enlarging import EnlargedAnswer, enlarging_notices, read_enlarged
from bot.backends.finishing import Drawn, DrawnPicture, WebUIAnswer, notices, read_answer
from bot.backends.healing import Healer
from bot.backends.inputs import Inputs
from bot.backends.lists import exact_names
from bot.backends.memory import MemoryLimits
from bot.backends.orders import Orders, Sources
from bot.backends.outputs import PictureFolder
from bot.backends.tuned import Tuning
from bot.errors import (
    CheckpointFailed,
    ConnectionLost,
    EaselError,
    TimedOut,
    UnknownName,
    Unreachable,
    Unsupported,
    WebUIError,
)
from bot.imaging.codec import PictureLimits
from bot.model.tasks import TaskOwner
from bot.model.work import Describe, Img2Img, Txt2Img, Upscale, Work
from bot.queue.events import Progressed
from bot.queue.job import Job, Picture, Rendered
from bot.queue.parts import Part, whole_pictures
from bot.queue.protocols import Answer
from bot.webui.api import RawAnswer
from bot.webui.encoding import PictureText
from bot.webui.endpoints import Endpoint
from bot.webui.requests import endpoint_of
from bot.webui.responses import parse_generation
from bot.webui.wire import Checkpoint

__all__ = ["BackendRunner"]

_log = logging.getLogger(__name__)

Report = Callable[[Progressed], None]
AnyAnswer = WebUIAnswer | EnlargedAnswer | DescribedAnswer

_NEW_FILES: Mapping[str, tuple[Endpoint, ...]] = {
    "checkpoint": (Endpoint.REFRESH_CHECKPOINTS,),
    "vae": (Endpoint.REFRESH_VAES,),
    "lora": (Endpoint.REFRESH_LORAS,),
    "embedding": (Endpoint.REFRESH_EMBEDDINGS,),
}
"""What finds a file that came since the web UI last looked (NOTES 2.5), by the kind of the unknown name."""
_MAY_STILL_RUN = (TimedOut, ConnectionLost, asyncio.CancelledError)
"""After these the web UI goes on drawing (NOTES 2.7)."""


class BackendRunner:
    """Implements ``bot.queue.protocols.Renderer``. One job at a time is rendered; others may be finished."""

    def __init__(
        self,
        backend: Backend,
        *,
        folder: PictureFolder,
        inputs: Inputs,
        limits: PictureLimits,
        finishing: asyncio.Semaphore,
        poll_seconds: float,
        tuning: Tuning,
        memory: MemoryLimits,
    ) -> None:
        """``finishing`` is shared by all runners: how many answers are decoded at a time."""
        self._backend = backend
        self._folder = folder
        self._orders = Orders(backend, inputs, tuning)
        self._limits = limits
        self._finishing = finishing
        self._poll_seconds = poll_seconds
        self._tuning = tuning
        self._memory = memory
        self._attempt: Attempt | None = None
        self._latest: RawAnswer | None = None
        self._healer = Healer(backend, lambda work, task: self._orders.drawing(work, task, Sources()))
        self._changed = asyncio.Event()
        """The web UI is not what it was."""
        backend.watch(self._changed.set)

    def __repr__(self) -> str:
        return f"<BackendRunner {self.name}>"

    @property
    def name(self) -> str:
        """The back end's."""
        return self._backend.name

    async def ready(self) -> None:
        """Come back when the web UI is up and has said what it can do.

        What a failed load has damaged is healed here, between two jobs, or stays out until somebody else
        has loaded another checkpoint there.
        """
        health = self._backend.health
        while health.damaged:
            self._changed.clear()
            if health.answers:
                await self._healer.heal()
            if health.damaged:
                await self._changed.wait()
        await health.wait_up()

    async def render(self, job: Job, part: Part, report: Report) -> AnyAnswer:
        """Send the one request for ``part``, or one for each model that describes, and read it to the end.

        Raises UnknownName for a name that this web UI does not have, InputGone for a picture that is not kept
        any more, and WebUIError.
        """
        backend = self._backend
        backend.job_began(job.id)
        try:
            self._orders.require(part.work)
            work = await self._exact(part.work)
            async with self._memory.watching(self.name, self._orders.named(work)):
                sources = await self._orders.sources(work)
                answer = await self._send(job, replace(part, work=work), sources, report)
            if backend.health.is_trial(job.id):
                await self._check(job, answer)
        except EaselError as error:
            backend.job_failed(job.id, error)
            if isinstance(error, CheckpointFailed):
                self._healer.note(job.id, error)
            raise
        except BaseException:
            backend.job_ended(job.id)
            raise
        return answer

    async def _send(self, job: Job, part: Part, sources: Sources, report: Report) -> AnyAnswer:
        work = part.work
        if isinstance(work, Describe):
            return await describe(self._backend.client, work, sources.pictures[0])
        if isinstance(work, Upscale):
            return await self._enlarge(job, work, sources, report)
        return await self._draw(job, part, work, sources, report)

    async def _check(self, job: Job, answer: AnyAnswer) -> None:
        """Of a trial: the next job goes there only if the pictures are whole. Raises as ``finish``."""
        if not isinstance(answer, DescribedAnswer) and not answer.interrupted:
            await self._drawn(answer)
        self._backend.job_succeeded(job.id)

    async def finish(self, job: Job, answer: Answer) -> Rendered:
        """Decode, complete and store the pictures, all of it off the event loop.

        Raises BadAnswer, PictureError and StorageError.
        """
        if isinstance(answer, DescribedAnswer):
            self._backend.job_succeeded(job.id)
            return Rendered(pictures=(), notices=answer.notices, seconds=answer.seconds)
        if not isinstance(answer, WebUIAnswer | EnlargedAnswer):
            raise TypeError("the answer of another renderer")
        drawn = await self._read(job, answer)
        if isinstance(answer, EnlargedAnswer):
            return await self._finish_enlarged(job, answer, drawn)
        wanted = self._wanted(answer, drawn.pictures)
        complete = [await self._completed(picture, answer) for picture in wanted]
        stored = await asyncio.to_thread(self._store, job, answer.part.first, drawn, complete)
        if self._latest is answer.raw:  # a later request has loaded what that one wants
            self._note_drawn_with(drawn)
        return Rendered(
            pictures=stored,
            notices=notices(answer, drawn, complete, len(job.pictures)),
            seconds=answer.seconds,
            switch=answer.switch,
            interrupted=answer.interrupted,
            drawn=answer.part.work.pictures,
        )

    def _wanted(self, answer: WebUIAnswer, pictures: Sequence[DrawnPicture]) -> Sequence[DrawnPicture]:
        """Not more than were asked for; what an interrupt left unfinished only if that is wanted."""
        if answer.interrupted and not self._tuning.now.partials:
            return pictures[: whole_pictures(answer.work, len(pictures))]
        return pictures[: answer.work.pictures]

    async def _finish_enlarged(self, job: Job, answer: EnlargedAnswer, drawn: Drawn) -> Rendered:
        stored = await asyncio.to_thread(self._store, job, 0, drawn, drawn.pictures)
        return Rendered(
            pictures=stored,
            notices=enlarging_notices(answer, drawn),
            seconds=answer.seconds,
            interrupted=answer.interrupted,
        )

    async def _drawn(self, answer: WebUIAnswer | EnlargedAnswer) -> Drawn:
        async with self._finishing:
            if isinstance(answer, EnlargedAnswer):
                return await asyncio.to_thread(read_enlarged, answer, self._limits)
            return await asyncio.to_thread(read_answer, answer, self._limits)

    async def _read(self, job: Job, answer: WebUIAnswer | EnlargedAnswer) -> Drawn:
        """Its pictures, and the verdict on who drew them."""
        try:
            drawn = await self._drawn(answer)
        except EaselError as error:
            if not answer.interrupted:
                self._backend.job_failed(job.id, error)
            raise
        self._backend.job_succeeded(job.id)
        return drawn

    async def interrupt(self, job_id: str) -> bool:
        """Stop ``job_id`` if it is what runs there, as far as can be known. Raises WebUIError.

        It holds for a job whose answer was given up after a timeout, too.
        """
        attempt = self._attempt
        if attempt is None or attempt.job_id != job_id or not self._backend.capabilities.interrupt:
            return False
        if not await attempt.runs_now() or self._attempt is not attempt:
            return False
        attempt.interrupted = True  # first, since the answer may come before the interrupt's own
        try:
            await self._backend.client.interrupt()
        except (Unreachable, Unsupported) as error:
            attempt.interrupted = False
            if isinstance(error, Unsupported):
                return False
            raise
        return True

    async def skip(self, job_id: str) -> bool:
        """Go on to the next part of ``job_id``'s batch, if that runs there (NOTES 2.7). Raises WebUIError."""
        attempt, backend = self._attempt, self._backend
        if attempt is None or attempt.job_id != job_id or not backend.capabilities.has(Endpoint.SKIP):
            return False
        if not await attempt.runs_now() or self._attempt is not attempt:
            return False
        await backend.client.skip()
        return True

    async def _exact(self, work: Work) -> Work:
        """The work in this web UI's names. An unknown one is looked for once more before it is refused."""
        backend = self._backend
        try:
            return exact_names(work, backend.lists, backend.capabilities)
        except UnknownName as error:
            await backend.refresh(*_NEW_FILES.get(error.kind, ()))
            return exact_names(work, backend.lists, backend.capabilities)

    def _new_attempt(self, job: Job) -> Attempt:
        backend = self._backend
        return Attempt(
            backend.client,
            backend.capabilities,
            job_id=job.id,
            task_id=f"easel-{job.id}-{secrets.token_hex(4)}",
            alone=backend.dedicated,
            previews=self._tuning.now.previews and job.request.is_shown_early,
        )

    async def _draw(
        self, job: Job, part: Part, work: Txt2Img | Img2Img, sources: Sources, report: Report
    ) -> WebUIAnswer:
        attempt = self._new_attempt(job)
        capabilities = self._backend.capabilities
        payload = self._orders.drawing(work, attempt.task_id, sources)
        name, checkpoint = self._orders.checkpoint(work)
        switches = self._will_switch(checkpoint)
        await attempt.look_around()
        started = time.monotonic()
        raw = await self._post(attempt, endpoint_of(work), payload, report)
        ended = time.monotonic()
        self._latest = raw
        if checkpoint is not None:  # a probe in the middle of loading may have seen the one before
            self._backend.note_loaded(checkpoint.model_name)
        return WebUIAnswer(
            raw=raw,
            work=work.model_copy(update={"checkpoint": name}),
            part=part,
            checkpoint=checkpoint,
            capabilities=capabilities,
            seconds=ended - started,
            switch=_between(started, attempt.began_at(ended)) if switches else 0.0,
            interrupted=attempt.interrupted,
        )

    async def _enlarge(self, job: Job, work: Upscale, sources: Sources, report: Report) -> EnlargedAnswer:
        """No model is loaded or changed for it."""
        attempt = self._new_attempt(job)
        payload = self._orders.upscaling(work, sources)
        started = time.monotonic()
        raw = await self._post(attempt, endpoint_of(work), payload, report)
        return EnlargedAnswer(
            raw=raw,
            work=work,
            infotexts=sources.infotexts,
            seconds=time.monotonic() - started,
            interrupted=attempt.interrupted,
        )

    def _will_switch(self, checkpoint: Checkpoint | None) -> bool:
        """Whether the web UI has to load another one for it; from now on that one counts as loaded there."""
        before = self._healer.before = self._backend.loaded
        if checkpoint is None:
            return False
        self._backend.note_loaded(checkpoint.model_name)
        self._latest = None
        return before is not None and before != checkpoint.model_name

    async def _post(
        self, attempt: Attempt, endpoint: Endpoint, payload: dict[str, JsonValue], report: Report
    ) -> RawAnswer:
        """One POST, with progress told meanwhile. Any status but 200 is raised as what it means."""
        self._attempt = attempt
        tasks = TaskOwner()
        if attempt.is_visible:
            tasks.start(self._tell_progress(attempt, report), f"progress-{self.name}")
        try:
            raw = await self._backend.client.post(endpoint, payload)
        except BaseException as error:
            if not isinstance(error, _MAY_STILL_RUN):
                self._attempt = None
            raise
        finally:
            await tasks.close()
        self._attempt = None
        if not 200 <= raw.status < 300:
            await asyncio.to_thread(raw.parsed, parse_generation)  # raises what the status means
        return raw

    async def _tell_progress(self, attempt: Attempt, report: Report) -> None:
        while True:
            await self._backend.clock.sleep(self._poll_seconds)
            try:
                progressed = await attempt.look(preview=attempt.previews)
            except WebUIError as error:
                # The POST itself will tell if something is really wrong.
                _log.debug("no progress could be read", extra={"backend": self.name, "error": error.code})
                continue
            if progressed is not None:
                report(attempt.note(progressed, time.monotonic()))

    async def _completed(self, picture: DrawnPicture, answer: WebUIAnswer) -> DrawnPicture:
        """With its infotext, asked of /png-info where neither the picture nor ``info`` had one."""
        if picture.infotext or not answer.capabilities.png_info:
            return picture
        try:
            encoded = await asyncio.to_thread(lambda: PictureText(picture.result.image, "ascii"))
            told = await self._backend.client.png_info(encoded)
        except WebUIError as error:
            _log.info("no infotext could be had", extra={"backend": self.name, "error": error.code})
            return picture
        return await asyncio.to_thread(picture.with_infotext, told.info) if told.info else picture

    def _store(
        self, job: Job, first: int, drawn: Drawn, pictures: Sequence[DrawnPicture]
    ) -> tuple[Picture, ...]:
        """Blocks. ``first``: the index of the first of them in the job."""
        stored = []
        for index, picture in enumerate(pictures, first):
            finished = picture.finished
            file = self._folder.write(
                job_id=job.id,
                created_at=job.created_at,
                attempt=job.attempts,
                index=index,
                kind=finished.kind,
                data=finished.data,
            )
            varied = drawn.info.subseed_strength > 0
            stored.append(picture.stored(index, file, drawn.prompt(index - first), varied=varied))
        return tuple(stored)

    def _note_drawn_with(self, drawn: Drawn) -> None:
        """What the web UI says that it drew with is what is loaded there."""
        info = drawn.info
        for name in (info.sd_model_hash, info.sd_model_name):
            if name and (record := self._backend.lists.checkpoint(name)) is not None:
                self._backend.note_loaded(record.model_name)
                return


def _between(start: float, end: float | None) -> float | None:
    return None if end is None else max(0.0, end - start)
