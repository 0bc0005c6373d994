"""Easel as processes of their own, between a local Discord and stand-in web UIs, to be killed and stopped."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.demo.discord import LocalDiscord
from bot.demo.discord.model import Message
from bot.demo.webui import StandIn
from tests.harness import WAIT
from tests.openapi import validator
from tests.support import ROOT

LONG = 60.0
"""Seconds for what takes a moment, on a machine that is busy with something else."""
SILENT_SECONDS = 2.0
"""After which a process is taken for dead."""


class Process:
    """``python -m bot run …``."""

    def __init__(self, folder: Path, environment: dict[str, str], *words: str) -> None:
        self._folder = folder
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        self._words = words
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; that it is at work shows elsewhere."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", *self._words, cwd=self._folder, env=self._environment
        )

    async def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def freeze(self) -> None:
        """Stop it in its tracks, as a machine does that is suspended."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had happened."""
        self._send(signal.SIGCONT)

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.returncode is None

    def _send(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Both servers here, Easel in processes of its own."""

    folder: Path
    discord: LocalDiscord
    webuis: list[StandIn]
    database: str
    processes: list[Process] = field(default_factory=list)

    async def start(self, *words: str, webuis: Iterable[StandIn] = (), **changes: str) -> Process:
        """Another process."""
        urls = [webui.url for webui in webuis or self.webuis]
        environment = {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "WEBUI_URLS": ",".join(urls),
            "DATABASE_URL": self.database,
            "OUTPUT_DIR": "outputs",
            "HTTP_BIND": "",
            "LOG_LEVEL": "warning",
            "EASEL__PREVIEW__INTERVAL_SECONDS": "0.1",
            "EASEL__WEBUI__POLL_SECONDS": "0.1",
            "EASEL__DELIVERY__RETRY_FIRST_SECONDS": "0.1",
            "EASEL__PROCESSES__SILENT_SECONDS": str(SILENT_SECONDS),
            "EASEL__QUEUE__WAITING_PER_PERSON": "1000",
            **changes,
        }
        process = Process(self.folder, environment, *words)
        self.processes.append(process)
        await process.start()
        return process

    async def connected(self) -> None:
        """Until Discord has the bot."""
        await self.discord.wait_ready(LONG)

    async def disconnected(self) -> None:
        """Until Discord has noticed that the bot is gone."""
        await self.discord.wait_for(lambda: not self.discord.gateway.ready, timeout=WAIT)

    async def draw(self, prompt: str, person: str = "ben") -> None:
        """/draw, as small as can be."""
        options = {"prompt": prompt, "steps": 2, "width": 64, "height": 64}
        channel = self.discord.channel("drawing")
        outcome = await self.discord.person(person).slash(channel, "draw", options, timeout=LONG)
        assert outcome.kind == "message"
        assert not outcome.ephemeral

    @property
    def results(self) -> list[Message]:
        """Messages with results; a status message with a preview is none."""
        messages = self.discord.channel("drawing").messages
        return [one for one in messages if one.attachments and not one.interaction]

    def drawn(self, prompts: Iterable[str]) -> Counter[str]:
        """How often each prompt's result stands in the channel."""
        wanted = set(prompts)
        return Counter(line for m in self.results for line in m.text.split("\n") if line in wanted)

    def told(self, words: str) -> list[Message]:
        """The bot's messages that say so."""
        return [m for m in self.discord.channel("drawing").messages if words in m.text and not m.deleted]

    async def all_drawn(self, prompts: Iterable[str], seconds: float = LONG) -> None:
        """Until each is there, and nothing is left to do; then each is there once."""
        prompts = list(prompts)
        await self.discord.wait_for(lambda: len(self.results) >= len(prompts), timeout=seconds)
        await self.no_more_work()
        assert self.drawn(prompts) == Counter(prompts)

    async def no_more_work(self) -> None:
        """The last status message is gone, as it goes after the result."""
        marks = ("⏳", "🎨", "📮")
        messages = self.discord.channel("drawing").messages
        await self.discord.wait_for(
            lambda: not any(m.interaction and m.text.startswith(marks) for m in messages if not m.deleted),
            timeout=LONG,
        )


@asynccontextmanager
async def scene(
    folder: Path, database: str = "sqlite:///easel.db", *, webuis: int = 1, validated: bool = True
) -> AsyncIterator[Scene]:
    """At its end every process is killed, and nothing that was sent may have broken Discord's rules.

    ``validated=False`` leaves out the comparison with Discord's description, which takes its time.
    """
    async with AsyncExitStack() as stack:
        discord = LocalDiscord(validator=validator() if validated else None)
        discord.response_seconds = LONG  # how soon a busy machine answers is not the question here
        await discord.start()
        stack.push_async_callback(discord.stop)
        painters = [StandIn(seconds_per_step=0.0, switch_seconds=0.0) for _ in range(webuis)]
        for painter in painters:
            await painter.start()
            stack.push_async_callback(painter.stop)
        made = Scene(folder=folder, discord=discord, webuis=painters, database=database)
        try:
            yield made
        finally:
            for process in made.processes:
                await process.kill()
    assert discord.violations == []
