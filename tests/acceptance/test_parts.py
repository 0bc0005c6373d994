"""A large batch in several requests, and what a cancel leaves of a batch."""

from pathlib import Path

from bot.demo.discord.model import Message
from tests.harness import World, easel

UNMEASURED = 12
"""Seconds that a picture is thought to take before any was measured."""


def prompts_drawn(world: World) -> list[tuple[str, int, int]]:
    """(prompt, seed, pictures) of each request that was answered, in their order."""
    return [
        (str(one.payload["prompt"]), int(one.payload["seed"]), one.pictures) for one in world.stand_in.renders
    ]


async def test_a_large_batch_lets_others_go_first_and_comes_on_one_card(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__QUEUE__MAX_SECONDS_PER_REQUEST=str(2 * UNMEASURED)) as world:
        world.stand_in.hold(at_step=3)
        asked = await world.draw("many", steps=6, batch="5", seed=100)
        await world.stand_in.wait_busy()
        await world.draw("one", world.chloe, seed=7)
        await world.until(lambda: "picture 1 of 5" in asked.message.text)
        world.stand_in.release()
        card = await world.result(2)
        assert [len(message.attachments) for message in world.results()] == [1, 5]
        first, other, *rest = prompts_drawn(world)
        assert (first, other) == (("many", 100, 2), ("one", 7, 1))
        assert [prompt for prompt, _, _ in rest] == ["many"] * len(rest)
        assert (rest[0][1], sum(pictures for _, _, pictures in rest)) == (102, 3)
        assert "100–104" in card.text


async def test_a_batch_that_is_stopped_shows_what_is_drawn(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        card = await stopped_in_the_third_of_four(world)
        assert len(card.attachments) == 3
        assert "Stopped" in card.text


async def test_without_partial_pictures_the_unfinished_one_is_left_out(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__PREVIEW__PARTIAL="false") as world:
        card = await stopped_in_the_third_of_four(world)
        assert len(card.attachments) == 2


async def test_what_a_moderator_stops_is_not_shown(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await standing_in_the_third_of_four(world)
        await world.ada.click(message, "Cancel")
        await world.until(lambda: "Cancelled" in message.text)
        assert world.results() == []


async def test_cancelled_between_two_parts_it_shows_what_is_drawn(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__QUEUE__MAX_SECONDS_PER_REQUEST=str(2 * UNMEASURED)) as world:
        world.stand_in.hold(at_step=1, at_job=1)
        asked = await world.draw("many", batch="5")
        await world.stand_in.wait_busy()
        await world.draw("two", world.chloe, batch="2", steps=6)
        world.stand_in.hold(at_step=4, at_job=1)  # past what is held now, and into the last one of these
        await world.until(lambda: "2 of 5 drawn" in asked.message.text)
        await world.ben.click(asked.message, "Cancel")
        card = await world.result()
        assert len(card.attachments) == 2
        world.stand_in.release()
        await world.result(2)


async def standing_in_the_third_of_four(world: World) -> Message:
    world.stand_in.hold(at_step=1, at_job=2)
    asked = await world.draw("a batch", steps=6, batch="4")
    await world.stand_in.wait_busy()
    await world.until(lambda: "picture 3 of 4" in asked.message.text)
    return asked.message


async def stopped_in_the_third_of_four(world: World) -> Message:
    """Its card."""
    message = await standing_in_the_third_of_four(world)
    await world.ben.click(message, "Cancel")
    return await world.result()
