"""/outpaint: more of the world around a picture, by one img2img request (row G19)."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from bot.demo.discord.people import Outcome
from tests.acceptance.pictures import each_bad_file_is_refused, link_to, refusal, upload
from tests.harness import WAIT, World, easel
from tests.unit.imaging.make import opened


async def outpaint(world: World, view: str, **options: object) -> Outcome:
    quick = {"prompt": "a wide sea", "steps": 2, "view": view, **options}
    return await world.ben.slash(world.drawing, "outpaint", quick, timeout=WAIT)


VIEWS = {"zoom_1_5": (192, 192), "zoom_2": (256, 256), "left": (192, 128), "up": (128, 192)}


async def test_the_canvas_grows_as_it_was_said(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        for count, (view, size) in enumerate(VIEWS.items(), start=1):
            await outpaint(world, view, image=upload(size=(128, 128)))
            assert opened((await world.result(count)).attachments[0].data).size == size
        assert {request.kind for request in world.stand_in.renders} == {"img2img"}
        assert {request.payload["mask_blur"] for request in world.stand_in.renders} == {4}


async def test_a_square_keeps_the_picture_in_its_middle(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await outpaint(world, "square", image=upload("navy", size=(192, 64)))
        picture = opened((await world.result()).attachments[0].data).convert("RGB")
        assert picture.size == (192, 192)
        middle = picture.crop((0, 88, 192, 104))
        assert ImageChops.difference(middle, Image.new("RGB", middle.size, "navy")).getbbox() is None
        sky = picture.crop((0, 0, 192, 32))
        assert ImageChops.difference(sky, Image.new("RGB", sky.size, "navy")).getbbox() is not None


async def test_a_result_is_continued_in_its_own_words_by_a_link(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a red lighthouse", sampler="Euler")
        first = await world.result()
        link = link_to(world, world.drawing.id, first.id)
        options = {"view": "right", "link": link}
        await world.ben.slash(world.drawing, "outpaint", options, timeout=WAIT)
        await world.result(2)
        payload = world.stand_in.renders[-1].payload
        assert (payload["prompt"], payload["sampler_name"]) == ("a red lighthouse", "Euler")


async def test_the_limits_are_about_the_canvas(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__LIMITS__MAX_WIDTH="256", EASEL__LIMITS__MAX_HEIGHT="256") as world:
        await outpaint(world, "zoom_2", image=upload(size=(200, 100)))
        width, height = opened((await world.result()).attachments[0].data).size
        assert width <= 256
        assert height <= 256
        assert width == pytest.approx(2 * height, abs=8)


async def test_a_file_that_is_no_still_picture_is_refused(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await each_bad_file_is_refused(world, lambda file: outpaint(world, "zoom_2", image=file))


async def test_a_square_that_is_one_already_is_refused(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await outpaint(world, "square", image=upload(size=(128, 128)))
        assert "square already" in await refusal(world, outcome)


@pytest.mark.parametrize("options", [{}, {"image": upload(), "prompt": " "}])
async def test_what_is_missing_is_refused_at_once(tmp_path: Path, options: dict[str, object]) -> None:
    async with easel(tmp_path) as world:
        outcome = await outpaint(world, "zoom_2", **options)
        assert (outcome.kind, outcome.ephemeral) == ("message", True)
