"""Which pictures are in a gallery, in PostgreSQL."""

from bot.storage.favourites import LOST_SECONDS
from bot.storage.postgres import sql
from bot.storage.postgres.database import PostgresDatabase
from bot.storage.sql import load_queries


class PostgresFavourites:
    """Favourites, each put there by one process."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._sql = load_queries("favourites", sql.__name__)

    async def claim(self, job_id: str, picture: int, user_id: int, now: float) -> bool:
        """See Favourites. Where its answer was lost, what was claimed is free again after LOST_SECONDS."""
        values = {"job_id": job_id, "picture": picture, "user_id": user_id, "now": now}
        lost_before = now - LOST_SECONDS
        query = self._sql["claim_favourite"]
        return bool(await self._database.run(query, {**values, "lost_before": lost_before}))

    async def posted(self, job_id: str, picture: int, message_id: int) -> None:
        """See Favourites."""
        values = {"job_id": job_id, "picture": picture, "message_id": message_id}
        await self._database.run(self._sql["set_favourite_posted"], values)

    async def release(self, job_id: str, picture: int) -> None:
        """See Favourites."""
        values = {"job_id": job_id, "picture": picture}
        await self._database.run(self._sql["forget_favourite"], values)
