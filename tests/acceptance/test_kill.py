"""``kill -9`` at the worst moments: every job is delivered, none twice (Q2). Discord's log is the witness."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.acceptance.processes import LONG, Process, Scene, scene

POST = ("POST", r"/channels/\d+/messages")


@asynccontextmanager
async def alone(folder: Path) -> AsyncIterator[tuple[Scene, Process]]:
    """The only process, with SQLite, and connected."""
    async with scene(folder) as world:
        bot = await world.start()
        await world.connected()
        yield world, bot


async def again(world: Scene) -> None:
    """Discord notices the end of the one, and the next is started."""
    await world.disconnected()
    await world.start()
    await world.connected()


async def test_jobs_in_every_state_survive_a_kill(tmp_path: Path) -> None:
    async with alone(tmp_path) as (world, bot):
        (webui,) = world.webuis
        await world.draw("older")
        await world.discord.wait_for(lambda: len(world.results) == 1, timeout=LONG)
        held = world.discord.hold_response(*POST)
        await world.draw("posted")
        await world.discord.wait_for(lambda: len(world.results) == 2, timeout=LONG)
        world.discord.faults.add(*POST, status=503)
        await world.draw("rendered")
        await world.discord.wait_for(
            lambda: any(one.status == 503 for one in world.discord.log), timeout=LONG
        )
        webui.hold()
        await world.draw("running")
        await webui.wait_busy(LONG)
        waiting = [f"waiting {number}" for number in range(10)]
        for prompt in waiting:
            await world.draw(prompt)
        await bot.kill()
        held.release()
        world.discord.faults.clear()
        await again(world)
        webui.release()
        await world.all_drawn(["older", "posted", "rendered", "running", *waiting])
        data = await world.discord.person("chloe").click(world.results[0], "📋")
        assert "Steps: 2" in data.message.text


@pytest.mark.parametrize("minutes", [0, 30])
async def test_a_kill_between_the_post_and_its_answer_posts_nothing_twice(
    tmp_path: Path, minutes: int
) -> None:
    async with alone(tmp_path) as (world, bot):
        held = world.discord.hold_response(*POST)
        await world.draw("once")
        await world.discord.wait_for(lambda: len(world.results) == 1, timeout=LONG)
        await bot.kill()
        held.release()
        world.discord.advance(minutes * 60)
        await again(world)
        await world.all_drawn(["once"])


async def test_a_kill_before_the_post_reached_discord_posts_it_once(tmp_path: Path) -> None:
    async with alone(tmp_path) as (world, bot):
        world.discord.faults.add(*POST, status=503)
        await world.draw("once")
        await world.discord.wait_for(
            lambda: any(one.status == 503 for one in world.discord.log), timeout=LONG
        )
        await bot.kill()
        world.discord.faults.clear()
        world.discord.advance(1800)
        await again(world)
        await world.all_drawn(["once"])
