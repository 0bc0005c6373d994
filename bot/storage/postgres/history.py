"""What people had drawn, in PostgreSQL."""

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial

from psycopg.rows import DictRow

from bot.queue.job import Job
from bot.storage.history import (
    AFTER_ALL,
    BATCH,
    MAX_LOOKED_AT,
    Erased,
    blank_request,
    inputs_in,
    prompt_in,
)
from bot.storage.postgres import sql
from bot.storage.postgres.database import Connection, PostgresDatabase
from bot.storage.postgres.mirror import jobs_from
from bot.storage.sql import load_queries

_SQL = load_queries("history", sql.__name__)


class PostgresHistory:
    """History, the same from every process."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def page(
        self,
        user_id: int,
        *,
        search: str = "",
        before: str = AFTER_ALL,
        limit: int = 5,
        everything: bool = False,
    ) -> Sequence[Job]:
        """See History."""
        query = "everything" if everything else "page"
        return await self._database.read(partial(_page, query, user_id, search.casefold(), before, limit))

    async def erase(self, user_id: int, *, kept_since: float) -> Erased:
        """See History. Beyond the tables it is in the write-ahead log until that is recycled."""
        erased = await self._database.write(partial(_erase_person, user_id, kept_since))
        await self._database.run(_SQL["scrub"])
        return await self._without_used(erased)

    async def prune(self, before: float) -> Erased:
        """See History."""
        return await self._without_used(await self._database.write(partial(_erase, "of_age", before, before)))

    async def _without_used(self, erased: Erased) -> Erased:
        """Only those inputs that no other job begins with."""
        unused = [
            one for one in erased.inputs if not await self._database.run(_SQL["uses_input"], {"input": one})
        ]
        return Erased(jobs=erased.jobs, files=erased.files, inputs=tuple(unused))


async def _page(
    query: str, user_id: int, search: str, before: str, limit: int, connection: Connection
) -> Sequence[Job]:
    found: list[Job] = []
    async for row in _rows_of(query, user_id, before, connection):
        if search in prompt_in(row["request"]):
            found += await jobs_from([row], connection)
            if len(found) == limit:
                break
    return found


async def _rows_of(query: str, user_id: int, before: str, connection: Connection) -> AsyncIterator[DictRow]:
    for _ in range(MAX_LOOKED_AT // BATCH):
        rows = await _rows(connection, query, {"user_id": user_id, "before": before, "limit": BATCH})
        for row in rows:
            yield row
        if len(rows) < BATCH:
            return
        before = rows[-1]["id"]


async def _erase_person(user_id: int, kept_since: float, connection: Connection) -> Erased:
    await connection.execute(_SQL["delete_drafts"], {"user_id": user_id})
    return await _erase("of_person", user_id, kept_since, connection)


async def _erase(which: str, value: float, kept_since: float, connection: Connection) -> Erased:
    """``which``: the query that names the jobs. Those asked for since ``kept_since`` keep their cost."""
    rows = await _rows(connection, which, {"value": value})
    ids = [row["id"] for row in rows]
    kept = [row["id"] for row in rows if row["created_at"] >= kept_since]
    gone = [row["id"] for row in rows if row["created_at"] < kept_since]
    files = await _rows(connection, "files", {"ids": ids})
    await connection.execute(_SQL["delete_pictures"], {"ids": ids})
    await connection.execute(_SQL["delete_jobs"], {"ids": gone})
    await connection.execute(_SQL["blank_jobs"], {"ids": kept, "request": blank_request()})
    inputs = {one for row in rows for one in inputs_in(row["request"])}
    return Erased(jobs=len(rows), files=tuple(row["file"] for row in files), inputs=tuple(sorted(inputs)))


async def _rows(connection: Connection, query: str, values: Mapping[str, object]) -> Sequence[DictRow]:
    return await (await connection.execute(_SQL[query], values)).fetchall()
