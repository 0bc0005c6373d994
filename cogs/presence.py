"""The bot's presence shows the line: "3 waiting · 1 drawing"."""

import asyncio
import logging

import discord

from bot.client import NETWORK_ERRORS, EaselBot
from bot.errors import StorageError
from bot.l10n.locales import SOURCE
from bot.queue.control import Closing
from cogs.present import Voice

log = logging.getLogger(__name__)


class Presence:
    """One text for all servers, so it is in the source language; ``run`` is its task."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._voice = Voice(bot.services.texts, SOURCE)
        self._shown: str | None = None
        self._changed = asyncio.Event()
        self._changed.set()

    def look(self) -> None:
        """The line may look different now."""
        self._changed.set()

    def forgotten(self) -> None:
        """Discord has a new session, which begins without a presence."""
        self._shown = None
        self._changed.set()

    async def run(self) -> None:
        """Tell Discord what changed, at most every ``presence_seconds``, for ever."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            # What is sent before a session has begun is lost; ``forgotten`` says when one has.
            if self._bot.is_ready() and await self._refresh():
                await self._services.clock.sleep(self._services.settings.preview.presence_seconds)

    async def _refresh(self) -> bool:
        """Whether there was something to tell Discord."""
        try:
            text = await self._text()
            if text == self._shown:
                return False
            await self._bot.change_presence(activity=discord.CustomActivity(name=text))
            self._shown = text
        except (discord.DiscordException, StorageError, *NETWORK_ERRORS) as error:
            log.info("the presence could not be changed", extra={"kind": type(error).__name__})
            self._changed.set()
        return True

    async def _text(self) -> str:
        closed = self._services.control.closed()
        if closed is not None and closed.why is not Closing.DRAINING:
            return self._voice.say("presence.closed")
        overview = await self._services.queue.overview()
        waiting, running = overview.waiting_pictures, len(overview.running)
        if not waiting and not running:
            return self._voice.say("presence.idle")
        return self._voice.say("presence.line", waiting=waiting, running=running)
