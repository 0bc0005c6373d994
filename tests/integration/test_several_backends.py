"""Several web UIs behind one line: who gets which job, and what happens when one of them fails."""

import itertools
import logging
from pathlib import Path

import pytest

from bot.demo.webui import Fault, StandIn
from bot.demo.webui.library import default_library
from bot.model.work import Request
from bot.queue.job import Setback, State
from tests.integration.several import INK, OIL, only, several


def quick(**changes: object) -> StandIn:
    """One that takes no time."""
    values: dict[str, object] = {"seconds_per_step": 0.0, "switch_seconds": 0.0}
    return StandIn(**(values | changes))  # type: ignore[arg-type]


# ---- who has what


async def test_each_job_goes_where_its_checkpoint_is(tmp_path: Path) -> None:
    async with several(tmp_path, quick(library=only(OIL)), quick(library=only(INK))) as scene:
        jobs = [await scene.submit(name) for name in (INK, OIL, INK, INK)]
        await scene.delivered(*jobs)
        assert scene.drawn() == [[OIL], [INK] * 3]


async def test_a_person_may_name_what_only_the_second_web_ui_has(tmp_path: Path) -> None:
    bare = default_library()
    bare.loras, bare.styles = [], []
    async with several(tmp_path, quick(library=bare), quick()) as scene:
        await scene.world.draw("a cat", styles="watercolor", extra_net="snowfall")
        await scene.world.result()
        assert [len(drawn) for drawn in scene.drawn()] == [0, 1]


async def test_a_job_waits_for_the_web_ui_that_is_down_while_others_go_on(tmp_path: Path) -> None:
    first, second = quick(library=only(OIL)), quick(library=only(INK))
    async with several(tmp_path, first, second) as scene:
        await second.stop()
        waiting = await scene.submit(INK)
        await scene.until_up(scene.names[0])
        await scene.delivered(await scene.submit(OIL))
        left = await scene.job(waiting.id)
        assert (left.state, left.attempts) == (State.WAITING, 0)
        await second.start()
        await scene.delivered(waiting)
        assert scene.drawn()[1] == [INK]


async def test_what_no_web_ui_has_fails_after_each_has_looked(tmp_path: Path) -> None:
    async with several(tmp_path, quick(), quick()) as scene:
        (job,) = await scene.over(await scene.submit("nowhere"))
        assert job.failure is not None
        assert (job.state, job.failure.code, job.failure.data["given"]) == (
            State.FAILED,
            "unknown_name",
            "nowhere",
        )
        looked = [
            sum(request.path.endswith("/refresh-checkpoints") for request in webui.requests)
            for webui in scene.webuis
        ]
        assert looked == [1, 1]
        assert scene.drawn() == [[], []]


async def test_a_file_that_came_to_the_second_web_ui_is_found_there(tmp_path: Path) -> None:
    first, second = quick(library=only(OIL)), quick(library=only(OIL))
    async with several(tmp_path, first, second) as scene:
        second.disk.checkpoints.extend(only(INK).checkpoints)
        (job,) = await scene.delivered(await scene.submit(INK))
        assert (job.backend, job.attempts) == (scene.names[1], 1)


# ---- failures


async def test_a_web_ui_that_dies_in_the_middle_loses_its_job_to_another(tmp_path: Path) -> None:
    first, second = quick(), quick()
    async with several(tmp_path, first, second) as scene:
        first.hold(at_step=1)
        job = await scene.submit(steps=4)
        await first.wait_busy()
        await first.stop()
        (done,) = await scene.delivered(job)
        assert (done.backend, done.attempts) == (scene.names[1], 2)
        assert done.setbacks == (
            Setback(backend=scene.names[0], code="webui_connection_lost", refused=False),
        )


async def test_a_job_that_a_web_ui_failed_goes_to_the_other_first_even_if_its_model_is_not_loaded_there(
    tmp_path: Path,
) -> None:
    first, second = quick(), quick(options={"sd_model_checkpoint": f"{INK}.safetensors"})
    async with several(tmp_path, first, second) as scene:
        first.faults.add(Fault(kind="500"))
        (done,) = await scene.delivered(await scene.submit(OIL))
        assert done.backend == scene.names[1]
        assert [setback.code for setback in done.setbacks] == ["webui_server_error"]
        assert scene.drawn() == [[], [OIL]]


async def test_what_is_too_large_for_one_is_tried_on_the_other(tmp_path: Path) -> None:
    first, second = quick(), quick()
    async with several(tmp_path, first, second) as scene:
        first.faults.add(Fault(kind="oom", times=5))
        (done,) = await scene.delivered(await scene.submit())
        assert (done.backend, done.attempts) == (scene.names[1], 2)
        assert done.refused_by == {scene.names[0]}


async def test_what_is_too_large_for_all_fails_after_one_try_on_each(tmp_path: Path) -> None:
    async with several(tmp_path, quick(), quick(), quick()) as scene:
        for webui in scene.webuis[:2]:
            webui.faults.add(Fault(kind="oom", times=5))
        scene.webuis[2].faults.add(Fault(kind="oom", times=5))
        (job,) = await scene.over(await scene.submit())
        assert job.failure is not None
        assert (job.state, job.failure.code, job.attempts) == (State.FAILED, "webui_out_of_memory", 3)
        assert [len(_posts(webui)) for webui in scene.webuis] == [1, 1, 1]


async def test_three_attempts_in_all_wherever_they_were(tmp_path: Path) -> None:
    async with several(tmp_path, quick(), quick(), quick(), quick()) as scene:
        for webui in scene.webuis:
            webui.faults.add(Fault(kind="oom", times=5))
        (job,) = await scene.over(await scene.submit())
        assert job.attempts == 3
        assert sum(len(_posts(webui)) for webui in scene.webuis) == 3


async def test_with_one_web_ui_what_is_too_large_fails_at_once(tmp_path: Path) -> None:
    async with several(tmp_path, quick()) as scene:
        scene.webuis[0].faults.add(Fault(kind="oom", times=5))
        (job,) = await scene.over(await scene.submit())
        assert (job.state, job.attempts, job.setbacks) == (State.FAILED, 1, ())


def _posts(webui: StandIn) -> list[str]:
    return [request.path for request in webui.requests if request.path.endswith("/txt2img")]


# ---- models


async def test_two_models_in_turn_on_two_web_ui_are_loaded_once_each(tmp_path: Path) -> None:
    async with several(tmp_path, *(quick(seconds_per_step=0.02) for _ in range(2))) as scene:
        jobs = [await scene.submit((OIL, INK)[turn % 2]) for turn in range(12)]
        await scene.delivered(*jobs)
        assert sorted(itertools.chain.from_iterable(scene.drawn())) == [OIL] * 6 + [INK] * 6
        assert 1 <= scene.loads() <= 2


async def test_two_models_in_turn_on_one_web_ui_go_in_two_runs(tmp_path: Path) -> None:
    async with several(tmp_path, quick()) as scene:
        scene.webuis[0].hold()
        jobs = [await scene.submit((OIL, INK)[turn % 2]) for turn in range(8)]
        scene.webuis[0].release()
        await scene.delivered(*jobs)
        (drawn,) = scene.drawn()
        assert scene.loads() <= 3
        assert sorted(drawn) == [OIL] * 4 + [INK] * 4


async def test_loading_a_model_is_measured_and_paid_for_by_whose_job_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    webui = quick(switch_seconds=0.5, seconds_per_step=0.05)
    async with several(tmp_path, webui) as scene:
        (plain,) = await scene.delivered(await scene.submit(OIL, steps=8))
        (switched,) = await scene.delivered(await scene.submit(INK, steps=8))
        assert plain.switch == 0
        assert switched.switch == pytest.approx(0.5, abs=0.25)
        assert switched.seconds is not None
        assert plain.seconds is not None
        assert switched.seconds > plain.seconds + 0.3
        lines = [vars(record) for record in caplog.records if record.getMessage() == "job finished"]
        assert [line["switch"] for line in lines] == [0, round(switched.switch or 0, 3)]


# ---- people


async def test_a_flood_of_one_does_not_hold_up_another_on_two_web_uis(tmp_path: Path) -> None:
    async with several(tmp_path, quick(), quick()) as scene:
        for webui in scene.webuis:
            webui.hold()
        flood = [await scene.submit(person="ben", prompt="flood") for _ in range(10)]
        mine = await scene.submit(person="chloe", prompt="mine")
        for webui in scene.webuis:
            webui.release()
        done = await scene.delivered(mine, *flood)
        earlier = [job for job in done[1:] if (job.started_at or 0) < (done[0].started_at or 0)]
        # Two were being drawn already, and one more of the same turn may have gone before.
        assert len(earlier) <= 3


async def test_the_time_to_wait_counts_only_what_is_in_the_way(tmp_path: Path) -> None:
    async with several(tmp_path, quick(library=only(OIL)), quick(library=only(INK))) as scene:
        for webui in scene.webuis:
            webui.hold()
        jobs = [await scene.submit(OIL) for _ in range(5)]
        await scene.webuis[0].wait_busy()
        queue, ben = scene.app.services.queue, scene.world.ben.user.id
        other = Request(work=jobs[0].request.work.model_copy(update={"checkpoint": INK}))
        free, seconds = await queue.wait_for_new(other, ben)
        behind, _ = await queue.wait_for_new(jobs[0].request, ben)
        assert (free.backends, behind.backends) == (1, 1)
        assert (free.low + free.high) / 2 == pytest.approx(seconds)
        # One is being drawn and four wait, each as long as its own.
        assert (behind.low + behind.high) / 2 == pytest.approx(6 * seconds, rel=0.1)
        for webui in scene.webuis:
            webui.release()
        await scene.delivered(*jobs)
