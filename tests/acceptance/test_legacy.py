"""What aiyabot left behind under the same application goes on working (B8)."""

from pathlib import Path

from bot.demo.discord import messages
from bot.demo.discord.messages import Draft
from bot.demo.discord.model import Message, Upload
from bot.demo.discord.people import Person
from tests.harness import World, easel

IDS = {
    "button_re-prompt": "🖋",
    "button_re-roll": "🎲",
    "button_upscale": "⬆️",
    "button_review": "📋",
    "button_x": "❌",
}


MENUS: list[dict[str, object]] = [
    {
        "type": 1,
        "components": [{"type": 3, "custom_id": name, "options": [{"label": "1", "value": "1-5-1.png"}]}],
    }
    for name in ("download_menu", "upscale_menu")
]


async def left_behind(world: World, person: Person, rows: list[dict[str, object]] | None = None) -> Message:
    """A result as aiyabot posted it: a mention, the file, five buttons or what a batch has."""
    await world.draw("a cat", seed=5)
    data = (await world.result()).attachments[0].data
    buttons = [
        {"type": 2, "style": 2, "custom_id": custom_id, "emoji": {"name": emoji}}
        for custom_id, emoji in IDS.items()
    ]
    body = {
        "content": f"<@{person.id}>, here is what I drew",
        "components": rows or [{"type": 1, "components": buttons}],
    }
    inner = world.discord.world
    return messages.create(inner, world.drawing, inner.bot, Draft(body, {0: Upload("1-5-1.png", data)}))


async def test_the_data_is_read_from_the_file(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.chloe.click(await left_behind(world, world.ben), "📋")
        await world.until(lambda: "seed:5" in outcome.message.text)
        assert outcome.ephemeral


async def test_again_draws_it_with_another_seed(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.chloe.click(await left_behind(world, world.ben), "🎲")
        await world.until(lambda: len(world.stand_in.renders) == 2)
        before, after = (render.payload for render in world.stand_in.renders)
        assert after["prompt"] == before["prompt"]
        assert after["seed"] != before["seed"]


async def test_edit_opens_the_panel_and_upscale_enlarges(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await left_behind(world, world.ben)
        panel = await world.ben.click(message, "🖋")
        await world.until(lambda: "seed 5" in panel.message.text)
        assert panel.ephemeral
        await world.ben.click(message, "⬆️")
        await world.until(lambda: any(one.attachments[0].width == 128 for one in world.results()))


async def test_menus_of_a_batch_download_and_enlarge(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await left_behind(world, world.ben, MENUS)
        given = await world.chloe.select(message, "download_menu", ["1-5-1.png"])
        await world.until(lambda: given.message.attachments)
        assert given.ephemeral
        assert given.message.attachments[0].data == message.attachments[0].data
        await world.ben.select(message, "upscale_menu", ["1-5-1.png"])
        await world.until(lambda: any(one.attachments[0].width == 128 for one in world.results()))


async def test_only_its_person_or_a_moderator_deletes_it(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await left_behind(world, world.ben)
        refused = await world.chloe.click(message, "❌")
        assert refused.ephemeral
        assert not message.deleted
        await world.ben.click(message, "❌")
        await world.until(lambda: message.deleted)
        other = await left_behind(world, world.ben)
        await world.ada.click(other, "❌")
        await world.until(lambda: other.deleted)


async def test_a_cross_as_reaction_deletes_what_is_ones_own(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await left_behind(world, world.ben)
        await world.chloe.react(message, "❌")
        await world.ben.react(message, "❌")
        await world.until(lambda: message.deleted)
        result = world.results()[0]
        await world.ben.react(result, "❌")
        await world.until(lambda: result.deleted)


async def test_making_something_of_it_can_be_kept_to_its_person(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__BUTTONS__RESTRICT_TO_OWNER="true") as world:
        message = await left_behind(world, world.ben)
        for button in ("🖋", "🎲", "⬆️"):
            assert (await world.chloe.click(message, button)).ephemeral, button
        assert len(world.stand_in.renders) == 1
