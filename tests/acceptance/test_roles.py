"""A gateway and workers in one event loop, on one PostgreSQL: what passes between them, as people see it."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.demo.discord import LocalDiscord
from bot.demo.discord.model import Message
from bot.demo.webui import StandIn
from bot.model.tasks import TaskOwner
from bot.roles import Role, Shards
from tests.acceptance.test_reload import write
from tests.harness import WAIT, World, bounded, settings_for
from tests.integration.postgres import a_database, why_not
from tests.openapi import validator
from tests.support import eventually

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(World):
    """``app`` is the gateway."""

    doors: Sequence[App]
    """All gateways."""
    workers: Sequence[App]
    stand_ins: Sequence[StandIn]

    def card(self) -> Message | None:
        """The status message of what was asked last."""
        cards = [m for m in self.bot_messages() if not m.attachments]
        return cards[-1] if cards else None


@asynccontextmanager
async def team(
    folder: Path,
    *,
    workers: int = 1,
    shared: bool = False,
    gateways: int = 1,
    sharded: bool = False,
    silent: float = 60.0,
) -> AsyncIterator[Team]:
    """Each worker with a web UI of its own, or all with the same."""
    async with bounded(), AsyncExitStack() as stack:
        discord = LocalDiscord(validator=validator())
        await discord.start()
        stack.push_async_callback(discord.stop)
        count = 1 if shared else max(1, workers)
        painters = [StandIn(seconds_per_step=0.0, switch_seconds=0.0) for _ in range(count)]
        for painter in painters:
            await painter.start()
            stack.push_async_callback(painter.stop)
        common = {"DATABASE_URL": a_database(), "EASEL__PROCESSES__SILENT_SECONDS": str(silent)}
        parts = []
        for number in range(workers):
            painter = painters[number % len(painters)]
            read = partial(settings_for, discord, painter.url, folder, common)
            parts.append(await started(stack, open_app(read(), load=read, role=Role.WORKER)))
        doors = []
        for number in range(gateways):
            shards = Shards(first=number, last=number, count=gateways) if sharded else None
            read = partial(settings_for, discord, "http://127.0.0.1:9", folder, common)
            app = open_app(read(), load=read, role=Role.GATEWAY, shards=shards, guild_ready_timeout=0.0)
            doors.append(await started(stack, app))
        await discord.wait_ready(WAIT)
        yield Team(
            discord=discord,
            stand_in=painters[0],
            app=doors[0],
            doors=doors,
            workers=parts,
            stand_ins=painters,
        )
    assert discord.violations == []


async def started(stack: AsyncExitStack, opening: AbstractAsyncContextManager[App]) -> App:
    app = await stack.enter_async_context(opening)
    stop, tasks = asyncio.Event(), TaskOwner()
    stack.push_async_callback(tasks.close)
    tasks.start(app.serve(stop), "serve")
    return app


async def until_known(team: Team) -> None:
    """Until the gateway has heard of every web UI."""
    await eventually(lambda: team.app.services.pool.any_up() and team.app.services.catalog.offer().known)


async def test_a_gateway_knows_by_its_workers_what_can_be_drawn(tmp_path: Path) -> None:
    async with team(tmp_path) as world:
        await until_known(world)
        offered = await world.ben.autocomplete(world.drawing, "draw", "data_model", "day", timeout=WAIT)
        assert any("daydream" in name for name, _ in offered)
        dry = await world.draw("a cat", check=True)
        assert dry.ephemeral
        assert world.stand_in.renders == []
        await world.draw("a cat")
        await world.result()
        refused = await world.draw("a cat", sampler="No such sampler")
        assert refused.ephemeral


async def test_a_pause_holds_the_workers_too_and_resume_lets_them_go_on(tmp_path: Path) -> None:
    async with team(tmp_path) as world:
        await until_known(world)
        await world.ada.slash(world.drawing, "webui pause", timeout=WAIT)
        await eventually(lambda: bool(world.workers[0].services.control.holds))
        await world.draw("a cat")
        assert world.stand_in.renders == []
        await world.ada.slash(world.drawing, "webui resume", timeout=WAIT)
        await world.result()


async def test_a_gateway_says_that_web_uis_are_steered_elsewhere(tmp_path: Path) -> None:
    async with team(tmp_path) as world:
        await until_known(world)
        refused = await world.ada.slash(world.drawing, "webui refresh", timeout=WAIT)
        assert "only talks to Discord" in refused.message.content
        shown = await world.ada.slash(world.drawing, "webui baseline", timeout=WAIT)
        await world.until(lambda: shown.message.attachments)


async def test_a_reload_reaches_the_workers_too(tmp_path: Path) -> None:
    write(tmp_path, "")
    async with team(tmp_path) as world:
        await until_known(world)
        write(tmp_path, "[limits]\nmax_steps = 3\n")
        await world.ada.slash(world.drawing, "webui reload", timeout=WAIT)
        parts = [world.app, *world.workers]
        await eventually(lambda: {one.services.settings.limits.max_steps for one in parts} == {3})


async def test_progress_and_cancel_pass_between_processes(tmp_path: Path) -> None:
    async with team(tmp_path) as world:
        await until_known(world)
        world.stand_in.hold(at_step=10)
        asked = await world.draw("never mind", steps=20)
        await world.stand_in.wait_busy(WAIT)

        queue = world.app.services.queue
        (job,) = (await queue.overview()).running
        await eventually(lambda: (latest := queue.progress(job.id)) is not None and latest.fraction >= 0.4)
        line = await world.ben.slash(world.drawing, "queue", timeout=WAIT)
        assert re.search(r"[45]\d %", line.message.text)
        await world.until(lambda: asked.message.text.startswith("🎨"))
        await world.ben.click(asked.message, "Cancel")
        await world.stand_in.wait_idle(WAIT)
        assert any(one.path.endswith("/interrupt") for one in world.stand_in.requests)


async def test_a_skip_reaches_the_worker(tmp_path: Path) -> None:
    async with team(tmp_path) as world:
        await until_known(world)
        world.stand_in.hold(at_step=1)
        asked = await world.draw("two", batch="2")
        await world.stand_in.wait_busy(WAIT)
        await world.until(lambda: asked.message.find("⏭️"))
        await world.ben.click(asked.message, "⏭️")
        await eventually(lambda: any(one.path.endswith("/skip") for one in world.stand_in.requests))
        world.stand_in.release()
        await world.result()


async def test_without_a_worker_people_are_told_that_nobody_draws(tmp_path: Path) -> None:
    async with team(tmp_path, workers=0) as world:
        asked = await world.draw("a cat")
        assert asked.message.text.count("💤") == 1


async def test_gateways_share_the_servers_between_them(tmp_path: Path) -> None:
    async with team(tmp_path, gateways=2, sharded=True) as world:
        shards = {session.shard for session in world.discord.gateway.sessions.values()}
        assert shards == {(0, 2), (1, 2)}
        await world.draw("a cat")
        await world.result()
        assert len([one for one in world.discord.log if one.path.endswith("/callback")]) == 1


async def test_two_workers_never_work_one_web_ui_at_the_same_time(tmp_path: Path) -> None:
    async with team(tmp_path, workers=2, shared=True) as world:
        await until_known(world)
        world.stand_in.hold()
        for prompt in ("one", "two"):
            await world.draw(prompt)
        await world.stand_in.wait_busy(WAIT)
        overview = await world.app.services.queue.overview()
        assert [len(overview.running), overview.waiting] == [1, 1]
        world.stand_in.release()
        await world.result(2)
        names = {status.name for status in world.app.services.pool.statuses()}
        assert names == {"webui-1"}


async def left_to(waiting: App, gone: App) -> bool:
    """``gone`` takes its turn anew with each heartbeat until all of it has ended."""
    await gone.services.leases.give_back("shards")
    return waiting.bot.is_ready()


async def test_a_second_gateway_waits_until_the_first_one_is_gone(tmp_path: Path) -> None:
    async with team(tmp_path, gateways=2, silent=2.0) as world:
        first, second = world.doors
        assert len(world.discord.gateway.sessions) == 1
        connected, waiting = (first, second) if first.bot.is_ready() else (second, first)
        assert not waiting.bot.is_ready()
        await connected.bot.close()
        await eventually(lambda: left_to(waiting, connected))
        asked = await world.draw("a cat")
        assert asked.kind == "message"
