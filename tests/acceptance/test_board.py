"""A channel's board shows the line, with few edits, through restarts, until it is deleted (row Q5)."""

import asyncio
from pathlib import Path

import pytest

from bot.demo.discord import LocalDiscord
from bot.demo.discord.model import Message
from bot.demo.webui import StandIn
from tests.harness import WAIT, World, easel, running_bot, settings_for
from tests.openapi import validator

BOARD_MESSAGES = r"/channels/\d+/messages/\d+"
HOUR = 3600.0


async def put_up(world: World) -> Message:
    outcome = await world.ada.slash(world.drawing, "queue", {"action": "board"}, timeout=WAIT)
    assert outcome.kind == "message"
    assert not outcome.ephemeral
    return outcome.message


async def test_a_board_follows_the_line_without_prompts_and_pings(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        board = await put_up(world)
        assert "Nobody is waiting" in board.text
        world.stand_in.hold()
        await world.draw("secret one", person=world.chloe)
        await world.stand_in.wait_busy()
        await world.draw("secret two", batch="3")
        await world.until(lambda: "3 pictures waiting" in board.text)
        await world.until(lambda: f"`1` {world.ben.mention} · 3 pictures" in board.text)
        assert f"🎨 {world.chloe.mention}" in board.text
        assert "secret" not in board.text
        assert board.pinged == set()
        world.stand_in.release()
        await world.until(lambda: "Nobody is waiting" in board.text and "🎨" not in board.text)


async def test_only_moderators_put_up_a_board(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.ben.slash(world.drawing, "queue", {"action": "board"}, timeout=WAIT)
        assert outcome.ephemeral
        assert "moderators" in outcome.message.content


async def test_a_board_is_edited_only_when_its_text_changed_and_not_more_often_than_set(
    tmp_path: Path,
) -> None:
    async with easel(tmp_path, EASEL__PREVIEW__BOARD_SECONDS="3600") as world:
        board = await put_up(world)
        world.stand_in.hold()
        await world.draw()
        await world.until(lambda: "🎨" in board.text or "1 picture waiting" in board.text)
        for _ in range(5):
            await world.draw()
        await world.stand_in.wait_busy()
        world.stand_in.release()
        await world.result(6)
        assert len(board.edits) <= 1


async def test_another_board_in_the_channel_takes_the_place_of_the_first(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        first = await put_up(world)
        second = await put_up(world)
        await world.until(lambda: first.deleted)
        world.stand_in.hold()
        await world.draw()
        await world.until(lambda: "🎨" in second.text)
        world.stand_in.release()
        await world.result()


async def test_of_two_boards_put_up_at_once_one_stays(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        first, second = await asyncio.gather(put_up(world), put_up(world))
        await world.until(lambda: first.deleted or second.deleted)
        older, newer = sorted((first, second), key=lambda message: message.id)
        assert older.deleted
        await world.draw()
        await world.result()
        assert not newer.deleted


async def test_a_deleted_board_is_forgotten(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        board = await put_up(world)
        await world.ada.delete(board)
        await world.draw()
        await world.result()
        await world.until(lambda: world.discord.requests("PATCH", BOARD_MESSAGES))

        async def stored() -> object:
            return await world.app.services.facts.get("boards")

        while await stored() != []:
            await world.draw()
            await world.result()


async def test_a_board_that_discord_lets_nobody_edit_any_more_is_posted_anew(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        board = await put_up(world)
        world.discord.advance(2 * HOUR)
        board.late_edits = 1000
        world.stand_in.hold()
        await world.draw()
        await world.until(lambda: board.deleted)
        world.stand_in.release()
        await world.until(lambda: any("The line" in message.text for message in world.bot_messages()))
        new = next(message for message in world.bot_messages() if "The line" in message.text)
        await world.until(lambda: "🎨" not in new.text)


async def test_a_board_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with LocalDiscord(validator=validator()) as discord, StandIn(seconds_per_step=0.0) as painter:
        settings = settings_for(discord, painter.url, tmp_path, {})
        async with running_bot(settings, discord) as app:
            world = World(discord=discord, stand_in=painter, app=app)
            board = await put_up(world)
        async with running_bot(settings, discord) as app:
            world = World(discord=discord, stand_in=painter, app=app)
            painter.hold()
            await world.draw()
            await world.until(lambda: "🎨" in board.text)
            painter.release()
            await world.result()


@pytest.mark.parametrize("kept", ["nonsense", [{"channel_id": "x"}], {}])
async def test_kept_boards_that_cannot_be_read_do_not_keep_the_bot_from_starting(
    tmp_path: Path, kept: object
) -> None:
    async with LocalDiscord(validator=validator()) as discord, StandIn(seconds_per_step=0.0) as painter:
        settings = settings_for(discord, painter.url, tmp_path, {})
        async with running_bot(settings, discord) as app:
            await app.services.facts.put("boards", kept)  # type: ignore[arg-type]
        async with running_bot(settings, discord) as app:
            world = World(discord=discord, stand_in=painter, app=app)
            assert "Nobody is waiting" in (await put_up(world)).text
