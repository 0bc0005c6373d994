"""Fixtures of the tests that ask every JobStore the same."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.queue.protocols import JobStore
from tests.integration.job_stores import STORES
from tests.support import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """The store's clock."""
    return ManualClock()


@pytest.fixture(params=STORES)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[JobStore]:
    """Each kind of store in turn, empty."""
    async with STORES[request.param](tmp_path, clock) as opened:
        yield opened
