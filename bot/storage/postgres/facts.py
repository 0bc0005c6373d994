"""Facts in PostgreSQL, the same for all processes."""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.storage.facts import dump_fact, load_fact
from bot.storage.postgres import sql
from bot.storage.postgres.database import PostgresDatabase
from bot.storage.sql import load_queries

_SQL = load_queries("facts", sql.__name__)


class PostgresFacts:
    """A durable dictionary. Of two processes that put the same name the later one's value stands."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def get(self, name: str) -> JsonValue:
        """The value, or None if there is none."""
        rows = await self._database.run(_SQL["fact"], {"name": name})
        return load_fact(rows[0]["value"]) if rows else None

    async def several(self, names: Sequence[str]) -> dict[str, JsonValue]:
        """The values of those that there are, in one look."""
        rows = await self._database.run(_SQL["several_facts"], {"names": list(names)})
        return {row["name"]: load_fact(row["value"]) for row in rows}

    async def under(self, prefix: str) -> dict[str, JsonValue]:
        """The values of all whose names begin so."""
        rows = await self._database.run(_SQL["facts_under"], {"prefix": prefix})
        return {row["name"]: load_fact(row["value"]) for row in rows}

    async def put(self, name: str, value: JsonValue) -> None:
        """Remember ``value`` in place of what was there."""
        values = {"name": name, "value": dump_fact(value)}
        await self._database.run(_SQL["set_fact"], values)

    async def forget(self, name: str) -> None:
        """Remove it, if it is there."""
        await self._database.run(_SQL["forget_fact"], {"name": name})
