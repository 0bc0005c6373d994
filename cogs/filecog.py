"""Buttons for the pictures that a result does not show itself."""

from typing import Any

import discord
from discord.ext import commands

from bot.client import EaselBot
from cogs.downloads import send_page, send_whole
from cogs.submitting import stored_job


class FileCog(commands.Cog):
    """Whoever sees a result may look at its pictures."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._presses = {"page": self._page, "full": self._full}

    async def cog_load(self) -> None:
        """Buttons work from the first moment, also those of earlier processes."""
        self._bot.presses.update(self._presses)

    async def cog_unload(self) -> None:
        """Take the buttons back."""
        for action in self._presses:
            self._bot.presses.pop(action, None)

    async def _page(self, interaction: discord.Interaction[Any], job_id: str, page: str | None) -> None:
        """``page`` counts from 0."""
        job = await stored_job(self._services, job_id)
        await send_page(interaction, self._services, job, _number(page))

    async def _full(self, interaction: discord.Interaction[Any], job_id: str, which: str | None) -> None:
        """``which``: the first index and the last, "0_9"."""
        job = await stored_job(self._services, job_id)
        first, _, last = (which or "").partition("_")
        pictures = job.pictures[_number(first) : _number(last) + 1]
        await send_whole(interaction, self._services, job, pictures)


def _number(text: str | None) -> int:
    """Of a button, which is of our own making; 0 for any other."""
    return int(text) if text and text.isdecimal() else 0


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(FileCog(bot))
