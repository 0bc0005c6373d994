"""Progress and interrupts: of our own job, and of nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.backends.finishing import WebUIAnswer
from bot.backends.runner import BackendRunner
from bot.backends.tuned import Tuned
from bot.demo.webui.faults import Fault
from bot.demo.webui.standin import StandIn
from bot.model.work import HighresFix
from bot.queue.events import Progressed
from bot.queue.job import Job
from bot.webui.api import RawAnswer
from bot.webui.client import WebUIClient
from tests.support import render
from tests.unit.backends.stage import a_job, a_runner


@pytest.fixture(params=[True, False], ids=["by task id", "by what runs"])
async def webui(request: pytest.FixtureRequest) -> AsyncIterator[StandIn]:
    """With its page, /internal/progress tells one task; without it only /progress is there (NOTES 2.6)."""
    async with StandIn(seconds_per_step=0.001, switch_seconds=0.0, with_ui=request.param) as webui:
        yield webui


@pytest.fixture
async def runner(webui: StandIn, tmp_path: Path) -> AsyncIterator[BackendRunner]:
    async with a_runner(tmp_path, webui.url) as runner:
        yield runner


class _Rendering:
    """A render under way, and what it reported."""

    def __init__(self, runner: BackendRunner, job: Job) -> None:
        self.reports: asyncio.Queue[Progressed] = asyncio.Queue()
        self.task = asyncio.create_task(render(runner, job, self.reports.put_nowait))

    async def answer(self) -> WebUIAnswer:
        answer = await self.task
        assert isinstance(answer, WebUIAnswer)
        return answer


@asynccontextmanager
async def _somebody_else(webui: StandIn) -> AsyncIterator["asyncio.Task[RawAnswer]"]:
    """Another person's job on the same web UI, held at its first step; ended with the block."""
    async with WebUIClient(webui.url) as client:
        webui.hold()
        theirs = asyncio.create_task(
            client.txt2img({"prompt": "theirs", "steps": 4, "width": 64, "height": 64})
        )
        await webui.wait_busy()
        try:
            yield theirs
        finally:
            webui.release()
            await theirs


async def _line_up(webui: StandIn, count: int) -> None:
    await webui.wait_until(lambda: len(webui.machine.tasks.pending) == count)


async def test_a_running_job_tells_how_far_it_is(webui: StandIn, runner: BackendRunner) -> None:
    webui.hold(at_step=10)
    job = a_job(steps=20)
    rendering = _Rendering(runner, job)
    await webui.wait_busy()
    progressed = await rendering.reports.get()
    while progressed.fraction < 0.4:
        progressed = await rendering.reports.get()

    assert progressed.job_id == job.id
    assert 0.4 <= progressed.fraction < 0.7
    assert progressed.preview is None

    webui.release()
    await rendering.answer()


async def test_nothing_is_reported_after_the_answer(webui: StandIn, runner: BackendRunner) -> None:
    webui.hold(at_step=2)
    rendering = _Rendering(runner, a_job())
    await webui.wait_busy()
    await rendering.reports.get()
    webui.release()
    await rendering.answer()
    reported = rendering.reports.qsize()
    polls = len(webui.requests)
    await asyncio.sleep(0.05)  # five times the interval: whoever still polled would show

    assert rendering.reports.qsize() == reported
    assert len(webui.requests) == polls


async def test_previews_come_only_when_asked_for(webui: StandIn, tmp_path: Path) -> None:
    async with a_runner(tmp_path, webui.url, tuned=Tuned(previews=True)) as runner:
        webui.machine.options.stored["show_progress_every_n_steps"] = 1
        webui.hold(at_step=10)
        rendering = _Rendering(runner, a_job(steps=20))
        await webui.wait_busy()
        progressed = await rendering.reports.get()
        while progressed.preview is None:
            progressed = await rendering.reports.get()

        assert progressed.preview.startswith(b"\x89PNG")

        webui.release()
        await rendering.answer()


async def test_progress_that_cannot_be_read_does_not_disturb_the_render(
    webui: StandIn, runner: BackendRunner
) -> None:
    webui.faults.add(Fault(kind="html", path="/internal/progress", times=3))
    webui.faults.add(Fault(kind="html", path="/sdapi/v1/progress", times=3))
    webui.hold(at_step=2)
    rendering = _Rendering(runner, a_job())
    await webui.wait_busy()
    assert (await rendering.reports.get()).fraction > 0  # after the broken ones
    webui.release()

    assert (await rendering.answer()).raw.status == 200


async def test_an_interrupted_job_says_so_and_its_unfinished_picture_is_kept(
    webui: StandIn, runner: BackendRunner, tmp_path: Path
) -> None:
    webui.hold(at_step=5)
    job = a_job(steps=20, batch_count=4)
    rendering = _Rendering(runner, job)
    await webui.wait_busy()

    assert await runner.interrupt(job.id) is True

    webui.release()
    rendered = await runner.finish(job, await rendering.answer())
    assert rendered.interrupted
    assert rendered.notices == ()
    assert len(rendered.pictures) == 1
    assert (tmp_path / rendered.pictures[0].file).exists()


async def test_an_interrupt_of_somebody_on_the_page_is_told_as_fewer_pictures(
    webui: StandIn, runner: BackendRunner
) -> None:
    webui.hold(at_step=5)
    job = a_job(steps=20, batch_count=4)
    rendering = _Rendering(runner, job)
    await webui.wait_busy()
    async with WebUIClient(webui.url) as client:
        await client.interrupt()
    webui.release()
    rendered = await runner.finish(job, await rendering.answer())

    assert not rendered.interrupted
    (notice,) = rendered.notices
    assert notice.code == "fewer_pictures"
    assert notice.data == {"asked": 4, "got": 1}


async def test_only_the_job_that_runs_can_be_interrupted(webui: StandIn, runner: BackendRunner) -> None:
    webui.hold()
    job = a_job()
    rendering = _Rendering(runner, job)
    await webui.wait_busy()

    assert await runner.interrupt(a_job().id) is False

    webui.release()
    await rendering.answer()
    assert await runner.interrupt(job.id) is False
    assert "/sdapi/v1/interrupt" not in [log.path for log in webui.requests]


async def test_a_job_that_is_over_stops_nobody_elses(webui: StandIn, tmp_path: Path) -> None:
    async with a_runner(tmp_path, webui.url, dedicated=True) as runner:
        job = a_job()
        await _Rendering(runner, job).answer()
        async with _somebody_else(webui):
            assert await runner.interrupt(job.id) is False

        assert not webui.renders[-1].cut_short


async def test_a_second_pass_that_was_cut_off_is_not_told_as_a_wrong_size(
    webui: StandIn, runner: BackendRunner
) -> None:
    webui.hold(at_step=5)
    job = a_job(steps=20, highres_fix=HighresFix(upscaler="Latent", scale=2))
    rendering = _Rendering(runner, job)
    await webui.wait_busy()
    assert await runner.interrupt(job.id) is True
    webui.release()
    rendered = await runner.finish(job, await rendering.answer())

    assert rendered.interrupted
    assert rendered.notices == ()


async def test_behind_another_persons_job_nothing_of_it_is_shown_or_stopped(
    webui: StandIn, runner: BackendRunner
) -> None:
    async with _somebody_else(webui):
        job = a_job(steps=4)
        rendering = _Rendering(runner, job)
        await _line_up(webui, 1)
        seen = len(webui.requests)
        await webui.wait_until(lambda: len(webui.requests) >= seen + 3)  # it has asked for progress

        assert await runner.interrupt(job.id) is False
        assert rendering.reports.empty()

    answer = await rendering.answer()
    assert not answer.interrupted
    assert [rendered.cut_short for rendered in webui.renders] == [False, False]


async def test_once_it_is_its_turn_it_can_be_stopped(webui: StandIn, runner: BackendRunner) -> None:
    async with _somebody_else(webui):
        # Jobs are told apart by the second they began in; theirs began a while ago.
        webui.machine.state.job_timestamp = "20260101000000"
        job = a_job(steps=20)
        rendering = _Rendering(runner, job)
        await _line_up(webui, 1)
    webui.hold(at_step=10)
    await webui.wait_until(
        lambda: webui.machine.tasks.current is not None and not webui.machine.tasks.pending
    )
    await webui.wait_busy()

    assert await runner.interrupt(job.id) is True

    webui.release()
    assert (await rendering.answer()).interrupted


async def test_on_a_web_ui_of_our_own_whatever_runs_is_ours(webui: StandIn, tmp_path: Path) -> None:
    async with a_runner(tmp_path, webui.url, dedicated=True) as runner:
        webui.hold()
        job = a_job(steps=20)
        rendering = _Rendering(runner, job)
        await webui.wait_busy()

        assert await runner.interrupt(job.id) is True

        webui.release()
        assert (await rendering.answer()).interrupted
        assert webui.renders[-1].payload["override_settings_restore_afterwards"] is False


async def test_where_nothing_can_be_interrupted_the_job_runs_to_its_end(tmp_path: Path) -> None:
    async with (
        StandIn("sdcpp", seconds_per_step=0.001) as webui,
        a_runner(tmp_path, webui.url) as runner,
    ):
        webui.hold()
        job = a_job()
        rendering = _Rendering(runner, job)
        await webui.wait_busy()

        assert await runner.interrupt(job.id) is False

        webui.release()
        assert not (await rendering.answer()).interrupted


async def test_a_cancelled_render_leaves_no_task_behind(webui: StandIn, runner: BackendRunner) -> None:
    webui.hold()
    rendering = _Rendering(runner, a_job())
    await webui.wait_busy()
    rendering.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rendering.task

    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("progress-")]
    webui.release()
