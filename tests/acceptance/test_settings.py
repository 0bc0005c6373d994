"""Defaults and limits in layers: who may set them, how they are chosen, and that they hold on every path."""

from pathlib import Path

from bot.demo.discord.model import Message
from bot.demo.discord.people import Outcome, Person
from bot.model.preferences import Caps, Choices, Layer, Preferences
from tests.harness import WAIT, World, easel


def part(panel: Message, action: str) -> str:
    """The custom_id of a panel's button or select."""
    rows = [row for row in panel.components if row["type"] == 1]
    return next(
        str(one["custom_id"])
        for row in rows
        for one in row["components"]
        if one["custom_id"].startswith(f"e1:{action}:")
    )


async def opened(world: World, person: Person, command: str, **options: object) -> Message:
    outcome = await person.slash(world.drawing, command, options, timeout=WAIT)
    assert outcome.ephemeral
    return outcome.message


async def typed(person: Person, panel: Message, field: str, value: str) -> Outcome:
    """Set a number or a text by the panel's dialog."""
    action = "set_cap" if field.startswith(("max_", "waiting", "seconds")) else "set_pick"
    dialog = (await person.select(panel, part(panel, action), [field])).modal
    return await person.submit(dialog, {"value": value})


async def picked(person: Person, panel: Message, field: str, value: str) -> None:
    """Set a name by the panel's selects."""
    await person.select(panel, part(panel, "set_pick"), [field])
    await person.select(panel, part(panel, "set_value"), [value])


async def test_a_persons_defaults_hold_until_something_is_typed(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        panel = await opened(world, world.ben, "settings me")
        await picked(world.ben, panel, "sampler", "DPM++ 2M")
        await typed(world.ben, panel, "steps", "7")
        assert "`steps` `7`" in panel.text

        quick = {"width": 64, "height": 64}
        await world.ben.slash(world.drawing, "draw", {"prompt": "a cat", **quick}, timeout=WAIT)
        await world.result(1)
        await world.ben.slash(world.drawing, "draw", {"prompt": "a cat", "steps": 3, **quick}, timeout=WAIT)
        await world.result(2)
        await world.draw("a cat", person=world.chloe)
        await world.result(3)
        drawn = [(one.payload["sampler_name"], one.payload["steps"]) for one in world.stand_in.renders]
        assert drawn == [("DPM++ 2M", 7), ("DPM++ 2M", 3), ("Euler a", 2)]


async def test_a_value_is_taken_back(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        panel = await opened(world, world.ben, "settings me")
        await picked(world.ben, panel, "sampler", "DPM++ 2M")
        await world.ben.select(panel, part(panel, "set_pick"), ["sampler"])
        await world.ben.click(panel, "Not set here")
        await typed(world.ben, panel, "steps", "7")
        await typed(world.ben, panel, "steps", "")
        assert "Nothing is set here" in panel.text


async def test_a_servers_limit_holds_and_the_reply_says_what_was_lowered(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        panel = await opened(world, world.ada, "server settings")
        await typed(world.ada, panel, "max_steps", "4")
        outcome = await world.draw("a cat", steps=30)
        assert "30" in outcome.message.text
        result = await world.result()
        assert world.stand_in.renders[-1].payload["steps"] == 4
        await world.ben.click(result, "🎲")
        await world.result(2)
        assert world.stand_in.renders[-1].payload["steps"] == 4


async def test_a_limit_that_came_later_holds_for_old_buttons_too(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", steps=9)
        result = await world.result()
        await world.app.services.preferences.put(
            Layer.CHANNEL, world.drawing.id, Preferences(caps=Caps(max_steps=4))
        )
        await world.ben.click(result, "🎲")
        await world.result(2)
        assert [one.payload["steps"] for one in world.stand_in.renders] == [9, 4]


async def test_nobody_may_set_more_than_the_host_allows_or_what_no_web_ui_has(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        panel = await opened(world, world.ada, "server settings")
        for field, value in (("max_steps", "500"), ("steps", "500"), ("steps", "many"), ("styles", "nope")):
            before = panel.text
            outcome = await typed(world.ada, panel, field, value)
            assert outcome.ephemeral
            assert value in outcome.message.text
            assert panel.text == before


async def test_settings_show_tells_where_each_value_comes_from(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        book = world.app.services.preferences
        guild = world.discord.guild.id
        await book.put(Layer.SERVER, guild, Preferences(choices=Choices(steps=20, clip_skip=2)))
        await book.put(Layer.CHANNEL, world.drawing.id, Preferences(choices=Choices(steps=25)))
        await book.put(Layer.PERSON, world.ben.id, Preferences(choices=Choices(guidance_scale=5)))
        shown = (await opened(world, world.ben, "settings show")).text
        assert "`steps` `25` · this channel" in shown
        assert "`clip_skip` `2` · this server" in shown
        assert "`guidance_scale` `5` · you" in shown
        assert "`max_steps` `50` · the host" in shown
        assert "`max_pixels` 2048 × 2048 pixels · the host" in shown
        assert "`seconds_per_day` no limit · the host" in shown
        defaults, limits = shown.split("**Limits**")
        assert "**Defaults**" in defaults
        assert "`steps`" in defaults
        assert "`max_steps`" in limits


async def test_a_plain_member_may_not_touch_the_servers_settings(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        panel = await opened(world, world.ada, "server settings")
        await typed(world.ada, panel, "max_steps", "4")
        stolen = part(panel, "set_cap")
        own = await opened(world, world.ben, "settings me")
        forged = own.find(part(own, "set_pick"))
        assert forged is not None
        forged["custom_id"] = stolen
        forged["options"] = [{"label": "max_steps", "value": "max_steps"}]
        outcome = await world.ben.select(own, stolen, ["max_steps"])
        assert "Only people who manage this server" in outcome.message.text


async def test_who_lost_the_right_between_open_and_press_is_refused(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        panel = await opened(world, world.ada, "server settings")
        member = world.discord.guild.members[world.ben.id]
        role = next(one for one in world.discord.guild.roles.values() if one.name == "moderator")
        member.roles.append(role.id)
        bens = await opened(world, world.ben, "server settings")
        member.roles.remove(role.id)
        outcome = await world.ben.select(bens, part(bens, "set_cap"), ["max_steps"])
        assert "Only people who manage this server" in outcome.message.text
        assert panel.text == bens.text
