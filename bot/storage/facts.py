"""What Easel remembers between starts: small JSON values by name."""

import json
import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from pydantic import JsonValue

from bot.errors import StorageError
from bot.storage.sql import load_queries
from bot.storage.sqlite import Database

MAX_CHARACTERS = 1_000_000
"""Of one value as JSON. A web UI with all its options is 20,000."""


class Facts(Protocol):
    """A durable dictionary."""

    async def get(self, name: str) -> JsonValue:
        """The value, or None if there is none. Raises StorageError."""
        ...

    async def several(self, names: Sequence[str]) -> dict[str, JsonValue]:
        """The values of those that there are, in one look. Raises StorageError."""
        ...

    async def under(self, prefix: str) -> dict[str, JsonValue]:
        """The values of all whose names begin so. Looks through all there is. Raises StorageError."""
        ...

    async def put(self, name: str, value: JsonValue) -> None:
        """Remember ``value`` in place of what was there. Raises StorageError."""
        ...

    async def forget(self, name: str) -> None:
        """Remove it, if it is there. Raises StorageError."""
        ...


def dump_fact(value: JsonValue) -> str:
    """As it is stored. Raises StorageError if it is too long."""
    text = json.dumps(value)
    if len(text) > MAX_CHARACTERS:
        raise StorageError(reason="value")
    return text


def load_fact(text: str) -> JsonValue:
    """Back from ``dump_fact``. Raises StorageError."""
    try:
        value: JsonValue = json.loads(text)
    except ValueError as error:
        raise StorageError(reason="corrupt") from error
    return value


class SQLiteFacts:
    """Facts in the SQLite file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = load_queries("facts")

    async def get(self, name: str) -> JsonValue:
        """The value, or None if there is none."""
        row = await self._database.read(partial(self._fetch, name))
        return None if row is None else load_fact(row[0])

    async def several(self, names: Sequence[str]) -> dict[str, JsonValue]:
        """The values of those that there are, in one look."""
        rows = await self._database.read(partial(self._fetch_several, json.dumps(list(names))))
        return {name: load_fact(value) for name, value in rows}

    async def under(self, prefix: str) -> dict[str, JsonValue]:
        """The values of all whose names begin so."""
        rows = await self._database.read(partial(self._fetch_under, prefix))
        return {name: load_fact(value) for name, value in rows}

    async def put(self, name: str, value: JsonValue) -> None:
        """Remember ``value`` in place of what was there."""
        await self._execute("set_fact", {"name": name, "value": dump_fact(value)})

    async def forget(self, name: str) -> None:
        """Remove it, if it is there."""
        await self._execute("forget_fact", {"name": name})

    def _fetch(self, name: str, connection: sqlite3.Connection) -> tuple[str] | None:
        row: tuple[str] | None = connection.execute(self._sql["fact"], {"name": name}).fetchone()
        return row

    def _fetch_several(self, names: str, connection: sqlite3.Connection) -> list[tuple[str, str]]:
        return connection.execute(self._sql["several_facts"], {"names": names}).fetchall()

    def _fetch_under(self, prefix: str, connection: sqlite3.Connection) -> list[tuple[str, str]]:
        return connection.execute(self._sql["facts_under"], {"prefix": prefix}).fetchall()

    async def _execute(self, query: str, values: dict[str, str]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(self._sql[query], values)

        await self._database.write(lambda: work)
