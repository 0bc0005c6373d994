"""Moderators move up and wipe, with a reason in the log, in their own server only (row Q7)."""

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.demo.discord.people import Outcome, Person
from tests.harness import WAIT, World, easel


async def moderate(world: World, action: str, who: Person | None = None, **options: object) -> Outcome:
    given = {"action": action, **options}
    outcome = await (who or world.ada).slash(world.drawing, "queue", given, timeout=WAIT)
    if outcome.kind == "deferred":
        await world.until(lambda: outcome.message.content)
    assert outcome.message.ephemeral
    return outcome


def audits(records: Sequence[logging.LogRecord]) -> list[logging.LogRecord]:
    return [record for record in records if record.message == "audit"]


async def crowd(world: World) -> None:
    """One runs and stands still; three of Ben's wait."""
    world.stand_in.hold()
    await world.draw("running", person=world.ada)
    await world.stand_in.wait_busy()
    await world.draw("ben 1")
    await world.draw("ben 2")
    await world.draw("ben 3")


def drawn(world: World) -> list[object]:
    return [render.payload["prompt"] for render in world.stand_in.renders]


async def test_a_moved_up_picture_is_drawn_next(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with easel(tmp_path) as world:
        await crowd(world)
        await world.draw("for chloe", person=world.chloe)
        with caplog.at_level(logging.INFO):
            told = await moderate(world, "move_up", person=world.chloe, reason="her  birthday")
        assert world.chloe.mention in told.message.content
        assert told.message.pinged == set()
        [line] = audits(caplog.records)
        facts = {name: getattr(line, name) for name in ("action", "by", "reason")}
        assert facts == {"action": "move_up", "by": world.ada.id, "reason": "her birthday"}
        world.stand_in.release()
        await world.result(5)
        assert drawn(world)[:2] == ["running", "for chloe"]


async def test_a_wipe_of_one_person_cancels_what_waits_of_theirs_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with easel(tmp_path) as world:
        await crowd(world)
        await world.draw("stays", person=world.chloe)
        with caplog.at_level(logging.INFO):
            told = await moderate(world, "wipe", person=world.ben, reason="flood")
        assert "3 requests cancelled" in told.message.content
        [line] = audits(caplog.records)
        assert len(line.__dict__["jobs"]) == 3
        world.stand_in.release()
        await world.result(2)
        assert drawn(world) == ["running", "stays"]


async def test_a_wipe_of_everybody_leaves_what_runs(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await crowd(world)
        told = await moderate(world, "wipe", reason="new model")
        assert "3 requests cancelled" in told.message.content
        world.stand_in.release()
        await world.result()
        assert drawn(world) == ["running"]


async def test_moderators_of_one_server_do_not_touch_what_comes_from_another(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await crowd(world)
        waiting = (await world.app.services.queue.overview(world.ben.id)).mine[0]
        elsewhere = type(waiting.origin)(guild_id=1, channel_id=world.drawing.id, user_id=world.chloe.id)
        job = await world.app.services.queue.submit(waiting.request, elsewhere)
        await moderate(world, "wipe", reason="mine")
        nothing = await moderate(world, "move_up", person=world.chloe, reason="hers")
        assert "Nothing of" in nothing.message.content
        assert await world.app.services.queue.wait_for(job.id) is not None
        world.stand_in.release()
        await world.result(2)


@pytest.mark.parametrize("action", ["move_up", "wipe"])
async def test_only_moderators_with_a_reason(tmp_path: Path, action: str) -> None:
    async with easel(tmp_path) as world:
        await crowd(world)
        refused = await moderate(world, action, world.ben, person=world.ben, reason="mine first")
        assert "moderators" in refused.message.content
        unexplained = await moderate(world, action, person=world.ben, reason=" ")
        assert "`reason`" in unexplained.message.content
        world.stand_in.release()
        await world.result(4)
        assert len(drawn(world)) == 4
