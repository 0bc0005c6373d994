"""All live jobs in memory, as in the other stores, kept current with what other processes write.

The line has a revision, which every change counts up, and each row that was changed carries the revision it
was changed at. All changes are made under one lock, so revisions are committed in their order, and whoever
has read up to one of them has missed nothing.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import DictRow

from bot.errors import StorageError
from bot.queue.job import Job, State
from bot.queue.ledger import Ledger
from bot.storage.postgres import sql
from bot.storage.rows import job_from
from bot.storage.sql import load_queries

log = logging.getLogger(__name__)

Connection = psycopg.AsyncConnection[DictRow]

LIVE = (State.WAITING, State.RUNNING, State.RENDERED)
_CHUNK = 1000
"""Jobs read at a time: their JSON is parsed in a thread."""
_LINE = load_queries("line", sql.__name__)
_JOBS = load_queries("jobs", sql.__name__)


@dataclass(frozen=True, slots=True)
class Hand:
    """Where a live job is with procrastinate."""

    engine_id: int
    worker: int | None
    """Of the latest attempt."""


class Mirror:
    """The ledger, and what belongs to it."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.hands: dict[str, Hand] = {}
        self.revision = 0
        """What the ledger has seen, and what it has added itself and is about to be committed."""
        self._stale = True
        self.unreadable: Sequence[str] = ()
        """Ids of live jobs whose row this version cannot read."""

    def forget(self) -> None:
        """It does not match the database: read all of it before it is used again."""
        self._stale = True

    @property
    def is_stale(self) -> bool:
        """All of it has to be read."""
        return self._stale

    def has_seen(self, revision: int) -> bool:
        """Whether there is nothing to learn of a line of that revision."""
        return not self._stale and revision <= self.revision

    async def follow(self, connection: Connection) -> None:
        """Learn what others have written. One transaction must see all of it.

        With the line locked, a revision that is behind ours says that our latest write was never committed.
        """
        line = (await _rows(connection, _LINE["line"]))[0]
        if self._stale or line["revision"] < self.revision:
            await self._load(connection, line)
        elif line["revision"] > self.revision:
            await self._catch_up(connection, line)

    async def _load(self, connection: Connection, line: Mapping[str, Any]) -> None:
        jobs: list[Job] = []
        hands: dict[str, Hand] = {}
        unreadable: list[str] = []
        for state in LIVE:
            after = ""
            while True:
                values = {"state": state.value, "after": after, "most": _CHUNK}
                rows = await _rows(connection, _LINE["live_jobs"], values)
                read = await _jobs_from(rows, connection)
                jobs += [job for job in read if isinstance(job, Job)]
                unreadable += [job for job in read if isinstance(job, str)]
                hands |= {row["id"]: _hand(row) for row in rows}
                if len(rows) < _CHUNK:
                    break
                after = rows[-1]["id"]
        tags = await _rows(connection, _LINE["changed_finish_tags"], {"revision": -1})
        finish = {row["user_id"]: row["tag"] for row in tags if row["tag"] is not None}
        self.ledger = await asyncio.to_thread(Ledger, jobs, virtual=line["virtual"], finish=finish)
        self.hands, self.unreadable, self.revision = hands, unreadable, line["revision"]
        self._stale = False

    async def _catch_up(self, connection: Connection, line: Mapping[str, Any]) -> None:
        seen = {"revision": self.revision}
        rows = await _rows(connection, _JOBS_CHANGED, seen)
        tags = await _rows(connection, _LINE["changed_finish_tags"], seen)
        alive = [row for row in rows if State(row["state"]) in LIVE]
        read = await _jobs_from(alive, connection)
        for row in rows:
            self.ledger.forget(row["id"])
            self.hands.pop(row["id"], None)
        for row, job in zip(alive, read, strict=True):
            if isinstance(job, Job):
                self.ledger.learn(job)
                self.hands[job.id] = _hand(row)
        self.ledger.learn_accounts(
            line["virtual"],
            {row["user_id"]: row["tag"] for row in tags},
            reset=line["reset_at"] > self.revision,
        )
        self.revision = line["revision"]


_JOBS_CHANGED = _LINE["changed_jobs"]


async def jobs_from(rows: Sequence[Mapping[str, Any]], connection: Connection) -> Sequence[Job]:
    """Those that this version can read, in the same order."""
    return [job for job in await _jobs_from(rows, connection) if isinstance(job, Job)]


async def job_of(row: Mapping[str, Any], connection: Connection) -> Job:
    """One. Raises StorageError if it cannot be read."""
    pictures = await _rows(connection, _JOBS["pictures"], {"job_ids": [row["id"]]})
    return job_from(row, pictures)


async def _jobs_from(rows: Sequence[Mapping[str, Any]], connection: Connection) -> Sequence[Job | str]:
    """Each job, or its id where it cannot be read. Pictures are looked for where there can be some."""
    pictures: dict[str, list[DictRow]] = {row["id"]: [] for row in rows}
    drawn = [row["id"] for row in rows if row["seconds"] is not None]
    if drawn:
        for picture in await _rows(connection, _JOBS["pictures"], {"job_ids": drawn}):
            pictures[picture["job_id"]].append(picture)
    if len(rows) < _FEW:
        return _parsed(rows, pictures)
    return await asyncio.to_thread(_parsed, rows, pictures)


_FEW = 20
"""Jobs that are parsed at once: about a millisecond."""


def _parsed(
    rows: Sequence[Mapping[str, Any]], pictures: Mapping[str, Sequence[DictRow]]
) -> Sequence[Job | str]:
    return [_readable(row, pictures[row["id"]]) for row in rows]


def _readable(row: Mapping[str, Any], pictures: Sequence[DictRow]) -> Job | str:
    try:
        return job_from(row, pictures)
    except StorageError:
        log.exception("a stored job cannot be read", extra={"job": row["id"]})
        return str(row["id"])


def _hand(row: Mapping[str, Any]) -> Hand:
    return Hand(row["engine_id"], row["worker"])


async def _rows(
    connection: Connection, query: str, values: Mapping[str, object] | None = None
) -> Sequence[DictRow]:
    return await (await connection.execute(query, values)).fetchall()
