"""``kill -9`` at the worst moments: every job is delivered, none twice (Q2). Discord's log is the witness."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.discord import LocalDiscord
from bot.demo.discord.model import Message
from bot.demo.webui import StandIn
from tests.harness import WAIT
from tests.openapi import validator

ROOT = Path(__file__).parents[2]
LONG = 60.0


class Bot:
    """The bot as a process of its own."""

    def __init__(self, discord: LocalDiscord, stand_in: StandIn, folder: Path) -> None:
        self._discord = discord
        self._folder = folder
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "WEBUI_URLS": stand_in.url,
            "DATABASE_URL": "sqlite:///easel.db",
            "OUTPUT_DIR": "outputs",
            "HTTP_BIND": "",
            "LOG_LEVEL": "warning",
            "EASEL__PREVIEW__INTERVAL_SECONDS": "0.1",
            "EASEL__WEBUI__POLL_SECONDS": "0.1",
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until Discord has it."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=self._folder, env=self._environment
        )
        await self._discord.wait_ready(LONG)

    async def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await self._discord.wait_for(lambda: not self._discord.gateway.ready, timeout=WAIT)


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[tuple[LocalDiscord, StandIn, Bot]]:
    """Both servers here, the bot in its own process."""
    discord, stand_in = (
        LocalDiscord(validator=validator()),
        StandIn(seconds_per_step=0.0, switch_seconds=0.0),
    )
    await discord.start()
    await stand_in.start()
    bot = Bot(discord, stand_in, folder)
    try:
        await bot.start()
        yield discord, stand_in, bot
    finally:
        await bot.kill()
        await stand_in.stop()
        await discord.stop()
    assert discord.violations == []


def results(discord: LocalDiscord) -> list[Message]:
    return [
        message
        for message in discord.channel("drawing").messages
        if message.attachments and not message.interaction
    ]


def drawn(discord: LocalDiscord, prompts: list[str]) -> Counter[str]:
    """How often each prompt's result stands in the channel."""
    return Counter(prompt for prompt in prompts for m in results(discord) if f"\n{prompt}\n" in m.text)


async def draw(discord: LocalDiscord, prompt: str) -> None:
    options = {"prompt": prompt, "steps": 2, "width": 64, "height": 64}
    outcome = await discord.person("ben").slash(discord.channel("drawing"), "draw", options, timeout=WAIT)
    assert outcome.kind == "message"
    assert not outcome.ephemeral


async def test_twelve_jobs_in_every_state_survive_a_kill(tmp_path: Path) -> None:
    async with scene(tmp_path) as (discord, stand_in, bot):
        await draw(discord, "older")
        await discord.wait_for(lambda: len(results(discord)) == 1, timeout=LONG)
        held = discord.hold_response("POST", r"/channels/\d+/messages")
        await draw(discord, "posted")
        await discord.wait_for(lambda: len(results(discord)) == 2, timeout=LONG)
        stand_in.hold()
        await draw(discord, "running")
        await stand_in.wait_busy()
        waiting = [f"waiting {number}" for number in range(10)]
        for prompt in waiting:
            await draw(discord, prompt)
        await bot.kill()
        held.release()
        await bot.start()
        stand_in.release()
        prompts = ["older", "posted", "running", *waiting]
        await discord.wait_for(lambda: len(drawn(discord, prompts)) == len(prompts), timeout=LONG)
        await no_more_work(discord)
        assert drawn(discord, prompts) == Counter(prompts)
        again = await discord.person("chloe").click(results(discord)[0], "📋")
        assert "Steps: 2" in again.message.text


@pytest.mark.parametrize("minutes", [0, 30])
async def test_a_kill_between_the_post_and_its_answer_posts_nothing_twice(
    tmp_path: Path, minutes: int
) -> None:
    async with scene(tmp_path) as (discord, _, bot):
        held = discord.hold_response("POST", r"/channels/\d+/messages")
        await draw(discord, "once")
        await discord.wait_for(lambda: len(results(discord)) == 1, timeout=LONG)
        await bot.kill()
        held.release()
        discord.advance(minutes * 60)
        await bot.start()
        await no_more_work(discord)
        assert drawn(discord, ["once"]) == Counter(["once"])


async def test_a_kill_before_the_post_reached_discord_posts_it_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as (discord, _, bot):
        discord.faults.add("POST", r"/channels/\d+/messages", status=503)
        await draw(discord, "once")
        await discord.wait_for(lambda: any(entry.status == 503 for entry in discord.log), timeout=LONG)
        await bot.kill()
        discord.faults.clear()
        discord.advance(1800)
        await bot.start()
        await no_more_work(discord)
        assert drawn(discord, ["once"]) == Counter(["once"])


async def no_more_work(discord: LocalDiscord) -> None:
    """Until nothing is left to post: the last job's status message is gone, as it goes after the result."""
    marks = ("⏳", "🎨", "📮")
    await discord.wait_for(
        lambda: (
            not any(m.text.startswith(marks) for m in discord.channel("drawing").messages if not m.deleted)
        ),
        timeout=LONG,
    )
