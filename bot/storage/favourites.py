"""Which pictures are in a gallery: each goes there once, whoever likes it."""

import sqlite3
from collections.abc import Mapping
from typing import Protocol

from bot.storage.sql import load_queries
from bot.storage.sqlite import Database

LOST_SECONDS = 300.0
"""A post that was begun so long ago and is not known to be there may be made again."""


class Favourites(Protocol):
    """The pictures that somebody put into a gallery."""

    async def claim(self, job_id: str, picture: int, user_id: int, now: float) -> bool:
        """Whether this person may post it now. False: it is there, or just being posted.

        Raises StorageError.
        """
        ...

    async def posted(self, job_id: str, picture: int, message_id: int) -> None:
        """The post is there. Raises StorageError."""
        ...

    async def release(self, job_id: str, picture: int) -> None:
        """The post failed, so anybody may try again. Raises StorageError."""
        ...


class SQLiteFavourites:
    """Favourites in the SQLite file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = load_queries("favourites")

    async def claim(self, job_id: str, picture: int, user_id: int, now: float) -> bool:
        """See Favourites."""
        values = {"user_id": user_id, "now": now, "lost_before": now - LOST_SECONDS}
        return await self._write("claim_favourite", job_id, picture, values) > 0

    async def posted(self, job_id: str, picture: int, message_id: int) -> None:
        """See Favourites."""
        await self._write("set_favourite_posted", job_id, picture, {"message_id": message_id})

    async def release(self, job_id: str, picture: int) -> None:
        """See Favourites."""
        await self._write("forget_favourite", job_id, picture, {})

    async def _write(self, query: str, job_id: str, picture: int, values: Mapping[str, object]) -> int:
        """How many rows changed."""
        everything = {"job_id": job_id, "picture": picture, **values}

        def work(connection: sqlite3.Connection) -> int:
            return connection.execute(self._sql[query], everything).rowcount

        return await self._database.write(lambda: work)
