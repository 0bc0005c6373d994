"""The server's own time, and the ids that carry it."""

import time
from datetime import UTC, datetime

EPOCH_MS = 1420070400000
"""Discord's epoch, 2015-01-01: https://discord.com/developers/docs/reference#snowflakes"""


class ServerClock:
    """Real time plus what tests have added. It never goes back."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move on by ``seconds``.

        Raises:
            ValueError: if ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError("a clock does not go back")
        self._ahead += seconds


class Snowflakes:
    """Ids in the order of their making: milliseconds since ``EPOCH_MS``, and 22 bits of counter."""

    def __init__(self, clock: ServerClock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """A new id, larger than every one before it."""
        self._last = max(self._last + 1, (int(self._clock.now() * 1000) - EPOCH_MS) << 22)
        return self._last


def made_at(snowflake: int) -> float:
    """When an id was made, in seconds since 1970."""
    return ((snowflake >> 22) + EPOCH_MS) / 1000


def timestamp(seconds: float) -> str:
    """ISO 8601 in UTC, as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
