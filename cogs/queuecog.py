"""/queue: the line, one's own place in it, and why it is fair."""

from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.client import EaselBot
from bot.queue.job import Job, State
from cogs.present import Voice, job_line, wait_words
from cogs.views.base import layout, press
from cogs.words import command_words

_MINE_SHOWN = 5
"""Own jobs that get a Cancel button: one action row."""


class QueueCog(commands.Cog):
    """The line at a glance."""

    def __init__(self, bot: EaselBot) -> None:
        self._services = bot.services

    @app_commands.command(name="queue", description=command_words("queue"))
    async def queue(self, interaction: discord.Interaction[Any]) -> None:
        """Show it, to the person alone."""
        voice = Voice(self._services.texts, str(interaction.locale))
        overview = await self._services.queue.overview(interaction.user.id)
        lines = [
            f"**{voice.say('queue.title')}**",
            voice.count("queue.waiting", overview.waiting_pictures, people=overview.people),
        ]
        lines += [self._running(voice, job) for job in overview.running]
        if overview.mine:
            lines.append(f"**{voice.say('queue.mine')}**")
        for number, job in self._numbered(overview.mine):
            lines.append(await self._mine(voice, number, job))
        if len(overview.mine) > _MINE_SHOWN:
            lines.append(voice.say("queue.more", count=len(overview.mine) - _MINE_SHOWN))
        lines.append(f"-# {voice.say('queue.rule')}")
        items: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(lines))]
        if overview.mine:
            items.append(
                ui.ActionRow(*(self._cancel(voice, n, job) for n, job in self._numbered(overview.mine)))
            )
        await interaction.response.send_message(view=layout(*items), ephemeral=True)

    def _numbered(self, jobs: tuple[Job, ...]) -> list[tuple[int, Job]]:
        return list(enumerate(jobs[:_MINE_SHOWN], start=1))

    def _cancel(self, voice: Voice, number: int, job: Job) -> ui.Item[Any]:
        return press("cancel", job.id, label=f"{voice.say('button.cancel')} {number}")

    def _running(self, voice: Voice, job: Job) -> str:
        progress = self._services.queue.progress(job.id)
        percent = f"{min(99, int(progress.fraction * 100))} %" if progress else "…"
        return f"🎨 {percent} · {voice.duration(job.cost / 100)}"

    async def _mine(self, voice: Voice, number: int, job: Job) -> str:
        """The number is the one on its button."""
        line = f"{number}. {job_line(voice, job)}"
        wait = await self._services.queue.wait_for(job.id) if job.state is State.WAITING else None
        return f"{line} · {wait_words(voice, wait)}" if wait else line


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(QueueCog(bot))
