"""``@Easel status`` and ``@Easel sync``: for the owner, and silent towards everybody else.

Status goes through dpytest, as a plain bot: it needs the members intent and no shards (LOCAL_SERVER.md).
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import cast

import discord
import pytest
from discord.ext import commands
from discord.ext import test as dpytest

from bot.demo.discord.model import Message
from bot.demo.discord.people import Person
from bot.services import Services
from cogs.hostcog import HostCog
from tests.harness import World, easel

COMMANDS = "/applications/.*/commands"
OWNER, MEMBER = 0, 1
"""Indices of dpytest's members."""


@asynccontextmanager
async def plain_bot(services: Services) -> AsyncIterator[commands.Bot]:
    """A bot with nothing but the host's commands, in dpytest's server."""
    intents = discord.Intents.default()
    intents.members = True
    bot = commands.Bot(commands.when_mentioned, intents=intents)
    await bot._async_setup_hook()
    await bot.add_cog(HostCog(bot, services))
    dpytest.configure(bot, guilds=1, text_channels=1, members=2)
    bot.owner_id = dpytest.get_config().members[OWNER].id
    try:
        yield bot
    finally:
        await dpytest.empty_queue()
        await bot.remove_cog(HostCog.__name__)


async def say(
    bot: commands.Bot,
    text: str,
    member: int = OWNER,
    fails: type[commands.CommandError] | None = None,
) -> list[str]:
    """What the bot answers to a message that mentions it. ``fails``: how the command ends."""
    assert bot.user is not None
    with nullcontext() if fails is None else pytest.raises(fails):
        await dpytest.message(f"<@{bot.user.id}> {text}", member=member)
    queue = dpytest.sent_queue
    return [cast(discord.Message, queue.get_nowait()).content for _ in range(queue.qsize())]


async def test_status_tells_the_owner_of_the_line_and_the_web_uis(tmp_path: Path) -> None:
    async with easel(tmp_path) as world, plain_bot(world.app.services) as bot:
        world.stand_in.hold()
        await world.draw("running")
        await world.stand_in.wait_busy()
        await world.draw("waiting", batch="3")
        (answer,) = await say(bot, "status")
        assert "3 pictures waiting, people in line: 1" in answer
        assert "Running: 1" in answer
        assert "webui-1 · up" in answer
        assert "127.0.0.1" not in answer
        world.stand_in.release()
        await world.result(2)


async def test_status_is_for_the_ids_of_the_settings_too(tmp_path: Path) -> None:
    async with easel(tmp_path) as world, plain_bot(world.app.services) as bot:
        member = dpytest.get_config().members[MEMBER].id
        assert await say(bot, "status", MEMBER, commands.CheckFailure) == []
        (tmp_path / "config").mkdir()
        (tmp_path / "config" / "local.toml").write_text(f"[owners]\nids = [{member}]\n")
        await world.app.services.live.reload()
        assert len(await say(bot, "status", MEMBER)) == 1


async def test_a_status_that_fails_says_so_with_a_reference_that_the_log_has(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    async with easel(tmp_path) as world, plain_bot(world.app.services) as bot:
        monkeypatch.setattr(world.app.services.queue, "overview", fail)
        with caplog.at_level(logging.ERROR):
            (answer,) = await say(bot, "status", fails=commands.CommandInvokeError)
        assert "secret detail" not in answer
        reference = next(record for record in caplog.records if hasattr(record, "reference")).reference
        assert reference in answer


# Through the local Discord, with the real bot: sync cannot run in dpytest.


async def answer(world: World, text: str) -> Message:
    """The answer to the owner."""
    before = len(world.bot_messages())
    await world.ada.say(world.drawing, f"@Easel {text}")
    await world.until(lambda: len(world.bot_messages()) > before)
    return world.bot_messages()[before]


async def answers_to(world: World, person: Person, text: str) -> list[Message]:
    """What was answered until the owner's next command was."""
    await answer(world, "status")  # from here on the bot knows its owner without asking
    before = len(world.bot_messages())
    await person.say(world.drawing, f"@Easel {text}")
    await answer(world, "status")
    return [message for message in world.bot_messages()[before:] if "Running:" not in message.content]


async def test_sync_tells_discord_the_commands_again(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.discord.world.commands.clear()
        told = await answer(world, "sync")
        count = len(world.discord.world.commands)
        assert count >= 4
        assert f"{count} commands synced" in told.content
        assert len(world.discord.requests("PUT", COMMANDS)) == 2


async def test_others_get_no_answer(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        assert await answers_to(world, world.ben, "sync") == []
        assert len(world.discord.requests("PUT", COMMANDS)) == 1


@pytest.mark.parametrize("person", ["ben", "ada"])
async def test_small_talk_gets_no_answer_and_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, person: str
) -> None:
    async with easel(tmp_path) as world:
        with caplog.at_level(logging.WARNING):
            assert await answers_to(world, world.discord.person(person), "draw me a cat") == []
        assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_sync_that_discord_refuses_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with easel(tmp_path) as world:
        world.discord.faults.add("PUT", COMMANDS, status=403)
        told = await answer(world, "sync")
        reference = next(record for record in caplog.records if hasattr(record, "reference")).reference
        assert reference in told.content
