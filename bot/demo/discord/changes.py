"""What happened, for those who wait for it: tests and the page."""

# ruff: noqa: ASYNC109 - every wait here is bounded by the caller, as those of asyncio.wait_for

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self, TypeAlias

from bot.demo.discord.model import Message, Modal
from bot.demo.discord.parts import Json

Kind: TypeAlias = Literal[
    "message_create",
    "message_update",
    "message_delete",
    "reactions",
    "typing",
    "interaction_create",
    "interaction_answered",
    "interaction_failed",
    "modal_open",
    "commands_changed",
    "channel_update",
    "session",
]
"""``session``: a bot's connection became ready, resumed or was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that happened. ``only_for`` is the one person who notices, or None for all."""

    kind: Kind
    channel_id: int | None = None
    message: Message | None = None
    modal: Modal | None = None
    only_for: int | None = None
    data: Json = field(default_factory=dict)


class Subscription:
    """The changes from its making on, in order: ``async with`` it, then ``async for``."""

    def __init__(self, changes: "Changes") -> None:
        self._changes = changes
        self._queue: asyncio.Queue[Change | None] = asyncio.Queue()

    def put(self, change: Change | None) -> None:
        """Hand over one change, or None for the end."""
        self._queue.put_nowait(change)

    async def next(self, timeout: float | None = None) -> Change:
        """The next change.

        Raises:
            TimeoutError: after ``timeout`` seconds without one.
            EOFError: the server has stopped.
        """
        async with asyncio.timeout(timeout):
            change = await self._queue.get()
        if change is None:
            raise EOFError("the server has stopped")
        return change

    async def __aiter__(self) -> AsyncIterator[Change]:
        while (change := await self._queue.get()) is not None:
            yield change

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening."""
        self._changes.remove(self)


class Changes:
    """Tells every subscription, and wakes whoever waits for a condition."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._waiting: list[asyncio.Event] = []

    def subscribe(self) -> Subscription:
        """Listen from now on."""
        subscription = Subscription(self)
        self._subscriptions.append(subscription)
        return subscription

    def remove(self, subscription: Subscription) -> None:
        """Stop telling this one."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def publish(self, change: Change) -> None:
        """Tell everybody."""
        for subscription in list(self._subscriptions):
            subscription.put(change)
        self.wake()

    def end(self) -> None:
        """There will be no more."""
        for subscription in list(self._subscriptions):
            subscription.put(None)

    def wake(self) -> None:
        """Let waiters look again at their conditions."""
        for event in self._waiting:
            event.set()

    async def wait_for(self, condition: Callable[[], object], timeout: float) -> None:
        """Come back when ``condition()`` is true; it is asked again after every change.

        Raises:
            TimeoutError: after ``timeout`` seconds.
        """
        event = asyncio.Event()
        self._waiting.append(event)
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    await event.wait()
                    event.clear()
        finally:
            self._waiting.remove(event)
