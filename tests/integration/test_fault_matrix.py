"""Each fault of a web UI, with one and with three of them: the person never notices, or is told.

Over real HTTP, with the real bot. Nothing is lost and nothing is posted twice. The bot's pauses pass twenty
times faster; the timeouts of HTTP are real and short.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.demo.discord.people import Outcome
from bot.demo.webui import Checkpoint, Fault, StandIn
from bot.queue.job import Job, State
from tests.integration.several import INK, OIL, Several, only, several
from tests.support import HurriedClock

TXT2IMG = "/sdapi/v1/txt2img"
ALWAYS = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fault of the web UI itself: another attempt, or another web UI, may go well."""

    name: str
    code: str
    """Of the error that it comes to."""
    fault: dict[str, Any]
    waits: dict[str, str] = field(default_factory=dict)
    """The timeout that it runs into, so short that the test is; all others are as they are shipped."""

    def made(self, times: int) -> Fault:
        """For that many renders."""
        return Fault(path=TXT2IMG, times=times, **self.fault)


ROWS = [
    Row(name="closed", code="webui_connection_lost", fault={"kind": "refuse"}),
    Row(name="reset in mid-body", code="webui_bad_answer", fault={"kind": "reset"}),
    Row(name="truncated", code="webui_bad_answer", fault={"kind": "truncated"}),
    Row(
        name="hang",
        code="webui_timed_out",
        fault={"kind": "hang"},
        waits={"EASEL__WEBUI__CONNECT_SECONDS": "0.4", "EASEL__WEBUI__FIRST_BYTE_SECONDS": "0.4"},
    ),
    Row(name="500", code="webui_server_error", fault={"kind": "500"}),
    Row(name="html", code="webui_bad_answer", fault={"kind": "html"}),
    Row(name="no images", code="webui_bad_answer", fault={"kind": "no_images"}),
    Row(name="corrupt picture", code="corrupt_picture", fault={"kind": "corrupt_png"}),
    Row(
        name="treacle that stops",
        code="webui_timed_out",
        fault={"kind": "treacle", "pieces": 4, "seconds": 30.0},
        waits={"EASEL__WEBUI__IDLE_SECONDS": "0.4"},
    ),
    Row(
        name="treacle without an end",
        code="webui_timed_out",
        fault={"kind": "treacle", "pieces": 1000, "seconds": 0.05},
        waits={"EASEL__WEBUI__TOTAL_SECONDS": "1.0"},
    ),
]
_TELLING = ("closed", "truncated", "hang", "500", "corrupt picture")
each_fault = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
some_faults = pytest.mark.parametrize(
    "row", [row for row in ROWS if row.name in _TELLING], ids=lambda row: row.name
)


@asynccontextmanager
async def scene_of(folder: Path, count: int, row: Row | None = None) -> AsyncIterator[Several]:
    """That many web UIs that take no time."""
    webuis = [StandIn(seconds_per_step=0.0, switch_seconds=0.0) for _ in range(count)]
    async with several(folder, *webuis, clock=HurriedClock(), **(row.waits if row else {})) as scene:
        yield scene
        for webui in webuis:
            assert not webui.machine.damaged


async def drawn(scene: Several, *prompts: str) -> list[Job]:
    """The jobs of these, asked for one after the other, delivered, and each posted once and nothing else."""
    asked = [await scene.world.draw(prompt) for prompt in prompts]
    assert not any(outcome.ephemeral for outcome in asked)
    jobs = await all_over(scene, len(prompts))
    assert [job.state for job in jobs] == [State.DELIVERED] * len(prompts), jobs
    await posted_once(scene, *prompts)
    return jobs


async def all_over(scene: Several, count: int) -> list[Job]:
    """The jobs of everything so far, once they have ended."""
    with scene.app.services.queue.events.subscribe() as events:
        while True:
            jobs = await scene.app.services.store.in_state(*State)
            if len(jobs) == count and all(job.state.is_final for job in jobs):
                return sorted(jobs, key=lambda job: job.created_at)
            await anext(events)


async def posted_once(scene: Several, *prompts: str) -> None:
    """One message with one picture for each, no other message left, and nobody was told of any trouble."""
    world = scene.world
    await world.until(lambda: len(world.bot_messages()) == len(prompts))
    texts = [message.text for message in world.results()]
    assert [sum(f"\n{prompt}\n" in text for text in texts) for prompt in prompts] == [1] * len(prompts)
    assert [len(message.attachments) for message in world.results()] == [1] * len(prompts)
    assert not any("⚠️" in message.text for message in world.drawing.messages)


async def told(scene: Several, outcome: Outcome) -> str:
    """What the person is told instead of a picture, without an address."""
    await scene.world.until(lambda: "⚠️" in outcome.message.text)
    assert scene.world.results() == []
    assert "127.0.0.1" not in outcome.message.text
    return outcome.message.text


def posts(webui: StandIn) -> int:
    """Renders that were asked for."""
    return sum(request.path == TXT2IMG for request in webui.requests)


# ---- one web UI


@each_fault
async def test_a_passing_fault_of_the_only_web_ui_is_not_noticed(tmp_path: Path, row: Row) -> None:
    async with scene_of(tmp_path, 1, row) as scene:
        scene.webuis[0].faults.add(row.made(times=1))
        first, second = await drawn(scene, "a cat", "a dog")
        assert [setback.code for setback in first.setbacks] == [row.code]
        assert (first.attempts, second.attempts) == (2, 1)


@each_fault
async def test_a_lasting_fault_of_the_only_web_ui_is_told_after_three_attempts_and_then_it_draws_again(
    tmp_path: Path, row: Row
) -> None:
    async with scene_of(tmp_path, 1, row) as scene:
        (webui,) = scene.webuis
        webui.faults.add(row.made(times=ALWAYS))
        outcome = await scene.world.draw("a cat")
        await told(scene, outcome)
        (failed,) = await all_over(scene, 1)
        assert failed.failure is not None
        assert (failed.state, failed.failure.code, failed.attempts) == (State.FAILED, row.code, 3)
        assert posts(webui) == 3
        webui.faults.clear()
        await scene.world.draw("a dog")
        _, second = await all_over(scene, 2)
        assert (second.state, second.attempts) == (State.DELIVERED, 1)
        assert len(scene.world.results()) == 1


async def test_a_request_that_is_refused_by_the_only_web_ui_waits_until_it_is_back(tmp_path: Path) -> None:
    async with scene_of(tmp_path, 1) as scene:
        (webui,) = scene.webuis
        await webui.stop()
        asked = [await scene.world.draw(prompt) for prompt in ("a cat", "a dog")]
        assert not any(outcome.ephemeral for outcome in asked)
        await scene.until_up()
        await webui.start()
        jobs = await all_over(scene, 2)
        assert [(job.state, job.attempts) for job in jobs] == [(State.DELIVERED, 1)] * 2
        await posted_once(scene, "a cat", "a dog")


# ---- three web UIs


@each_fault
async def test_with_three_web_uis_nobody_notices_that_one_of_them_always_fails(
    tmp_path: Path, row: Row
) -> None:
    async with scene_of(tmp_path, 3, row) as scene:
        scene.webuis[0].faults.add(row.made(times=ALWAYS))
        jobs = await drawn(scene, "a cat", "a dog", "a fox", "a hen")
        assert posts(scene.webuis[0]) >= 1
        assert {job.backend for job in jobs} <= set(scene.names[1:])
        assert all(
            (setback.backend, setback.code) == (scene.names[0], row.code)
            for job in jobs
            for setback in job.setbacks
        )
        assert all(len(job.setbacks) <= 1 for job in jobs)


@some_faults
async def test_with_three_web_uis_a_job_outlives_two_that_fail(tmp_path: Path, row: Row) -> None:
    async with scene_of(tmp_path, 3, row) as scene:
        for webui in scene.webuis[:2]:
            webui.faults.add(row.made(times=ALWAYS))
        (job,) = await drawn(scene, "a cat")
        assert job.backend == scene.names[2]
        assert job.attempts <= 3


@some_faults
async def test_a_fault_of_all_three_web_uis_is_told_after_three_attempts(tmp_path: Path, row: Row) -> None:
    async with scene_of(tmp_path, 3, row) as scene:
        for webui in scene.webuis:
            webui.faults.add(row.made(times=ALWAYS))
        await told(scene, await scene.world.draw("a cat"))
        assert sum(posts(webui) for webui in scene.webuis) == 3


async def test_with_three_web_uis_nobody_notices_that_one_refuses_every_connection(tmp_path: Path) -> None:
    async with scene_of(tmp_path, 3) as scene:
        await scene.webuis[0].stop()
        jobs = await drawn(scene, "a cat", "a dog", "a fox", "a hen")
        assert {job.backend for job in jobs} <= set(scene.names[1:])


async def test_with_three_web_uis_one_that_dies_in_its_render_loses_nothing(tmp_path: Path) -> None:
    async with scene_of(tmp_path, 3) as scene:
        scene.webuis[0].hold(at_step=1)
        await scene.world.draw("a cat")
        await scene.webuis[0].wait_busy()
        await scene.webuis[0].stop()
        (job,) = await all_over(scene, 1)
        assert (job.state, job.attempts) == (State.DELIVERED, 2)
        await posted_once(scene, "a cat")


# ---- what is not the web UI's fault


@pytest.mark.parametrize("count", [1, 3])
async def test_slow_as_treacle_but_whole_is_waited_for(tmp_path: Path, count: int) -> None:
    async with scene_of(tmp_path, count) as scene:
        for webui in scene.webuis:
            webui.faults.add(Fault(kind="treacle", path=TXT2IMG, pieces=6, seconds=0.05))
        (job,) = await drawn(scene, "a cat")
        assert (job.attempts, job.setbacks) == (1, ())


@pytest.mark.parametrize("count", [1, 3])
async def test_too_little_memory_on_all_is_told_with_its_cure_after_one_try_on_each(
    tmp_path: Path, count: int
) -> None:
    async with scene_of(tmp_path, count) as scene:
        for webui in scene.webuis:
            webui.faults.add(Fault(kind="oom", path=TXT2IMG, times=ALWAYS))
        assert "memory" in await told(scene, await scene.world.draw("a cat", width=128))
        assert [posts(webui) for webui in scene.webuis] == [1] * count
        for webui in scene.webuis:
            webui.faults.clear()
        assert "memory" in await told(scene, await scene.world.draw("a larger one", width=192))
        assert [posts(webui) for webui in scene.webuis] == [1] * count, "it is known to be too much"
        await scene.world.draw("a smaller one", width=64)
        await scene.world.result()


async def test_too_little_memory_on_two_of_three_is_not_noticed(tmp_path: Path) -> None:
    async with scene_of(tmp_path, 3) as scene:
        for webui in scene.webuis[:2]:
            webui.faults.add(Fault(kind="oom", path=TXT2IMG, times=ALWAYS))
        (job,) = await drawn(scene, "a cat")
        assert job.backend == scene.names[2]


async def test_a_checkpoint_that_will_not_load_is_told_at_once_and_the_next_picture_is_sound(
    tmp_path: Path,
) -> None:
    async with several(tmp_path, torn(broken=True), clock=HurriedClock()) as scene:
        (webui,) = scene.webuis
        await told(scene, await scene.world.draw("a cat", data_model="torn"))
        (failed,) = await all_over(scene, 1)
        assert (failed.attempts, failed.setbacks) == (1, ())
        await scene.world.draw("a dog", data_model=OIL)
        await scene.world.result()
        assert not webui.machine.damaged
        assert scene.drawn() == [[INK, OIL, OIL]], "another one and back, and then the dog"


async def test_with_three_web_uis_nobody_notices_that_a_checkpoint_is_broken_on_one(tmp_path: Path) -> None:
    webuis = [torn(broken=True), torn(broken=False), torn(broken=False)]
    async with several(tmp_path, *webuis, clock=HurriedClock()) as scene:
        await scene.world.draw("a cat", data_model="torn")
        (job,) = await all_over(scene, 1)
        assert job.state is State.DELIVERED
        assert job.backend in scene.names[1:]
        await posted_once(scene, "a cat")


def torn(*, broken: bool) -> StandIn:
    """One with two sound checkpoints and one of that name, which may be broken."""
    library = only(OIL, INK)
    library.checkpoints.append(Checkpoint(file="torn.safetensors", broken=broken))
    return StandIn(seconds_per_step=0.0, switch_seconds=0.0, library=library)


@pytest.mark.parametrize("count", [1, 3])
async def test_an_answer_for_another_model_is_shown_with_what_drew_it(tmp_path: Path, count: int) -> None:
    async with scene_of(tmp_path, count) as scene:
        for webui in scene.webuis:
            webui.faults.add(Fault(kind="wrong_model", path=TXT2IMG))
        asked, painted = (webui_name(scene, index) for index in (0, 1))
        await scene.world.draw("a cat", data_model=asked)
        result = await scene.world.result()
        assert "instead of" in result.text
        assert asked in result.text
        assert painted in result.text
        assert len(scene.world.results()) == 1


def webui_name(scene: Several, index: int) -> str:
    """A checkpoint by its place in the list."""
    return scene.app.services.catalog.offer().checkpoints[index].model_name
