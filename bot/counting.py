"""What has happened to jobs and web UIs, as numbers."""

from functools import partial

from bot.backends.pool import BackendPool
from bot.ops.metrics import Metrics
from bot.queue.events import StateChanged
from bot.queue.job import Job, State
from bot.services import Services


def watch(services: Services) -> None:
    """What metrics ask for at the moment they are read."""
    for status in services.pool.statuses():
        services.metrics.watch_webui(status.name, partial(_is_up, services.pool, status.name))


def _is_up(pool: BackendPool, name: str) -> bool:
    return any(status.up for status in pool.statuses() if status.name == name)


async def count(services: Services) -> None:
    """What has happened to jobs, for the metrics."""
    with services.queue.events.subscribe() as events:
        services.metrics.queue_pictures((await services.queue.overview()).waiting_pictures)
        async for event in events:
            services.metrics.queue_pictures((await services.queue.overview()).waiting_pictures)
            if isinstance(event, StateChanged) and (event.state.is_final or event.state is State.RENDERED):
                job = await services.store.get(event.job_id)
                if job is not None:
                    _count_job(services.metrics, job, event.state)


def _count_job(metrics: Metrics, job: Job, state: State) -> None:
    if state is State.RENDERED:
        metrics.rendered(len(job.pictures), job.seconds or 0.0)
        return
    metrics.job_finished(state.value)
    if state is State.DELIVERED and job.finished_at is not None and job.rendered_at is not None:
        metrics.delivered(job.finished_at - job.rendered_at)
