"""Discord's connection comes and goes, status messages follow their jobs, commands are told once."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.app import open_app
from bot.demo.discord import LocalDiscord
from bot.demo.discord.clock import made_at
from bot.demo.discord.model import Message
from bot.errors import StorageError
from bot.l10n.catalog import Catalog
from bot.model.tasks import TaskOwner
from config.settings import Settings
from tests.harness import WAIT, World, easel, running_bot, settings_for
from tests.openapi import validator

CALLBACK = r"/interactions/\d+/.*/callback"
CHANNEL_MESSAGES = r"/channels/\d+/messages$"
COMMANDS = r"/applications/\d+/commands$"
RECONNECT = 20.0
"""Seconds for discord.py to come back: it waits a few by chance before it tries."""


def drawn(world: World) -> Counter[str]:
    """How often each prompt's result stands in the channel."""
    return Counter(message.text.split("```")[1].strip() for message in world.results())


async def reconnected(world: World, break_off: Awaitable[object]) -> None:
    """Break the gateway's connection and wait for the next one."""
    gateway = world.discord.gateway
    before = {session.connection for session in gateway.sessions.values()}

    def is_back() -> bool:
        return gateway.ready and not before & {session.connection for session in gateway.sessions.values()}

    await break_off
    await world.discord.wait_for(is_back, timeout=RECONNECT)


# The gateway


async def test_a_broken_gateway_is_resumed_and_nothing_that_waits_is_lost(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__PREVIEW__PARTIAL="false") as world:
        world.stand_in.hold()
        running = await world.draw("one")
        await world.stand_in.wait_busy()
        await world.draw("two")
        starts = world.discord.gateway.starts_left
        await reconnected(world, world.discord.drop_connections())
        assert world.discord.gateway.starts_left == starts  # resumed, not identified anew
        await world.draw("three", person=world.chloe)
        await world.ben.click(running.message, "Cancel")
        world.stand_in.release()
        await world.result(2)
        assert drawn(world) == Counter(["two", "three"])


async def test_jobs_are_drawn_and_posted_while_the_gateway_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        raise web.HTTPServiceUnavailable

    async with easel(tmp_path) as world:
        world.stand_in.hold()
        await world.draw("one")
        await world.draw("two")
        await world.stand_in.wait_busy()
        monkeypatch.setattr(world.discord.gateway, "handle", refuse)
        await world.discord.drop_connections()
        await world.until(lambda: not world.discord.gateway.ready)
        world.stand_in.release()
        await world.result(2)
        assert drawn(world) == Counter(["one", "two"])
        assert not world.discord.gateway.ready


async def test_discords_wish_to_reconnect_is_followed(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await reconnected(world, world.discord.gateway.ask_reconnect())
        await world.draw("afterwards")
        assert "afterwards" in (await world.result()).text


async def test_a_session_that_cannot_be_resumed_is_begun_anew(tmp_path: Path) -> None:
    async def lose() -> None:
        await world.discord.drop_connections()
        await world.until(lambda: not world.discord.gateway.ready)
        world.discord.gateway.forget_sessions()

    async with easel(tmp_path) as world:
        starts = world.discord.gateway.starts_left
        await world.draw("before")
        await world.result()
        await reconnected(world, lose())
        assert world.discord.gateway.starts_left == starts - 1
        assert (await world.ben.click(world.results()[0], "📋")).ephemeral
        await world.draw("afterwards")
        await world.result(2)
        assert len(world.discord.requests("PUT", COMMANDS)) == 1


# HTTP


async def test_a_discord_that_is_down_for_a_while_delays_results_and_doubles_none(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__DELIVERY__RETRY_MAX_SECONDS="0.1") as world:
        faults = world.discord.faults
        faults.add("POST", CHANNEL_MESSAGES, status=503, times=4)
        faults.add("POST", CHANNEL_MESSAGES, drop=True, times=2)
        faults.add("POST", CHANNEL_MESSAGES, drop=True, after=True, times=2)  # taken, and not said so
        faults.add("PATCH", r"/channels/\d+/messages/\d+", status=503, times=3)
        for prompt in ("one", "two", "three"):
            await world.draw(prompt)
        await world.until(lambda: set(drawn(world)) == {"one", "two", "three"})
        await world.until(lambda: len(world.bot_messages()) == 3)
        assert drawn(world) == Counter(["one", "two", "three"])


async def test_an_answer_that_came_too_late_for_discord_still_brings_the_picture(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with easel(tmp_path) as world:
        world.discord.response_seconds = 0.0
        outcome = await world.draw("too late")
        assert outcome.kind == "none"
        result = await world.result()
        assert "too late" in result.text
        assert result.pinged == {world.ben.id}
        again = await world.chloe.click(result, "🎲")
        assert again.kind == "none"
        await world.result(2)
        refused = await world.draw("  ")
        assert refused.kind == "none"
        world.discord.response_seconds = 3.0
        assert (await world.ben.click(result, "📋")).ephemeral
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_an_answer_whose_connection_broke_is_found_and_followed(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        world.discord.faults.add("POST", CALLBACK, drop=True, after=True)
        outcome = await world.draw("a cat")
        await world.stand_in.wait_busy()
        await world.until(lambda: "Drawing" in outcome.message.text)
        world.stand_in.release()
        await world.result()
        await world.until(lambda: outcome.message.deleted)


async def test_an_error_that_cannot_be_told_breaks_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with easel(tmp_path) as world:
        world.discord.response_seconds = 0.5
        world.discord.faults.add("POST", CALLBACK, drop=True)
        refused = await world.draw("  ")
        assert refused.kind == "none"
        await world.draw("a cat")
        await world.result()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_database_that_fails_for_a_moment_delays_results_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(method: Callable[..., Awaitable[Any]], times: int) -> Callable[..., Awaitable[Any]]:
        left = iter(range(times))

        async def fails_at_first(*arguments: Any, **options: Any) -> Any:
            if next(left, None) is not None:
                raise StorageError(reason="busy")
            return await method(*arguments, **options)

        return fails_at_first

    async with easel(tmp_path) as world:
        store = world.app.services.store
        world.stand_in.hold()
        first = await world.draw("first")
        await world.stand_in.wait_busy()
        for name, times in (("plan_deliveries", 2), ("set_posted", 1), ("get", 3)):
            monkeypatch.setattr(store, name, failing(getattr(store, name), times))
        world.stand_in.release()
        await world.result()
        second = await world.draw("second")
        await world.result(2)
        await world.until(lambda: second.message.deleted)
        assert drawn(world) == Counter(["first", "second"])
        assert first.message.author.bot


async def test_a_batch_that_went_to_direct_messages_is_deleted_there(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.discord.faults.add("POST", rf"/channels/{world.drawing.id}/messages", status=403, code=50013)
        outcome = await world.draw("a cat", batch="2")
        channel = world.discord.dm(world.ben)
        await world.until(lambda: world.results(channel) and outcome.message.deleted)
        result = world.results(channel)[0]
        question = await world.ben.click(result, "❌")
        await world.ben.click(question.message, "Delete all")
        await world.until(lambda: result.deleted)


# Status messages


def percentages(message: Message) -> list[int]:
    """What the message said, oldest first."""
    texts = [revision.text for revision in message.edits] + [message.text]
    found = (text.split(" %")[0].rsplit(" ", 1)[-1] for text in texts if " %" in text)
    return [int(number) for number in found]


async def test_the_status_message_counts_up_while_the_job_runs(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold(at_step=1)
        outcome = await world.draw("a cat", steps=10)
        message = outcome.message
        for step, percent in ((3, 20), (6, 50), (9, 80)):
            world.stand_in.hold(at_step=step)
            await world.until(lambda percent=percent: f" {percent} %" in message.text)  # type: ignore[misc]
            assert [button.label for button in message.buttons] == ["Cancel"]
        world.stand_in.release()
        await world.result()
        await world.until(lambda: message.deleted)
        shown = percentages(message)
        assert shown == sorted(shown)
        assert {20, 50, 80} <= set(shown)
        assert message.late_edits == 0


async def test_edits_of_one_message_keep_their_distance_and_end_with_the_job(tmp_path: Path) -> None:
    interval = 0.3
    async with easel(tmp_path, EASEL__PREVIEW__INTERVAL_SECONDS=str(interval)) as world:
        world.stand_in.hold(at_step=1)
        outcome = await world.draw("a cat", steps=10)
        for step, percent in ((3, 20), (6, 50), (9, 80)):
            world.stand_in.hold(at_step=step)
            await world.until(lambda percent=percent: f" {percent} %" in outcome.message.text)  # type: ignore[misc]
        world.stand_in.release()
        result = await world.result()
        await world.until(lambda: outcome.message.deleted)
        await world.draw("another")
        await world.result(2)
        times = [revision.at for revision in outcome.message.edits]
        assert len(times) >= 3
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert min(gaps) >= interval * 0.9
        assert len(percentages(outcome.message)) >= 2
        path = rf"/messages/{outcome.message.id}$"
        (deleted,) = world.discord.requests("DELETE", path)
        assert [entry for entry in world.discord.requests("PATCH", path) if entry.at > deleted.at] == []
        assert made_at(result.id) <= deleted.at


async def test_no_progress_is_shown_where_the_host_does_not_want_it(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__PREVIEW__ENABLED="false") as world:
        world.stand_in.hold(at_step=5)
        outcome = await world.draw("a cat", steps=10)
        await world.stand_in.wait_busy()
        await world.until(lambda: "Drawing" in outcome.message.text)
        asked = len(world.stand_in.requests)
        await world.stand_in.wait_until(lambda: len(world.stand_in.requests) >= asked + 4, WAIT)
        world.stand_in.release()
        await world.result()
        assert percentages(outcome.message) == []


async def test_a_waiting_job_hears_that_it_got_on(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        await world.draw("first", person=world.chloe)
        await world.stand_in.wait_busy()
        outcome = await world.draw("second")
        assert "Waiting" in outcome.message.text
        world.stand_in.release()
        await world.result(2)
        said = [revision.text for revision in outcome.message.edits]
        assert all("second" in text for text in said)


@pytest.mark.parametrize(
    ("locale", "catalogue"), [("de", "de"), ("ja", "ja"), ("es-419", "es-ES"), ("ar", "en")]
)
async def test_a_server_is_spoken_to_in_its_language_or_in_english_where_there_is_no_other(
    tmp_path: Path, locale: str, catalogue: str
) -> None:
    async with easel(tmp_path) as world:
        world.discord.guild.preferred_locale = world.ben.locale = locale
        values = {"field": "steps", "asked": "`500`", "given": "`50`"}
        lowered = Catalog.load().text(catalogue, "adjustment.over_maximum", **values)
        outcome = await world.draw("a cat", steps=500)
        assert lowered in outcome.message.text
        result = await world.result()
        more = Catalog.load().text(catalogue, "button.more")
        assert more in [button.label for button in result.buttons]
        choices = await world.ben.autocomplete(world.drawing, "draw", "sampler", "eul", {"prompt": "x"})
        assert "Euler a" in [value for _, value in choices]


# Commands


async def start(discord: LocalDiscord, settings: Settings, *, always_sync: bool = False) -> int:
    """Start the bot once. Returns how often it has told Discord its commands."""
    before = len(discord.requests("PUT", COMMANDS))
    if always_sync:
        stop, tasks = asyncio.Event(), TaskOwner()
        async with open_app(settings, always_sync=True, guild_ready_timeout=0.0) as app:
            tasks.start(app.serve(stop), "serve")
            await discord.wait_ready(WAIT)
            stop.set()
            await tasks.close()
    else:
        async with running_bot(settings, discord):
            pass
    return len(discord.requests("PUT", COMMANDS)) - before


async def test_commands_are_told_once_and_again_only_when_they_changed(tmp_path: Path) -> None:
    async with LocalDiscord(validator=validator()) as discord:
        settings = settings_for(discord, "http://127.0.0.1:9", tmp_path, {})
        assert await start(discord, settings) == 1
        assert {command.name for command in discord.world.commands.values()} >= {
            "draw",
            "queue",
            "info",
            "help",
        }
        assert await start(discord, settings) == 0
        assert await start(discord, settings, always_sync=True) == 1
        assert discord.violations == []


async def test_commands_that_somebody_took_away_or_added_are_told_again(tmp_path: Path) -> None:
    async with LocalDiscord(validator=validator()) as discord:
        settings = settings_for(discord, "http://127.0.0.1:9", tmp_path, {})
        await start(discord, settings)
        discord.world.commands.popitem()
        assert await start(discord, settings) == 1
        extra = {"type": 1, "name": "other", "description": "of an earlier version"}
        discord.commands.create(None, extra)
        assert await start(discord, settings) == 1
        assert "other" not in {command.name for command in discord.world.commands.values()}


async def test_commands_of_another_shape_are_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with LocalDiscord(validator=validator()) as discord:
        settings = settings_for(discord, "http://127.0.0.1:9", tmp_path, {})
        async with running_bot(settings, discord) as app:
            await app.services.facts.put(app.bot._sync_key(), "the hash of an earlier version")
        assert await start(discord, settings) == 1
        assert await start(discord, settings) == 0


async def test_another_discord_has_not_heard_the_commands_yet(tmp_path: Path) -> None:
    async with LocalDiscord(validator=validator()) as one, LocalDiscord(validator=validator()) as two:
        for discord in (one, two):
            assert await start(discord, settings_for(discord, "http://127.0.0.1:9", tmp_path, {})) == 1
        assert await start(one, settings_for(one, "http://127.0.0.1:9", tmp_path, {})) == 0
