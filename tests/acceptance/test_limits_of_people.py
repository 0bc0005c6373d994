"""Cooldown, seconds of work waiting, and daily quotas by role (row Q6)."""

from pathlib import Path

import pytest

from bot.demo.discord import LocalDiscord
from bot.demo.webui import StandIn
from bot.model.clock import SystemClock
from tests.harness import WAIT, World, easel, running_bot, settings_for
from tests.openapi import validator


class LaterClock(SystemClock):
    """The system's clock, moved on by as much as a test says."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        """Seconds since 1970, and some."""
        return super().now() + self.ahead


async def quota(world: World) -> str:
    outcome = await world.ben.slash(world.drawing, "quota", timeout=WAIT)
    assert outcome.ephemeral
    return outcome.message.content


async def test_the_cooldown_is_each_persons_own_and_passes(tmp_path: Path) -> None:
    clock = LaterClock()
    async with easel(tmp_path, clock=clock, EASEL__QUEUE__COOLDOWN_SECONDS="600") as world:
        assert not (await world.draw("one")).ephemeral
        refused = await world.draw("two")
        assert refused.ephemeral
        assert "again in 10 min" in refused.message.content
        assert not (await world.draw("hers", person=world.chloe)).ephemeral
        clock.ahead = 601.0
        assert not (await world.draw("three")).ephemeral
        await world.result(3)


async def test_a_refused_request_starts_no_cooldown(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__QUEUE__COOLDOWN_SECONDS="600") as world:
        assert (await world.draw(" ")).ephemeral
        assert not (await world.draw("one")).ephemeral
        await world.result()


async def test_so_many_seconds_of_drawing_may_wait_and_a_first_request_always(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__QUEUE__WAITING_SECONDS_PER_PERSON="1") as world:
        world.stand_in.hold()
        await world.draw("runs", person=world.chloe)
        await world.stand_in.wait_busy()
        assert not (await world.draw("long", batch="4")).ephemeral
        refused = await world.draw("more")
        assert refused.ephemeral
        assert "1 s is the most" in refused.message.content
        world.stand_in.release()
        await world.result(2)


async def test_the_quota_counts_what_waits_and_renews_the_next_day(tmp_path: Path) -> None:
    clock = LaterClock()
    async with easel(tmp_path, clock=clock, EASEL__QUOTA__SECONDS_PER_DAY="60") as world:
        assert "used 0 of your 60" in (await quota(world)).replace("1 min", "60")
        world.stand_in.hold()
        taken = 0
        while not (asked := await world.draw(batch="2")).ephemeral:
            taken += 1
        assert 0 < taken < 10
        assert "`/quota`" in asked.message.content
        assert "used 0 " not in await quota(world)
        assert not (await world.draw("hers", person=world.chloe)).ephemeral
        clock.ahead = 86_400.0
        assert not (await world.draw("a new day")).ephemeral
        world.stand_in.release()


async def test_what_was_really_used_counts_in_the_end(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__QUOTA__SECONDS_PER_DAY="60") as world:
        await world.draw()
        await world.result()
        assert "used 1 s of your" in await quota(world)  # the stand-in took next to nothing


@pytest.mark.parametrize(("seconds", "is_refused"), [("0", False), ("86400", False), ("1", True)])
async def test_a_role_has_a_quota_of_its_own(tmp_path: Path, seconds: str, is_refused: bool) -> None:
    async with LocalDiscord(validator=validator()) as discord, StandIn(seconds_per_step=0.0) as painter:
        everyone = discord.world.guild.id  # the id of a server is that of its role @everyone
        changes = {
            "EASEL__QUOTA__SECONDS_PER_DAY": "2",
            "EASEL__QUOTA__BY_ROLE": f"{everyone}={seconds}, 5=1",
        }
        async with running_bot(settings_for(discord, painter.url, tmp_path, changes), discord) as app:
            world = World(discord=discord, stand_in=painter, app=app)
            assert (await world.draw()).ephemeral == is_refused


async def test_without_a_quota_the_person_is_told_that_there_is_none(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        assert "no daily limit" in await quota(world)
