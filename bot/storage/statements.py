"""What a JobStore asks of SQLite, as plain functions on a connection. They run in a database thread."""

import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.errors import StorageError
from bot.queue.job import Delivery, Failure, Job, State, new_delivery_id
from bot.queue.ledger import Change
from bot.storage.rows import (
    delivery_from,
    failure_json,
    job_from,
    job_values,
    new_job_values,
    picture_values,
)
from bot.storage.sql import load_queries

log = logging.getLogger(__name__)

LIVE = (State.WAITING, State.RUNNING, State.RENDERED)


@cache
def _sql() -> Mapping[str, str]:
    return load_queries("jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Everything a ledger is made of."""

    jobs: Sequence[Job]
    unreadable: Sequence[str]
    """Ids of live jobs whose row this version cannot read."""
    virtual: int
    finish: Mapping[int, int]


def load(connection: sqlite3.Connection) -> Stored:
    """All live jobs and the accounts."""
    sql = _sql()
    jobs: list[Job] = []
    unreadable: list[str] = []
    for row in [row for state in LIVE for row in _rows_in_state(state, connection)]:
        job = readable(row, connection)
        if job is None:
            unreadable.append(row["id"])
        else:
            jobs.append(job)
    (virtual,) = connection.execute(sql["virtual_time"]).fetchone()
    finish = {row["user_id"]: row["tag"] for row in connection.execute(sql["finish_tags"]).fetchall()}
    return Stored(jobs=jobs, unreadable=unreadable, virtual=virtual, finish=finish)


def fail_unreadable(job_ids: Sequence[str], now: float, connection: sqlite3.Connection) -> None:
    """Live jobs that this version cannot read are failed, instead of ending every start."""
    values = [
        {
            "id": job_id,
            "failure": failure_json(Failure(code="internal", data={"reference": job_id})),
            "at": now,
        }
        for job_id in job_ids
    ]
    connection.executemany(_sql()["fail_unreadable"], values)


def insert(change: Change, connection: sqlite3.Connection) -> Job:
    """A job that is new."""
    connection.execute(_sql()["insert_job"], new_job_values(change.job))
    _write_accounts(change, connection)
    return change.job


def insert_all(changes: Sequence[Change], connection: sqlite3.Connection) -> Sequence[Job]:
    """Several jobs that are new."""
    return [insert(change, connection) for change in changes]


def update(change: Change, connection: sqlite3.Connection) -> Job:
    """A job that went on, and what that did to its person's others."""
    sql, job = _sql(), change.job
    connection.execute(sql["update_job"], job_values(job))
    if change.pictures:
        connection.execute(sql["delete_pictures"], {"job_id": job.id})
        connection.executemany(sql["insert_picture"], [picture_values(job.id, one) for one in job.pictures])
    connection.executemany(sql["update_tag"], [{"id": moved.id, "tag": moved.tag} for moved in change.moved])
    _write_accounts(change, connection)
    return job


def update_all(changes: Iterable[Change], connection: sqlite3.Connection) -> None:
    """Several changes."""
    for change in changes:
        update(change, connection)


def job(job_id: str, connection: sqlite3.Connection) -> Job | None:
    """One job in whatever state. Raises StorageError if it cannot be read."""
    row = connection.execute(_sql()["job"], {"id": job_id}).fetchone()
    return None if row is None else job_from(row, _pictures_of(row, connection))


def jobs_in_state(state: State, connection: sqlite3.Connection) -> Sequence[Job]:
    """By (tag, id). Those that cannot be read are left out, and logged."""
    return [
        found for row in _rows_in_state(state, connection) if (found := readable(row, connection)) is not None
    ]


def jobs_with_status_message(connection: sqlite3.Connection) -> Sequence[Job]:
    """By id. Those that cannot be read are left out, and logged."""
    rows = connection.execute(_sql()["jobs_with_status_message"]).fetchall()
    return [found for row in rows if (found := readable(row, connection)) is not None]


def seconds_used(user_id: int, since: float, connection: sqlite3.Connection) -> float:
    """As ``JobStore.seconds_used``."""
    (seconds,) = connection.execute(_sql()["seconds_used"], {"user_id": user_id, "since": since}).fetchone()
    return float(seconds)


def set_status_message(job_id: str, message_id: int | None, connection: sqlite3.Connection) -> None:
    """Of a job in whatever state."""
    connection.execute(_sql()["set_status_message"], {"id": job_id, "message_id": message_id})


def plan_deliveries(
    job_id: str, parts: Sequence[tuple[int, ...]], connection: sqlite3.Connection
) -> Sequence[Delivery]:
    """What is planned already, or else one delivery a part."""
    planned = deliveries(job_id, connection)
    if planned or connection.execute(_sql()["job_exists"], {"id": job_id}).fetchone() is None:
        return planned
    values = [
        {"id": new_delivery_id(), "job_id": job_id, "part": part, "pictures": json.dumps(list(pictures))}
        for part, pictures in enumerate(parts)
    ]
    connection.executemany(_sql()["insert_delivery"], values)
    return deliveries(job_id, connection)


def deliveries(job_id: str, connection: sqlite3.Connection) -> Sequence[Delivery]:
    """By part."""
    rows = connection.execute(_sql()["deliveries"], {"job_id": job_id}).fetchall()
    return [delivery_from(row) for row in rows]


def set_attempted(delivery_id: str, at: float, connection: sqlite3.Connection) -> None:
    """Seconds since 1970."""
    connection.execute(_sql()["set_attempted"], {"id": delivery_id, "at": at})


def set_posted(delivery_id: str, message_id: int, connection: sqlite3.Connection) -> None:
    """The first message stands."""
    connection.execute(_sql()["set_posted"], {"id": delivery_id, "message_id": message_id})


def _write_accounts(change: Change, connection: sqlite3.Connection) -> None:
    sql = _sql()
    connection.execute(sql["set_virtual_time"], {"tag": change.virtual})
    if change.reset:
        connection.execute(sql["forget_finish_tags"])
        return
    person = {"user_id": change.job.origin.user_id}
    if change.finish is None:
        connection.execute(sql["forget_finish_tag"], person)
    else:
        connection.execute(sql["set_finish_tag"], {**person, "tag": change.finish})
    connection.executemany(sql["forget_finish_tag"], [{"user_id": gone} for gone in change.forgotten])


def _rows_in_state(state: State, connection: sqlite3.Connection) -> Sequence[sqlite3.Row]:
    rows: list[sqlite3.Row] = connection.execute(_sql()["jobs_in_state"], {"state": state.value}).fetchall()
    return rows


def _pictures_of(row: sqlite3.Row, connection: sqlite3.Connection) -> Sequence[sqlite3.Row]:
    """None are looked for where none can be: a long line is read much faster."""
    return [] if row["seconds"] is None else _pictures(row["id"], connection)


def _pictures(job_id: str, connection: sqlite3.Connection) -> Sequence[sqlite3.Row]:
    rows: list[sqlite3.Row] = connection.execute(_sql()["pictures"], {"job_id": job_id}).fetchall()
    return rows


def readable(row: sqlite3.Row, connection: sqlite3.Connection) -> Job | None:
    """The job of a row of ``jobs``; None, and logged, if it cannot be read."""
    try:
        return job_from(row, _pictures_of(row, connection))
    except StorageError:
        log.exception("a stored job cannot be read", extra={"job": row["id"]})
        return None
