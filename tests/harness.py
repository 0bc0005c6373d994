"""The real bot between a local Discord and a stand-in web UI, in one event loop, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.app import App, open_app
from bot.demo.discord import LocalDiscord
from bot.demo.discord.model import Channel, Message
from bot.demo.discord.people import Outcome, Person
from bot.demo.webui import StandIn
from bot.model.clock import Clock
from bot.model.tasks import TaskOwner
from config.settings import Settings, load
from tests.openapi import validator

WAIT = 10.0
"""Seconds that anything here may take at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything a test acts on."""

    discord: LocalDiscord
    stand_in: StandIn
    app: App

    @property
    def ben(self) -> Person:
        """A plain member."""
        return self.discord.person("ben")

    @property
    def chloe(self) -> Person:
        """Another plain member."""
        return self.discord.person("chloe")

    @property
    def ada(self) -> Person:
        """Owner and moderator."""
        return self.discord.person("ada")

    @property
    def drawing(self) -> Channel:
        """The usual channel."""
        return self.discord.channel("drawing")

    async def draw(self, prompt: str = "a cat", person: Person | None = None, **options: object) -> Outcome:
        """/draw, small and quick unless said otherwise."""
        quick: dict[str, object] = {"prompt": prompt, "steps": 2, "width": 64, "height": 64}
        return await (person or self.ben).slash(self.drawing, "draw", {**quick, **options}, timeout=WAIT)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that a person would see."""
        await self.discord.wait_for(lambda: bool(condition()), timeout=WAIT)

    def results(self, channel: Channel | None = None) -> list[Message]:
        """Messages with pictures, oldest first. A preview is none: it stands in the answer to a command."""
        messages = (channel or self.drawing).messages
        return [message for message in messages if message.attachments and message.interaction is None]

    async def result(self, count: int = 1) -> Message:
        """The newest result, once there are ``count``."""
        await self.until(lambda: len(self.results()) >= count)
        return self.results()[-1]

    def bot_messages(self, channel: Channel | None = None) -> list[Message]:
        """What the bot has standing in the channel."""
        messages = (channel or self.drawing).messages
        return [m for m in messages if m.author.id == self.discord.application_id and not m.deleted]


def settings_for(discord: LocalDiscord, webuis: str, folder: Path, changes: Mapping[str, str]) -> Settings:
    """Settings of a test: everything below ``folder``, edits without a pause.

    Of ``changes`` the value ``#name`` is the id of that channel. ``config/local.toml`` below ``folder``
    counts, where a test has written one.
    """
    changes = {
        name: str(discord.channel(value[1:]).id) if value.startswith("#") else value
        for name, value in changes.items()
    }
    own = {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "WEBUI_URLS": webuis,
        "DATABASE_URL": f"sqlite:///{(folder / 'easel.db').as_posix()}",
        "OUTPUT_DIR": str(folder / "outputs"),
        "HTTP_BIND": "",
        "EASEL__POLICY__IMG2IMG_MEMBER_DAYS": "0",  # everybody here has just joined
        "EASEL__PREVIEW__INTERVAL_SECONDS": "0.05",
        "EASEL__PREVIEW__BOARD_SECONDS": "0.05",
        "EASEL__PREVIEW__PRESENCE_SECONDS": "0.05",
        "EASEL__WEBUI__POLL_SECONDS": "0.05",
        "EASEL__DELIVERY__RETRY_FIRST_SECONDS": "0.05",
    }
    here = folder if (folder / "config").is_dir() else None
    return load({**own, **changes}, here, dotenv=False)


@asynccontextmanager
async def bounded(seconds: float = 60.0) -> AsyncIterator[None]:
    """No test waits for ever; one that would says what everything was waiting for."""

    def tell() -> None:
        for task in asyncio.all_tasks():
            task.print_stack(limit=6)

    telling = asyncio.get_running_loop().call_later(seconds - 5, tell)
    try:
        async with asyncio.timeout(seconds):
            yield
    finally:
        telling.cancel()


@asynccontextmanager
async def running_bot(
    settings: Settings,
    discord: LocalDiscord,
    clock: Clock | None = None,
    load: Callable[[], Settings] | None = None,
) -> AsyncIterator[App]:
    """The bot, connected. ``load``: reads its settings again."""
    stop, tasks = asyncio.Event(), TaskOwner()
    async with bounded(), open_app(settings, load=load, clock=clock, guild_ready_timeout=0.0) as app:
        tasks.start(app.serve(stop), "serve")
        await discord.wait_ready(WAIT)
        try:
            yield app
        finally:
            stop.set()
            await tasks.close()


async def offer_known(app: App) -> None:
    """Until a first web UI has said what it has."""
    known = asyncio.Event()
    forget = app.services.catalog.watch(lambda _: known.set())
    try:
        if not app.services.catalog.offer().known:
            await asyncio.wait_for(known.wait(), WAIT)
    finally:
        forget()


@asynccontextmanager
async def easel(
    folder: Path,
    *,
    stand_in: StandIn | None = None,
    known: bool = True,
    userinfo: str = "",
    clock: Clock | None = None,
    given: Mapping[str, str] | None = None,
    **changes: str,
) -> AsyncIterator[World]:
    """A world of its own. At its end nothing that either side sent may have broken Discord's rules."""
    async with AsyncExitStack() as stack:
        discord = LocalDiscord(validator=validator())
        await discord.start()
        stack.push_async_callback(discord.stop)
        painter = stand_in or StandIn(seconds_per_step=0.0, switch_seconds=0.0)
        await painter.start()
        stack.push_async_callback(painter.stop)
        address = painter.url.replace("http://", f"http://{userinfo}@") if userinfo else painter.url
        read = partial(settings_for, discord, address, folder, {**(given or {}), **changes})
        app = await stack.enter_async_context(running_bot(read(), discord, clock, read))
        if known:
            await offer_known(app)
        yield World(discord=discord, stand_in=painter, app=app)
    assert discord.violations == []
