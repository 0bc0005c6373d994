"""A checkpoint that would not load damages the one that was loaded (NOTES 3.7): nobody gets its pictures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.backends.pool import BackendPool
from bot.demo.webui import Fault, StandIn
from bot.demo.webui.library import Checkpoint, Library, default_library
from bot.errors import CheckpointFailed
from bot.webui.client import WebUIClient
from tests.support import eventually, render
from tests.unit.backends.stage import PATIENCE, a_job, a_pool, draw, sent_pictures

OIL, INK = "daydream_v2", "inkAndPaper_v1"
TORN = Checkpoint(file="torn.safetensors", broken=True)


def library(*stems: str) -> Library:
    """With these checkpoints and the broken one."""
    whole = default_library()
    whole.checkpoints = [one for one in whole.checkpoints if Path(one.file).stem in stems]
    whole.checkpoints.append(TORN)
    return whole


@asynccontextmanager
async def damaged(
    folder: Path, *stems: str, dedicated: bool = False
) -> AsyncIterator[tuple[StandIn, BackendPool, list[bytes]]]:
    """A web UI that drew one picture with the first and then failed to load the broken one."""
    webui = StandIn(seconds_per_step=0.0, switch_seconds=0.0, library=library(*stems))
    async with (
        asyncio.timeout(PATIENCE),
        webui,
        a_pool(folder, webui.url, dedicated=dedicated, alive_seconds=0.05) as pool,
    ):
        (runner,) = pool.runners
        await runner.ready()
        sound, _ = await draw(runner, a_job(checkpoint=stems[0]))
        with pytest.raises(CheckpointFailed):
            await render(runner, a_job(checkpoint="torn"))
        assert webui.machine.damaged
        assert not pool.any_up()
        yield webui, pool, sent_pictures(sound)


def models(webui: StandIn) -> list[str]:
    """What drew, in its order."""
    return [rendered.model for rendered in webui.renders]


@pytest.mark.parametrize("dedicated", [False, True])
async def test_another_is_loaded_and_back_and_the_same_request_gives_the_same_picture(
    tmp_path: Path, dedicated: bool
) -> None:
    async with damaged(tmp_path, OIL, INK, dedicated=dedicated) as (webui, pool, sound):
        (runner,) = pool.runners
        await runner.ready()
        assert not webui.machine.damaged
        assert models(webui) == [OIL, INK, OIL]
        (status,) = pool.statuses()
        assert (status.up, status.checkpoint, status.error) == (True, OIL, None)
        answer, _ = await draw(runner, a_job(checkpoint=OIL))
        assert sent_pictures(answer) == sound


async def test_healing_draws_the_least_there_is_and_leaves_the_option_as_people_set_it(
    tmp_path: Path,
) -> None:
    async with damaged(tmp_path, OIL, INK) as (webui, pool, _):
        before = webui.machine.options["sd_model_checkpoint"]
        await pool.runners[0].ready()
        small = [rendered.payload for rendered in webui.renders[1:]]
        assert [(one["width"], one["height"], one["steps"]) for one in small] == [(64, 64, 1)] * 2
        assert all(one["override_settings_restore_afterwards"] for one in small)
        assert webui.machine.options["sd_model_checkpoint"] == before


async def test_where_one_remedy_is_broken_too_the_next_one_is_loaded(tmp_path: Path) -> None:
    async with damaged(tmp_path, OIL, INK, "softPastel_v3", "studioXL_v4") as (webui, pool, _):
        webui.disk.checkpoints[:] = [
            one for one in webui.disk.checkpoints if one.file != f"{INK}.safetensors"
        ]
        await pool.runners[0].ready()
        assert not webui.machine.damaged
        assert INK not in models(webui)
        assert models(webui)[-1] == OIL


async def test_without_another_one_it_is_taken_out_with_a_warning_until_one_is_loaded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with damaged(tmp_path, OIL) as (webui, pool, _):
        (runner,) = pool.runners
        ready = asyncio.create_task(runner.ready())
        await eventually(lambda: "is taken out" in caplog.text)
        assert not ready.done()
        assert pool.statuses()[0].error == CheckpointFailed.code
        webui.disk.checkpoints.append(Checkpoint(file="new.safetensors"))
        async with WebUIClient(webui.url) as person:
            await person.refresh_checkpoints()
            await person.set_options({"sd_model_checkpoint": "new.safetensors"})
        await ready
        assert not webui.machine.damaged
        assert pool.any_up()


async def test_a_restart_heals(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with damaged(tmp_path, OIL) as (webui, pool, _):
        (runner,) = pool.runners
        ready = asyncio.create_task(runner.ready())
        await eventually(lambda: "is taken out" in caplog.text)
        await webui.stop()
        await eventually(lambda: pool.statuses()[0].error == "webui_unreachable")
        await webui.start()
        await ready
        assert not webui.machine.damaged
        assert len((await draw(runner, a_job(checkpoint=OIL)))[1].pictures) == 1


async def test_healing_that_is_cut_off_is_taken_up_again(tmp_path: Path) -> None:
    async with damaged(tmp_path, OIL, INK) as (webui, pool, _):
        webui.faults.add(Fault(kind="refuse"))
        await pool.runners[0].ready()
        assert not webui.machine.damaged
        assert pool.statuses()[0].checkpoint == OIL
