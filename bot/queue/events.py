"""What happens in the queue, told to whoever shows it.

An event is a hint that a job may look different now, never the only carrier of a fact: facts are in the
store. So a subscription keeps the latest event of each kind per job and forgets the ones before it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.queue.job import State


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """A job entered ``state``."""

    job_id: str
    state: State
    elsewhere: bool = False
    """Another process did that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """A running job got on. ``fraction`` is 0–1; ``preview`` the web UI's latest, if it gave one."""

    job_id: str
    fraction: float
    step: int = 0
    steps: int = 0
    eta_seconds: float | None = None
    per_second: float | None = None
    """Share of the job that was done per second, since it was first seen to draw."""
    preview: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMoved:
    """Places may have changed."""

    job_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """Something may have happened without a word: everything is to be looked at again."""

    job_id: str = ""


Event = StateChanged | Progressed | LineMoved | Anew


class Subscription:
    """An endless iterator over events; merged while nobody reads."""

    def __init__(self) -> None:
        self._pending: dict[tuple[type[Event], str], Event] = {}
        self._arrived = asyncio.Event()

    def push(self, event: Event) -> None:
        """Keep it, in place of an earlier one of its kind and job."""
        self._pending[type(event), event.job_id] = event
        self._arrived.set()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._pending:
            self._arrived.clear()
            await self._arrived.wait()
        key = next(iter(self._pending))
        return self._pending.pop(key)


class Events:
    """Where events are published. Never blocks and never fails the publisher."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._forward: Callable[[Event], None] = _nobody

    def forward(self, tell: Callable[[Event], None]) -> None:
        """Call ``tell`` with every event of this process, too."""
        self._forward = tell

    def publish(self, event: Event) -> None:
        """Hand ``event`` to every subscription."""
        self.hear(event)
        self._forward(event)

    def hear(self, event: Event) -> None:
        """Hand over an event of another process."""
        for subscription in self._subscriptions:
            subscription.push(event)

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """A subscription that lives as long as the block."""
        subscription = Subscription()
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)


def _nobody(_: Event) -> None:
    """There is one process."""
