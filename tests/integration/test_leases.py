"""What only one of several processes may do, on a real PostgreSQL."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from bot.queue.sightings import Sighting
from bot.storage.postgres.leases import PostgresLeases
from bot.storage.postgres.link import Link
from bot.storage.postgres.sightings import PostgresSightings
from tests.integration.postgres import a_database, why_not
from tests.support import eventually

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def quick(url: str) -> PostgresLeases:
    return PostgresLeases(url, beat_seconds=0.1, silent_seconds=1.0)


def dead(url: str) -> PostgresLeases:
    """One that never beats."""
    return PostgresLeases(url, beat_seconds=3600, silent_seconds=1.0)


async def test_one_of_two_has_it_until_it_gives_it_back() -> None:
    url = a_database()
    async with quick(url) as one, quick(url) as other:
        assert [await one.take("a"), await other.take("a"), await one.take("a")] == [True, False, True]
        assert [one.holds("a"), other.holds("a"), other.holds("b")] == [True, False, False]
        await one.give_back("a")
        assert not one.holds("a")
        assert await other.take("a")


async def test_a_process_that_ends_leaves_what_it_had_at_once() -> None:
    url = a_database()
    async with quick(url) as one:
        async with dead(url) as other:
            assert await other.take("a")
        assert await one.take("a")


async def test_a_beating_heart_keeps_what_it_has_for_longer_than_the_silence() -> None:
    url = a_database()
    async with quick(url) as one, quick(url) as other:
        assert await one.take("a")
        began = time.monotonic()
        while time.monotonic() < began + 2.0:
            assert not await other.take("a")
            await asyncio.sleep(0.1)
        assert one.holds("a")


async def test_the_silent_one_loses_all_and_knows_it_by_itself() -> None:
    url = a_database()
    async with dead(url) as silent, quick(url) as one:
        assert await silent.take("a")

        async def taken() -> bool:
            return await one.take("a")

        await eventually(taken)
        assert not silent.holds("a")
        assert not await silent.take("a")


async def test_who_was_taken_for_dead_begins_anew_with_its_next_heartbeat() -> None:
    async with AsyncExitStack() as stack:
        url = a_database()
        late = PostgresLeases(url, beat_seconds=2.0, silent_seconds=1.0)
        await stack.enter_async_context(late)
        before = late.process
        await late.take("a")
        one = await stack.enter_async_context(quick(url))

        async def taken() -> bool:
            return await one.take("a")

        await eventually(taken)

        async def again() -> bool:
            return late.process != before and await late.take("b")

        await eventually(again)
        assert not await late.take("a")


async def test_web_uis_have_the_same_names_in_every_process_and_for_ever() -> None:
    url = a_database()
    async with Link(url, "test") as link, quick(url) as leases:
        table = PostgresSightings(link, lambda: leases.process)
        async with Link(url, "other") as second:
            other = PostgresSightings(second, lambda: leases.process)
            both = await asyncio.gather(table.register(["b", "a"]), other.register(["d", "a"]))
        names = dict(zip(["b", "a", "d", "a"], [*both[0], *both[1]], strict=True))
        assert sorted(names.values()) == ["webui-1", "webui-2", "webui-3"]
        assert both[0][1] == both[1][1]
        assert await table.register(["d", "b", "a"]) == [names["d"], names["b"], names["a"]]


async def test_what_a_process_says_of_a_web_ui_is_there_until_it_dies() -> None:
    url = a_database()
    async with Link(url, "test") as link, quick(url):
        async with dead(url) as other:
            table = PostgresSightings(link, lambda: other.process)
            (name,) = await table.register(["a"])
            assert await table.look([]) == []
            said = Sighting(name=name, status="up", knowledge="all", version="1")
            await table.tell(said)
            assert await table.look([]) == [said]
            (short,) = await table.look(["1"])
            assert short.knowledge is None

        async def gone() -> bool:
            return not (await table.look([]))[0].alive

        await eventually(gone)
