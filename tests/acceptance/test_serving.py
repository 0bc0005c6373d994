"""Where the bot serves: the servers that the host names, and direct messages unless closed (row S10)."""

from pathlib import Path

import pytest

from bot.demo.discord.errors import NotPossible
from bot.demo.discord.model import Message
from tests.acceptance.test_reload import reload, write
from tests.harness import WAIT, World, easel


def goodbyes(world: World) -> list[Message]:
    return [
        one
        for channel in world.discord.world.guild.channels.values()
        for one in channel.messages
        if "leaves" in one.content
    ]


async def test_a_server_that_is_not_named_is_left_with_one_sentence_and_again_when_invited(
    tmp_path: Path,
) -> None:
    async with easel(tmp_path, known=False, EASEL__SERVERS__ALLOWED="123456789012345678") as world:
        await world.until(lambda: not world.discord.world.bot_is_member)
        assert len(goodbyes(world)) == 1
        with pytest.raises(NotPossible):
            await world.draw()
        world.discord.invite_bot()
        await world.until(lambda: not world.discord.world.bot_is_member)
        assert len(goodbyes(world)) == 2


async def test_a_server_that_is_named_is_served_until_the_host_changes_that(tmp_path: Path) -> None:
    write(tmp_path, "")
    async with easel(tmp_path) as world:
        write(tmp_path, f"[servers]\nallowed = [{world.discord.world.guild.id}]\n")
        assert "allowed" in await reload(world)
        await world.draw()
        await world.result()
        assert goodbyes(world) == []
        write(tmp_path, "[servers]\nallowed = [1]\n")
        await world.ada.slash(world.drawing, "webui reload", timeout=WAIT)
        await world.until(lambda: not world.discord.world.bot_is_member)


async def test_in_direct_messages_everything_works_from_the_request_to_its_buttons(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        direct = world.discord.dm(world.ben)
        quick = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64}
        asked = await world.ben.slash(direct, "draw", quick, timeout=WAIT)
        await world.until(lambda: len(world.results(direct)) == 1)
        await world.until(lambda: asked.message.deleted)
        await world.ben.click(world.results(direct)[0], "🎲")
        await world.until(lambda: len(world.results(direct)) == 2)
        assert world.results() == []
        line = await world.ben.slash(direct, "queue", timeout=WAIT)
        assert line.message.text


async def test_where_the_host_closes_direct_messages_no_command_is_offered_and_old_buttons_draw_nothing(
    tmp_path: Path,
) -> None:
    async with easel(tmp_path, EASEL__SERVERS__DIRECT_MESSAGES="false") as world:
        direct = world.discord.dm(world.ben)
        with pytest.raises(NotPossible):
            await world.ben.slash(direct, "draw", {"prompt": "a cat"}, timeout=WAIT)
        world.discord.faults.add("POST", rf"/channels/{world.drawing.id}/messages", status=403, code=50013)
        await world.draw("goes to the person, since the channel is closed")
        await world.until(lambda: world.results(direct))
        refused = await world.ben.click(world.results(direct)[0], "🎲")
        assert refused.ephemeral
        assert "other places" in refused.message.content
        assert len(world.stand_in.renders) == 1
