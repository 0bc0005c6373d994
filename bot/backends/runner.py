"""One web UI as the queue sees it: a job in, pictures on disk out."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping

from pydantic import JsonValue

from bot.backends.attempt import Attempt
from bot.backends.backend import Backend
from bot.backends.finishing import Drawn, DrawnPicture, WebUIAnswer, notices, read_answer
from bot.backends.healing import heal, remedies
from bot.backends.lists import exact_names
from bot.backends.outputs import PictureFolder
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
from bot.model.work import Txt2Img, Work
from bot.queue.events import Progressed
from bot.queue.job import Job, Picture, Rendered
from bot.queue.protocols import Answer
from bot.webui import payloads
from bot.webui.api import RawAnswer
from bot.webui.endpoints import Endpoint
from bot.webui.requests import endpoint_of
from bot.webui.responses import parse_generation
from bot.webui.wire import Checkpoint

__all__ = ["BackendRunner"]

_log = logging.getLogger(__name__)

Report = Callable[[Progressed], None]

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
        limits: PictureLimits,
        finishing: asyncio.Semaphore,
        poll_seconds: float,
        previews: bool,
    ) -> None:
        """``finishing`` is shared by all runners: how many answers are decoded at a time."""
        self._backend = backend
        self._folder = folder
        self._limits = limits
        self._finishing = finishing
        self._poll_seconds = poll_seconds
        self._previews = previews
        self._attempt: Attempt | None = None
        self._latest: RawAnswer | None = None
        self._before: str | None = None
        """``model_name`` of what was loaded before the latest request was sent."""
        self._broken: frozenset[str] = frozenset()
        """Checkpoints that would not load."""
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
                await self._heal()
            if health.damaged:
                await self._changed.wait()
        await health.wait_up()

    async def render(self, job: Job, report: Report) -> WebUIAnswer:
        """Send the one request and read its answer to the last byte.

        Raises UnknownName for a name that this web UI does not have, and WebUIError.
        """
        backend = self._backend
        backend.job_began(job.id)
        try:
            work = await self._exact(_text(job.request.work))
            answer = await self._draw(job, work, report)
            if backend.health.is_trial(job.id):
                await self._check(job, answer)
        except EaselError as error:
            backend.job_failed(job.id, error)
            if isinstance(error, CheckpointFailed):
                self._note_damage(job, error)
            raise
        except BaseException:
            backend.job_ended(job.id)
            raise
        return answer

    async def _check(self, job: Job, answer: WebUIAnswer) -> None:
        """Of a trial: the next job goes there only if the pictures are whole. Raises as ``finish``."""
        if not answer.interrupted:
            async with self._finishing:
                await asyncio.to_thread(read_answer, answer, self._limits)
        self._backend.job_succeeded(job.id)

    async def finish(self, job: Job, answer: Answer) -> Rendered:
        """Decode, complete and store the pictures, all of it off the event loop.

        Raises BadAnswer, PictureError and StorageError.
        """
        if not isinstance(answer, WebUIAnswer):
            raise TypeError("the answer of another renderer")
        drawn = await self._read(job, answer)
        complete = [await self._completed(picture, answer) for picture in drawn.pictures]
        stored = await asyncio.to_thread(self._store, job, drawn, complete)
        if self._latest is answer.raw:  # a later request has loaded what that one wants
            self._note_drawn_with(drawn)
        return Rendered(
            pictures=stored,
            notices=notices(answer, drawn, complete),
            seconds=answer.seconds,
            switch=answer.switch,
            interrupted=answer.interrupted,
        )

    async def _read(self, job: Job, answer: WebUIAnswer) -> Drawn:
        """Its pictures, and the verdict on who drew them."""
        try:
            async with self._finishing:
                drawn = await asyncio.to_thread(read_answer, answer, self._limits)
        except EaselError as error:
            if not answer.interrupted:
                self._backend.job_failed(job.id, error)
            raise
        self._backend.job_succeeded(job.id)
        return drawn

    def _note_damage(self, job: Job, error: CheckpointFailed) -> None:
        """The model that was loaded may be damaged until another one is loaded (NOTES 3.7)."""
        backend = self._backend
        _log.warning("a checkpoint could not be loaded", extra={"backend": self.name, "job": job.id})
        wanted = backend.loaded
        if wanted is not None and wanted != self._before:
            self._broken |= {wanted}
        backend.look_soon(Endpoint.REFRESH_CHECKPOINTS)
        if backend.capabilities.knows("sd_model_checkpoint"):
            backend.record_damage(error)
        else:
            backend.note_loaded(None)

    async def _heal(self) -> None:
        """Load another checkpoint and the one from before. Where that cannot be, say so."""
        backend = self._backend
        known = backend.lists.checkpoints or ()
        others = remedies(known, self._before, self._broken)
        back = next((one for one in known if one.model_name == self._before), None)
        if back is None:  # what is damaged may be any of them, so two have to be loaded
            others, back = (others[:1], others[1]) if len(others) > 1 else ((), None)
        try:
            healed = await heal(backend.client, self._healing_payload, others, back)
        except WebUIError as error:
            _log.warning(
                "a web UI could not be healed yet", extra={"backend": self.name, "error": error.code}
            )
            backend.record_failure(error)
            return
        if healed is None:
            _log.warning(
                "a web UI is taken out: what is loaded there may be damaged; load another checkpoint there",
                extra={"backend": self.name},
            )
            return
        _log.info("a web UI has loaded another checkpoint and is sound again", extra={"backend": self.name})
        backend.record_healed(healed.model_name)

    def _healing_payload(self, work: Txt2Img) -> dict[str, JsonValue]:
        return self._payload(work, f"easel-healing-{secrets.token_hex(4)}")

    def dry_run(self, work: Work) -> dict[str, JsonValue]:
        """What would be sent for it. Raises UnknownName for a name that this web UI does not have."""
        backend = self._backend
        return self._payload(exact_names(_text(work), backend.lists, backend.capabilities), "easel-dry-run")

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

    async def _exact(self, work: Txt2Img) -> Txt2Img:
        """The work in this web UI's names. An unknown one is looked for once more before it is refused."""
        backend = self._backend
        try:
            return exact_names(work, backend.lists, backend.capabilities)
        except UnknownName as error:
            await backend.refresh(*_NEW_FILES.get(error.kind, ()))
            return exact_names(work, backend.lists, backend.capabilities)

    async def _draw(self, job: Job, work: Txt2Img, report: Report) -> WebUIAnswer:
        backend = self._backend
        capabilities = backend.capabilities
        attempt = Attempt(
            backend.client,
            capabilities,
            job_id=job.id,
            task_id=f"easel-{job.id}-{secrets.token_hex(4)}",
            alone=backend.dedicated,
            previews=self._previews and not job.request.spoiler,
        )
        payload = self._payload(work, attempt.task_id)
        expected, checkpoint = self._expected(work)
        switches = self._will_switch(checkpoint)
        await attempt.look_around()
        started = time.monotonic()
        raw = await self._post(attempt, payload, report)
        ended = time.monotonic()
        self._latest = raw
        if checkpoint is not None:  # a probe in the middle of loading may have seen the one before
            self._backend.note_loaded(checkpoint.model_name)
        return WebUIAnswer(
            raw=raw,
            work=expected,
            checkpoint=checkpoint,
            capabilities=capabilities,
            seconds=ended - started,
            switch=_between(started, attempt.began_at(ended)) if switches else 0.0,
            interrupted=attempt.interrupted,
        )

    def _will_switch(self, checkpoint: Checkpoint | None) -> bool:
        """Whether the web UI has to load another one for it; from now on that one counts as loaded there."""
        before = self._before = self._backend.loaded
        if checkpoint is None:
            return False
        self._backend.note_loaded(checkpoint.model_name)
        self._latest = None
        return before is not None and before != checkpoint.model_name

    def _payload(self, work: Txt2Img, task_id: str) -> dict[str, JsonValue]:
        backend = self._backend
        return payloads.txt2img(
            work,
            baseline=backend.baseline.values,
            capabilities=backend.capabilities,
            task_id=task_id,
            dedicated=backend.dedicated,
            loras=backend.lists.loras or (),
            modules=backend.lists.modules or (),
            distilled=_is_distilled(self._checkpoint_name(work)),
        )

    def _checkpoint_name(self, work: Txt2Img) -> str | None:
        """What is asked for, by the person or by the baseline; None where the web UI takes no such wish."""
        if work.checkpoint is not None or not self._backend.capabilities.knows("sd_model_checkpoint"):
            return work.checkpoint
        named = self._backend.baseline.values.get("sd_model_checkpoint")
        return named if isinstance(named, str) else None

    def _expected(self, work: Txt2Img) -> tuple[Txt2Img, Checkpoint | None]:
        """What the answer is to be compared with: a baseline's checkpoint that is not here shows, too."""
        name = self._checkpoint_name(work)
        if name is None:
            return work, None
        record = self._backend.lists.checkpoint(name)
        return work.model_copy(update={"checkpoint": record.model_name if record else name}), record

    async def _post(self, attempt: Attempt, payload: dict[str, JsonValue], report: Report) -> RawAnswer:
        """One POST, with progress told meanwhile. Any status but 200 is raised as what it means."""
        self._attempt = attempt
        tasks = TaskOwner()
        if attempt.is_visible:
            tasks.start(self._tell_progress(attempt, report), f"progress-{self.name}")
        try:
            raw = await self._backend.client.txt2img(payload)
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
            encoded = await asyncio.to_thread(lambda: str(picture.result.image, "ascii"))
            told = await self._backend.client.png_info(encoded)
        except WebUIError as error:
            _log.info("no infotext could be had", extra={"backend": self.name, "error": error.code})
            return picture
        return await asyncio.to_thread(picture.with_infotext, told.info) if told.info else picture

    def _store(self, job: Job, drawn: Drawn, pictures: list[DrawnPicture]) -> tuple[Picture, ...]:
        """Blocks."""
        stored = []
        for index, picture in enumerate(pictures):
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
            stored.append(picture.stored(index, file, drawn.prompt(index), varied=varied))
        return tuple(stored)

    def _note_drawn_with(self, drawn: Drawn) -> None:
        """What the web UI says that it drew with is what is loaded there."""
        info = drawn.info
        for name in (info.sd_model_hash, info.sd_model_name):
            if name and (record := self._backend.lists.checkpoint(name)) is not None:
                self._backend.note_loaded(record.model_name)
                return


def _text(work: Work) -> Txt2Img:
    if not isinstance(work, Txt2Img):
        raise Unsupported(endpoint_of(work).short)
    return work


def _between(start: float, end: float | None) -> float | None:
    return None if end is None else max(0.0, end - start)


def _is_distilled(checkpoint: str | None) -> bool:
    """Whether it takes its guidance as ``distilled_cfg_scale``. No web UI tells, so the name has to."""
    return checkpoint is not None and "flux" in checkpoint.casefold()
