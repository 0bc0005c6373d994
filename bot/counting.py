"""What has happened to jobs and web UIs, as numbers."""

import logging
from functools import partial

from bot.backends.pool import BackendPool
from bot.errors import StorageError
from bot.ops.metrics import Metrics
from bot.queue.events import StateChanged
from bot.queue.job import Job, State
from bot.services import Services

log = logging.getLogger(__name__)


async def measure(services: Services) -> None:
    """What is true at the moment the metrics are read. Raises StorageError."""
    for status in services.pool.statuses():
        services.metrics.watch_webui(status.name, partial(_is_up, services.pool, status.name))
    services.metrics.queue_pictures((await services.queue.overview()).waiting_pictures)


def _is_up(pool: BackendPool, name: str) -> bool:
    return any(status.up for status in pool.statuses() if status.name == name)


async def count(services: Services) -> None:
    """What this process has done with jobs, for ever; what others do, they count."""
    with services.queue.events.subscribe() as events:
        async for event in events:
            if not isinstance(event, StateChanged) or event.elsewhere:
                continue
            if event.state.is_final or event.state is State.RENDERED:
                await _count(services, event)


async def _count(services: Services, event: StateChanged) -> None:
    try:
        job = await services.store.get(event.job_id)
    except StorageError as error:
        log.warning("a job is missing in the metrics", extra={"job": event.job_id, "reason": error.reason})
        return
    if job is not None:
        _count_job(services.metrics, job, event.state)


def _count_job(metrics: Metrics, job: Job, state: State) -> None:
    if state is State.RENDERED:
        metrics.rendered(len(job.pictures), job.seconds or 0.0)
        return
    metrics.job_finished(state.value)
    if state is State.DELIVERED and job.finished_at is not None and job.rendered_at is not None:
        metrics.delivered(job.finished_at - job.rendered_at)
