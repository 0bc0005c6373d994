"""/blend: one picture of several, by img2img over all of them laid on top of each other (row T6)."""

from pathlib import Path

import pytest

from bot.demo.discord.people import Outcome
from tests.acceptance.pictures import each_bad_file_is_refused, upload
from tests.harness import WAIT, World, easel
from tests.unit.imaging.make import opened


async def blend(world: World, *files: object, **options: object) -> Outcome:
    images = {f"image_{number}": file for number, file in enumerate(files, start=1)}
    quick = {"prompt": "one thing", "steps": 2, **images, **options}
    return await world.ben.slash(world.drawing, "blend", quick, timeout=WAIT)


async def test_five_pictures_become_one_of_the_shape_of_the_first(tmp_path: Path) -> None:
    colours = ("red", "lime", "blue", "white", "black")
    files = [upload(colour, size=(200, 100) if at == 0 else (64, 64)) for at, colour in enumerate(colours)]
    async with easel(tmp_path) as world:
        await blend(world, *files, strength=0.5)
        width, height = opened((await world.result()).attachments[0].data).size
        assert width == pytest.approx(2 * height, abs=8)
        (request,) = world.stand_in.renders
        assert (request.kind, request.payload["denoising_strength"]) == ("img2img", 0.5)


async def test_one_bad_file_among_them_is_refused(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await each_bad_file_is_refused(world, lambda file: blend(world, upload(), file))


async def test_what_is_wrong_is_refused_before_any_picture_is_read(tmp_path: Path) -> None:
    wrong: list[dict[str, object]] = [{"strength": -1.0}, {"sampler": "no such sampler"}, {"prompt": " "}]
    async with easel(tmp_path) as world:
        for options in wrong:
            outcome = await blend(world, upload(), upload(), **options)
            assert (outcome.kind, outcome.ephemeral) == ("message", True)
        assert not (tmp_path / "outputs" / "inputs").exists()
