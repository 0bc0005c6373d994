"""Hints between processes over a real PostgreSQL: they arrive, not at their sender, and outlive its death."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.model.clock import SystemClock
from bot.queue.signals import Hint, Kind
from bot.storage.postgres.signals import PostgresSignals
from tests.integration.postgres import PostgresServer, a_database, why_not
from tests.support import within

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


class Ear:
    """Hears one process's signals."""

    def __init__(self, signals: PostgresSignals) -> None:
        self.signals = signals
        self.heard: asyncio.Queue[Hint] = asyncio.Queue()
        signals.listen(self.heard.put_nowait)

    async def next(self, kind: Kind) -> Hint:
        while (hint := await within(self.heard.get())).kind is not kind:
            pass
        return hint


@asynccontextmanager
async def processes(url: str) -> AsyncIterator[tuple[Ear, Ear]]:
    """Two of them, both listening."""
    async with PostgresSignals(url, SystemClock()) as one, PostgresSignals(url, SystemClock()) as other:
        ears = Ear(one), Ear(other)
        for ear in ears:
            await ear.next(Kind.ANEW)
        yield ears


async def test_a_hint_reaches_the_other_process_and_not_its_sender() -> None:
    async with processes(a_database()) as (one, other):
        hint = Hint(kind=Kind.PROGRESS, job_id="j" * 16, fraction=0.5, step=3, steps=6, eta_seconds=1.5)
        one.signals.send(hint)
        assert await other.next(Kind.PROGRESS) == hint
        other.signals.send(Hint(kind=Kind.HOLDS))
        await one.next(Kind.HOLDS)
        assert one.heard.empty()


async def test_of_what_waits_to_be_sent_only_the_latest_of_a_job_goes_out() -> None:
    async with processes(a_database()) as (one, other):
        for step in range(50):
            one.signals.send(Hint(kind=Kind.PROGRESS, job_id="a", step=step))
        one.signals.send(Hint(kind=Kind.STOP, job_id="a"))
        assert (await other.next(Kind.PROGRESS)).step == 49
        await other.next(Kind.STOP)
        assert other.heard.empty()


async def test_after_the_database_was_away_everything_is_looked_at_anew() -> None:
    with PostgresServer() as server:
        async with processes(server.url()) as (one, other):
            server.kill()
            one.signals.send(Hint(kind=Kind.STOP, job_id="a"))
            server.start()
            await one.next(Kind.ANEW)
            await other.next(Kind.ANEW)
            # What was said while nobody could hear it may be lost, so only what is said now must arrive.
            one.signals.send(Hint(kind=Kind.HOLDS))
            await other.next(Kind.HOLDS)


async def test_more_than_can_be_kept_becomes_a_hint_to_look_at_everything() -> None:
    signals = PostgresSignals("postgresql://", SystemClock())
    for number in range(5000):
        signals.send(Hint(kind=Kind.STATE, job_id=str(number)))
    url = a_database()
    async with PostgresSignals(url, SystemClock()) as other:
        ear = Ear(other)
        await ear.next(Kind.ANEW)
        signals._dsn = url
        async with signals:
            await ear.next(Kind.ANEW)
