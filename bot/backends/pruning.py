"""Old pictures leave the disk: by their age, and the oldest first where there are too many bytes of them.

A file's age is the time since it was written, or put once more. Only files with names of our own are ever
removed, and never what a job still needs: its inputs, and pictures that are to be posted.
"""

import asyncio
import logging
import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StorageError
from bot.model.clock import Clock
from bot.model.work import Describe, Img2Img, Inpaint, Upscale, Work
from bot.queue.job import State
from bot.queue.protocols import JobStore

__all__ = ["Keep", "Pruner", "Swept", "sweep"]

log = logging.getLogger(__name__)

_SWEEP_SECONDS = 3600.0
_DAY_FOLDER = re.compile(r"\d{4}/\d\d/\d\d|inputs/[0-9a-f]{2}")
_OWN_FILE = re.compile(r"(?P<id>[0-9A-Za-z]{1,64})(-\d+)?\.(png|jpg|webp|gif|avif|[0-9a-z.]{1,20}\.part)")
_DEPTH = 3
"""Folders below the root: year, month and day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How much stays."""

    seconds: float
    """Older files go. 0 = none for its age."""
    bytes: int
    """Of all files together. 0 = any number."""
    at_least_seconds: float
    """What is younger stays in any case: its job may not be there yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What has gone."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True, order=True)
class _Kept:
    written_at: float
    """Seconds since 1970."""
    size: int
    path: str
    owner: str
    """Id of the job or of the input."""


def sweep(root: Path, keep: Keep, now: float, needed: Collection[str]) -> Swept:
    """Remove what is not to be kept. ``needed``: ids of jobs and of inputs whose files stay. Blocks."""
    files = sorted(_files(str(root), "", 0))
    total = sum(file.size for file in files)
    gone: list[_Kept] = []
    for file in files:
        too_old = keep.seconds > 0 and now - file.written_at > keep.seconds
        too_much = keep.bytes > 0 and total > keep.bytes
        if file.owner in needed or now - file.written_at < keep.at_least_seconds:
            continue
        if (too_old or too_much) and _remove(file.path):
            total -= file.size
            gone.append(file)
    for folder in {Path(file.path).parent for file in gone}:
        _remove_empty(folder, root)
    return Swept(files=len(gone), bytes=sum(file.size for file in gone))


def _files(folder: str, below: str, depth: int) -> Iterator[_Kept]:
    """Easel's own files. Links are not followed: what lies behind them is somebody else's."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            path = f"{below}/{entry.name}".lstrip("/")
            if entry.is_dir(follow_symlinks=False) and depth < _DEPTH:
                yield from _files(entry.path, path, depth + 1)
            elif _DAY_FOLDER.fullmatch(below) and entry.is_file(follow_symlinks=False):
                name = _OWN_FILE.fullmatch(entry.name)
                if name is not None:
                    about = entry.stat(follow_symlinks=False)
                    yield _Kept(about.st_mtime, about.st_size, entry.path, name["id"])


def _remove(path: str) -> bool:
    try:
        Path(path).unlink()
    except OSError:
        return False
    return True


def _remove_empty(folder: Path, root: Path) -> None:
    """A folder that holds nothing any more, and those above it."""
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def inputs_of(work: Work) -> tuple[str, ...]:
    """Ids of the inputs that it begins with."""
    match work:
        case Img2Img(init=init, inpaint=None):
            return (init,)
        case Img2Img(init=init, inpaint=Inpaint(mask=mask)):
            return init, mask
        case Upscale(inputs=inputs):
            return inputs
        case Describe(input=one):
            return (one,)
        case _:
            return ()


class Pruner:
    """Looks through OUTPUT_DIR now and then."""

    def __init__(self, root: Path, keep: Callable[[], Keep], store: JobStore, clock: Clock) -> None:
        """``keep``: what holds; asked each time."""
        self._root = root
        self._keep = keep
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.prune()
            except StorageError as error:
                log.warning("old pictures could not be looked for", extra={"reason": error.reason})
            await self._clock.sleep(_SWEEP_SECONDS)

    async def prune(self) -> Swept:
        """Once. Raises StorageError."""
        live = await self._store.in_state(State.WAITING, State.RUNNING, State.RENDERED)
        needed = {name for job in live for name in (job.id, *inputs_of(job.request.work))}
        swept = await asyncio.to_thread(sweep, self._root, self._keep(), self._clock.now(), needed)
        if swept.files:
            log.info("old pictures were deleted", extra={"files": swept.files, "bytes": swept.bytes})
        return swept
