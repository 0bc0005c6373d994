"""Who of several processes does what only one may do: draw on a web UI, post a result, edit a message.

A process that is alive says so every few seconds. One that has been silent for too long is taken for dead:
everything it had is free for others, and it learns so as soon as it speaks again.
"""

from collections.abc import Callable
from typing import Protocol


class Leases(Protocol):
    """What this process has to itself, by name."""

    async def take(self, name: str) -> bool:
        """Whether it is ours now: it was free, or ours already. Raises StorageError."""
        ...

    async def give_back(self, name: str) -> None:
        """Others may have it. Raises StorageError."""
        ...

    def holds(self, name: str) -> bool:
        """Whether it is surely still ours. Asked right before doing what nobody else may do at that time."""
        ...

    def watch(self, beat: Callable[[], None]) -> Callable[[], None]:
        """Call ``beat`` on the event loop now and then: time to look again. Returns what ends that."""
        ...


class OnlyProcess:
    """Leases where there is nobody else: everything is ours."""

    async def take(self, name: str) -> bool:
        """It is."""
        return True

    async def give_back(self, name: str) -> None:
        """There is nobody to have it."""

    def holds(self, name: str) -> bool:
        """It is."""
        return True

    def watch(self, beat: Callable[[], None]) -> Callable[[], None]:
        """Nothing is ever lost."""
        return _nothing


def _nothing() -> None:
    """There is nothing to end."""
