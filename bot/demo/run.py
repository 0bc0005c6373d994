"""``python -m bot demo``: a local Discord, a stand-in web UI, and the real bot between them."""

import asyncio
import os
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.app import App, open_app
from bot.demo.discord import LocalDiscord
from bot.demo.discord.model import Attachment, Message
from bot.demo.pageserver import DemoInfo, PageServer
from bot.demo.webui import StandIn
from bot.exits import EX_UNAVAILABLE, StartFailure
from bot.imaging.metadata import read_parameters
from config.settings import Settings, load

FIRST_PROMPT = "maltese puppy"
PERSON, CHANNEL = "ben", "drawing"
PICTURE_SECONDS = 600.0
"""How long a picture is waited for; with a real web UI the first one may load a model."""
_READY_SECONDS = 30.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """The command line of the demo."""

    prompt: str = FIRST_PROMPT
    headless: bool = False
    port: int = 0
    """Of the page. 0 = any."""
    webui: str | None = None
    """Address of a real web UI; None = the stand-in paints."""


async def run_demo(options: DemoOptions, environ: Mapping[str, str], stop: asyncio.Event, say: Say) -> None:
    """Serve until ``stop``, or until the one picture of a headless demo is there.

    Raises StartFailure and SettingsProblem.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="easel-demo-"))
        discord = await stack.enter_async_context(LocalDiscord())
        painter = options.webui
        if painter is None:
            painter = await stack.enter_async_context(_stand_in(options))
        page = await stack.enter_async_context(_page(discord, options))
        read = partial(demo_settings, environ, discord, painter, Path(folder))
        settings = read()
        if not options.headless:
            say(f"Open {page.url} and type /draw. Stop with Ctrl+C.")
        app = await stack.enter_async_context(
            open_app(settings, load=read, always_sync=True, guild_ready_timeout=0.0)
        )
        serving = app.tasks.start(app.serve(stop), "demo-bot")
        try:
            await discord.wait_ready(_READY_SECONDS)
            if not options.headless:
                open_browser(page.url)
            await _draw_first(discord, app, options, stop, say)
            if not options.headless:
                await serving
        finally:
            stop.set()


def demo_settings(environ: Mapping[str, str], discord: LocalDiscord, webui: str, folder: Path) -> Settings:
    """The demo's own settings: of the environment only OUTPUT_DIR, LOG_LEVEL and LOG_FORMAT count."""
    own = {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "WEBUI_URLS": webui,
        "DATABASE_URL": f"sqlite:///{(folder / 'easel.db').as_posix()}",
        "HTTP_BIND": "",
        "LOG_LEVEL": environ.get("LOG_LEVEL", "warning"),
        "EASEL__GALLERY__CHANNELS": str(discord.channel("gallery").id),
        "EASEL__POLICY__IMG2IMG_MEMBER_DAYS": "0",  # everybody there has just joined
        "EASEL__PREVIEW__INTERVAL_SECONDS": "1",
        "EASEL__WEBUI__POLL_SECONDS": "0.5",
    }
    kept = {name: environ[name] for name in ("OUTPUT_DIR", "LOG_FORMAT") if name in environ}
    return load(own | kept, Path.cwd(), dotenv=False)


async def _draw_first(
    discord: LocalDiscord, app: App, options: DemoOptions, stop: asyncio.Event, say: Say
) -> None:
    """One picture by itself, so that there is something to look at, and where it lies."""
    message = await draw(discord, options.prompt, stop)
    if message is None:
        return
    path = await asyncio.to_thread(keep, message.attachments[0], app.services.outputs, message.id)
    say(f"Picture: {path}")
    if options.headless:
        say(read_parameters(message.attachments[0].data) or "")


async def draw(discord: LocalDiscord, prompt: str, stop: asyncio.Event) -> Message | None:
    """Type /draw as a person would, and wait for the picture. None = stopped before it came.

    Raises StartFailure if no picture comes.
    """
    channel = discord.channel(CHANNEL)
    await discord.person(PERSON).slash(channel, "draw", {"prompt": prompt}, timeout=_READY_SECONDS)

    def arrived() -> Message | None:
        # The answer to the command shows previews; the result is a message of its own.
        results = (one for one in channel.messages if one.attachments and one.interaction is None)
        return next(results, None)

    waiting = asyncio.create_task(
        discord.wait_for(lambda: arrived() is not None, timeout=PICTURE_SECONDS), name="demo-picture"
    )
    stopping = asyncio.create_task(stop.wait(), name="demo-stop")
    try:
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            return None
        try:
            await waiting
        except TimeoutError as error:
            raise StartFailure("start.demo_no_picture", EX_UNAVAILABLE) from error
    finally:
        for task in (waiting, stopping):
            task.cancel()
        await asyncio.gather(waiting, stopping, return_exceptions=True)
    return arrived()


def keep(attachment: Attachment, outputs: Path, message_id: int) -> Path:
    """The picture as it was posted, below the output folder. For a thread."""
    folder = outputs / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{message_id}{Path(attachment.filename).suffix}"
    path.write_bytes(attachment.data)
    return path


def open_browser(url: str) -> None:
    """Open the page where there is a browser with a window; a text browser would take the terminal."""
    has_screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_screen:
        webbrowser.open(url)


@asynccontextmanager
async def _stand_in(options: DemoOptions) -> AsyncIterator[str]:
    pace = 0.01 if options.headless else 0.15
    options_there = {"show_progress_every_n_steps": 3}
    stand_in = StandIn(
        seconds_per_step=pace,
        switch_seconds=0.2 if options.headless else 2.0,
        options=options_there,
        extensions=("adetailer", "controlnet"),
    )
    await stand_in.start()
    try:
        yield stand_in.url
    finally:
        await stand_in.stop()


@asynccontextmanager
async def _page(discord: LocalDiscord, options: DemoOptions) -> AsyncIterator[PageServer]:
    info = DemoInfo(painter="webui" if options.webui else "stand-in", webui=options.webui)
    page = PageServer(discord, info, port=options.port)
    try:
        await page.start()
    except OSError as error:
        raise StartFailure("start.port_taken", EX_UNAVAILABLE, port=options.port) from error
    try:
        yield page
    finally:
        await page.stop()
