"""How much was too much for the memory of a graphics card, kept between starts."""

import logging
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import JsonValue, TypeAdapter, ValidationError

from bot.backends.baseline import FactStore
from bot.errors import OutOfMemory, StorageError
from bot.model.clock import Clock
from bot.model.work import Drawing, Upscale, Work

__all__ = ["OUT_OF_MEMORY_FACT", "MemoryLimits", "size_of"]

_log = logging.getLogger(__name__)

OUT_OF_MEMORY_FACT = "backends.out_of_memory"
_MOST_REMEMBERED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """The least that was too much, of one model on one back end."""

    backend: str
    model: str
    size: int
    at: float
    """Seconds since 1970."""


_LIMITS = TypeAdapter(list[_Limit])


class MemoryLimits:
    """One for all back ends. What is at least as large as what failed is not sent there again.

    For ``keep_seconds``, since a card may have been shared with a game; 0 = nothing is remembered. Sizes are
    pixels of the results that are drawn at once.
    """

    def __init__(self, facts: FactStore, clock: Clock, keep_seconds: float) -> None:
        self._facts = facts
        self._clock = clock
        self._keep_seconds = keep_seconds
        self._limits: dict[tuple[str, str], _Limit] = {}

    async def load(self) -> None:
        """What was remembered before this start."""
        try:
            stored = _LIMITS.validate_python(await self._facts.get(OUT_OF_MEMORY_FACT) or [])
        except (ValidationError, StorageError):
            _log.warning("what was too much for the web UIs is not known any more")
            return
        self._limits = {(limit.backend, limit.model): limit for limit in stored}

    @property
    def revision(self) -> Hashable:
        """Another value whenever something else is refused."""
        return frozenset(limit for limit in self._limits.values() if self._holds(limit))

    def refuses(self, backend: str, work: Work) -> bool:
        """Whether something no larger has failed there."""
        limit = self._limits.get((backend, _model_of(work)))
        return limit is not None and self._holds(limit) and size_of(work) >= limit.size

    @asynccontextmanager
    async def watching(self, backend: str, work: Work) -> AsyncIterator[None]:
        """Around the drawing of it. Raises OutOfMemory at once for what would only fail again."""
        if self.refuses(backend, work):
            raise OutOfMemory(500, "OutOfMemoryError", "")
        try:
            yield
        except OutOfMemory:
            await self.note_failed(backend, work)
            raise

    async def note_failed(self, backend: str, work: Work) -> None:
        """It was too much."""
        key = backend, _model_of(work)
        size, known = size_of(work), self._limits.get(key)
        if self._keep_seconds <= 0 or not size:
            return
        if known is not None and self._holds(known):
            size = min(size, known.size)
        self._limits[key] = _Limit(backend=backend, model=key[1], size=size, at=self._clock.now())
        await self._keep()

    def _holds(self, limit: _Limit) -> bool:
        return self._clock.now() < limit.at + self._keep_seconds

    async def _keep(self) -> None:
        newest = sorted(self._limits.values(), key=lambda limit: limit.at)[-_MOST_REMEMBERED:]
        self._limits = {(limit.backend, limit.model): limit for limit in newest if self._holds(limit)}
        stored: JsonValue = _LIMITS.dump_python(list(self._limits.values()), mode="json")
        try:
            await self._facts.put(OUT_OF_MEMORY_FACT, stored)
        except StorageError as error:
            _log.warning("what was too much could not be kept", extra={"reason": error.reason})


def size_of(work: Work) -> int:
    """Pixels that are in memory at once; 0 where that is not known."""
    if isinstance(work, Drawing):
        width, height = work.final_size
        return width * height * work.batch_size
    if isinstance(work, Upscale):
        return max((width * height for width, height in work.final_sizes), default=0)
    return 0


def _model_of(work: Work) -> str:
    """What needs the memory. No checkpoint's name holds a slash."""
    if isinstance(work, Drawing):
        return work.checkpoint or ""
    return f"/upscale/{work.upscaler}" if isinstance(work, Upscale) else ""
