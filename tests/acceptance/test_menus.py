"""Message menus, on our own results and on other people's pictures (B7, G24)."""

from pathlib import Path
from typing import Any

from bot.demo.discord.model import Message, Upload
from bot.demo.discord.people import Outcome
from tests.acceptance.pictures import refusal, upload
from tests.harness import World, easel


async def drawn(world: World, **options: Any) -> Message:
    """A result."""
    await world.draw("a cat", seed=5, **options)
    return await world.result()


async def posted(world: World, count: int) -> Message:
    """The newest of the bot's own results, once there are so many."""

    def own() -> list[Message]:
        return [one for one in world.bot_messages() if one.attachments and "❌" in str(one.buttons)]

    await world.until(lambda: len(own()) >= count)
    return own()[-1]


async def foreign(world: World, **options: object) -> Message:
    """The same picture, posted by somebody else as a file of theirs."""
    result = await drawn(world, **options)
    name = "SPOILER_cat.png" if options.get("spoiler") else "cat.png"
    return await world.chloe.say(world.drawing, "look", [Upload(name, result.attachments[0].data)])


async def told(world: World, outcome: Outcome) -> Message:
    """What the person alone is told in the end."""
    await world.until(lambda: outcome.followups or (outcome.ephemeral and not outcome.message.loading))
    message = outcome.followups[0] if outcome.followups else outcome.message
    assert message.ephemeral
    return message


async def test_get_image_info_shows_the_data_and_a_line_to_send(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        theirs = await foreign(world)
        for message in (world.results()[0], theirs):
            answer = await told(world, await world.ben.menu("Get Image Info", message))
            assert "Steps" in answer.text
            assert "/draw prompt:a cat" in answer.text
            assert "seed:5" in answer.text


async def test_redraw_of_ones_own_starts_from_the_stored_job(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        panel = await told(world, await world.ben.menu("Redraw", await drawn(world)))
        await world.ben.click(panel, "🎨")
        await world.result(2)
        before, after = (render.payload for render in world.stand_in.renders)
        assert after == {**before, "force_task_id": after["force_task_id"]}


async def test_redraw_of_a_foreign_picture_adds_nothing_to_what_its_data_says(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__DEFAULTS__NEGATIVE_PROMPT="ugly") as world:
        message = await foreign(world, negative_prompt="none", spoiler=True)
        panel = await told(world, await world.ben.menu("Redraw", message))
        assert "a cat" in panel.text
        await world.ben.click(panel, "🎨")
        second = await posted(world, 2)
        before, after = (render.payload for render in world.stand_in.renders)
        for name in ("prompt", "negative_prompt", "seed", "steps", "width", "height", "sampler_name"):
            assert after[name] == before[name], name
        (gallery,) = [part for part in second.components if part["type"] == 12]
        assert gallery["items"][0]["spoiler"]


async def test_redraw_of_a_picture_without_data_says_so(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await world.chloe.say(world.drawing, "look", [upload()])
        answer = await told(world, await world.ben.menu("Redraw", message))
        assert "does not say how it was made" in answer.text


async def test_a_message_without_a_picture_is_refused(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await world.chloe.say(world.drawing, "hello")
        for menu in ("Get Image Info", "Quick Upscale", "Download Batch", "Redraw", "Describe"):
            answer = await told(world, await world.ben.menu(menu, message))
            assert "no picture" in answer.text, menu


async def test_quick_upscale_takes_all_pictures_of_a_foreign_message(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await world.chloe.say(world.drawing, "look", [upload("navy"), upload("red")])
        await world.ben.menu("Quick Upscale", message)
        result = await posted(world, 1)
        assert [(one.width, one.height) for one in result.attachments] == [(192, 128)] * 2


async def test_quick_upscale_of_a_batch_of_ours_asks_which(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        question = await told(world, await world.ben.menu("Quick Upscale", await drawn(world, batch="2")))
        await world.ben.click(question, "2")
        second = await world.result(2)
        assert b"Seed: 6" in second.attachments[0].data


async def test_a_file_that_is_no_picture_is_refused_to_the_person_alone(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await world.chloe.say(world.drawing, "look", [Upload("cat.png", b"<html>")])
        outcome = await world.ben.menu("Quick Upscale", message)
        assert "not a picture" in await refusal(world, outcome)


async def test_download_batch_gives_every_file_in_private(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        ours = await drawn(world, batch="2")
        theirs = await world.chloe.say(world.drawing, "look", [upload("navy"), upload("red")])
        for message in (ours, theirs):
            answer = await told(world, await world.ben.menu("Download Batch", message))
            assert [one.data for one in answer.attachments] == [one.data for one in message.attachments]


async def test_describe_says_what_is_to_be_seen_and_opens_the_panel_with_it(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        hidden = Upload("SPOILER_look.png", upload().data)
        message = await world.chloe.say(world.drawing, "look", [hidden])
        await world.ben.menu("Describe", message)
        await world.until(lambda: any(one.find("Draw from this") for one in world.bot_messages()))
        (said,) = [one for one in world.bot_messages() if one.find("Draw from this")]
        (gallery,) = [part for part in said.components if part["type"] == 12]
        assert gallery["items"][0]["spoiler"]
        panel = (await world.ben.click(said, "🖋️")).message
        await world.ben.click(panel, "🎨")
        await world.until(lambda: world.stand_in.renders)
        assert str(world.stand_in.renders[0].payload["prompt"]) in said.text
