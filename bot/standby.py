"""One gateway for each shard: of several with the same ones, the others wait to take over."""

import asyncio
import logging
from collections.abc import Sequence

from bot.errors import StorageError
from bot.exits import EX_UNAVAILABLE, StartFailure
from bot.queue.leases import Leases
from bot.roles import Shards

log = logging.getLogger(__name__)


class Standby:
    """Who is connected with ``shards`` (None = with all), as the processes that share a database agree."""

    def __init__(self, leases: Leases, shards: Shards | None) -> None:
        self._leases = leases
        self._names = _names(shards)
        self._beat = asyncio.Event()
        self._ours = asyncio.Event()

    async def wait_for_turn(self) -> None:
        """Come back when nobody else is connected with these: Discord would send everything to both."""
        forget = self._leases.watch(self._beat.set)
        try:
            while not await self._take():
                log.info("another process is connected with these shards; this one waits to take over")
                await self._next_beat()
        finally:
            forget()
        self._ours.set()

    async def watch(self) -> None:
        """From then on. Raises StartFailure when another process has taken over."""
        await self._ours.wait()
        forget = self._leases.watch(self._beat.set)
        try:
            while True:
                await self._next_beat()
                if not await self._take(quietly=True):
                    raise StartFailure("start.taken_over", EX_UNAVAILABLE)
        finally:
            forget()

    async def _next_beat(self) -> None:
        self._beat.clear()
        await self._beat.wait()

    async def _take(self, *, quietly: bool = False) -> bool:
        """Whether all are ours. While the database is away nobody else can take them either."""
        try:
            taken = [await self._leases.take(name) for name in self._names]
            if not all(taken) and not quietly:
                for name in self._names:
                    await self._leases.give_back(name)
        except StorageError as error:
            log.warning("the shards cannot be looked at", extra={"reason": error.reason})
            return quietly
        return all(taken)


def _names(shards: Shards | None) -> Sequence[str]:
    if shards is None:
        return ["shards"]
    return [f"shard:{number}/{shards.count}" for number in shards.ids]
