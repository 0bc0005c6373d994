"""What every tier of tests shares."""

from collections.abc import AsyncIterator

import pytest_asyncio
from hypothesis import settings

from bot.demo.discord import LocalDiscord
from tests import openapi

# How long an example takes says more about the machine's other work than about what is tested.
# Fifty examples find nearly what a hundred find, in half the time of every run.
settings.register_profile("easel", deadline=None, max_examples=50)
settings.load_profile("easel")


def pytest_report_header() -> str | None:
    """Say so in one line when Discord's traffic is not validated."""
    if openapi.DESCRIPTION.exists():
        return None
    return "Discord's openapi.json is not beside the repository: the validation of Discord's traffic is off"


@pytest_asyncio.fixture
async def local_discord() -> AsyncIterator[LocalDiscord]:
    """A running local Discord. At its end, nothing that was sent may have broken Discord's description."""
    async with LocalDiscord(validator=openapi.validator()) as discord:
        yield discord
        assert discord.violations == []
