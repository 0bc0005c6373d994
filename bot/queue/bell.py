"""What those who wait for work listen to."""

import asyncio
from collections.abc import Awaitable, Callable


class Bell:
    """Wakes everyone who waits for work; what rang before one listens is not lost."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def listen(self) -> Callable[[], Awaitable[object]]:
        """Something to wait on that remembers every ring from now on."""
        return self._rung.wait

    def ring(self) -> None:
        """There is something to do."""
        self._rung.set()
        self._rung = asyncio.Event()
