"""One POST of ours while it is under way: whether it is what the web UI draws now, and how far it is.

Exact where /internal/progress is served, which knows our task's id. Elsewhere /sdapi/v1/progress shows
whatever runs, whosever it is (NOTES 2.6). Requests are served in the order of their coming (NOTES 2.7), so
what ran before ours was sent, told by its time of beginning, is not ours, and what begins next is: as far as
can be known, since other people's requests may have waited already.
"""

import asyncio
import logging
from dataclasses import replace

from bot.errors import BadAnswer, InvalidRequest, PictureError, ServerError, Unsupported
from bot.imaging.codec import decode_base64
from bot.queue.events import Progressed
from bot.webui.api import WebUIAPI
from bot.webui.dialects import Capabilities
from bot.webui.wire import Progress, TaskProgress

__all__ = ["Attempt"]

_log = logging.getLogger(__name__)

MAX_PREVIEW_BYTES = 8 * 1024 * 1024
"""Of one preview. Full-sized ones of 2048² are 5 MB; Discord would refuse them anyway."""
_NOT_DRAWING_YET = 0.02
"""/sdapi/v1/progress says 0.01 from the moment that a job begins, its model not yet loaded (NOTES 2.6)."""


class Attempt:
    """``alone``: nobody else uses this web UI, so whatever runs while our POST is open is ours."""

    def __init__(
        self,
        client: WebUIAPI,
        capabilities: Capabilities,
        *,
        job_id: str,
        task_id: str,
        alone: bool,
        previews: bool = False,
    ) -> None:
        self.job_id = job_id
        self.task_id = task_id
        self.interrupted = False
        """We stopped it: the answer is a success that nothing tells from a whole one (NOTES 2.7)."""
        self.previews = previews
        """Whether people are to see it while it is drawn."""
        self._client = client
        self._capabilities = capabilities
        self._alone = alone
        self._foreign: str | None = None
        """Time of beginning of the job that ran before ours was sent."""
        self._own: str | None = None
        """Time of beginning of ours, once it was seen to run."""
        self._seen_preview = -1
        self._preview: bytes | None = None
        """The latest, since not every look brings a new one."""
        self._first_step: tuple[float, float] | None = None
        """When it was first seen to draw, and what share of it was done then."""

    def note(self, progressed: Progressed, at: float) -> Progressed:
        """The same with its pace. ``at`` is of the clock that ``began_at`` is asked with."""
        if self._first_step is None and progressed.fraction > _NOT_DRAWING_YET:
            self._first_step = at, progressed.fraction
        return replace(progressed, per_second=self._per_second(progressed.fraction, at))

    def _per_second(self, fraction: float, at: float) -> float | None:
        first, before = self._first_step or (at, fraction)
        return (fraction - before) / (at - first) if at > first and fraction > before else None

    def began_at(self, ended_at: float) -> float | None:
        """When it began to draw, as if it had gone on evenly; None if it was never seen to."""
        if self._first_step is None:
            return None
        at, fraction = self._first_step
        return at - fraction / (1 - fraction) * (ended_at - at) if fraction < 1 else None

    async def look_around(self) -> None:
        """Note what runs before our POST is sent, where that is needed to tell ours.

        Raises WebUIError when the web UI cannot be talked to. That it has no answer to this alone is no
        reason not to draw.
        """
        if self._alone or self._capabilities.task_progress or not self._capabilities.progress:
            return
        try:
            progress = await self._client.progress(preview=False)
        except (ServerError, InvalidRequest, BadAnswer, Unsupported) as error:
            _log.info("what runs on a web UI cannot be told", extra={"error": error.code})
            return
        self._foreign = progress.state.job_timestamp if progress.busy else None

    @property
    def is_visible(self) -> bool:
        """Whether this web UI tells anything about running jobs."""
        return self._capabilities.task_progress or self._capabilities.progress

    async def look(self, *, preview: bool = False) -> Progressed | None:
        """How far it is; None while it is not what runs now. Raises WebUIError."""
        if self._capabilities.task_progress:
            task = await self._client.task_progress(
                self.task_id, seen_preview=self._seen_preview, preview=preview
            )
            return await self._of_task(task)
        if self._capabilities.progress:
            progress = await self._client.progress(preview=preview)
            return await self._of_whatever_runs(progress) if self._is_ours(progress) else None
        return None

    async def runs_now(self) -> bool:
        """Whether an interrupt would hit it. Where nothing can be seen, an open POST counts as running."""
        return not self.is_visible or await self.look() is not None

    def _is_ours(self, progress: Progress) -> bool:
        if not progress.busy:
            return False
        began = progress.state.job_timestamp
        if self._own is not None:
            return began == self._own
        if self._alone:
            return True
        if began == self._foreign:
            return False
        self._own = began
        return True

    async def _of_task(self, task: TaskProgress) -> Progressed | None:
        if not task.active or task.completed:
            return None
        self._seen_preview = max(self._seen_preview, task.id_live_preview)
        self._preview = await _picture(task.preview) or self._preview
        return Progressed(
            job_id=self.job_id,
            fraction=task.progress or 0.0,
            eta_seconds=task.eta,
            preview=self._preview,
        )

    async def _of_whatever_runs(self, progress: Progress) -> Progressed:
        state = progress.state
        self._preview = await _picture(progress.preview) or self._preview
        begun = state.job_count > 0  # before that, everything but "busy" is the last job's (NOTES 2.6)
        return Progressed(
            job_id=self.job_id,
            fraction=progress.progress,
            step=state.sampling_step if begun else 0,
            steps=state.sampling_steps if begun else 0,
            eta_seconds=progress.eta_relative if begun else None,
            preview=self._preview,
        )


async def _picture(encoded: memoryview | None) -> bytes | None:
    if encoded is None:
        return None
    try:
        return await asyncio.to_thread(decode_base64, encoded, MAX_PREVIEW_BYTES)
    except PictureError as error:
        _log.debug("a preview is no picture", extra={"error": error.code})
        return None
