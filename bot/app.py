"""The only place that opens, wires, supervises and closes things."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial

import discord

from bot.backends.pruning import Pruner
from bot.client import NETWORK_ERRORS, EaselBot, use_api
from bot.counting import count, measure
from bot.exits import EX_CONFIG, EX_NOPERM, EX_SOFTWARE, EX_UNAVAILABLE, StartFailure
from bot.model.clock import Clock, SystemClock
from bot.model.tasks import TaskOwner
from bot.ops.health import Check, Health, serve
from bot.queue.protocols import Renderer
from bot.queue.signals import Hint, Kind
from bot.queue.worker import Worker
from bot.retention import Retention
from bot.roles import Role, Shards
from bot.services import Services
from bot.standby import Standby
from bot.tuning import keep_data_seconds_of, keep_of
from bot.wiring import Opened, open_services
from config.live import LiveSettings
from config.settings import Settings, SettingsProblem

log = logging.getLogger(__name__)

_LOGIN_SECONDS = 90.0
"""For logging in, loading the cogs and syncing the commands; discord.py by itself would wait for ever."""
_TOKEN_REFUSED = 4004
"""https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes"""
STOP_SECONDS = 20.0
"""How long a shutdown waits for what runs; what is not done then is taken up at the next start."""


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

    role: Role
    standby: Standby

    async def serve(self, stop: asyncio.Event) -> None:
        """Do what the role says until ``stop``; a gateway, or everything, stays connected to Discord.

        Raises StartFailure if Discord ends the connection for good, or if a vital task died.
        """
        log.info("at work", extra={"role": self.role.value, "webuis": len(self.workers)})
        stopping = self.tasks.start(stop.wait(), "stop-signal")
        watched = {stopping, *self.vital}
        connection: asyncio.Task[None] | None = None
        if self.role.connects:
            connection = self.tasks.start(self._connect(), "discord-gateway")
            watched |= {connection, self.tasks.start(self.standby.watch(), "standby")}
        done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            return
        if connection is not None and connection in done:
            with _start_failures():
                connection.result()
        for task in done:
            if isinstance(error := task.exception(), StartFailure):
                raise error
        names = ", ".join(task.get_name() for task in done)
        raise StartFailure("start.task_died", EX_SOFTWARE, names=names)

    def hear(self, hint: Hint) -> None:
        """The host has asked another process to take over changed settings."""
        if hint.kind is Kind.SETTINGS:
            self.tasks.start(self.reload(), "reload")

    async def reload(self) -> None:
        """Take over changed settings; what came of it is in the log."""
        try:
            done = await self.services.live.reload()
        except SettingsProblem as error:
            for problem in error.problems:
                log.warning("the settings stay as they were", extra={"problem": problem})
            return
        log.info(
            "the settings were read again", extra={"changed": done.changed, "needs_restart": done.waiting}
        )

    async def _connect(self) -> None:
        """As soon as no other process is connected with the same shards."""
        await self.standby.wait_for_turn()
        await self.bot.connect()


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    load: Callable[[], Settings] | None = None,
    role: Role = Role.EVERYTHING,
    shards: Shards | None = None,
    clock: Clock | None = None,
    always_sync: bool = False,
    guild_ready_timeout: float = 2.0,
) -> AsyncIterator[App]:
    """Everything of the role open, logged in to Discord and at work; ``serve`` connects the gateway.

    ``load``: reads the settings again, for a reload. ``shards``: None = as many as Discord says, all of them.

    On the way out the workers stop first, then Discord, then the web UIs, then the database. Raises
    StartFailure.
    """
    clock = clock or SystemClock()
    tasks = TaskOwner()
    async with AsyncExitStack() as stack:
        opened = await open_services(LiveSettings(settings, load), role, clock, stack)
        services = opened.services
        use_api(settings.discord_api_url)
        bot = EaselBot(
            services,
            extensions=role.extensions,
            syncs=role.connects,
            always_sync=always_sync,
            gateway_url=settings.discord_gateway_url,
            shards=shards,
            guild_ready_timeout=guild_ready_timeout,
        )
        await stack.enter_async_context(_logged_in(bot, settings))
        stack.push_async_callback(tasks.close)
        workers = await _start_workers(settings, services, opened.renderers, stack)
        tasks.start(count(services), "metrics")
        tasks.start(_pruner(services).run(), "outputs-pruning")
        tasks.start(_retention(services).run(), "history-retention")
        health = Health(services.metrics, _checks(role, bot, opened), measure=partial(measure, services))
        bind = await stack.enter_async_context(serve(settings.http_bind, health))
        app = App(
            services=services,
            bot=bot,
            tasks=tasks,
            workers=workers,
            health_address=bind.shown if bind else None,
            vital=(*opened.vital, *(worker.task for worker in workers)),
            role=role,
            standby=Standby(services.leases, shards),
        )
        stack.callback(services.signals.listen(app.hear))
        yield app


def _checks(role: Role, bot: EaselBot, opened: Opened) -> dict[str, Check]:
    """What has to hold before this process is of use. A worker has no connection to be ready."""

    def discord_is_there() -> bool:
        return bot.is_ready() if role.connects else bot.user is not None and not bot.is_closed()

    return {"discord": discord_is_there, "database": opened.database_answers}


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
    settings: Settings, services: Services, renderers: Sequence[Renderer], stack: AsyncExitStack
) -> tuple[Worker, ...]:
    workers = []
    for renderer in renderers:
        worker = Worker(
            renderer,
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


def _retention(services: Services) -> Retention:
    return Retention(
        services.history,
        services.pictures,
        services.inputs,
        services.clock,
        keep_seconds=lambda: keep_data_seconds_of(services.settings),
    )


def _pruner(services: Services) -> Pruner:
    return Pruner(services.outputs, lambda: keep_of(services.settings), services.store, services.clock)
