"""The only place that opens, wires, supervises and closes things."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial

import discord

from bot.backends.catalog import ModelCatalog
from bot.backends.inputs import Inputs
from bot.backends.outputs import PictureFolder
from bot.backends.pool import BackendPool, BackendSpec
from bot.client import NETWORK_ERRORS, EaselBot, use_api
from bot.errors import DatabaseInUse, StorageError
from bot.exits import EX_CONFIG, EX_NOPERM, EX_SOFTWARE, EX_UNAVAILABLE
from bot.fetch import Fetcher, FetchLimits
from bot.imaging.codec import PictureLimits
from bot.l10n.catalog import Catalog
from bot.model.clock import Clock, SystemClock
from bot.model.hours import OpeningHours
from bot.model.tasks import TaskOwner
from bot.ops.health import Health, serve
from bot.ops.metrics import Metrics
from bot.queue.control import Control
from bot.queue.costs import Costs
from bot.queue.events import Events, StateChanged
from bot.queue.job import Job, State
from bot.queue.learned import COSTS_FACT, SWITCHES_FACT
from bot.queue.manager import QueueManager
from bot.queue.protocols import Admission
from bot.queue.switches import Switches
from bot.queue.worker import Worker
from bot.services import Services
from bot.storage.drafts import Drafts
from bot.storage.facts import Facts
from bot.storage.opening import Storage, open_storage
from bot.storage.preferences import PreferenceBook
from bot.storage.wildcards import read_wildcards
from bot.webui.client import Limits, Timeouts
from config.settings import Settings
from config.values import read_hours, read_zone

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.errors",
    "cogs.words",
    "cogs.stablecog",
    "cogs.editcog",
    "cogs.filecog",
    "cogs.queuecog",
    "cogs.infocog",
    "cogs.historycog",
    "cogs.privacycog",
    "cogs.hostcog",
    "cogs.webuicog",
    "cogs.deliverycog",
)
_LOGIN_SECONDS = 90.0
"""For logging in, loading the cogs and syncing the commands; discord.py by itself would wait for ever."""
_TOKEN_REFUSED = 4004
"""https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes"""
STOP_SECONDS = 20.0
"""How long a shutdown waits for what runs; what is not done then is taken up at the next start."""


class StartFailure(Exception):
    """The program cannot start. ``key`` names the sentence with the cure, ``exit_code`` is of sysexits.h."""

    def __init__(self, key: str, exit_code: int, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.exit_code = exit_code
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that runs."""

    services: Services
    bot: EaselBot
    tasks: TaskOwner
    workers: tuple[Worker, ...]
    health_address: str | None
    """host:port of the health endpoints, if they are on."""

    vital: tuple["asyncio.Task[None]", ...]
    """Tasks without which it is better to end, and be started again, than to go on half alive."""

    async def serve(self, stop: asyncio.Event) -> None:
        """Stay connected to Discord until ``stop``.

        Raises StartFailure if Discord ends the connection for good, or if a vital task died.
        """
        connection = self.tasks.start(self.bot.connect(), "discord-gateway")
        stopping = self.tasks.start(stop.wait(), "stop-signal")
        done, _ = await asyncio.wait({connection, stopping, *self.vital}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            return
        if connection in done:
            with _start_failures():
                connection.result()
        names = ", ".join(task.get_name() for task in done)
        raise StartFailure("start.task_died", EX_SOFTWARE, names=names)


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    always_sync: bool = False,
    guild_ready_timeout: float = 2.0,
) -> AsyncIterator[App]:
    """Everything open, logged in to Discord and at work; ``serve`` connects the gateway.

    On the way out the workers stop first, then Discord, then the web UIs, then the database. Raises
    StartFailure.
    """
    clock = clock or SystemClock()
    tasks = TaskOwner()
    async with AsyncExitStack() as stack:
        services, pool, storage = await _open_services(settings, clock, stack)
        use_api(settings.discord_api_url)
        bot = EaselBot(
            services,
            extensions=EXTENSIONS,
            always_sync=always_sync,
            gateway_url=settings.discord_gateway_url,
            guild_ready_timeout=guild_ready_timeout,
        )
        await stack.enter_async_context(_logged_in(bot, settings))
        stack.push_async_callback(tasks.close)
        workers = await _start_workers(settings, services, pool, stack)
        tasks.start(_count(services), "metrics")
        _watch(services)
        checks = {"discord": bot.is_ready, "database": lambda: not storage.task.done()}
        health = Health(services.metrics, checks)
        bind = await stack.enter_async_context(serve(settings.http_bind, health))
        yield App(
            services=services,
            bot=bot,
            tasks=tasks,
            workers=workers,
            health_address=bind.shown if bind else None,
            vital=(
                storage.task,
                services.queue.task,
                services.control.task,
                *pool.tasks,
                *(worker.task for worker in workers),
            ),
        )


async def _open_services(
    settings: Settings, clock: Clock, stack: AsyncExitStack
) -> tuple[Services, BackendPool, Storage]:
    texts = Catalog.load()
    storage = await stack.enter_async_context(_storage(settings, clock))
    store, facts = storage.jobs, storage.facts
    catalog = ModelCatalog()
    pool = _pool(settings, catalog, facts, clock)
    events = Events()
    hours = OpeningHours(ranges=read_hours(settings.hours.open), zone=read_zone(settings.hours.time_zone))
    control = await stack.enter_async_context(
        Control(fleet=pool.fleet, facts=facts, clock=clock, hours=hours, events=events)
    )
    queue = await stack.enter_async_context(
        QueueManager(
            store=store,
            clock=clock,
            events=events,
            admission=Admission(
                per_person=settings.queue.waiting_per_person,
                total=settings.queue.waiting_total,
                per_channel=settings.queue.waiting_per_channel,
            ),
            keep_seconds=settings.queue.keep_hours * 3600,
            max_attempts=settings.queue.max_attempts,
            costs=Costs(await facts.get(COSTS_FACT)),
            switches=Switches(await facts.get(SWITCHES_FACT)),
            memory=facts,
            fleet=control.fleet,
            open_since=control.open_since,
        )
    )
    await stack.enter_async_context(pool)
    fetcher = await stack.enter_async_context(_fetcher(settings))
    services = Services(
        settings=settings,
        clock=clock,
        queue=queue,
        control=control,
        store=store,
        facts=facts,
        drafts=Drafts(storage.drafts, clock),
        favourites=storage.favourites,
        history=storage.history,
        preferences=PreferenceBook(facts),
        catalog=catalog,
        pool=pool,
        wildcards=await asyncio.to_thread(read_wildcards, settings.prompts.wildcards),
        texts=texts,
        metrics=Metrics(),
        fetcher=fetcher,
        inputs=Inputs(settings.output_dir),
        pictures=PictureFolder(settings.output_dir),
        outputs=settings.output_dir,
    )
    return services, pool, storage


def _fetcher(settings: Settings) -> Fetcher:
    waits = settings.attachments
    limits = FetchLimits(
        max_bytes=waits.max_bytes,
        connect=waits.connect_seconds,
        idle=waits.idle_seconds,
        total=waits.total_seconds,
    )
    return Fetcher(settings.discord_api_url, limits)


def _pool(settings: Settings, catalog: ModelCatalog, facts: Facts, clock: Clock) -> BackendPool:
    waits = settings.webui
    quick = Timeouts(
        connect=waits.connect_seconds,
        first_byte=waits.read_seconds,
        idle=waits.idle_seconds,
        total=waits.read_seconds,
    )
    return BackendPool(
        [
            BackendSpec(
                name=backend.name,
                url=backend.address.secret_url,
                dedicated=backend.dedicated,
                weight=backend.weight,
            )
            for backend in settings.backends
        ],
        catalog=catalog,
        facts=facts,
        outputs=settings.output_dir,
        clock=clock,
        timeouts=Timeouts(
            connect=waits.connect_seconds,
            first_byte=waits.first_byte_seconds,
            idle=waits.idle_seconds,
            total=waits.total_seconds,
        ),
        quick_timeouts=quick,
        limits=Limits(pictures=waits.max_answer_bytes, small=waits.max_list_bytes),
        picture_limits=PictureLimits(max_pixels=waits.max_picture_pixels),
        poll_seconds=waits.poll_seconds,
        previews=settings.preview.enabled and settings.preview.pictures,
    )


@asynccontextmanager
async def _storage(settings: Settings, clock: Clock) -> AsyncIterator[Storage]:
    if settings.database_url.path is None:
        raise StartFailure("start.no_postgres", EX_CONFIG)
    async with AsyncExitStack() as stack:
        try:
            storage = await stack.enter_async_context(open_storage(settings, clock))
        except DatabaseInUse as error:
            raise StartFailure("start.database_in_use", EX_UNAVAILABLE) from error
        except StorageError as error:
            raise StartFailure("start.database", EX_UNAVAILABLE) from error
        yield storage


@asynccontextmanager
async def _logged_in(bot: EaselBot, settings: Settings) -> AsyncIterator[None]:
    token = settings.discord_token
    if token is None:
        raise StartFailure("start.no_token", EX_CONFIG)
    try:
        with _start_failures():
            async with asyncio.timeout(_LOGIN_SECONDS):
                await bot.login(token.get_secret_value())
        yield
    finally:
        await bot.close()


@contextmanager
def _start_failures() -> Iterator[None]:
    """What Discord says no with, as a sentence and an exit code."""
    try:
        yield
    except discord.LoginFailure as error:
        raise StartFailure("start.token_refused", EX_NOPERM) from error
    except discord.PrivilegedIntentsRequired as error:
        raise StartFailure("start.intents", EX_NOPERM) from error
    except discord.ConnectionClosed as error:
        if error.code == _TOKEN_REFUSED:
            raise StartFailure("start.token_refused", EX_NOPERM) from error
        raise StartFailure("start.discord_closed", EX_UNAVAILABLE, code=error.code) from error
    except (discord.HTTPException, discord.GatewayNotFound, *NETWORK_ERRORS) as error:
        raise StartFailure("start.discord_unreachable", EX_UNAVAILABLE) from error


async def _start_workers(
    settings: Settings, services: Services, pool: BackendPool, stack: AsyncExitStack
) -> tuple[Worker, ...]:
    workers = []
    for runner in pool.runners:
        worker = Worker(
            runner,
            services.queue.dispatch,
            services.clock,
            answers_in_memory=settings.queue.answers_in_memory,
        )
        workers.append(await stack.enter_async_context(worker))
    stack.push_async_callback(_stop_workers, workers)
    return tuple(workers)


async def _stop_workers(workers: list[Worker]) -> None:
    """All at once, so that a shutdown takes as long as the slowest, not as long as all together."""
    await asyncio.gather(*(worker.stop(STOP_SECONDS) for worker in workers))


def _watch(services: Services) -> None:
    """What metrics ask for at the moment they are read."""
    for status in services.pool.statuses():
        services.metrics.watch_webui(status.name, partial(_is_up, services.pool, status.name))


def _is_up(pool: BackendPool, name: str) -> bool:
    return any(status.up for status in pool.statuses() if status.name == name)


async def _count(services: Services) -> None:
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
