"""Edit panels and favourites in the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.errors import Gone
from bot.model.draft import Draft
from bot.model.work import Request, Txt2Img
from bot.storage.drafts import KEPT_PER_PERSON, KEPT_SECONDS, Drafts, SQLiteDraftRows
from bot.storage.sqlite import Database
from tests.support import ManualClock

BEN, CHLOE = 1, 2


def draft(prompt: str = "a cat") -> Draft:
    return Draft.of(Request(work=Txt2Img(prompt=prompt, seed=1)))


@asynccontextmanager
async def drafts(folder: Path) -> AsyncIterator[tuple[Drafts, ManualClock]]:
    clock = ManualClock()
    async with Database(folder / "easel.db") as database:
        yield Drafts(SQLiteDraftRows(database), clock), clock


async def test_a_panel_is_there_after_a_restart(tmp_path: Path) -> None:
    async with drafts(tmp_path) as (before, _):
        draft_id = await before.open(BEN, draft())
        await before.change(BEN, draft_id, lambda one: one.with_work(steps=7).turned("sampler", 2))
    async with drafts(tmp_path) as (after, _):
        found = await after.get(BEN, draft_id)
    assert (found.work.steps, found.pages, found.before.steps) == (7, {"sampler": 2}, 30)


async def test_nobody_reads_or_changes_another_persons_panel(tmp_path: Path) -> None:
    async with drafts(tmp_path) as (store, _):
        draft_id = await store.open(BEN, draft())
        with pytest.raises(Gone):
            await store.get(CHLOE, draft_id)
        with pytest.raises(Gone):
            await store.change(CHLOE, draft_id, lambda one: one)


async def test_old_panels_go_when_a_new_one_is_opened(tmp_path: Path) -> None:
    async with drafts(tmp_path) as (store, clock):
        old = await store.open(BEN, draft())
        clock.advance(KEPT_SECONDS + 1)
        await store.open(CHLOE, draft())
        with pytest.raises(Gone):
            await store.get(BEN, old)


async def test_one_person_keeps_a_bounded_number_of_panels(tmp_path: Path) -> None:
    async with drafts(tmp_path) as (store, _):
        others = await store.open(CHLOE, draft())
        opened = [await store.open(BEN, draft()) for _ in range(KEPT_PER_PERSON + 1)]
        with pytest.raises(Gone):
            await store.get(BEN, opened[0])
        assert await store.get(BEN, opened[1])
        assert await store.get(CHLOE, others)
