"""Edit panels that stand open in Discord: they outlive the process, and go by age and number."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Protocol

from pydantic import ValidationError

from bot.errors import Gone, StorageError
from bot.model.clock import Clock
from bot.model.draft import Draft
from bot.queue.job import new_id
from bot.storage.sql import load_queries
from bot.storage.sqlite import Database

KEPT_SECONDS = 7 * 86_400.0
"""An ephemeral message is gone from the person's screen long before."""
KEPT_PER_PERSON = 20
"""Older panels of a person who opens one after the other are answered as gone."""


class DraftRows(Protocol):
    """Drafts as JSON in a database."""

    async def add(self, draft_id: str, user_id: int, text: str, now: float) -> None:
        """Keep a new one, and let go of those that are too old or too many. Raises StorageError."""
        ...

    async def find(self, draft_id: str, user_id: int) -> str | None:
        """A person's own draft, if it is there. Raises StorageError."""
        ...

    async def put(self, draft_id: str, user_id: int, text: str) -> None:
        """In place of what was there. Raises StorageError."""
        ...


class Drafts:
    """A person's panels by id. Nobody reads or changes another person's."""

    def __init__(self, rows: DraftRows, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock
        self._changing = asyncio.Lock()
        """Two choices in one second: a person's panels are all served by one process."""

    async def open(self, user_id: int, draft: Draft) -> str:
        """Keep a new panel; its id. Raises StorageError."""
        now = self._clock.now()
        draft_id = new_id(now)
        await self._rows.add(draft_id, user_id, draft.model_dump_json(), now)
        return draft_id

    async def get(self, user_id: int, draft_id: str) -> Draft:
        """The panel as it stands. Raises Gone, StorageError."""
        text = await self._rows.find(draft_id, user_id)
        if text is None:
            raise Gone
        try:
            return Draft.model_validate_json(text)
        except ValidationError as error:
            raise StorageError(reason="corrupt") from error

    async def change(self, user_id: int, draft_id: str, change: Callable[[Draft], Draft]) -> Draft:
        """Change it and keep that, one after the other.

        Raises Gone, StorageError, and whatever ``change`` raises.
        """
        async with self._changing:
            draft = change(await self.get(user_id, draft_id))
            await self._rows.put(draft_id, user_id, draft.model_dump_json())
        return draft


class SQLiteDraftRows:
    """Drafts in the SQLite file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = load_queries("drafts")

    async def add(self, draft_id: str, user_id: int, text: str, now: float) -> None:
        """See DraftRows."""
        values = {
            "id": draft_id,
            "user_id": user_id,
            "created_at": now,
            "draft": text,
            "before": now - KEPT_SECONDS,
            "keep": KEPT_PER_PERSON,
        }
        await self._write(values, "add_draft", "forget_old_drafts", "forget_surplus_drafts")

    async def find(self, draft_id: str, user_id: int) -> str | None:
        """See DraftRows."""
        return await self._database.read(partial(self._fetch, {"id": draft_id, "user_id": user_id}))

    async def put(self, draft_id: str, user_id: int, text: str) -> None:
        """See DraftRows."""
        await self._write({"id": draft_id, "user_id": user_id, "draft": text}, "change_draft")

    def _fetch(self, values: dict[str, object], connection: sqlite3.Connection) -> str | None:
        row: tuple[str] | None = connection.execute(self._sql["draft"], values).fetchone()
        return None if row is None else row[0]

    async def _write(self, values: dict[str, object], *queries: str) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for query in queries:
                connection.execute(self._sql[query], values)

        await self._database.write(lambda: work)
