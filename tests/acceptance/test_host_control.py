"""The host pauses, drains and resumes; people are told why nothing moves (rows Q7, P12)."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.demo.discord import LocalDiscord
from bot.demo.discord.people import Outcome, Person
from bot.demo.webui import StandIn
from cogs.webuicog import read_duration
from tests.harness import WAIT, World, easel, offer_known, running_bot, settings_for
from tests.openapi import validator


def closed_now() -> str:
    """An hour that begins two hours from now."""
    now = datetime.now(UTC)
    first, last = now + timedelta(hours=2), now + timedelta(hours=3)
    return f"{first:%H:%M}-{last:%H:%M}"


async def webui(world: World, order: str, person: Person | None = None, **options: str) -> Outcome:
    """An order of the host's."""
    given = {name.rstrip("_"): value for name, value in options.items()}
    outcome = await (person or world.ada).slash(world.drawing, f"webui {order}", given, timeout=WAIT)
    assert outcome.ephemeral
    return outcome


async def the_line(world: World) -> str:
    return (await world.ben.slash(world.drawing, "queue", timeout=WAIT)).message.text


async def test_a_paused_line_takes_requests_says_why_and_draws_them_after_resume(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        held = await webui(world, "pause", reason="playing *until* dinner")
        assert "whole line" in held.message.content
        asked = await world.draw("a cat")
        assert "Paused until further notice: `playing *until* dinner`" in asked.message.text
        assert "`playing *until* dinner`" in await the_line(world)
        assert world.stand_in.renders == []
        await webui(world, "resume")
        await world.result()
        assert "Paused" not in await the_line(world)


async def test_what_runs_is_finished_in_a_pause(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        await world.draw("runs")
        await world.stand_in.wait_busy()
        waits = await world.draw("waits")
        await webui(world, "pause", for_="3h")
        await world.until(lambda: "Paused until <t:" in waits.message.text)
        world.stand_in.release()
        await world.result()
        assert len(world.stand_in.renders) == 1
        await webui(world, "resume")
        await world.result(2)


async def test_a_pause_outlives_a_restart(tmp_path: Path) -> None:
    async with LocalDiscord(validator=validator()) as discord, StandIn(seconds_per_step=0.0) as painter:
        settings = settings_for(discord, painter.url, tmp_path, {})
        async with running_bot(settings, discord) as app:
            world = World(discord=discord, stand_in=painter, app=app)
            await webui(world, "pause", reason="away")
            await world.draw()
        async with running_bot(settings, discord) as app:
            world = World(discord=discord, stand_in=painter, app=app)
            await offer_known(app)
            assert "`away`" in await the_line(world)
            assert painter.renders == []
            await webui(world, "resume")
            await world.result()


async def test_a_draining_line_refuses_new_requests_and_draws_what_waits(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        await world.draw("one")
        await world.stand_in.wait_busy()
        await world.draw("two")
        await webui(world, "drain")
        refused = await world.draw("three")
        assert refused.ephemeral
        assert "Nothing new is taken" in refused.message.content
        world.stand_in.release()
        await world.result(2)
        await webui(world, "resume")
        assert not (await world.draw("four")).ephemeral
        await world.result(3)


async def test_one_web_ui_is_paused_by_name(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await webui(world, "pause", webui="WEBUI-1", reason="too hot")
        await world.draw()
        assert "webui-1 · Paused until further notice: `too hot`" in await the_line(world)
        status = await webui(world, "status")
        assert "webui-1 · up" in status.message.content
        assert "`too hot`" in status.message.content
        assert "127.0.0.1" not in status.message.content
        assert world.stand_in.renders == []
        offered = await world.ada.autocomplete(world.drawing, "webui resume", "webui", "web")
        assert offered == [("webui-1", "webui-1")]
        await webui(world, "resume", webui="webui-1")
        await world.result()


@pytest.mark.parametrize("order", ["status", "pause", "drain", "resume"])
async def test_the_hosts_orders_are_for_the_host(tmp_path: Path, order: str) -> None:
    async with easel(tmp_path) as world:
        refused = await webui(world, order, world.ben)
        assert "Only the host" in refused.message.content
        assert world.app.services.control.holds == {}


async def test_ids_of_the_settings_may_give_orders(tmp_path: Path) -> None:
    async with LocalDiscord(validator=validator()) as discord, StandIn(seconds_per_step=0.0) as painter:
        ids = {"EASEL__OWNERS__IDS": str(discord.person("ben").id)}
        async with running_bot(settings_for(discord, painter.url, tmp_path, ids), discord) as app:
            world = World(discord=discord, stand_in=painter, app=app)
            assert "whole line" in (await webui(world, "pause", world.ben)).message.content


@pytest.mark.parametrize("given", ["soon", "", "0m", "3", "-1h", "9999d"])
async def test_a_time_that_is_none_is_refused_and_holds_nothing(tmp_path: Path, given: str) -> None:
    async with easel(tmp_path) as world:
        refused = await webui(world, "pause", for_=given)
        assert "30m, 3h or 1d" in refused.message.content
        assert world.app.services.control.holds == {}


async def test_an_unknown_web_ui_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        refused = await webui(world, "pause", webui="webui-7")
        assert "`webui-1`" in refused.message.content


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800), ("3h", 10_800), ("1h30m", 5400), ("2D", 172_800), ("5min", 300)]
)
def test_times_are_read(text: str, seconds: int) -> None:
    assert read_duration(text) == seconds


async def test_orders_are_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with easel(tmp_path) as world:
        with caplog.at_level(logging.INFO):
            await webui(world, "pause", reason="heat")
        record = next(record for record in caplog.records if record.message == "audit")
        facts = {name: getattr(record, name) for name in ("action", "by", "target", "reason")}
        assert facts == {"action": "paused", "by": world.ada.id, "target": "line", "reason": "heat"}


async def test_without_a_web_ui_the_reply_says_that_it_is_off_and_how_long_it_is_kept(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.stand_in.stop()
        finds_out = await world.draw("finds out")
        await world.until(lambda: not world.app.services.pool.any_up())
        asked = await world.draw("a cat")
        assert "computer is off" in asked.message.text
        assert "6 h" in asked.message.text
        await world.until(lambda: "computer is off" in finds_out.message.text)
        assert "computer is off" in await the_line(world)
        await world.stand_in.start()
        await world.result(2)


async def test_outside_the_hours_requests_wait_and_the_hours_are_told(tmp_path: Path) -> None:
    hours = closed_now()
    async with easel(tmp_path, EASEL__HOURS__OPEN=hours, EASEL__HOURS__TIME_ZONE="UTC") as world:
        asked = await world.draw("a cat")
        assert f"Drawing hours here are {hours}" in asked.message.text
        assert hours in await the_line(world)
        assert world.stand_in.renders == []
