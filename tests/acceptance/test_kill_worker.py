"""Several processes on one PostgreSQL, some of which die: every job is delivered, and none twice (Q8)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.acceptance.processes import LONG, SILENT_SECONDS, Process, Scene, scene
from tests.integration.postgres import PostgresServer, a_database, why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

MANY = 200
POST = ("POST", r"/channels/\d+/messages")


@asynccontextmanager
async def team(
    folder: Path, database: str, *, shared: bool = False, validated: bool = True
) -> AsyncIterator[tuple[Scene, Process, Process]]:
    """A gateway and two workers, each with a web UI; ``shared``: with one, which the first works."""
    async with scene(folder, database, webuis=1 if shared else 2, validated=validated) as world:
        await world.start("--role", "gateway")
        one = await world.start("--role", "worker", webuis=world.webuis[:1])
        if not shared:
            other = await world.start("--role", "worker", webuis=world.webuis[-1:])
        await world.connected()
        await world.draw("first")
        await world.all_drawn(["first"])
        if shared:
            other = await world.start("--role", "worker", webuis=world.webuis)
        yield world, one, other


async def test_a_long_line_outlives_a_worker_that_is_killed_in_mid_render(tmp_path: Path) -> None:
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
        await world.all_drawn(["first", *prompts], 3 * LONG)


async def test_whatever_one_worker_was_at_the_other_goes_on_with_it(tmp_path: Path) -> None:
    """One web UI that both may work: stopped in the middle of posting, then killed in mid-render."""
    async with team(tmp_path, a_database(), shared=True) as (world, one, other):
        (webui,) = world.webuis
        held = world.discord.hold_response(*POST)
        await world.draw("posted")
        await world.discord.wait_for(lambda: len(world.results) == 2, timeout=LONG)
        one.freeze()
        await world.no_more_work()
        held.release()
        one.thaw()
        webui.hold()
        for prompt in ("running", "waiting"):
            await world.draw(prompt)
        await webui.wait_busy(LONG)
        await other.kill()
        webui.release()
        await world.all_drawn(["first", "posted", "running", "waiting"])
        assert one.alive


async def test_who_wakes_up_finds_its_job_taken_and_the_database_may_die_too(tmp_path: Path) -> None:
    """A web UI for each: one worker is stopped in mid-render and goes on; then PostgreSQL is killed."""
    with PostgresServer() as server:
        async with team(tmp_path, server.url()) as (world, sleeper, other):
            await stop_one(world, sleeper)
            for webui in world.webuis:
                webui.hold()
            prompts = [f"number {number}" for number in range(4)]
            for prompt in prompts:
                await world.draw(prompt)
            for webui in world.webuis:
                await webui.wait_busy(LONG)
            server.kill()
            world.webuis[0].release()  # its answer comes while there is nowhere to write it down
            await asyncio.sleep(1.5 * SILENT_SECONDS)
            server.start()
            world.webuis[1].release()
            await world.all_drawn(["first", "one", "two", "three", *prompts], 2 * LONG)
            assert sleeper.alive
            assert other.alive


async def stop_one(world: Scene, sleeper: Process) -> None:
    for webui in world.webuis:
        webui.hold()
    for prompt in ("one", "two"):
        await world.draw(prompt)
    for webui in world.webuis:
        await webui.wait_busy(LONG)
    sleeper.freeze()
    world.webuis[1].release()
    await world.all_drawn(["first", "one", "two"])
    sleeper.thaw()
    world.webuis[0].release()
    await world.draw("three")
    await world.all_drawn(["first", "one", "two", "three"])
