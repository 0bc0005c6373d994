"""What Easel remembers between starts: small JSON values by name."""

import json
import sqlite3
from functools import partial

from pydantic import JsonValue

from bot.errors import StorageError
from bot.storage.sql import load_queries
from bot.storage.sqlite import Database

MAX_CHARACTERS = 1_000_000
"""Of one value as JSON. A web UI with all its options is 20,000."""


class Facts:
    """A durable dictionary."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = load_queries("facts")

    async def get(self, name: str) -> JsonValue:
        """The value, or None if there is none. Raises StorageError."""
        row = await self._database.read(partial(self._fetch, name))
        if row is None:
            return None
        try:
            value: JsonValue = json.loads(row[0])
        except ValueError as error:
            raise StorageError(reason="corrupt") from error
        return value

    async def put(self, name: str, value: JsonValue) -> None:
        """Remember ``value`` in place of what was there. Raises StorageError."""
        text = json.dumps(value)
        if len(text) > MAX_CHARACTERS:
            raise StorageError(reason="value")
        await self._execute("set_fact", {"name": name, "value": text})

    async def forget(self, name: str) -> None:
        """Remove it, if it is there. Raises StorageError."""
        await self._execute("forget_fact", {"name": name})

    def _fetch(self, name: str, connection: sqlite3.Connection) -> tuple[str] | None:
        row: tuple[str] | None = connection.execute(self._sql["fact"], {"name": name}).fetchone()
        return row

    async def _execute(self, query: str, values: dict[str, str]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(self._sql[query], values)

        await self._database.write(lambda: work)
