"""A day in seconds: an event loop whose time jumps to the next thing that is due, and its clock."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

EPOCH = 1_790_000_000.0
"""Seconds since 1970 when the loop's time is 0."""


class _Jumping(selectors.DefaultSelector):
    """Never waits: what it would have waited for is the loop's time from then on."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now. Raises RuntimeError if nothing ever will be."""
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everybody waits for somebody else")
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """For programs without threads and without anybody else to talk to: their waits take no time."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jumping.now


class LoopClock:
    """A Clock that goes with the loop's time."""

    def now(self) -> float:
        """Seconds since 1970."""
        return EPOCH + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """In the loop's time."""
        await asyncio.sleep(seconds)


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
