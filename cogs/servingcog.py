"""Which servers the bot serves, where the host names them; it leaves every other one with one sentence."""

import logging

import discord
from discord.ext import commands

from bot.client import NETWORK_ERRORS, EaselBot
from bot.model.tasks import TaskOwner
from cogs.place import is_served
from cogs.present import Voice
from config.settings import Settings

log = logging.getLogger(__name__)

_AGAIN_SECONDS = 300.0
"""After a failure of Discord's: until then nothing is drawn there anyway."""


class ServingCog(commands.Cog):
    """Looks at every server that it comes to know of, and at all of them when the settings change."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._leaving: set[int] = set()
        self._tasks = TaskOwner()

    async def cog_load(self) -> None:
        """Hear of changed settings."""
        self._services.live.watch(self._look_at_all)

    async def cog_unload(self) -> None:
        """Stop, then wait."""
        await self._tasks.close()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Somebody has invited the bot."""
        self._look_at(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """It was in there before."""
        self._look_at(guild)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Those that were there at once."""
        self._look_at_all(self._services.settings)

    def _look_at_all(self, _: Settings) -> None:
        for guild in self._bot.guilds:
            self._look_at(guild)

    def _look_at(self, guild: discord.Guild) -> None:
        if not guild.unavailable and guild.id not in self._leaving and not self._is_served(guild):
            self._leaving.add(guild.id)
            self._tasks.start(self._leave(guild), f"leave-{guild.id}")

    def _is_served(self, guild: discord.Guild) -> bool:
        return is_served(self._services.settings, guild.id)

    async def _leave(self, guild: discord.Guild) -> None:
        try:
            await self._say_why(guild)
            while not self._is_served(guild) and not await self._left(guild):
                await self._services.clock.sleep(_AGAIN_SECONDS)
        finally:
            self._leaving.discard(guild.id)

    async def _left(self, guild: discord.Guild) -> bool:
        try:
            await guild.leave()
        except discord.NotFound:
            return True
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            log.warning(
                "a server cannot be left yet", extra={"guild": guild.id, "kind": type(error).__name__}
            )
            return False
        log.info("left a server that is not served here", extra={"guild": guild.id})
        return True

    async def _say_why(self, guild: discord.Guild) -> None:
        """In the first channel where that can be said, that of the server's own messages before others."""
        voice = Voice(self._services.texts, str(guild.preferred_locale))
        places = [channel for channel in (guild.system_channel, *guild.text_channels) if channel is not None]
        for channel in places:
            may = channel.permissions_for(guild.me)
            if may.view_channel and may.send_messages:
                try:
                    await channel.send(voice.say("serving.goodbye"))
                except (discord.HTTPException, *NETWORK_ERRORS) as error:
                    log.info("a goodbye could not be said", extra={"kind": type(error).__name__})
                return


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(ServingCog(bot))
