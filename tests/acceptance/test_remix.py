"""Buttons that make another picture of one: vary, enlarge, enhance, zoom and pan (B2, G19, G20, T4)."""

from pathlib import Path

import pytest

from bot.demo.discord.model import Message
from tests.harness import easel


def spoilers(message: Message) -> list[bool]:
    """Of the pictures that it shows."""
    galleries = [part for part in message.components if part["type"] == 12]
    return [item["spoiler"] for gallery in galleries for item in gallery["items"]]


async def test_larger_makes_an_enlarged_picture_that_keeps_spoiler_and_data(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", seed=5, spoiler=True)
        outcome = await world.chloe.click(await world.result(), "⬆️")
        assert not outcome.ephemeral
        second = await world.result(2)
        assert spoilers(second) == [True]
        assert second.pinged == {world.chloe.id}
        assert b"Seed: 5" in second.attachments[0].data
        (call,) = [call for call in world.stand_in.requests if call.path.endswith("/extra-single-image")]
        assert call.body["upscaling_resize"] == 2


@pytest.mark.parametrize(("button", "strength"), [("Vary a little", 0.15), ("Vary a lot", 0.45)])
async def test_a_variation_mixes_another_seeds_noise_in(tmp_path: Path, button: str, strength: float) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", seed=5)
        question = await world.ben.click(await world.result(), "🪄")
        assert question.ephemeral
        await world.ben.click(question.message, button)
        await world.result(2)
        payload = world.stand_in.renders[-1].payload
        assert (payload["seed"], payload["subseed_strength"]) == (5, strength)
        assert payload["prompt"] == "a cat"


async def test_a_variation_of_a_variation_is_drawn_over_the_picture_itself(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", seed=5)
        for count, kind in ((2, "txt2img"), (3, "img2img")):
            question = await world.ben.click(await world.result(count - 1), "🪄")
            await world.ben.click(question.message, "Vary a little")
            await world.result(count)
            assert world.stand_in.renders[-1].kind == kind


async def test_of_a_batch_the_picture_is_asked_for_and_its_own_data_used(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", seed=5, batch="2")
        question = await world.ben.click(await world.result(), "⬆️")
        await world.ben.click(question.message, "2")
        second = await world.result(2)
        assert b"Seed: 6" in second.attachments[0].data


async def test_making_something_of_a_picture_can_be_kept_to_its_owner(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__BUTTONS__RESTRICT_TO_OWNER="true") as world:
        await world.draw("a cat")
        refused = await world.chloe.click(await world.result(), "⬆️")
        assert refused.ephemeral
        assert len(world.results()) == 1


async def test_a_picture_that_is_no_longer_kept_is_told_to_the_person_alone(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        result = await world.result()
        for file in (tmp_path / "outputs").rglob("*.png"):
            file.unlink()
        outcome = await world.ben.click(result, "⬆️")
        await world.until(lambda: outcome.followups)
        assert outcome.followups[0].ephemeral
        assert "not there any more" in outcome.followups[0].text
        assert outcome.interaction.original is None or outcome.interaction.original.deleted


async def test_more_detail_is_a_second_pass_on_the_same_seed(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", seed=5)
        panel = (await world.ben.click(await world.result(), "More…")).message
        await world.ben.click(panel, "✨")
        second = await world.result(2)
        payload = world.stand_in.renders[-1].payload
        assert (payload["seed"], payload["enable_hr"]) == (5, True)
        assert second.attachments[0].width == 96


async def test_zoom_and_pan_show_more_of_the_world(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        panel = (await world.chloe.click(await world.result(), "More…")).message
        sizes = {"1.5×": (96, 96), "2×": (128, 128), "⬅️": (96, 64), "⬇️": (64, 96)}
        for count, (button, size) in enumerate(sizes.items(), start=2):
            await world.chloe.click(panel, button)
            newest = await world.result(count)
            assert (newest.attachments[0].width, newest.attachments[0].height) == size, button
            assert "mask" in world.stand_in.renders[-1].payload
            assert world.ben.mention in newest.text


async def test_a_square_picture_cannot_be_made_square(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        panel = (await world.ben.click(await world.result(), "More…")).message
        outcome = await world.ben.click(panel, "Square")
        await world.until(lambda: outcome.followups)
        assert outcome.followups[0].ephemeral
        assert "square" in outcome.followups[0].text
