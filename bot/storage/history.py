"""What people had drawn: to look through, to take away, and to be forgotten."""

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from bot.model.work import Request, Txt2Img
from bot.queue.job import Job
from bot.storage import statements
from bot.storage.sql import load_queries
from bot.storage.sqlite import Database

BATCH = 500
"""Jobs that are looked at in one go."""
MAX_LOOKED_AT = 20_000
"""Jobs that one search looks at."""
_INPUT = re.compile(r'"([0-9a-f]{40})"')
"""An input's id, wherever it stands in a stored request."""
AFTER_ALL = "~"
"""Sorts after every job's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What lies on the disk and belongs to nobody any more."""

    jobs: int
    files: tuple[str, ...]
    """Pictures, as paths below OUTPUT_DIR."""
    inputs: tuple[str, ...]
    """Ids of inputs that no other job begins with."""


class History(Protocol):
    """Jobs that are over, by person."""

    async def page(
        self,
        user_id: int,
        *,
        search: str = "",
        before: str = AFTER_ALL,
        limit: int = 5,
        everything: bool = False,
    ) -> Sequence[Job]:
        """A person's jobs that drew something, the newest first, of those before the id ``before``.

        ``search``: in the prompt, in any case. ``everything``: also what waits, runs, or drew nothing.
        Raises StorageError.
        """
        ...

    async def erase(self, user_id: int, *, kept_since: float) -> Erased:
        """Forget all that a person's ended jobs say; what is left of jobs since then is their cost.

        The text is gone from the file when this returns. Raises StorageError.
        """
        ...

    async def prune(self, before: float) -> Erased:
        """Forget ended jobs that were asked for before that time, of everybody. Raises StorageError."""
        ...


class SQLiteHistory:
    """History in the SQLite file."""

    def __init__(self, database: Database) -> None:
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
        work = partial(_page, query, user_id, search.casefold(), before, limit)
        return await self._database.read(work)

    async def erase(self, user_id: int, *, kept_since: float) -> Erased:
        """See History."""
        erased = await self._database.write(lambda: partial(_erase_person, user_id, kept_since))
        await self._database.scrub()
        return erased

    async def prune(self, before: float) -> Erased:
        """See History."""
        return await self._database.write(lambda: partial(_erase, "of_age", before, before))


def blank_request() -> str:
    """What stays of a request that was forgotten."""
    return Request(work=Txt2Img(prompt="", seed=0)).model_dump_json()


def inputs_in(request: str) -> Sequence[str]:
    """Ids of the inputs that a stored request names."""
    return _INPUT.findall(request)


def prompt_in(request: str) -> str:
    """The prompt of a request as it is stored, folded for a search; "" if there is none."""
    try:
        return str(json.loads(request)["work"].get("prompt", "")).casefold()
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _page(
    query: str, user_id: int, search: str, before: str, limit: int, connection: sqlite3.Connection
) -> Sequence[Job]:
    found: list[Job] = []
    for row in _rows_of(query, user_id, before, connection):
        if search in prompt_in(row["request"]) and (job := statements.readable(row, connection)) is not None:
            found.append(job)
            if len(found) == limit:
                break
    return found


def _rows_of(query: str, user_id: int, before: str, connection: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    sql = load_queries("history")[query]
    for _ in range(MAX_LOOKED_AT // BATCH):
        values = {"user_id": user_id, "before": before, "limit": BATCH}
        rows = connection.execute(sql, values).fetchall()
        yield from rows
        if len(rows) < BATCH:
            return
        before = rows[-1]["id"]


def _erase_person(user_id: int, kept_since: float, connection: sqlite3.Connection) -> Erased:
    connection.execute(load_queries("history")["delete_drafts"], {"user_id": user_id})
    return _erase("of_person", user_id, kept_since, connection)


def _erase(which: str, value: float, kept_since: float, connection: sqlite3.Connection) -> Erased:
    """``which``: the query that names the jobs. Those asked for since ``kept_since`` keep their cost."""
    sql = load_queries("history")
    rows = connection.execute(sql[which], {"value": value}).fetchall()
    inputs = {one for row in rows for one in inputs_in(row["request"])}
    files = []
    for row in rows:
        job = {"id": row["id"]}
        files += [file for (file,) in connection.execute(sql["files"], job)]
        if row["created_at"] < kept_since:
            connection.execute(sql["delete_job"], job)
        else:
            connection.execute(sql["blank_job"], {**job, "request": blank_request()})
            connection.execute(sql["delete_pictures"], job)
    unused = [
        one for one in inputs if connection.execute(sql["uses_input"], {"input": one}).fetchone() is None
    ]
    return Erased(jobs=len(rows), files=tuple(files), inputs=tuple(sorted(unused)))
