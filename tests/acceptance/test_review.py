"""What is for adults and asked for elsewhere waits for a moderator, where that is wanted."""

from pathlib import Path

from bot.demo.discord import LocalDiscord
from bot.demo.discord.model import Message
from bot.demo.discord.parts import walk
from bot.demo.webui import StandIn
from bot.model.rules import AdultAnswer, Rules
from tests.harness import WAIT, World, easel, running_bot, settings_for
from tests.openapi import validator
from tests.unit.imaging.make import opened

HOLD = {"EASEL__POLICY__ADULT_WORDS": "nude", "EASEL__POLICY__ADULT": "hold"}


async def name_channel(world: World) -> None:
    """Ada says where moderators look."""
    options = {"channel": world.discord.channel("gallery").id}
    await world.ada.slash(world.drawing, "server review", options, timeout=WAIT)


async def held(world: World) -> Message:
    """Something that waits, as moderators see it."""
    place = world.discord.channel("gallery")
    await world.draw("a nude tree")
    await world.until(lambda: world.results(place))
    return world.results(place)[-1]


def is_hidden(message: Message) -> bool:
    """All its pictures behind a spoiler."""
    items = [item for part in walk(message.components) if part["type"] == 12 for item in part["items"]]
    return bool(items) and all(item["spoiler"] for item in items)


async def test_it_waits_and_is_posted_once_when_a_moderator_lets_it_through(tmp_path: Path) -> None:
    async with easel(tmp_path, given=HOLD) as world:
        await name_channel(world)
        question = await held(world)
        assert is_hidden(question)
        assert "||```\na nude tree\n```||" in question.text
        assert question.pinged == set()
        (status,) = [one for one in world.bot_messages() if "nude" in one.text]
        await world.until(lambda: "until a moderator has looked" in status.text)
        assert "||```\na nude tree\n```||" in status.text
        assert world.results() == []
        refused = await world.chloe.click(question, "✅")
        assert "moderators" in refused.message.text
        await world.ada.click(question, "✅")
        result = await world.result()
        assert result.pinged == {world.ben.id}
        await world.until(lambda: status.deleted)
        assert not any(part["type"] == 12 for part in walk(question.components))
        assert question.buttons == []
        await world.draw("a tree")
        await world.result(2)
        assert len(world.results()) == 2


async def test_what_a_moderator_turns_down_ends_with_a_sentence(tmp_path: Path) -> None:
    async with easel(tmp_path, given=HOLD) as world:
        await name_channel(world)
        question = await held(world)
        (status,) = [one for one in world.bot_messages() if "nude" in one.text]
        await world.ada.click(question, "❌")
        await world.until(lambda: "did not let it through" in status.text)
        assert world.results() == []
        assert world.ada.mention in question.text


async def test_two_moderators_decide_once(tmp_path: Path) -> None:
    async with easel(tmp_path, given=HOLD) as world:
        await name_channel(world)
        question = await held(world)
        buttons = list(question.components)
        await world.ada.click(question, "✅")
        await world.result()
        question.components = buttons  # as one sees it who has it on the screen still
        late = await world.ada.click(question, "❌")
        assert "decided already" in late.message.text
        assert len(world.results()) == 1


async def test_what_is_turned_down_is_on_no_table(tmp_path: Path) -> None:
    async with easel(tmp_path, given=HOLD) as world:
        await name_channel(world)
        asked = {"prompt": "a nude tree", "x": "cfg=5, 9", "size": "64x64", "steps": 2, "seed": 7}
        panel = (await world.ben.slash(world.drawing, "compare", asked, timeout=WAIT)).message
        await world.ben.click(panel, "Draw the table")
        place = world.discord.channel("gallery")
        await world.until(lambda: len(world.results(place)) == 2)
        good, bad = world.results(place)
        await world.ada.click(good, "✅")
        await world.ada.click(bad, "❌")
        await world.until(lambda: any("table is complete" in one.text for one in world.results()))
        sheet = next(one for one in world.results() if "table is complete" in one.text)
        assert "did not let it through" in sheet.text
        table = opened(sheet.attachments[0].data).convert("RGB")
        middle = table.width // 2
        halves = [table.crop((x, table.height // 2, x + middle, table.height)) for x in (0, middle)]
        few, many = sorted(len(half.getcolors(100_000) or [None] * 100_000) for half in halves)
        assert few * 5 < many


async def test_a_description_has_nothing_to_look_at_and_is_refused(tmp_path: Path) -> None:
    async with easel(tmp_path, given=HOLD) as world:
        await name_channel(world)
        question = await held(world)
        await world.ada.click(question, "✅")
        outcome = await world.ben.menu("Describe", await world.result(), timeout=WAIT)
        await world.until(lambda: outcome.followups)
        assert "age restriction" in outcome.followups[0].text


async def test_where_nobody_can_look_it_is_refused(tmp_path: Path) -> None:
    async with easel(tmp_path, given=HOLD) as world:
        outcome = await world.draw("a nude tree")
        assert "age restriction" in outcome.message.text
        assert world.stand_in.renders == []


async def test_a_server_may_hold_what_the_host_would_only_hide(tmp_path: Path) -> None:
    changes = {**HOLD, "EASEL__POLICY__ADULT": "spoiler"}
    async with easel(tmp_path, given=changes) as world:
        place = world.discord.channel("gallery").id
        rules = Rules(adult_answer=AdultAnswer.HOLD, review_channel=place)
        await world.app.services.preferences.put_rules(world.discord.guild.id, rules)
        await held(world)
        assert world.results() == []


async def test_a_review_outlives_a_restart_and_is_asked_for_once(tmp_path: Path) -> None:
    async with LocalDiscord(validator=validator()) as discord, StandIn(seconds_per_step=0.0) as painter:
        settings = settings_for(discord, painter.url, tmp_path, HOLD)
        async with running_bot(settings, discord) as app:
            world = World(discord=discord, stand_in=painter, app=app)
            await name_channel(world)
            question = await held(world)
        async with running_bot(settings, discord) as app:
            world = World(discord=discord, stand_in=painter, app=app)
            await world.ada.click(question, "✅")
            await world.result()
            assert world.bot_messages(discord.channel("gallery")) == [question]
