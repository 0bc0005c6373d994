"""Unfinished pictures: made small in a thread, one at a time, and shown less often where there is much."""

import asyncio
import io
import logging
from collections.abc import Callable
from dataclasses import dataclass

import discord

from bot.errors import PictureError
from bot.imaging.reencode import preview_webp

log = logging.getLogger(__name__)

MAX_SIDE = 512
"""Pixels: as wide as a phone shows it."""
MAX_PIXELS = 2048 * 4096
"""Of what comes from the web UI, a grid of a batch among it. Decoding that many takes 50 MB."""
_PER_NEIGHBOUR = 0.5
"""Of the interval, for each running job of the same channel: at 3 s that is two edits in 3 s, of the five
messages in 5 s that Discord allows there, so that results find room."""
_PER_JOB = 1 / 12
"""Of the interval, for each running job anywhere: four edits a second in all, of 50 requests."""
_PER_EDIT = 5.0
"""So many times as long as an edit took: one that Discord held back says that there is too much of them."""


class Pace:
    """How long a message that shows progress is left alone."""

    def __init__(self, interval: Callable[[], float]) -> None:
        """``interval``: the least seconds between two edits of one message; asked each time."""
        self._interval = interval
        self._took = 0.0

    def edit_took(self, seconds: float) -> None:
        """Discord let an edit wait that long. The memory of a slow one fades with each that is quicker."""
        self._took = max(seconds, self._took / 2)

    def seconds(self, *, here: int, everywhere: int) -> float:
        """Between two edits of one message, with so many running jobs in its channel and in all."""
        crowd = max(1.0, here * _PER_NEIGHBOUR, everywhere * _PER_JOB)
        return max(self._interval() * crowd, self._took * _PER_EDIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An unfinished picture as it is shown."""

    filename: str
    data: bytes

    def file(self) -> discord.File:
        """To be sent; each sending needs its own."""
        return discord.File(io.BytesIO(self.data), filename=self.filename)


class Previews:
    """The latest preview of each running job, ready to be sent."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[bytes, Preview | None]] = {}

    async def of(self, job_id: str, sent: bytes | None) -> Preview | None:
        """``sent``, which is the web UI's word and may be anything, as a small WebP.

        The same bytes are looked at once. Of what is no picture, or a huge one, the one before is shown on.
        """
        if sent is None:
            return None
        before = self._made.get(job_id)
        if before is not None and before[0] is sent:
            return before[1]
        preview = await self._make(job_id, sent) or (before[1] if before else None)
        self._made[job_id] = sent, preview
        return preview

    async def _make(self, job_id: str, sent: bytes) -> Preview | None:
        try:
            data = await asyncio.to_thread(preview_webp, sent, MAX_SIDE, max_pixels=MAX_PIXELS)
        except PictureError as error:
            log.info("a preview cannot be shown", extra={"job": job_id, "error": error.code})
            return None
        return Preview(filename=f"{job_id}.webp", data=data)

    def forget(self, job_id: str) -> None:
        """It is no longer drawn."""
        self._made.pop(job_id, None)
