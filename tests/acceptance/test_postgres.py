"""Everything in one process, and PostgreSQL in place of the SQLite file (Q2)."""

from pathlib import Path

from tests.harness import easel
from tests.integration.postgres import database_url


async def test_pictures_come_with_everything_kept_in_postgresql(tmp_path: Path) -> None:
    url = database_url(tmp_path)
    async with easel(tmp_path, DATABASE_URL=url) as world:
        await world.draw("maltese puppy")
        first = await world.result()
        assert "maltese puppy" in first.text
        world.stand_in.hold()
        running = await world.draw("a second puppy")
        await world.stand_in.wait_busy()
        waiting = await world.draw("a third puppy")
        assert "about" in waiting.message.text
        world.stand_in.release()
        await world.result(3)
        await world.until(lambda: running.message.deleted and waiting.message.deleted)


async def test_what_waited_at_the_end_is_drawn_after_the_next_start(tmp_path: Path) -> None:
    url = database_url(tmp_path)
    async with easel(tmp_path, DATABASE_URL=url) as world:
        world.app.services.queue.pause()
        await world.draw("maltese puppy")
    async with easel(tmp_path, DATABASE_URL=url) as world:
        await world.until(lambda: len(world.stand_in.renders) == 1)
