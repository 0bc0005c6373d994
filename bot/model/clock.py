"""Time as something that is handed in, so that tests move it instead of sleeping."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Seconds since 1970, as ``time.time``."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Come back when ``now`` has moved on by ``seconds``."""
        ...


class SystemClock:
    """The machine's own."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await asyncio.sleep(seconds)
