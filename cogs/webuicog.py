"""/webui: the host holds the line or one web UI back, and lets it go on."""

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import BadValue, HostOnly, UnknownName
from bot.queue.control import WHOLE, Hold, Mode
from cogs.audit import audit
from cogs.present import Voice, hold_words, still_words, trouble_words, webui_line
from cogs.words import command_words, described

_DURATION = re.compile(r"(?:(\d{1,3})d)?\s*(?:(\d{1,4})h)?\s*(?:(\d{1,5})m(?:in)?)?")
_LONGEST_SECONDS = 365 * 86_400.0
_REASON_LENGTH = 200


class WebUICog(commands.GroupCog, group_name="webui", group_description=command_words("webui")):
    """For the owners of the application and the ids in the settings, asked at each use."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services

    async def _require_host(self, interaction: discord.Interaction[Any]) -> None:
        """Raises HostOnly. Not a check of discord.py's, since only its own errors may come from those."""
        if interaction.user.id in self._services.settings.owners.ids:
            return
        if not await self._bot.is_owner(interaction.user):
            raise HostOnly

    @app_commands.command(name="status", description=command_words("webui.status"))
    async def status(self, interaction: discord.Interaction[Any]) -> None:
        """Each web UI, what waits, and what is held back."""
        await self._require_host(interaction)
        voice = self._voice(interaction)
        overview = await self._services.queue.overview()
        still = still_words(voice, self._services)
        lines = [
            voice.count("queue.waiting", overview.waiting_pictures, people=overview.people),
            voice.say("host.running", count=len(overview.running)),
            *([still] if still else []),
        ]
        for status in self._services.pool.statuses():
            hold = self._services.control.holds.get(status.name)
            held = f" · {hold_words(voice, hold)}" if hold else ""
            lines.append(webui_line(voice, status) + held)
            if trouble := trouble_words(voice, status):
                lines.append(f"-# ⚠️ {trouble}")
        await interaction.response.send_message("\n".join(lines), ephemeral=True)

    @app_commands.command(name="pause", description=command_words("webui.pause"))
    @described("webui.pause", duration="for")
    @app_commands.rename(duration="for")
    async def pause(
        self,
        interaction: discord.Interaction[Any],
        duration: str | None = None,
        reason: str = "",
        webui: str | None = None,
    ) -> None:
        """Begin nothing more, for a while or until resumed."""
        await self._require_host(interaction)
        until = None if duration is None else self._services.clock.now() + read_duration(duration)
        await self._hold(interaction, webui, Hold(mode=Mode.PAUSED, until=until, reason=_one_line(reason)))

    @app_commands.command(name="drain", description=command_words("webui.drain"))
    @described("webui.drain")
    async def drain(
        self, interaction: discord.Interaction[Any], reason: str = "", webui: str | None = None
    ) -> None:
        """Let it run empty."""
        await self._require_host(interaction)
        await self._hold(interaction, webui, Hold(mode=Mode.DRAINING, reason=_one_line(reason)))

    @app_commands.command(name="resume", description=command_words("webui.resume"))
    @described("webui.resume")
    async def resume(self, interaction: discord.Interaction[Any], webui: str | None = None) -> None:
        """Go on."""
        await self._require_host(interaction)
        name, voice = self._name(webui), self._voice(interaction)
        was_held = await self._services.control.resume(name)
        key = "host.goes_on" if was_held else "host.was_not_held"
        entry = audit(interaction, self._services, "resume", what=name or "line")
        await interaction.response.send_message(voice.say(key, what=_what(voice, name)), ephemeral=True)
        await entry.tell()

    @pause.autocomplete("webui")
    @drain.autocomplete("webui")
    @resume.autocomplete("webui")
    async def _complete(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        """Their names."""
        names = [name for name in self._names() if current.casefold() in name.casefold()]
        return [app_commands.Choice(name=name, value=name) for name in names[:25]]

    async def _hold(self, interaction: discord.Interaction[Any], webui: str | None, hold: Hold) -> None:
        name, voice = self._name(webui), self._voice(interaction)
        await self._services.control.hold(name, hold)
        text = voice.say("host.held", what=_what(voice, name), how=hold_words(voice, hold))
        action = hold.mode.value
        entry = audit(interaction, self._services, action, what=name or "line", reason=hold.reason)
        await interaction.response.send_message(text, ephemeral=True)
        await entry.tell()

    def _names(self) -> list[str]:
        return [status.name for status in self._services.pool.statuses()]

    def _name(self, webui: str | None) -> str:
        """Raises UnknownName."""
        if webui is None:
            return WHOLE
        wanted = webui.strip().casefold()
        names = self._names()
        found = next((name for name in names if name.casefold() == wanted), None)
        if found is None:
            raise UnknownName(kind="webui", given=webui, nearest=tuple(names[:5]))
        return found

    def _voice(self, interaction: discord.Interaction[Any]) -> Voice:
        return Voice(self._services.texts, str(interaction.locale))


def read_duration(text: str) -> float:
    """Seconds of "30m", "3h", "1h30m" or "2d". Raises BadValue."""
    match = _DURATION.fullmatch(text.strip().casefold())
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    seconds = days * 86_400.0 + hours * 3600.0 + minutes * 60.0
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise BadValue(field="for", given=text, reason="not_a_duration")
    return seconds


def _one_line(reason: str) -> str:
    return " ".join(reason.split())[:_REASON_LENGTH]


def _what(voice: Voice, name: str) -> str:
    return name or voice.say("host.whole")


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(WebUICog(bot))
