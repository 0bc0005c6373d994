"""Facts, edit panels, galleries and history: alike in SQLite and in PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from pydantic import JsonValue

from bot.errors import StorageError
from bot.queue.job import Job, State
from bot.storage.drafts import KEPT_PER_PERSON, KEPT_SECONDS
from bot.storage.facts import MAX_CHARACTERS
from bot.storage.favourites import LOST_SECONDS
from bot.storage.kept import Storage
from bot.storage.opening import open_storage
from config.settings import load
from tests.integration.job_stores import submit
from tests.integration.postgres import database_url
from tests.support import PLENTY, ManualClock, a_request, an_origin, some_pictures

Open = Callable[[], AbstractAsyncContextManager[Storage]]


@pytest.fixture(params=["sqlite", "postgresql"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Open:
    """Opens one and the same database."""
    url = database_url(tmp_path) if request.param == "postgresql" else f"sqlite:///{tmp_path / 'easel.db'}"
    settings = load({"DATABASE_URL": url}, cwd=tmp_path)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Storage]:
        async with open_storage(settings, clock) as storage:
            yield storage

    return opened


async def delivered(storage: Storage, person: int, prompt: str) -> Job:
    """A job that is over, with two pictures."""
    await storage.jobs.submit(a_request(prompt=prompt), an_origin(person), cost=100, admission=PLENTY)
    job = await storage.jobs.claim("gpu")
    assert job is not None
    await storage.jobs.set_rendered(job.id, some_pictures(2))
    over = await storage.jobs.set_delivered(job.id)
    assert over is not None
    return over


async def test_a_fact_is_there_after_a_restart_replaced_and_forgotten(reopen: Open) -> None:
    value: JsonValue = {"sd_vae": "Automatic", "steps": [1, 2.5, None, True], "猫": "кот", "nul": "\0"}
    async with reopen() as storage:
        await storage.facts.put("a", 1)
        await storage.facts.put("a", value)
    async with reopen() as storage:
        assert await storage.facts.get("a") == value
        assert await storage.facts.several(["a", "b"]) == {"a": value}
        await storage.facts.put("table:%_1", 1)
        await storage.facts.put("table", 2)
        assert await storage.facts.under("table:%") == {"table:%_1": 1}
        await storage.facts.forget("a")
        assert await storage.facts.get("a") is None


async def test_a_fact_that_is_too_long_is_refused(reopen: Open) -> None:
    async with reopen() as storage:
        with pytest.raises(StorageError) as refused:
            await storage.facts.put("a", "x" * MAX_CHARACTERS)
        assert refused.value.reason == "value"


async def test_a_panel_is_its_persons_own_and_outlives_a_restart(reopen: Open) -> None:
    async with reopen() as storage:
        await storage.drafts.add("a", 1, "one", 0.0)
        await storage.drafts.put("a", 2, "not yours")
        await storage.drafts.put("a", 1, "two")
    async with reopen() as storage:
        assert await storage.drafts.find("a", 1) == "two"
        assert await storage.drafts.find("a", 2) is None


async def test_panels_go_by_age_and_by_number(reopen: Open) -> None:
    async with reopen() as storage:
        await storage.drafts.add("old", 1, "", 0.0)
        for number in range(KEPT_PER_PERSON + 1):
            await storage.drafts.add(f"p{number:02}", 2, "", KEPT_SECONDS + 1)
        assert await storage.drafts.find("old", 1) is None
        assert await storage.drafts.find("p00", 2) is None
        assert await storage.drafts.find("p01", 2) == ""


async def test_a_picture_goes_to_the_gallery_once_unless_its_post_was_lost(reopen: Open) -> None:
    async with reopen() as storage:
        job, favourites = await delivered(storage, 1, "a cat"), storage.favourites
        assert await favourites.claim(job.id, 0, 7, 0.0)
        assert not await favourites.claim(job.id, 0, 8, LOST_SECONDS)
        assert await favourites.claim(job.id, 0, 8, LOST_SECONDS + 1)
        await favourites.release(job.id, 0)
        assert await favourites.claim(job.id, 0, 9, LOST_SECONDS + 2)
        await favourites.posted(job.id, 0, 5)
        await favourites.release(job.id, 0)
        assert not await favourites.claim(job.id, 0, 7, 10 * LOST_SECONDS)


async def test_history_is_paged_newest_first_searched_and_a_persons_own(reopen: Open) -> None:
    async with reopen() as storage:
        first, _, third = [await delivered(storage, 1, prompt) for prompt in ("A Cat", "dog", "cats")]
        await delivered(storage, 2, "cat")
        waiting = await submit(storage.jobs, 1)
        history = storage.history
        assert [job.id for job in await history.page(1, search="cat")] == [third.id, first.id]
        assert [job.id for job in await history.page(1, search="cat", limit=1)] == [third.id]
        assert [job.id for job in await history.page(1, search="cat", before=third.id)] == [first.id]
        assert len((await history.page(1))[0].pictures) == 2
        assert (await history.page(1, everything=True))[0].id == waiting.id


async def test_what_is_erased_is_gone_but_for_the_cost_of_today(reopen: Open, clock: ManualClock) -> None:
    async with reopen() as storage:
        old = await delivered(storage, 1, "long ago")
        clock.advance(86_400)
        new = await delivered(storage, 1, "just now")
        other = await delivered(storage, 2, "not yours")
        waiting = await submit(storage.jobs, 1)
        await storage.drafts.add("a", 1, "text", clock.now())
        erased = await storage.history.erase(1, kept_since=clock.now() - 3600)
        assert erased.jobs == 2
        assert sorted(erased.files) == sorted(picture.file for job in (old, new) for picture in job.pictures)
        assert await storage.jobs.get(old.id) is None
        left = await storage.jobs.get(new.id)
        assert left is not None
        assert "just now" not in left.request.model_dump_json()
        assert left.pictures == ()
        assert await storage.jobs.seconds_used(1, clock.now() - 3600) == 24.0
        assert await storage.jobs.get(other.id) == other
        assert await storage.drafts.find("a", 1) is None
        assert [job.id for job in await storage.jobs.in_state(State.WAITING)] == [waiting.id]


async def test_what_is_too_old_is_pruned_for_everybody(reopen: Open, clock: ManualClock) -> None:
    async with reopen() as storage:
        old = [await delivered(storage, person, "a cat") for person in (1, 2)]
        clock.advance(10)
        new = await delivered(storage, 1, "a cat")
        assert (await storage.history.prune(clock.now())).jobs == 2
        assert [await storage.jobs.get(job.id) for job in (*old, new)] == [None, None, new]
