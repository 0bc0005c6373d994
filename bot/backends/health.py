"""Whether a web UI can take a job, and since when.

Every outcome of a request passes through ``record_success`` and ``record_failure``: the one place where a
circuit breaker (half open, doors that stay shut after so many failures) takes its seat.
"""

import asyncio
from dataclasses import dataclass

from bot.errors import ConnectionLost, EaselError, TimedOut, Unauthorized, Unreachable
from bot.model.clock import Clock

__all__ = ["Backoff", "Health", "wait_for_event"]

MEANS_DOWN = (Unreachable, ConnectionLost, TimedOut, Unauthorized)
"""After these the next request would most likely fail as well. All other errors are about one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Seconds between two probes of a web UI that is down: doubling, with a ceiling."""

    first: float = 1.0
    longest: float = 30.0

    def after(self, failures: int) -> float:
        """Seconds to wait after that many failures in a row (1 = the first)."""
        doublings = min(max(failures - 1, 0), 32)
        return float(min(self.first * 2**doublings, self.longest))


class Health:
    """One web UI's health. It begins down, without an error: not met yet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._up = asyncio.Event()
        self.since = clock.now()
        """Seconds since 1970 when ``up`` last changed."""
        self.error: str | None = None
        """Code of the latest failure that means "down"; None while up."""
        self.failures = 0
        """Such failures in a row."""

    @property
    def up(self) -> bool:
        """Whether the next request is worth sending."""
        return self._up.is_set()

    async def wait_up(self) -> None:
        """Come back when it is up; at once if it is now."""
        await self._up.wait()

    def record_success(self) -> None:
        """The web UI answered as it should."""
        if not self.up:
            self.since = self._clock.now()
        self.error = None
        self.failures = 0
        self._up.set()

    def record_failure(self, error: EaselError) -> None:
        """A request failed. Only the errors of ``MEANS_DOWN`` change anything."""
        if isinstance(error, MEANS_DOWN):
            self.record_unusable(error)

    def record_unusable(self, error: EaselError) -> None:
        """It could not even say what it can do: down, whatever the error is."""
        if self.up:
            self.since = self._clock.now()
        self.error = error.code
        self.failures += 1
        self._up.clear()


async def wait_for_event(event: asyncio.Event, clock: Clock, seconds: float) -> bool:
    """Wait until ``event`` is set, at most ``seconds`` of ``clock``. Whether it is set then."""
    if event.is_set():
        return True
    waiters = {
        asyncio.create_task(event.wait(), name="wait for an event"),
        asyncio.create_task(clock.sleep(seconds), name="wait for the time to pass"),
    }
    try:
        await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
        await asyncio.gather(*waiters, return_exceptions=True)
    return event.is_set()
