"""Work that begins with pictures, through the runner of a back end and the stand-in."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from bot.backends.inputs import Inputs
from bot.backends.runner import BackendRunner
from bot.demo.webui import StandIn
from bot.errors import InputGone, NoCaption, UnknownName
from bot.imaging.metadata import png_text_chunks, read_parameters, splice_parameters
from bot.model.work import Describe, Img2Img, Inpaint, Request, Upscale, Work
from bot.queue.job import Job, Rendered
from tests.support import render
from tests.unit.backends.stage import a_job, a_runner

INFOTEXT = "a cat\nSteps: 4, Sampler: Euler a, CFG scale: 7.0, Seed: 77, Size: 64x64, Version: v1.10.1"


@pytest.fixture
async def webui() -> AsyncIterator[StandIn]:
    async with StandIn(seconds_per_step=0.0, switch_seconds=0.0) as webui:
        yield webui


@pytest.fixture
async def runner(webui: StandIn, tmp_path: Path) -> AsyncIterator[BackendRunner]:
    async with a_runner(tmp_path, webui.url) as runner:
        yield runner


def a_png(colour: str, size: tuple[int, int] = (64, 64)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def left_half_white() -> bytes:
    out = io.BytesIO()
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (0, 0, 32, 64))
    mask.save(out, "PNG")
    return out.getvalue()


def job_for(work: Work) -> Job:
    return replace(a_job(), request=Request(work=work))


async def done(runner: BackendRunner, work: Work) -> Rendered:
    job = job_for(work)
    return await runner.finish(job, await render(runner, job))


def shown(folder: Path, rendered: Rendered, index: int = 0) -> Image.Image:
    return Image.open(folder / rendered.pictures[index].file).convert("RGB")


def img2img(**changes: object) -> Img2Img:
    values = {"prompt": "a lighthouse", "seed": 7, "steps": 4, "width": 64, "height": 64, **changes}
    return Img2Img.model_validate(values)


async def test_a_picture_is_drawn_from_a_picture_and_says_so_in_its_data(
    runner: BackendRunner, webui: StandIn, tmp_path: Path
) -> None:
    init = await Inputs(tmp_path).put(a_png("navy", (200, 100)))
    rendered = await done(runner, img2img(init=init, strength=0.4, resize_mode="fill"))
    (picture,) = rendered.pictures
    assert rendered.notices == ()
    assert (picture.seed, picture.width, picture.height) == (7, 64, 64)
    assert "Denoising strength: 0.4" in picture.infotext
    assert read_parameters((tmp_path / picture.file).read_bytes()) == picture.infotext
    assert webui.renders[-1].kind == "img2img"


async def test_the_same_picture_and_seed_draw_the_same_again(runner: BackendRunner, tmp_path: Path) -> None:
    work = img2img(init=await Inputs(tmp_path).put(a_png("navy")))
    first, second = [shown(tmp_path, await done(runner, work)) for _ in range(2)]
    assert first.tobytes() == second.tobytes()


async def test_only_what_is_white_in_the_mask_is_drawn_anew(runner: BackendRunner, tmp_path: Path) -> None:
    inputs = Inputs(tmp_path)
    init, mask = await inputs.put(a_png("navy")), await inputs.put(left_half_white())
    inpaint = Inpaint(mask=mask, blur=0)
    rendered = await done(runner, img2img(init=init, strength=1.0, inpaint=inpaint))
    changed = ImageChops.difference(shown(tmp_path, rendered), Image.new("RGB", (64, 64), "navy"))
    box = changed.getbbox()
    assert box is not None
    assert box[2] <= 33
    inverted = inpaint.model_copy(update={"inverted": True})
    rendered = await done(runner, img2img(init=init, strength=1.0, inpaint=inverted))
    changed = ImageChops.difference(shown(tmp_path, rendered), Image.new("RGB", (64, 64), "navy"))
    box = changed.getbbox()
    assert box is not None
    assert box[0] >= 31


async def test_a_picture_that_is_not_kept_any_more_fails_the_job_and_not_the_web_ui(
    runner: BackendRunner,
) -> None:
    with pytest.raises(InputGone):
        await render(runner, job_for(img2img(init="0" * 40)))
    await runner.ready()


async def test_an_enlarged_picture_keeps_the_data_of_its_source(
    runner: BackendRunner, tmp_path: Path
) -> None:
    source = await Inputs(tmp_path).put(splice_parameters(a_png("navy"), INFOTEXT))
    work = Upscale(inputs=(source,), sizes=((64, 64),), upscaler="lanczos", scale=3)
    rendered = await done(runner, work)
    (picture,) = rendered.pictures
    assert rendered.notices == ()
    assert (picture.width, picture.height, picture.seed) == (192, 192, 77)
    assert picture.infotext == INFOTEXT
    chunks = png_text_chunks((tmp_path / picture.file).read_bytes())
    assert chunks["parameters"] == INFOTEXT
    assert "Postprocess upscaler: Lanczos" in chunks["postprocessing"]


async def test_an_enlarged_picture_without_data_tells_what_was_done_to_it(
    runner: BackendRunner, tmp_path: Path
) -> None:
    source = await Inputs(tmp_path).put(a_png("navy"))
    rendered = await done(runner, Upscale(inputs=(source,), sizes=((64, 64),), upscaler="Lanczos"))
    told = "Postprocess upscale by: 2.0, Postprocess upscaler: Lanczos"
    assert read_parameters((tmp_path / rendered.pictures[0].file).read_bytes()) == told


async def test_several_pictures_are_enlarged_in_their_order_to_an_exact_size(
    runner: BackendRunner, webui: StandIn, tmp_path: Path
) -> None:
    inputs = Inputs(tmp_path)
    sources = [await inputs.put(a_png(colour)) for colour in ("red", "lime", "blue")]
    work = Upscale(inputs=tuple(sources), sizes=((64, 64),) * 3, upscaler="Nearest", size=(120, 80))
    rendered = await done(runner, work)
    found = [shown(tmp_path, rendered, index) for index in range(3)]
    assert [one.size for one in found] == [(120, 80)] * 3
    assert [one.getpixel((60, 40)) for one in found] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert [request.path for request in webui.requests if "extra" in request.path] == [
        "/sdapi/v1/extra-batch-images"
    ]


async def test_an_upscaler_that_is_not_there_is_refused_before_anything_is_sent(
    runner: BackendRunner, webui: StandIn, tmp_path: Path
) -> None:
    source = await Inputs(tmp_path).put(a_png("navy"))
    with pytest.raises(UnknownName):
        await render(runner, job_for(Upscale(inputs=(source,), upscaler="Magic")))
    assert not any("extra" in request.path for request in webui.requests)


async def test_a_picture_is_described_by_each_model(runner: BackendRunner, tmp_path: Path) -> None:
    source = await Inputs(tmp_path).put(a_png("blue"))
    rendered = await done(runner, Describe(input=source, models=("clip", "deepdanbooru")))
    assert rendered.pictures == ()
    assert [(notice.code, notice.data["model"]) for notice in rendered.notices] == [
        ("described", "clip"),
        ("described", "deepdanbooru"),
    ]
    assert "deep blue" in str(rendered.notices[0].data["text"])


async def test_without_weights_nobody_can_describe_and_the_web_ui_stays_up(tmp_path: Path) -> None:
    async with StandIn(seconds_per_step=0.0, weights=False) as webui, a_runner(tmp_path, webui.url) as runner:
        source = await Inputs(tmp_path).put(a_png("blue"))
        job = job_for(Describe(input=source, models=("clip", "deepdanbooru")))
        for _ in range(4):
            with pytest.raises(NoCaption):
                await render(runner, job)
        await runner.ready()


async def test_what_begins_with_a_picture_can_be_interrupted_as_well(
    runner: BackendRunner, webui: StandIn, tmp_path: Path
) -> None:
    webui.hold()
    job = job_for(img2img(init=await Inputs(tmp_path).put(a_png("navy")), steps=20))
    rendering = asyncio.create_task(render(runner, job))
    await webui.wait_busy()
    assert await runner.interrupt(job.id)
    webui.release()
    rendered = await runner.finish(job, await rendering)
    assert rendered.interrupted
    assert rendered.notices == ()


@pytest.mark.parametrize("dialect", ["forge", "sdcpp"])
async def test_other_web_uis_draw_a_part_anew_as_well(tmp_path: Path, dialect: Any) -> None:
    async with (
        StandIn(dialect=dialect, seconds_per_step=0.0, switch_seconds=0.0) as webui,
        a_runner(tmp_path, webui.url) as runner,
    ):
        inputs = Inputs(tmp_path)
        init, mask = await inputs.put(a_png("navy")), await inputs.put(left_half_white())
        work = img2img(init=init, sampler="Euler", strength=1.0, inpaint=Inpaint(mask=mask, blur=0))
        rendered = await done(runner, work)
        changed = ImageChops.difference(shown(tmp_path, rendered), Image.new("RGB", (64, 64), "navy"))
        box = changed.getbbox()
        assert box is not None
        assert box[2] <= 48  # stable-diffusion.cpp has a soft edge of its own
        assert rendered.pictures[0].infotext
