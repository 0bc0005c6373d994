"""Several processes on one PostgreSQL, some of which die: every job is delivered, and none twice (Q8)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.discord.model import Message
from tests.acceptance.processes import LONG, SILENT_SECONDS, Process, Scene, scene
from tests.integration.postgres import PostgresServer, a_database, why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

MANY = 200
POST = ("POST", r"/channels/\d+/messages")


@asynccontextmanager
async def team(
    folder: Path, database: str, *, shared: bool = False, validated: bool = True
) -> AsyncIterator[tuple[Scene, Process, Process]]:
    """A gateway and two workers, each with a web UI of its own; ``shared``: one web UI, and the first has it."""
    async with scene(folder, database, webuis=1 if shared else 2, validated=validated) as world:
        await world.start("--role", "gateway")
        one = await world.start("--role", "worker", webuis=world.webuis[:1])
        await world.connected()
        await world.draw("the first")
        await world.all_drawn(["the first"])
        other = await world.start("--role", "worker", webuis=world.webuis[-1:])
        yield world, one, other


async def test_two_hundred_jobs_outlive_a_worker_that_is_killed_in_mid_render(tmp_path: Path) -> None:
    async with team(tmp_path, a_database(), validated=False) as (world, _, doomed):
        for webui in world.webuis:
            webui.hold()
        people = [world.discord.add_person(f"person{number}") for number in range(10)]
        prompts = [f"number {number}" for number in range(MANY)]
        for begin in range(0, MANY, len(people)):
            few = zip(people, prompts[begin:], strict=False)
            await asyncio.gather(*(world.draw(prompt, person.name) for person, prompt in few))
        for webui in world.webuis:
            await webui.wait_busy(LONG)
        await doomed.kill()
        for webui in world.webuis:
            webui.release()
        await world.all_drawn([*prompts, "the first"], 3 * LONG)


async def test_another_worker_takes_over_a_web_ui_and_its_job(tmp_path: Path) -> None:
    async with team(tmp_path, a_database(), shared=True) as (world, doomed, _):
        (webui,) = world.webuis
        webui.hold()
        prompts = [f"number {number}" for number in range(3)]
        for prompt in prompts:
            await world.draw(prompt)
        await webui.wait_busy(LONG)
        await doomed.kill()
        webui.release()
        await world.all_drawn([*prompts, "the first"])


async def test_a_worker_that_is_killed_while_it_posts_is_followed_by_another(tmp_path: Path) -> None:
    async with team(tmp_path, a_database(), shared=True) as (world, doomed, _):
        held = world.discord.hold_response(*POST)
        await world.draw("once")
        await world.discord.wait_for(lambda: len(world.results) == 2, timeout=LONG)
        await doomed.kill()
        held.release()
        await world.all_drawn(["once", "the first"])


async def test_who_wakes_up_in_mid_render_finds_its_job_taken_and_posts_nothing(tmp_path: Path) -> None:
    async with team(tmp_path, a_database()) as (world, sleeper, _):
        world.webuis[0].hold()
        world.webuis[1].hold()
        await world.draw("one")
        await world.draw("two")
        for webui in world.webuis:
            await webui.wait_busy(LONG)
        sleeper.freeze()
        world.webuis[1].release()
        await world.all_drawn(["one", "two", "the first"])
        sleeper.thaw()
        world.webuis[0].release()
        await world.draw("three")
        await world.draw("four")
        await world.all_drawn(["one", "two", "three", "four", "the first"])
        assert sleeper.alive


async def test_who_wakes_up_while_it_posts_posts_nothing_twice(tmp_path: Path) -> None:
    async with team(tmp_path, a_database(), shared=True) as (world, sleeper, _):
        held = world.discord.hold_response(*POST)
        await world.draw("once")
        await world.discord.wait_for(lambda: len(world.results) == 2, timeout=LONG)
        sleeper.freeze()
        await world.no_more_work()
        sleeper.thaw()
        held.release()
        await world.draw("after")
        await world.all_drawn(["once", "after", "the first"])


async def test_postgresql_may_be_killed_and_come_back(tmp_path: Path) -> None:
    with PostgresServer() as server:
        async with team(tmp_path, server.url()) as (world, one, other):
            for webui in world.webuis:
                webui.hold()
            prompts = [f"number {number}" for number in range(6)]
            for prompt in prompts:
                await world.draw(prompt)
            for webui in world.webuis:
                await webui.wait_busy(LONG)
            server.kill()
            world.webuis[0].release()  # one answer comes while there is nowhere to write it down
            await asyncio.sleep(1.5 * SILENT_SECONDS)
            server.start()
            world.webuis[1].release()
            await world.all_drawn([*prompts, "the first"], 2 * LONG)
            assert one.alive
            assert other.alive


async def test_a_running_job_can_be_cancelled_from_another_process(tmp_path: Path) -> None:
    async with team(tmp_path, a_database(), shared=True) as (world, _, _):
        (webui,) = world.webuis
        webui.hold()
        await world.draw("never mind")
        await webui.wait_busy(LONG)

        def card() -> Message:
            return next(m for m in reversed(world.discord.channel("drawing").messages) if m.interaction)

        await world.discord.wait_for(lambda: card().text.startswith("🎨"), timeout=LONG)
        await world.discord.person("ben").click(card(), "Cancel")
        await world.discord.wait_for(lambda: card().text.startswith("🚫"), timeout=LONG)
        assert len(world.results) == 1
