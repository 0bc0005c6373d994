"""The way a picture is drawn, kept under a name (row G16)."""

from pathlib import Path

from bot.demo.discord.people import Outcome, Person
from tests.harness import World, easel


async def preset(world: World, action: str, person: Person | None = None, **options: object) -> Outcome:
    return await (person or world.ben).slash(world.drawing, f"preset {action}", options, timeout=5)


async def saved(world: World, name: str = "Soft and slow") -> Outcome:
    """What Ben drew last, under a name."""
    await world.draw("a dog", steps=7, sampler="Euler", negative_prompt="cats", guidance_scale=3.5, seed=1)
    await world.result()
    return await preset(world, "save", name=name)


async def test_a_preset_draws_as_the_picture_it_was_saved_from(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await saved(world)
        assert outcome.ephemeral
        assert "steps 7" in outcome.message.content
        await world.ben.slash(
            world.drawing, "draw", {"prompt": "a cat", "preset": "soft AND slow"}, timeout=5
        )
        await world.result(2)

        first, second = (render.payload for render in world.stand_in.renders)
        assert second["prompt"] == "a cat"
        assert second["seed"] != first["seed"]
        same = ("steps", "sampler_name", "negative_prompt", "cfg_scale", "width", "height")
        assert [second[name] for name in same] == [first[name] for name in same]


async def test_what_is_typed_wins_over_the_preset(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await saved(world)
        await world.draw("a cat", steps=3, preset="Soft and slow", negative_prompt="none")
        await world.result(2)

        payload = world.stand_in.renders[-1].payload
        assert (payload["steps"], payload["negative_prompt"], payload["cfg_scale"]) == (3, "", 3.5)


async def test_use_draws_at_once(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await saved(world)
        await preset(world, "use", name="Soft and slow", prompt="a bird")
        await world.result(2)

        payload = world.stand_in.renders[-1].payload
        assert (payload["prompt"], payload["steps"]) == ("a bird", 7)


async def test_a_preset_is_ones_own_until_a_moderator_shares_it(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await saved(world)
        alone = await world.draw("x", person=world.chloe, preset="Soft and slow")
        refused = await preset(world, "share", name="Soft and slow")
        await world.draw("a fish", person=world.ada, steps=5)
        await world.result(2)
        await preset(world, "save", world.ada, name="Quick")
        await preset(world, "share", world.ada, name="quick")
        listed = await preset(world, "list", world.chloe)
        shared = await world.draw("y", person=world.chloe, preset="quick")

        assert alone.ephemeral
        assert "Soft and slow" in alone.message.content
        assert refused.ephemeral
        assert "Quick" in listed.message.text
        assert "Soft and slow" not in listed.message.text
        assert not shared.ephemeral


async def test_a_preset_is_suggested_and_deleted_by_its_owner(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await saved(world)
        before = await world.ben.autocomplete(world.drawing, "draw", "preset", "slow")
        await preset(world, "delete", name="soft and slow")
        after = await world.ben.autocomplete(world.drawing, "draw", "preset", "")
        again = await preset(world, "delete", name="soft and slow")

        assert before == [("Soft and slow", "Soft and slow")]
        assert list(after) == []
        assert again.ephemeral
        assert "soft and slow" in again.message.content


async def test_nothing_drawn_yet_is_nothing_to_keep(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await preset(world, "save", name="x")

        assert outcome.ephemeral
        assert "nothing yet" in outcome.message.content


async def test_who_asks_for_a_preset_that_is_not_there_is_told_which_command_lists_them(
    tmp_path: Path,
) -> None:
    async with easel(tmp_path) as world:
        outcome = await preset(world, "use", name="nope", prompt="a cat")
        assert (
            outcome.message.content == "There is no preset `nope` here. `/preset list` lists what there is."
        )
        outcome = await world.draw("a cat", sampler="nope")
        assert "`/info`" in outcome.message.content
