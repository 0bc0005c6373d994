"""One render at a time: waiting, progress, interrupts, skips, tasks (NOTES 2.6, 2.7)."""

import asyncio
import time
from typing import Any

from bot.demo.webui import StandIn
from tests.integration.stand_in_recordings import (
    TINY_A,
    TINY_B,
    Answered,
    Client,
    library,
    opened,
    recorded,
    running,
)

_TXT2IMG = "/sdapi/v1/txt2img"
_PROGRESS = "/sdapi/v1/progress"


def stand_in(**more: Any) -> StandIn:
    """Quick, with previews at every step."""
    options = {"show_progress_every_n_steps": 1, **more.pop("options", {})}
    chosen = {"seconds_per_step": 0, "switch_seconds": 0, **more}
    return StandIn(library=library(TINY_A, TINY_B), options=options, **chosen)


def started(client: Client, **fields: Any) -> asyncio.Task[Answered]:
    """A render that goes on by itself."""
    body = {"prompt": "a cat", "steps": 10, "width": 64, "height": 64, "seed": 1, **fields}
    return asyncio.create_task(client.send("POST", _TXT2IMG, body), name="render")


async def waiting(client: Client, count: int) -> None:
    """Until so many renders stand in line."""
    tasks = client.stand_in.machine.tasks
    await client.stand_in.wait_until(lambda: len(tasks.pending) == count)


async def test_renders_run_one_after_the_other_in_the_order_of_their_arrival() -> None:
    async with running(stand_in()) as client:
        client.stand_in.hold()
        first = started(client, seed=100)
        await client.stand_in.wait_busy()
        others = []
        for seed in range(101, 105):
            others.append(started(client, seed=seed))
            await waiting(client, len(others))
        client.stand_in.release()
        await asyncio.gather(first, *others)
        assert [render.payload["seed"] for render in client.stand_in.renders] == [100, 101, 102, 103, 104]


async def test_lists_and_interrupts_are_answered_while_a_render_stands_still() -> None:
    async with running(stand_in()) as client:
        client.stand_in.hold()
        render = started(client)
        await client.stand_in.wait_busy()
        for path in ("options", "sd-models", "samplers", "memory"):
            await client.get(f"/sdapi/v1/{path}")
        await client.post("/sdapi/v1/options", {"CLIP_stop_at_last_layers": 1})
        refresh = asyncio.create_task(client.post("/sdapi/v1/refresh-checkpoints"), name="refresh")
        await client.get(_PROGRESS)
        assert not refresh.done(), "refreshing waits for the running render"
        client.stand_in.release()
        await asyncio.gather(render, refresh)


async def test_forty_blocked_requests_leave_no_thread_for_anything_else() -> None:
    async with running(stand_in()) as client:
        client.stand_in.hold()
        renders = [started(client, steps=1) for _ in range(40)]
        await waiting(client, 39)
        progress = asyncio.create_task(client.get(_PROGRESS), name="progress")
        await client.stand_in.wait_until(lambda: client.stand_in.requests[-1].path == _PROGRESS)
        assert not progress.done()
        client.stand_in.release()
        await asyncio.gather(*renders, progress)


async def test_progress_goes_on_as_recorded_and_drops_to_nothing_at_the_end() -> None:
    polls = recorded("a1111", "progress_running_n_iter3")["polls"]
    known = {poll["body"]["state"]["job"] for poll in polls}
    seen = set()
    async with running(stand_in()) as client:
        for job in range(3):
            client.stand_in.hold(at_step=5, at_job=job)
            if job == 0:
                render = started(client, n_iter=3)
            await client.stand_in.wait_busy()
            await client.stand_in.wait_until(lambda job=job: client.stand_in.machine.state.job_no == job)  # type: ignore[misc]
            answer = await client.get(_PROGRESS)
            seen.add(answer["state"]["job"])
            assert answer["progress"] == 0.01 + (job + 4 / 10) / 3
            assert answer["state"]["job_count"] == 3
        client.stand_in.release()
        await render
        idle = await client.get(_PROGRESS)
    assert seen | {""} == known
    assert (idle["progress"], idle["state"]["job"], idle["state"]["job_no"]) == (0.0, "", 3)


async def test_a_second_pass_counts_as_a_job_of_its_own() -> None:
    async with running(stand_in()) as client:
        client.stand_in.hold(at_step=5, at_job=1)
        render = started(client, enable_hr=True, hr_scale=1.5, hr_upscaler="Latent", denoising_strength=0.6)
        await client.stand_in.wait_busy()
        state = (await client.get(_PROGRESS))["state"]
        assert (state["job"], state["job_count"], state["job_no"]) == ("scripts_txt2img", 2, 1)
        client.stand_in.release()
        assert opened((await render).body["images"][0]).size == (96, 96)


async def test_previews_have_the_size_that_their_kind_has() -> None:
    for kind, size in (("Approx NN", 32), ("Approx cheap", 16), ("Full", 128)):
        async with running(stand_in(options={"show_progress_type": kind})) as client:
            client.stand_in.hold(at_step=5)
            render = started(client, width=128, height=128)
            await client.stand_in.wait_busy()
            picture = await preview(client)
            assert opened(picture).size == (size, size)
            assert (await client.get(f"{_PROGRESS}?skip_current_image=true"))["current_image"] is None
            client.stand_in.release()
            await render


async def preview(client: Client) -> str:
    """The picture of the running render: it is there as soon as the thread has painted it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        picture = (await client.get(_PROGRESS))["current_image"]
        if picture is not None:
            return str(picture)
    raise TimeoutError("no preview")


async def test_a_preview_comes_only_every_tenth_step_by_default() -> None:
    async with running(stand_in(options={"show_progress_every_n_steps": 10})) as client:
        client.stand_in.hold(at_step=9)
        render = started(client, steps=30)
        await client.stand_in.wait_busy()
        assert (await client.get(_PROGRESS))["current_image"] is None
        client.stand_in.hold(at_step=12)
        await client.stand_in.wait_until(lambda: client.stand_in.machine.state.sampling_step == 11)
        assert await preview(client)
        client.stand_in.release()
        await render


async def test_an_interrupt_ends_the_render_with_what_there_is_and_nothing_says_so() -> None:
    async with running(stand_in()) as client:
        client.stand_in.hold(at_step=5, at_job=1)
        render = started(client, n_iter=4)
        await client.stand_in.wait_busy()
        assert await client.post("/sdapi/v1/interrupt") == {}
        answer = (await render).body
        assert len(answer["images"]) == 2
        assert '"all_seeds": [1, 2, 3, 4]' in answer["info"]
        assert "Steps: 10" in answer["info"]
        assert client.stand_in.renders[0].cut_short
        finished = (await started(client, seed=2)).body
        assert finished["images"][0] != answer["images"][1]


async def test_an_interrupt_meets_only_what_runs_and_not_what_waits() -> None:
    async with running(stand_in()) as client:
        client.stand_in.hold(at_step=5)
        first, second = started(client, seed=1), None
        await client.stand_in.wait_busy()
        second = started(client, seed=2)
        await waiting(client, 1)
        await client.post("/sdapi/v1/interrupt")
        await first
        client.stand_in.release()
        await second
        assert [render.cut_short for render in client.stand_in.renders] == [True, False]


async def test_an_idle_interrupt_stays_visible_and_harms_nothing() -> None:
    async with running(stand_in()) as client:
        await client.post("/sdapi/v1/interrupt")
        assert (await client.get(_PROGRESS))["state"]["interrupted"]
        await started(client)
        assert not client.stand_in.renders[0].cut_short


async def test_a_skip_cuts_one_iteration_only() -> None:
    async with running(stand_in()) as client:
        whole = (await started(client, n_iter=3)).body
        client.stand_in.hold(at_step=5, at_job=1)
        render = started(client, n_iter=3)
        await client.stand_in.wait_busy()
        await client.post("/sdapi/v1/skip")
        client.stand_in.release()
        cut = (await render).body
        same = [one == other for one, other in zip(whole["images"], cut["images"], strict=True)]
        assert same == [True, False, True]


async def test_interrupted_in_the_first_of_two_passes_the_picture_is_small() -> None:
    async with running(stand_in()) as client:
        client.stand_in.hold(at_step=5)
        render = started(client, enable_hr=True, hr_scale=1.5, hr_upscaler="Latent", denoising_strength=0.6)
        await client.stand_in.wait_busy()
        await client.post("/sdapi/v1/interrupt")
        answer = (await render).body
        assert opened(answer["images"][0]).size == (64, 64)
        assert "Hires upscale: 1.5" in answer["info"]


async def test_closing_the_connection_does_not_stop_the_render() -> None:
    async with running(stand_in()) as client:
        client.stand_in.hold()
        render = started(client)
        await client.stand_in.wait_busy()
        render.cancel()
        await asyncio.gather(render, return_exceptions=True)
        client.stand_in.release()
        await client.stand_in.wait_idle()
        assert len(client.stand_in.renders) == 1


async def test_a_forced_task_id_tells_whose_job_runs_and_who_waits() -> None:
    known = recorded("a1111", "ui_internal_progress_force_task_id")
    async with running(stand_in()) as client:
        client.stand_in.hold(at_step=5)
        first = started(client, force_task_id="first-no-parens")
        await client.stand_in.wait_busy()
        second = started(client, force_task_id="second-no-parens")
        await waiting(client, 1)
        assert await client.get("/internal/pending-tasks") == known[0]["pending"]
        active = await task_progress(client, "first-no-parens")
        assert set(active) == set(known[0]["first"])
        assert (active["active"], active["progress"]) == (True, 0.4)
        assert await task_progress(client, "second-no-parens") == known[0]["second"]
        client.stand_in.release()
        await asyncio.gather(first, second)
        assert await task_progress(client, "second-no-parens") == known[-1]["second"]


async def test_a_live_preview_is_sent_once_per_new_picture() -> None:
    async with running(stand_in()) as client:
        client.stand_in.hold(at_step=5)
        render = started(client, force_task_id="mine")
        await client.stand_in.wait_busy()
        await preview(client)
        first = await task_progress(client, "mine")
        assert first["live_preview"].startswith("data:image/png;base64,")
        again = await task_progress(client, "mine", first["id_live_preview"])
        assert (again["live_preview"], again["id_live_preview"]) == (None, first["id_live_preview"])
        client.stand_in.release()
        await render


async def task_progress(client: Client, task: str, seen: int = -1) -> dict[str, Any]:
    """What ``/internal/progress`` says of a task."""
    answer: dict[str, Any] = await client.post(
        "/internal/progress", {"id_task": task, "id_live_preview": seen}
    )
    return answer


async def test_compressed_answers_go_only_to_those_who_take_them() -> None:
    known = recorded("a1111", "gzip_txt2img_headers")
    async with running(stand_in()) as client:
        plain = await client.send("POST", _TXT2IMG, {"steps": 1, "width": 64, "height": 64, "seed": 1})
        packed = await client.send(
            "POST", _TXT2IMG, {"steps": 1, "width": 64, "height": 64, "seed": 1}, {"Accept-Encoding": "gzip"}
        )
        assert "content-encoding" not in plain.headers
        expected = {name: value for name, value in known["headers"] if name in {"content-encoding", "vary"}}
        assert {name: packed.headers[name] for name in expected} == expected
        assert packed.body["images"] == plain.body["images"]
        assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])


async def test_a_switch_of_checkpoints_takes_its_time_and_a_picture_its_own() -> None:
    async with running(stand_in(switch_seconds=0.15, render_seconds=0.1)) as client:
        began = time.monotonic()
        await started(client)
        painted = time.monotonic() - began
        await started(client, override_settings={"sd_model_checkpoint": "tinyB"})
        assert painted >= 0.1
        assert client.stand_in.renders[1].seconds >= 0.25


async def test_prepared_pictures_carry_their_infotext_and_cost_no_painting() -> None:
    async with running(stand_in(picture_bytes=30_000)) as client:
        first, info = await client.txt2img(width=128, height=128, prompt="кот", batch_size=2)
        pictures = [opened(text) for text in first["images"]]
        assert [picture.info["parameters"] for picture in pictures] == info["infotexts"]
        assert 28_000 < len(first["images"][0]) * 3 // 4 < 36_000
        assert pictures[0].tobytes() == pictures[1].tobytes()
