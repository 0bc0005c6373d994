"""A link leads to a picture only for those who can see the message, and only to our own (rows G17, P10)."""

from pathlib import Path

from bot.demo.discord.model import Channel
from bot.demo.discord.people import Outcome
from bot.demo.discord.permissions import Permission
from tests.acceptance.pictures import link_to, upload
from tests.harness import WAIT, World, easel


async def follow(world: World, link: str) -> Outcome:
    options = {"prompt": "a fox", "steps": 2, "link": link, "area": "left"}
    return await world.ben.slash(world.drawing, "inpaint", options, timeout=WAIT)


async def told(world: World, outcome: Outcome, renders: int) -> str:
    await world.until(lambda: outcome.followups)
    assert outcome.message.deleted
    assert outcome.followups[0].ephemeral
    assert len(world.stand_in.renders) == renders
    return outcome.followups[0].text


def hide(world: World, channel: Channel) -> None:
    """From everybody but moderators, who see all channels, and the bot."""
    guild = world.discord.world.guild
    (own,) = (role.id for role in guild.roles.values() if role.bot_id is not None)
    world.discord.world.overwrite(channel, own, Permission.VIEW_CHANNEL, 0)
    world.discord.world.overwrite(channel, guild.id, 0, Permission.VIEW_CHANNEL)


async def test_a_picture_of_a_deleted_message_is_not_found(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        result = await world.result()
        await world.ada.delete(result)
        outcome = await follow(world, link_to(world, world.drawing.id, result.id))
        assert "no such message" in await told(world, outcome, 1)


async def test_a_channel_that_the_person_cannot_see_is_told_like_one_that_is_not_there(
    tmp_path: Path,
) -> None:
    async with easel(tmp_path) as world:
        hidden = world.discord.channel("gallery")
        options = {"prompt": "a secret", "steps": 2, "width": 64, "height": 64}
        await world.ada.slash(hidden, "draw", options, timeout=WAIT)
        await world.until(lambda: world.results(hidden))
        secret = world.results(hidden)[0].id
        hide(world, hidden)
        first = await told(world, await follow(world, link_to(world, hidden.id, secret)), 1)
        second = await told(world, await follow(world, link_to(world, 123, 456)), 1)
        assert first == second
        assert "no such message" in first


async def test_a_message_of_somebody_else_is_answered_with_the_cure(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await world.chloe.say(world.drawing, "look", [upload()])
        outcome = await follow(world, link_to(world, world.drawing.id, message.id))
        assert "menu" in await told(world, outcome, 0)


async def test_what_is_no_link_is_never_fetched(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        for text in ("http://127.0.0.1:9/x.png", "https://cdn.discordapp.com/attachments/1/2/x.png", "a cat"):
            outcome = await follow(world, text)
            assert "no link to a message" in await told(world, outcome, 0)
