"""What one had drawn, and what becomes of it when one wants to be forgotten."""

import asyncio
import json
from pathlib import Path

from bot.demo.discord.people import Person
from tests.harness import WAIT, World, easel

SECRET = "xylophone of the grandmother Ünique"


async def drawn(world: World, *prompts: str) -> None:
    before = len(world.results())
    for prompt in prompts:
        await world.draw(prompt)
    await world.result(before + len(prompts))


async def test_pages_show_the_newest_first_and_turn_also_after_a_restart(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await drawn(world, *(f"cat number {number}" for number in range(7)))
        first = await world.ben.slash(world.drawing, "history", timeout=WAIT)
        assert first.message.ephemeral
        assert [f"cat number {number}" in first.message.text for number in range(7)] == 2 * [False] + 5 * [
            True
        ]

        older = await world.ben.click(first.message, "Older")
        assert "cat number 1" in older.message.text
        assert "cat number 2" not in older.message.text

        newest = await world.ben.click(older.message, "Newest")
        assert "cat number 6" in newest.message.text


async def test_a_search_finds_by_a_word_in_any_case_and_keeps_to_it_on_the_next_page(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await drawn(world, "a dog", *(f"Größe {number}" for number in range(6)))
        found = await world.ben.slash(world.drawing, "history", {"search": "  GRÖSSE "}, timeout=WAIT)
        assert "Größe 5" in found.message.text
        older = await world.ben.click(found.message, "Older")
        assert "Größe 0" in older.message.text
        assert "dog" not in older.message.text

        nothing = await world.ben.slash(world.drawing, "history", {"search": "whale"}, timeout=WAIT)
        assert "None of your prompts" in nothing.message.text


async def test_from_the_history_a_picture_is_drawn_again(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await drawn(world, "a cat")
        page = await world.ben.slash(world.drawing, "history", timeout=WAIT)
        await world.ben.click(page.message, "🎲")
        await world.result(2)
        payloads = [one.body for one in world.stand_in.requests if one.path == "/sdapi/v1/txt2img"]
        assert [payload["prompt"] for payload in payloads] == ["a cat", "a cat"]
        assert payloads[0]["seed"] != payloads[1]["seed"]


async def test_nobody_sees_what_others_had_drawn(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await drawn(world, SECRET)
        page = await world.chloe.slash(world.drawing, "history", timeout=WAIT)
        assert "Nothing yet" in page.message.text
        kept = await exported(world, world.chloe)
        assert SECRET not in kept
        assert json.loads(kept)["jobs"] == []


async def test_everything_can_be_taken_along_and_then_forgotten(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await drawn(world, SECRET)
        await world.draw("hers", person=world.chloe)
        await world.result(2)
        world.stand_in.hold()
        await world.draw(f"{SECRET}, waiting")

        kept = json.loads(await exported(world, world.ben))
        assert {job["request"]["work"]["prompt"] for job in kept["jobs"]} == {SECRET, f"{SECRET}, waiting"}
        assert any(SECRET in picture["infotext"] for job in kept["jobs"] for picture in job["pictures"])

        await world.stand_in.wait_busy()
        first = await deleted(world)
        assert "again in a minute" in first
        world.stand_in.release()
        [waiting] = [job["id"] for job in kept["jobs"] if job["state"] != "delivered"]
        await over(world, waiting)
        last = await deleted(world)
        assert "What stays" in last
        assert "again in a minute" not in last

        assert texts_with(tmp_path, SECRET) == []
        assert texts_with(tmp_path, "hers") != []
        page = await world.ben.slash(world.drawing, "history", timeout=WAIT)
        assert "Nothing yet" in page.message.text


async def over(world: World, job_id: str) -> None:
    """Until nothing further will happen to a job."""
    with world.app.services.queue.events.subscribe() as events:
        job = await world.app.services.store.get(job_id)
        async with asyncio.timeout(WAIT):
            while job is not None and not job.state.is_final:
                await anext(events)
                job = await world.app.services.store.get(job_id)


async def exported(world: World, person: Person) -> str:
    outcome = await person.slash(world.drawing, "privacy export", timeout=WAIT)
    await world.until(lambda: outcome.message.attachments)
    assert outcome.message.ephemeral
    return outcome.message.attachments[0].data.decode()


async def deleted(world: World) -> str:
    """What it says to whoever has everything deleted."""
    asked = await world.ben.slash(world.drawing, "privacy delete", timeout=WAIT)
    await world.ben.click(asked.message, "Delete everything")
    await world.until(lambda: "gone" in asked.message.text)
    return asked.message.text


def texts_with(folder: Path, text: str) -> list[Path]:
    """Files that hold a text, in the ways that databases and pictures write it."""
    wanted = {text.encode(encoding) for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be")}
    wanted.add(json.dumps(text)[1:-1].encode())
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(one in path.read_bytes() for one in wanted)]
