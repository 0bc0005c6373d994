"""Changed settings hold without a restart (row O3)."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from bot.__main__ import reloaded_by_signal
from bot.demo.discord.people import Outcome
from tests.acceptance.test_host_control import webui
from tests.harness import World, easel


def write(folder: Path, text: str) -> None:
    (folder / "config").mkdir(exist_ok=True)
    (folder / "config" / "local.toml").write_text(text, encoding="utf-8")


async def reload(world: World) -> str:
    outcome: Outcome = await webui(world, "reload")
    await world.until(lambda: outcome.message.content)
    return outcome.message.content


async def test_limits_models_and_the_line_change_without_a_restart(tmp_path: Path) -> None:
    write(tmp_path, "")
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        model = world.stand_in.disk.checkpoints[0].file
        write(
            tmp_path,
            "[limits]\nmax_steps = 3\n[queue]\nwaiting_per_person = 1\n"
            f'[[model]]\nname = "{model}"\nshown = "Classic Paint"\n',
        )
        told = await reload(world)
        assert "`[limits] max_steps`" in told
        assert "restart" not in told
        asked = await world.draw("one", steps=50)
        assert "`50`" in asked.message.text
        await world.stand_in.wait_busy()
        offered = await world.ben.autocomplete(world.drawing, "draw", "data_model", "Classic")
        assert ("Classic Paint", "Classic Paint") in offered
        await world.draw("two")
        assert (await world.draw("three")).ephemeral
        world.stand_in.release()
        await world.result(2)


async def test_mistakes_are_told_to_the_host_without_secrets_and_nothing_changes(tmp_path: Path) -> None:
    write(tmp_path, "")
    async with easel(tmp_path) as world:
        write(tmp_path, '[limits]\nmax_steps = 3\nmax_width = "wide"\nmax_stebs = 2\n')
        before = world.app.services.settings
        told = await reload(world)
        assert "max_width" in told
        assert "max_stebs" in told
        assert world.stand_in.url not in told
        assert world.app.services.settings is before


async def test_what_cannot_change_while_it_runs_is_named(tmp_path: Path) -> None:
    write(tmp_path, "")
    async with easel(tmp_path) as world:
        write(tmp_path, "[delivery]\nconcurrent = 7\n")
        told = await reload(world)
        assert "restart: `[delivery] concurrent`" in told


async def test_hours_that_open_are_in_force_at_once(tmp_path: Path) -> None:
    write(tmp_path, '[hours]\nopen = "04:00-04:01"\ntime_zone = "Asia/Kathmandu"\n')
    async with easel(tmp_path) as world:
        await world.draw("waits")
        assert world.stand_in.renders == []
        write(tmp_path, "")
        await reload(world)
        await world.result()


async def test_reloading_is_for_the_host(tmp_path: Path) -> None:
    write(tmp_path, "")
    async with easel(tmp_path) as world:
        write(tmp_path, "[limits]\nmax_steps = 3\n")
        refused = await webui(world, "reload", world.ben)
        assert "Only the host" in refused.message.content
        assert world.app.services.settings.limits.max_steps != 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
async def test_a_hangup_signal_reloads_too(tmp_path: Path) -> None:
    write(tmp_path, "")
    async with easel(tmp_path) as world:
        write(tmp_path, "[limits]\nmax_steps = 3\n")
        reloaded = asyncio.Event()
        world.app.services.live.watch(lambda _: reloaded.set())
        with reloaded_by_signal(world.app):
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.wait_for(reloaded.wait(), 10)
        assert world.app.services.settings.limits.max_steps == 3
