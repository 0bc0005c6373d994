"""procrastinate on a connection of ours: its claim, states, heartbeats and cancels, in our transactions.

procrastinate (https://procrastinate.readthedocs.io) has the jobs that wait and run; when one is rendered,
failed or cancelled it is deleted there. What it is handed of a request is our id alone.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast

import psycopg
from procrastinate.connector import BaseAsyncConnector
from procrastinate.exceptions import NoResult
from procrastinate.jobs import Job as EngineJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from bot.errors import StorageError
from bot.queue.job import Job
from bot.storage.postgres import sql
from bot.storage.sql import load_queries

Connection = psycopg.AsyncConnection[DictRow]

TASK = "easel.draw"
_PAST = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST, _MOST = -(2**31), 2**31 - 2
"""Of PostgreSQL's integer. The largest is kept for the job that is being claimed."""
_SQL = load_queries("line", sql.__name__)


def priority_of(tag: int) -> int:
    """procrastinate serves the largest first. The tags reach 248 days before they end, and begin anew when
    nothing waits."""
    return min(_MOST, max(_LEAST, -tag))


def queue_of(model: str) -> str:
    """procrastinate's queue of a model. Short, since it is part of a channel's name of at most 63 bytes."""
    return f"model-{sha256(model.encode()).hexdigest()[:16]}"


class BoundConnector(BaseAsyncConnector):
    """procrastinate's statements on one connection: part of whatever transaction that is in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        """No rows."""
        await self._connection.execute(query, _adapted(arguments))

    async def execute_query_one_async(self, query: str, **arguments: Any) -> dict[str, Any]:
        """The first row."""
        row = await (await self._connection.execute(query, _adapted(arguments))).fetchone()
        if row is None:
            raise NoResult
        return row

    async def execute_query_all_async(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        """All rows."""
        return await (await self._connection.execute(query, _adapted(arguments))).fetchall()


class SteeredJobManager(JobManager):
    """A JobManager that claims the job which the policy has chosen, in place of the first of its queues.

    The choice is made under the lock of the line. procrastinate's claim takes the largest priority of a queue
    and skips what others hold, so the chosen job is given the largest of all before it is asked.
    """

    def __init__(self, connector: BoundConnector, chosen: int) -> None:
        """``chosen``: procrastinate's id."""
        super().__init__(connector)
        self._chosen = chosen

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> EngineJob | None:
        """The chosen one; None if it does not wait any more."""
        query = _SQL["to_the_front"]
        rows = await self.connector.execute_query_all_async(query, engine_id=self._chosen)
        if not rows:
            return None
        return await super().fetch_job([row["queue_name"] for row in rows], worker_id)


class Engine:
    """What we ask of procrastinate, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connector = BoundConnector(connection)
        self._manager = JobManager(self._connector)

    async def defer(self, job: Job, model: str) -> int:
        """A new job: procrastinate's id. Listeners are told when the transaction is committed."""
        waiting = EngineJob(
            queue=queue_of(model),
            priority=priority_of(job.tag),
            lock=None,
            queueing_lock=job.id,
            task_name=TASK,
            task_kwargs={"job": job.id},
        )
        deferred = await self._manager.defer_job_async(waiting)
        return cast(int, deferred.id)

    async def claim(self, engine_id: int, worker: int) -> None:
        """todo → doing. Raises StorageError if procrastinate does not have it, or gives us another."""
        steered = SteeredJobManager(self._connector, engine_id)
        job = await steered.fetch_job(None, worker)
        if job is None or job.id != engine_id:
            raise StorageError(reason="corrupt")

    async def put_back(self, engine_id: int, tag: int, model: str) -> None:
        """doing → todo."""
        await self._manager.retry_job_by_id_async(
            engine_id, retry_at=_PAST, priority=priority_of(tag), queue=queue_of(model)
        )

    async def reorder(self, engine_id: int, tag: int) -> None:
        """A waiting job has another tag."""
        query = _SQL["set_priority"]
        await self._connector.execute_query_async(query, engine_id=engine_id, priority=priority_of(tag))

    async def mark(self, engine_id: int) -> None:
        """A running job is to be stopped. Listeners are told."""
        await self._manager.cancel_job_by_id_async(engine_id, abort=True)

    async def drop(self, engine_id: int) -> None:
        """A waiting job is none any more."""
        await self._manager.cancel_job_by_id_async(engine_id, delete_job=True)

    async def finish(self, engine_id: int) -> None:
        """A running job has ended in whatever way."""
        await self._manager.finish_job_by_id_async(engine_id, Status.SUCCEEDED, delete_job=True)

    async def register_worker(self) -> int:
        """A worker's id, with its first heartbeat."""
        return await self._manager.register_worker()

    async def unregister_worker(self, worker: int) -> None:
        """It has ended: its jobs are free at once."""
        await self._manager.unregister_worker(worker)

    async def heartbeat(self, worker: int) -> None:
        """It lives."""
        await self._manager.update_heartbeat(worker)

    async def stalled(self, seconds: float | None) -> Collection[int]:
        """Ids of running jobs without a worker; of silent ones too, which are forgotten. None = of nobody."""
        if seconds is not None:
            await self._manager.prune_stalled_workers(seconds)
        jobs: Iterable[EngineJob] = await self._manager.get_stalled_jobs(
            task_name=TASK, seconds_since_heartbeat=_ANY_SILENCE
        )
        return [job.id for job in jobs if job.id is not None]


_ANY_SILENCE = 10.0 * 365 * 86400
"""Workers of whom nothing was heard are gone already; what is left without one is all that is asked for."""


def _adapted(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in arguments.items()}


def _value(value: Any) -> Any:
    """Dictionaries as jsonb, also within procrastinate's lists of tuples."""
    if isinstance(value, dict):
        return Jsonb(value)
    if isinstance(value, list):
        return [_value(one) for one in value]
    if isinstance(value, tuple):
        return tuple(_value(one) for one in value)
    return value
