"""A web UI that answers but fails every job gets none for a while, then one, and then all again.

With the real bot over HTTP; its clock runs ahead, so that a rest of 15 s takes a fraction of it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.backends.health import FAILURES_TO_OPEN, Circuit
from bot.demo.webui import Fault, FaultKind, StandIn
from bot.queue.job import Job, State
from tests.integration.several import Several, several
from tests.support import HurriedClock

TXT2IMG = "/sdapi/v1/txt2img"


@asynccontextmanager
async def with_a_sick_one(folder: Path, kind: FaultKind, count: int) -> AsyncIterator[Several]:
    """The first of them fails every render."""
    webuis = [StandIn(seconds_per_step=0.0, switch_seconds=0.0) for _ in range(count)]
    async with several(folder, *webuis, clock=HurriedClock(10.0)) as scene:
        webuis[0].faults.add(Fault(kind=kind, path=TXT2IMG, times=10**6))
        yield scene


def circuit(scene: Several) -> Circuit:
    """Of the first."""
    return scene.app.services.pool.statuses()[0].circuit


def posts(scene: Several) -> int:
    """Renders that the first was asked for."""
    return sum(request.path == TXT2IMG for request in scene.webuis[0].requests)


async def until(scene: Several, wanted: Circuit) -> list[Job]:
    """Draw one after the other until the first one's circuit is so. All of them are delivered."""
    jobs: list[Job] = []
    while circuit(scene) is not wanted:
        jobs += await scene.delivered(await scene.submit())
    return jobs


@pytest.mark.parametrize("kind", ["500", "html", "corrupt_png", "refuse"])
async def test_it_opens_half_opens_and_closes_and_nobody_notices(tmp_path: Path, kind: FaultKind) -> None:
    async with with_a_sick_one(tmp_path, kind, 2) as scene:
        jobs = await until(scene, Circuit.OPEN)
        assert posts(scene) == FAILURES_TO_OPEN
        (sick, well) = scene.app.services.pool.statuses()
        assert (sick.up, well.up) == (False, True)
        assert scene.app.services.queue.dispatch.up == {scene.names[1]}
        assert {job.backend for job in jobs} == {scene.names[1]}

        scene.webuis[0].faults.clear()
        await until(scene, Circuit.CLOSED)
        assert posts(scene) == FAILURES_TO_OPEN + 1
        assert len(scene.webuis[0].renders) >= 1


async def test_a_trial_that_fails_is_one_job_and_the_circuit_opens_again(tmp_path: Path) -> None:
    async with with_a_sick_one(tmp_path, "500", 2) as scene:
        await until(scene, Circuit.OPEN)
        await until(scene, Circuit.HALF_OPEN)
        asked = posts(scene)
        jobs = await until(scene, Circuit.OPEN)
        assert posts(scene) == asked + 1
        assert sum(len(job.setbacks) for job in jobs) == 1


async def test_the_only_web_ui_keeps_its_jobs_while_it_rests(tmp_path: Path) -> None:
    async with with_a_sick_one(tmp_path, "500", 1) as scene:
        failed, waiting = await scene.submit(), await scene.submit()
        (done,) = await scene.over(failed)
        assert (done.state, done.attempts) == (State.FAILED, 3)
        await scene.until_up()
        assert circuit(scene) is Circuit.OPEN
        scene.webuis[0].faults.clear()
        (drawn,) = await scene.delivered(waiting)
        assert drawn.attempts == 2
        assert circuit(scene) is Circuit.CLOSED


async def test_one_request_that_no_web_ui_likes_closes_no_web_ui(tmp_path: Path) -> None:
    async with with_a_sick_one(tmp_path, "500", 1) as scene:
        (failed,) = await scene.over(await scene.submit())
        assert (failed.state, failed.attempts) == (State.FAILED, 3)
        assert circuit(scene) is Circuit.CLOSED
        scene.webuis[0].faults.clear()
        (drawn,) = await scene.delivered(await scene.submit())
        assert drawn.attempts == 1
