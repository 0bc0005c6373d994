"""How fast renders go, and where they stop for a test that wants to look."""

import asyncio
from collections.abc import Callable

from bot.demo.webui.state import State


class Signal:
    """Something has changed: whoever waits for a condition looks again."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        """Wake everybody who waits now."""
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, condition: Callable[[], bool], timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Come back when ``condition()`` is true. Raises ``TimeoutError`` after ``timeout`` seconds."""
        async with asyncio.timeout(timeout):
            while not condition():
                await self._event.wait()


class Pace:
    """Seconds per step, and the gate in front of each step."""

    def __init__(self, signal: Signal, seconds_per_step: float, seconds_per_picture: float | None) -> None:
        self._signal = signal
        self._seconds_per_step = seconds_per_step
        self._seconds_per_picture = seconds_per_picture
        self._held_at: tuple[int, int] | None = None
        self.at_gate = False
        """A render stands at the gate."""

    @property
    def held(self) -> bool:
        """Renders are stopped."""
        return self._held_at is not None

    def hold(self, at_step: int, at_job: int) -> None:
        """Renders stop before step ``at_step`` (from 0) of iteration or pass ``at_job``, or any later one."""
        self._held_at = at_job, at_step
        self._signal.fire()

    def release(self) -> None:
        """Renders go on."""
        self._held_at = None
        self._signal.fire()

    async def step(self, index: int, steps: int, pictures: int, state: State) -> None:
        """One step of a pass. An interrupt or a skip goes through a closed gate."""
        await self._gate(index, state)
        if self._seconds_per_picture is not None:
            await asyncio.sleep(self._seconds_per_picture * pictures / steps)
        else:
            await asyncio.sleep(self._seconds_per_step)

    async def _gate(self, index: int, state: State) -> None:
        def open_now() -> bool:
            waits = self._held_at is not None and (state.job_no, index) >= self._held_at
            return not waits or state.interrupted or state.skipped

        if open_now():
            return
        self.at_gate = True
        self._signal.fire()
        try:
            await self._signal.until(open_now)
        finally:
            self.at_gate = False
