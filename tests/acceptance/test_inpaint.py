"""/inpaint: a part of a picture is drawn anew, by a mask or a word (row G18), also from a link (G17)."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from bot.demo.discord.model import Message
from bot.demo.discord.people import Outcome
from tests.acceptance.pictures import each_bad_file_is_refused, link_to, mask, refusal, upload
from tests.harness import WAIT, World, easel
from tests.unit.imaging.make import opened

LEFT = (0, 0, 32, 64)


async def inpaint(world: World, person: Any = None, **options: object) -> Outcome:
    quick = {"prompt": "a fox", "steps": 2, **options}
    return await (person or world.ben).slash(world.drawing, "inpaint", quick, timeout=WAIT)


def changed(result: Message, colour: str = "navy") -> tuple[int, int, int, int] | None:
    """The box in which the picture is no longer of that colour."""
    picture = opened(result.attachments[0].data).convert("RGB")
    return ImageChops.difference(picture, Image.new("RGB", picture.size, colour)).getbbox()


async def test_a_mask_says_what_is_drawn_anew_and_the_rest_stays(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await inpaint(world, image=upload(size=(64, 64)), mask=mask((64, 64), LEFT), blur=0)
        assert outcome.kind == "deferred"
        result = await world.result()
        box = changed(result)
        assert box is not None
        assert box[2] <= 33
        payload = world.stand_in.renders[-1].payload
        sent = {name: payload[name] for name in ("mask_blur", "inpainting_fill", "inpaint_full_res")}
        assert sent == {"mask_blur": 0, "inpainting_fill": 1, "inpaint_full_res": False}


async def test_a_word_does_for_a_mask_and_everything_but_turns_it_round(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await inpaint(world, image=upload(size=(64, 64)), area="left", everything_but=True, blur=0)
        box = changed(await world.result())
        assert box is not None
        assert box[0] >= 31


async def test_what_the_web_ui_can_do_with_a_mask_can_be_said(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        options = {"fill": "latent_noise", "only_masked": True, "padding": 500, "blur": 8, "strength": 0.6}
        outcome = await inpaint(world, image=upload(size=(64, 64)), area="centre", **options)
        assert outcome.kind == "deferred"
        result = await world.result()
        payload = world.stand_in.renders[-1].payload
        assert (payload["inpainting_fill"], payload["inpaint_full_res"]) == (2, True)
        assert (payload["inpaint_full_res_padding"], payload["mask_blur"]) == (256, 8)
        assert "500" in result.text  # that it was lowered is told


async def test_a_result_is_painted_over_by_a_link_to_its_message(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", batch="2")
        first = await world.result()
        link = link_to(world, world.drawing.id, first.id)
        await inpaint(world, world.chloe, link=link, picture=2, area="right")
        second = await world.result(2)
        assert second.pinged == {world.chloe.id}
        assert world.ben.mention in second.text
        assert world.stand_in.renders[-1].kind == "img2img"


@pytest.mark.parametrize("option", ["image", "mask"])
async def test_a_file_that_is_no_still_picture_is_refused(tmp_path: Path, option: str) -> None:
    given: dict[str, object] = {"image": upload(size=(64, 64)), "mask": mask((64, 64), LEFT)}
    async with easel(tmp_path) as world:
        await each_bad_file_is_refused(world, lambda file: inpaint(world, **{**given, option: file}))


async def test_a_mask_of_another_size_is_refused_with_both_sizes(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await inpaint(world, image=upload(size=(64, 64)), mask=mask((32, 48), (0, 0, 8, 8)))
        text = await refusal(world, outcome)
        assert "32" in text
        assert "64" in text


async def test_a_mask_without_white_and_a_picture_without_see_through_parts_are_refused(
    tmp_path: Path,
) -> None:
    async with easel(tmp_path) as world:
        outcome = await inpaint(world, image=upload(size=(64, 64)), mask=mask((64, 64), None))
        assert "white" in await refusal(world, outcome)
        outcome = await inpaint(world, image=upload(size=(64, 64)), area="alpha")
        assert "transparent" in (await refusal(world, outcome)).lower()


WRONG: list[dict[str, object]] = [
    {"area": "left"},
    {"image": upload(), "link": "https://discord.com/channels/1/2/3", "area": "left"},
    {"image": upload()},
    {"image": upload(), "mask": mask((96, 64), LEFT), "area": "left"},
    {"image": upload(), "area": "left", "blur": -1},
    {"link": "https://discord.com/channels/1/2/3", "area": "left", "picture": 0},
]


async def test_what_is_missing_or_too_much_is_refused_at_once(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        for options in WRONG:
            outcome = await inpaint(world, **options)
            assert (outcome.kind, outcome.ephemeral) == ("message", True)
        assert world.stand_in.renders == []
