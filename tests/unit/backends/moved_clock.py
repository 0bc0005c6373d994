"""A clock that stands still until a test moves it."""

import asyncio


class MovedClock:
    """Time for tests: ``move`` wakes whoever slept long enough."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, asyncio.Event]] = []
        self._sleeping = asyncio.Event()
        self.slept: list[float] = []
        """Every length that somebody wanted to sleep, in order."""

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Come back when the clock was moved far enough."""
        entry = (self._now + seconds, asyncio.Event())
        self._sleepers.append(entry)
        self.slept.append(seconds)
        self._sleeping.set()
        try:
            await entry[1].wait()
        finally:
            self._sleepers.remove(entry)

    async def someone_sleeps(self, seconds: float | None = None) -> None:
        """Wait until somebody sleeps (for exactly ``seconds``, if given)."""
        while not any(self._fits(until, seconds) for until, _ in self._sleepers):
            self._sleeping.clear()
            await self._sleeping.wait()

    def _fits(self, until: float, seconds: float | None) -> bool:
        return until > self._now and (seconds is None or abs(until - self._now - seconds) < 1e-6)

    def move(self, seconds: float) -> None:
        """Let that much time pass."""
        self._now += seconds
        for until, woken in self._sleepers:
            if until <= self._now:
                woken.set()
