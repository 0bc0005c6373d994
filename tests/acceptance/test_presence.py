"""The bot's presence shows the line (issue of the queue, live places)."""

from pathlib import Path

from tests.harness import World, easel
from tests.support import eventually


def shown(world: World) -> str:
    """What stands beside the bot's name, in the newest session."""
    session = list(world.discord.gateway.sessions.values())[-1]
    activities = session.presence.get("activities") or [{}]
    return str(activities[0].get("state", ""))


async def test_the_presence_follows_the_line(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await eventually(lambda: shown(world) == "Nobody in line: /draw")
        world.stand_in.hold()
        await world.draw("one")
        await world.stand_in.wait_busy()
        await world.draw("two", batch="2")
        await eventually(lambda: shown(world) == "2 waiting · 1 drawing")
        world.stand_in.release()
        await world.result(2)
        await eventually(lambda: shown(world) == "Nobody in line: /draw")


async def test_a_new_session_shows_it_again(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await eventually(lambda: shown(world) != "")
        for session in world.discord.gateway.sessions.values():
            session.presence = {}  # as a new session begins
        world.app.bot.dispatch("shard_ready", 0)
        await eventually(lambda: shown(world) == "Nobody in line: /draw")


async def test_the_presence_is_not_changed_more_often_than_set(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__PREVIEW__PRESENCE_SECONDS="3600") as world:
        await eventually(lambda: shown(world) == "Nobody in line: /draw")
        await world.draw()
        await world.result()
        assert shown(world) == "Nobody in line: /draw"


async def test_the_host_can_turn_the_presence_off(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__PREVIEW__PRESENCE="false") as world:
        await world.draw()
        await world.result()
        assert shown(world) == ""
