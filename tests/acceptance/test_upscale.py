"""/upscale: everything that the Extras tab has, for one picture or several (T1)."""

from pathlib import Path

from bot.demo.discord.people import Outcome
from tests.acceptance.pictures import bad_files, link_to, refusal, upload
from tests.harness import WAIT, World, easel


def extras(world: World) -> list[dict[str, object]]:
    """Bodies of the requests to enlarge."""
    return [dict(one.body or {}) for one in world.stand_in.requests if "/extra-" in one.path]


async def upscale(world: World, **options: object) -> object:
    """The command."""
    return await world.ben.slash(world.drawing, "upscale", options, timeout=WAIT)


async def test_a_picture_comes_back_twice_as_large(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await upscale(world, image=upload(size=(96, 64)))
        result = await world.result()
        assert (result.attachments[0].width, result.attachments[0].height) == (192, 128)
        assert result.pinged == {world.ben.id}


async def test_every_knob_reaches_the_web_ui(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await upscale(
            world,
            image=upload(),
            resize=3.0,
            upscaler_1="lanczos",
            upscaler_2="Nearest",
            upscaler_2_strength=0.25,
            gfpgan=0.5,
            codeformer=0.75,
            upscale_first=True,
        )
        await world.result()
        (body,) = extras(world)
        assert {name: body[name] for name in body if name not in ("image", "resize_mode")} | {
            "upscaling_resize": 3,
            "upscaler_1": "Lanczos",
            "upscaler_2": "Nearest",
            "extras_upscaler_2_visibility": 0.25,
            "gfpgan_visibility": 0.5,
            "codeformer_visibility": 0.75,
            "codeformer_weight": 0.5,
            "upscale_first": True,
        } == {name: body[name] for name in body if name not in ("image", "resize_mode")}


async def test_to_an_exact_size(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await upscale(world, image=upload(size=(96, 64)), width=200, height=120)
        result = await world.result()
        assert (result.attachments[0].width, result.attachments[0].height) == (200, 120)


async def test_several_pictures_are_one_job_and_one_request(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await upscale(world, image=upload("navy"), image_2=upload("red"))
        result = await world.result()
        assert len(result.attachments) == 2
        assert len(extras(world)) == 1


async def test_a_picture_of_ones_own_by_its_link_stays_a_spoiler(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", spoiler=True)
        first = await world.result()
        await upscale(world, link=link_to(world, world.drawing.id, first.id))
        second = await world.result(2)
        (gallery,) = [part for part in second.components if part["type"] == 12]
        assert gallery["items"][0]["spoiler"]


REFUSED: list[tuple[dict[str, object], str]] = [
    ({}, "picture"),
    ({"image": upload(), "upscaler_1": "nobody knows it"}, "nobody knows it"),
    ({"image": upload(), "gfpgan": 2.0}, "gfpgan"),
    ({"image": upload(), "width": 100}, "size"),
    ({"image": upload(), "resize": 0.2}, "scale"),
]


async def told(world: World, outcome: Outcome) -> str:
    """What the person alone is told in the end."""
    await world.until(lambda: outcome.followups or outcome.ephemeral)
    message = outcome.followups[0] if outcome.followups else outcome.message
    assert message.ephemeral
    return message.text


async def test_what_cannot_be_done_is_refused(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        for options, word in REFUSED:
            outcome = await world.ben.slash(world.drawing, "upscale", options, timeout=WAIT)
            assert word in await told(world, outcome)
        assert extras(world) == []


async def test_a_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        for kind in ("a text", "too many pixels"):
            file, word = bad_files()[kind]
            outcome = await world.ben.slash(world.drawing, "upscale", {"image": file}, timeout=WAIT)
            assert word in await refusal(world, outcome)
