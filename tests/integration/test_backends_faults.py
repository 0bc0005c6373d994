"""A web UI that fails in every way there is: the right error, and a runner that draws the next job."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.backends.pool import BackendPool
from bot.backends.runner import BackendRunner
from bot.demo.webui.faults import Fault, FaultKind
from bot.demo.webui.library import Checkpoint
from bot.demo.webui.standin import StandIn
from bot.errors import (
    BadAnswer,
    CheckpointFailed,
    ConnectionLost,
    EaselError,
    NotANumber,
    OutOfMemory,
    ServerError,
    ShapeMismatch,
    TimedOut,
    Unreachable,
)
from bot.webui.client import Timeouts
from tests.support import eventually, render
from tests.unit.backends.stage import PATIENCE, a_job, a_pool, a_runner, draw


@pytest.fixture
async def webui() -> AsyncIterator[StandIn]:
    async with StandIn(seconds_per_step=0.001, switch_seconds=0.0) as webui:
        yield webui


@pytest.fixture
async def pool(webui: StandIn, tmp_path: Path) -> AsyncIterator[BackendPool]:
    async with asyncio.timeout(PATIENCE), a_pool(tmp_path, webui.url) as pool:
        await pool.runners[0].ready()
        yield pool


@pytest.fixture
def runner(pool: BackendPool) -> BackendRunner:
    return pool.runners[0]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("500", ServerError),
        ("oom", OutOfMemory),
        ("nan", NotANumber),
        ("shapes", ShapeMismatch),
        ("refuse", ConnectionLost),
        ("reset", BadAnswer),
        ("truncated", BadAnswer),
        ("html", BadAnswer),
        ("no_images", BadAnswer),
    ],
)
async def test_each_failure_is_told_as_what_it_is_and_the_next_job_is_drawn(
    webui: StandIn, runner: BackendRunner, kind: FaultKind, expected: type[EaselError]
) -> None:
    webui.faults.add(Fault(kind=kind))
    with pytest.raises(expected) as failed:
        await draw(runner, a_job())

    assert type(failed.value) is expected
    await runner.ready()
    _, rendered = await draw(runner, a_job(width=64, height=56))  # what was too much is not tried again
    assert len(rendered.pictures) == 1


@pytest.mark.parametrize("kind", ["500", "oom", "nan", "shapes", "html", "no_images"])
async def test_a_failure_of_one_request_leaves_the_web_ui_up(
    webui: StandIn, pool: BackendPool, kind: FaultKind
) -> None:
    webui.faults.add(Fault(kind=kind))
    with pytest.raises(EaselError):
        await draw(pool.runners[0], a_job())

    assert pool.any_up()


async def test_a_render_is_sent_once_whatever_happens(webui: StandIn, runner: BackendRunner) -> None:
    webui.faults.add(Fault(kind="reset"))
    with pytest.raises(BadAnswer):
        await render(runner, a_job())

    await webui.wait_idle()
    assert [log.path for log in webui.requests].count("/sdapi/v1/txt2img") == 1


async def test_a_slow_answer_is_waited_for(webui: StandIn, runner: BackendRunner) -> None:
    webui.faults.add(Fault(kind="slow", seconds=0.2))
    answer, rendered = await draw(runner, a_job())

    assert len(rendered.pictures) == 1
    assert answer.seconds >= 0.2


async def test_a_web_ui_that_never_answers_is_given_up_after_the_timeout(
    webui: StandIn, tmp_path: Path
) -> None:
    timeouts = Timeouts(connect=1, first_byte=0.1, idle=1, total=5)
    async with a_runner(tmp_path, webui.url, timeouts=timeouts) as runner:
        webui.faults.add(Fault(kind="hang"))
        with pytest.raises(TimedOut):
            await render(runner, a_job())

        assert await runner.interrupt("someone else's") is False
        await runner.ready()


async def test_what_goes_on_after_a_timeout_can_be_interrupted(webui: StandIn, tmp_path: Path) -> None:
    timeouts = Timeouts(connect=1, first_byte=0.2, idle=1, total=5)
    async with a_runner(tmp_path, webui.url, timeouts=timeouts) as runner:
        webui.hold()
        job = a_job(steps=20)
        with pytest.raises(TimedOut):
            await render(runner, job)
        await webui.wait_busy()

        assert await runner.interrupt(job.id) is True

        webui.release()
        await webui.wait_idle()
        assert [rendered.cut_short for rendered in webui.renders] == [True]
        assert await runner.interrupt(job.id) is False


async def test_a_web_ui_that_went_away_is_down_until_it_is_back(webui: StandIn, pool: BackendPool) -> None:
    (runner,) = pool.runners
    await webui.stop()
    with pytest.raises((Unreachable, ConnectionLost)):  # a connection that was kept open is noticed later
        await render(runner, a_job())

    assert not pool.any_up()
    await eventually(lambda: pool.statuses()[0].error == Unreachable.code)
    waiting = asyncio.create_task(runner.ready())
    await asyncio.sleep(0)
    assert not waiting.done()

    await webui.start()
    await waiting
    assert pool.any_up()
    assert pool.statuses()[0].error is None
    _, rendered = await draw(runner, a_job())
    assert len(rendered.pictures) == 1


async def test_a_broken_checkpoint_is_told_and_the_lists_are_read_again(
    webui: StandIn, runner: BackendRunner
) -> None:
    webui.disk.checkpoints.append(Checkpoint(file="torn.safetensors", broken=True))
    with pytest.raises(CheckpointFailed):
        await render(runner, a_job(checkpoint="torn"))

    before = len(webui.requests)
    await eventually(lambda: "/sdapi/v1/refresh-checkpoints" in [log.path for log in webui.requests[before:]])
    _, rendered = await draw(runner, a_job(checkpoint="daydream_v2"))
    assert len(rendered.pictures) == 1


async def test_a_checkpoint_that_came_since_is_found_when_a_job_asks_for_it(
    webui: StandIn, runner: BackendRunner
) -> None:
    webui.disk.checkpoints.append(Checkpoint(file="brandNew_v1.safetensors"))
    _, rendered = await draw(runner, a_job(checkpoint="brandNew_v1"))

    assert rendered.notices == ()
    assert webui.renders[-1].model == "brandNew_v1"
