"""The owner's message commands: ``@Easel status`` and ``@Easel sync``."""

import logging
from typing import Any

from discord.ext import commands

from bot.client import EaselBot
from bot.l10n.locales import SOURCE
from bot.services import Services
from cogs.errors import new_reference
from cogs.hosting import is_host
from cogs.present import Voice, webui_line

log = logging.getLogger(__name__)


class HostCog(commands.Cog):
    """For the owner of the application and the ids in the settings; silent towards everybody else."""

    def __init__(self, bot: commands.Bot | commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._services = services

    async def cog_check(self, context: commands.Context[Any]) -> bool:
        """Only the owners."""
        return await is_host(self._bot, self._services, context.author)

    async def cog_command_error(self, context: commands.Context[Any], error: Exception) -> None:
        """Others get no answer; a failure is logged and said in one sentence."""
        if isinstance(error, commands.CheckFailure):
            return
        reference = new_reference()
        log.error("an owner's command failed", exc_info=error, extra={"reference": reference})
        voice = Voice(self._services.texts, SOURCE)
        await context.send(voice.say("error.internal", reference=reference))

    @commands.command()
    async def status(self, context: commands.Context[Any]) -> None:
        """The queue and the web UIs, in a few lines."""
        overview = await self._services.queue.overview()
        voice = Voice(self._services.texts, SOURCE)
        lines = [
            voice.count("queue.waiting", overview.waiting_pictures, people=overview.people),
            voice.say("host.running", count=len(overview.running)),
        ]
        lines += [webui_line(voice, status) for status in self._services.pool.statuses()]
        await context.send("\n".join(lines))

    @commands.command()
    async def sync(self, context: commands.Context[Any]) -> None:
        """Tell Discord the commands again."""
        if not isinstance(self._bot, EaselBot):
            raise TypeError("only an EaselBot can sync")
        count = await self._bot.sync_commands()
        voice = Voice(self._services.texts, SOURCE)
        await context.send(voice.count("host.synced", count))


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(HostCog(bot, bot.services))
