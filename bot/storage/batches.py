"""Writes of many callers, committed together: durability costs one flush to disk for each commit.

All writes that arrive while one commit is under way go into the next one, and each caller comes back only
after its commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bot.errors import StorageError
from bot.model.tasks import TaskOwner

W = TypeVar("W")
"""What a store does with its connection."""

MOST = 256
"""Writes in one commit, so that none waits for an endless one."""


@dataclass(slots=True)
class Write(Generic[W]):
    """One caller's write on its way."""

    prepare: Callable[[], W]
    done: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def work(self) -> W | None:
        """What is to be done; None if the caller is gone, or has just been told why it cannot be."""
        if self.done.done():
            return None
        try:
            return self.prepare()
        except Exception as error:  # noqa: BLE001 - handed to the caller it belongs to
            self.fail(error)
            return None

    def fail(self, error: BaseException) -> None:
        """Raise it where the caller waits."""
        if not self.done.done():
            self.done.set_exception(error)

    def succeed(self, result: object) -> None:
        """Let the caller go on."""
        if not self.done.done():
            self.done.set_result(result)


class Batches(Generic[W]):
    """The one task that writes, and the writes that wait for it."""

    def __init__(self, commit: Callable[[Sequence[Write[W]]], Awaitable[None]]) -> None:
        """``commit`` tells every write it is given how it ended, and raises nothing that it can tell."""
        self._commit = commit
        self._tasks = TaskOwner()
        self._pending: deque[Write[W]] = deque()
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None]

    @property
    def task(self) -> asyncio.Task[None]:
        """Whoever supervises the program watches it."""
        return self._task

    @property
    def closing(self) -> bool:
        """Nothing further is taken."""
        return self._closing

    def start(self) -> None:
        """Begin to write."""
        self._task = self._tasks.start(self._write_for_ever(), "database-writer")

    async def close(self) -> None:
        """Finish what was handed in."""
        self._closing = True
        if not self._task.done():
            await self._idle.wait()
        await self._tasks.close()

    async def write(self, prepare: Callable[[], W], seconds: float) -> Any:
        """Its result, after its commit. Raises StorageError and whatever ``prepare`` raises."""
        if self._closing or self._task.done():
            raise StorageError(reason="closed")
        write = Write(prepare)
        self._pending.append(write)
        self._idle.clear()
        self._arrived.set()
        try:
            async with asyncio.timeout(seconds):
                return await write.done
        except TimeoutError as error:
            raise StorageError(reason="slow") from error

    async def _write_for_ever(self) -> None:
        while True:
            if not self._pending:
                self._idle.set()
                self._arrived.clear()
                await self._arrived.wait()
            batch = [self._pending.popleft() for _ in range(min(MOST, len(self._pending)))]
            try:
                await self._commit(batch)
            except BaseException as error:
                for write in (*batch, *self._pending):
                    write.fail(StorageError(reason="closed"))
                self._pending.clear()
                self._idle.set()
                raise error from None
