"""Where the bot serves: the servers that the host names, and direct messages unless closed (row S10)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.answers import ANSWER_SECONDS
from bot.demo.discord.errors import NotPossible
from bot.demo.discord.model import Message
from bot.demo.webui.faults import Fault
from bot.model.clock import Clock
from bot.queue.job import State
from tests.acceptance.test_limits_of_people import LaterClock
from tests.acceptance.test_reload import reload, write
from tests.harness import WAIT, World, easel
from tests.support import eventually


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


@asynccontextmanager
async def abroad(folder: Path, clock: Clock | None = None) -> AsyncIterator[World]:
    """A server without the bot, with somebody who has brought the application along."""
    async with easel(folder, clock=clock, EASEL__SERVERS__USER_INSTALLS="true") as world:
        world.ben.user.installed = True
        world.discord.world.bot_leaves()
        yield world


async def test_who_brings_the_application_along_gets_the_picture_in_place_of_the_answer(
    tmp_path: Path,
) -> None:
    async with abroad(tmp_path) as world:
        asked = await world.draw("a cat")
        await world.until(lambda: asked.message.attachments)
        assert "a cat" in asked.message.text
        again = await world.ben.click(asked.message, "🎲")
        await world.until(lambda: again.message.attachments)
        with pytest.raises(NotPossible):
            await world.draw("not hers", person=world.chloe)
        assert world.results(world.discord.dm(world.ben)) == []


async def test_after_a_quarter_of_an_hour_the_picture_comes_by_direct_message(tmp_path: Path) -> None:
    clock = LaterClock()
    async with abroad(tmp_path, clock=clock) as world:
        world.stand_in.hold()
        await world.draw("a slow cat")
        await world.stand_in.wait_busy()
        clock.ahead = ANSWER_SECONDS + 1
        world.stand_in.release()
        direct = world.discord.dm(world.ben)
        await world.until(lambda: world.results(direct))


async def test_what_cannot_be_drawn_is_told_in_place_of_the_answer_too(tmp_path: Path) -> None:
    async with abroad(tmp_path) as world:
        world.stand_in.faults.add(Fault(kind="shapes"))
        asked = await world.draw("a cat")
        await world.until(lambda: "⚠️" in asked.message.text)


async def test_with_direct_messages_closed_too_the_picture_stays_in_the_history(tmp_path: Path) -> None:
    clock = LaterClock()
    async with abroad(tmp_path, clock=clock) as world:
        world.ben.user.accepts_direct_messages = False
        world.stand_in.hold()
        await world.draw("a slow cat")
        await world.stand_in.wait_busy()
        clock.ahead = ANSWER_SECONDS + 1
        world.stand_in.release()
        await eventually(lambda: undelivered(world))
        history = await world.ben.slash(world.drawing, "history", timeout=WAIT)
        assert "a slow cat" in history.message.text
        assert "could not be posted" in history.message.text
        data = await world.ben.click(history.message, "📋")
        assert "Steps: 2" in data.message.text


async def undelivered(world: World) -> bool:
    return bool(await world.app.services.store.in_state(State.FAILED))


async def test_where_the_host_does_not_allow_it_nobody_brings_the_application_along(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.ben.user.installed = True
        world.discord.world.bot_leaves()
        with pytest.raises(NotPossible):
            await world.draw()


async def test_a_cancel_is_told_in_place_of_the_answer(tmp_path: Path) -> None:
    async with abroad(tmp_path) as world:
        world.stand_in.hold()
        await world.draw("runs")
        await world.stand_in.wait_busy()
        waits = await world.draw("waits")
        await world.ben.click(waits.message, "✖️")
        await world.until(lambda: "🚫" in waits.message.text)
        world.stand_in.release()
