"""Wildcards and alternatives in prompts (row G21)."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.harness import World, easel


def with_lists(folder: Path) -> AbstractAsyncContextManager[World]:
    """A host who has one list."""
    lists = folder / "wildcards"
    lists.mkdir()
    (lists / "colour.txt").write_text("red\nblue\n", encoding="utf-8")
    return easel(folder, EASEL__PROMPTS__WILDCARDS=str(lists))


def drawn(world: World) -> list[str]:
    """The first line of each picture's data, in the order of drawing."""
    return [text.partition("\n")[0] for render in world.stand_in.renders for text in render.infotexts]


async def test_each_picture_of_a_batch_has_choices_of_its_own(tmp_path: Path) -> None:
    async with with_lists(tmp_path) as world:
        await world.draw("__colour__ {cat|dog}, hex #ff0000", seed=1, batch="6")
        result = await world.result()

        assert len(result.attachments) == 6
        prompts = drawn(world)
        assert len(set(prompts)) > 1
        assert set(prompts) <= {
            f"{colour} {pet}, hex #ff0000" for colour in ("red", "blue") for pet in ("cat", "dog")
        }
        assert "__colour__ {cat|dog}" in result.text
        gallery = next(part for part in result.components if part["type"] == 12)
        assert [item["description"].partition(" (")[0] for item in gallery["items"]] == prompts


async def test_again_chooses_again_and_the_data_shows_both(tmp_path: Path) -> None:
    many = "|".join(f"word{number}" for number in range(40))
    async with easel(tmp_path) as world:
        await world.draw(f"a {{{many}}}", seed=1)
        first = await world.result()
        await world.ben.click(first, "🎲")
        second = await world.result(2)
        data = await world.ben.click(second, "📋")

        one, other = drawn(world)
        assert one != other
        assert other in data.message.text
        assert "word0|word1" in data.message.text


async def test_the_same_seed_makes_the_same_choices(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        for count in (1, 2):
            await world.draw("{a|b|c|d|e|f|g|h} cat", seed=5, batch="2")
            await world.result(count)

        assert drawn(world)[:2] == drawn(world)[2:]


async def test_choices_that_cannot_be_read_are_drawn_as_typed_and_told(tmp_path: Path) -> None:
    prompt = "{a|" * 12 + "b" + "}" * 12
    async with easel(tmp_path) as world:
        outcome = await world.draw(prompt)
        await world.result()

        assert "could not be read" in outcome.message.text
        assert drawn(world) == [prompt]


async def test_the_lists_that_there_are_can_be_looked_up(tmp_path: Path) -> None:
    async with with_lists(tmp_path) as world:
        outcome = await world.ben.slash(world.drawing, "info", {"what": "wildcards"}, timeout=5)

        assert "__colour__" in outcome.message.text


async def test_a_blocked_word_is_found_among_the_choices(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__POLICY__BLOCKED_WORDS="kraken") as world:
        outcomes = [await world.draw("{a|b|c|d|e|f|g|kraken} cat", batch=batch) for batch in ("1", "4")]

        assert all(outcome.ephemeral for outcome in outcomes)
        assert world.stand_in.renders == []


async def test_every_choice_is_priced_before_it_is_drawn(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        question = await world.draw("a {red|blue|green} {cat|dog}", more="permute=true", seed=3)
        assert question.ephemeral
        assert "6" in question.message.text
        assert "a red cat" in question.message.text
        assert world.stand_in.renders == []

        await world.ben.click(question.message, "Draw all")
        await world.result(6)

        assert set(drawn(world)) == {
            f"a {colour} {pet}" for colour in ("red", "blue", "green") for pet in ("cat", "dog")
        }
        assert {render.payload["seed"] for render in world.stand_in.renders} == {3}
        assert "6 of 6" in question.message.text
        assert not question.message.buttons


async def test_of_many_choices_as_many_are_taken_as_may_wait(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__QUEUE__WAITING_PER_PERSON="3") as world:
        world.stand_in.hold()
        question = await world.draw("{a|b|c|d|e|f|g|h} cat", more="permute=true")
        await world.ben.click(question.message, "Draw all")
        await world.until(lambda: "of 8" in question.message.text)
        world.stand_in.release()

        assert "8 of 8" not in question.message.text
        assert "3" in question.message.text


async def test_without_choices_there_is_nothing_to_permute(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.draw("a cat", more="permute=true")

        assert outcome.ephemeral
        assert "no choices" in outcome.message.content


async def test_a_dry_run_shows_what_would_be_chosen(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.draw("a {red|red} cat", check=True)
        shown = outcome.message.text + "".join(one.data.decode() for one in outcome.message.attachments)

        assert '"prompt": "a red cat"' in shown
