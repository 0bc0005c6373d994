"""What goes wrong on request: refusals, broken connections, answers held back."""

# ruff: noqa: ASYNC109 - every wait here is bounded by the caller, as those of asyncio.wait_for

import asyncio
import re
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Fault:
    """One thing that is to go wrong, ``times`` times (None = always)."""

    method: str
    path: re.Pattern[str]
    status: int
    code: int
    message: str
    times: int | None
    after: bool
    """Carry the request out first."""
    drop: bool
    """Break the connection off instead of answering."""
    retry_after: float
    """Seconds, for 429."""

    def take(self, method: str, path: str) -> bool:
        """Whether it applies to this request; counts down."""
        if self.times == 0 or method != self.method or not self.path.search(path):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(slots=True, eq=False)
class Hold:
    """Holds answers back: the request is carried out, its sender waits."""

    method: str
    path: re.Pattern[str]
    times: int | None
    held: int = 0
    _reached: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, method: str, path: str) -> bool:
        """Whether it applies to this request; counts down."""
        if self._released.is_set() or self.times == 0 or method != self.method or not self.path.search(path):
            return False
        if self.times is not None:
            self.times -= 1
        return True

    async def pause(self) -> None:
        """Wait for the release."""
        self.held += 1
        self._reached.set()
        await self._released.wait()

    async def reached(self, timeout: float = 5) -> None:
        """Come back when a request was carried out and its answer is held.

        Raises:
            TimeoutError: after ``timeout`` seconds.
        """
        async with asyncio.timeout(timeout):
            await self._reached.wait()

    def release(self) -> None:
        """Let the answers go, and hold no further ones."""
        self._released.set()


class Faults:
    """All faults and holds. Paths are matched without ``/api/v10``."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._holds: list[Hold] = []

    def add(
        self,
        method: str,
        path: str,
        *,
        status: int = 400,
        code: int = 0,
        message: str = "",
        times: int | None = 1,
        after: bool = False,
        drop: bool = False,
        retry_after: float = 0.05,
    ) -> Fault:
        """Let requests go wrong whose path matches the regular expression ``path``.

        discord.py itself retries 500, 502, 504 and 524 for up to 25 s, and a 429.
        """
        text = message or f"{status}: fault on request"
        fault = Fault(method, re.compile(path), status, code, text, times, after, drop, retry_after)
        self._faults.append(fault)
        return fault

    def hold(self, method: str, path: str, *, times: int | None = 1) -> Hold:
        """Hold back the answers to matching requests."""
        hold = Hold(method, re.compile(path), times)
        self._holds.append(hold)
        return hold

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The first fault that applies."""
        return next((fault for fault in self._faults if fault.take(method, path)), None)

    def hold_for(self, method: str, path: str) -> Hold | None:
        """The first hold that applies."""
        return next((hold for hold in self._holds if hold.take(method, path)), None)

    def clear(self) -> None:
        """Nothing goes wrong any more, and what is held is let go."""
        for hold in self._holds:
            hold.release()
        self._faults.clear()
        self._holds.clear()
