"""Edit panels in PostgreSQL."""

from bot.storage.drafts import KEPT_PER_PERSON, KEPT_SECONDS
from bot.storage.postgres import sql
from bot.storage.postgres.database import PostgresDatabase
from bot.storage.sql import load_queries


class PostgresDraftRows:
    """Drafts that every process can find."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._sql = load_queries("drafts", sql.__name__)

    async def add(self, draft_id: str, user_id: int, text: str, now: float) -> None:
        """See DraftRows."""
        values = {"id": draft_id, "user_id": user_id, "created_at": now, "draft": text}
        await self._database.run(self._sql["add_draft"], values)
        await self._database.run(self._sql["forget_old_drafts"], {"before": now - KEPT_SECONDS})
        surplus = {"user_id": user_id, "keep": KEPT_PER_PERSON}
        await self._database.run(self._sql["forget_surplus_drafts"], surplus)

    async def find(self, draft_id: str, user_id: int) -> str | None:
        """See DraftRows."""
        rows = await self._database.run(self._sql["draft"], {"id": draft_id, "user_id": user_id})
        return rows[0]["draft"] if rows else None

    async def put(self, draft_id: str, user_id: int, text: str) -> None:
        """See DraftRows."""
        values = {"id": draft_id, "user_id": user_id, "draft": text}
        await self._database.run(self._sql["change_draft"], values)
