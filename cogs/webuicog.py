"""/webui: the host holds back what draws, steers the web UIs, and has changed settings taken over."""

import io
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import BadValue
from bot.queue.control import WHOLE, Hold, Mode
from bot.queue.signals import Hint, Kind
from cogs.audit import audit
from cogs.hosting import (
    MESSAGE_ROOM,
    is_host,
    memory_lines,
    model_lines,
    named,
    option_set,
    problems_shown,
    require_host,
    speed_words,
    targets,
    told,
)
from cogs.present import Voice, hold_words, still_words, trouble_words, webui_line
from cogs.suggestions import MAX_CHOICE, ranked
from cogs.words import command_words, described
from config.settings import SettingsProblem

_DURATION = re.compile(r"(?:(\d{1,3})d)?\s*(?:(\d{1,4})h)?\s*(?:(\d{1,5})m(?:in)?)?")
_LONGEST_SECONDS = 365 * 86_400.0
_REASON_LENGTH = 200
_CHOICE_LENGTH = 100
"""Characters of a suggestion that Discord takes."""


class WebUICog(commands.GroupCog, group_name="webui", group_description=command_words("webui")):
    """For the owners of the application and the ids in the settings, asked at each use."""

    options = app_commands.Group(name="options", description=command_words("webui.options"))

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._steering = bot.services.pool.steering

    @app_commands.command(name="status", description=command_words("webui.status"))
    async def status(self, interaction: discord.Interaction[Any]) -> None:
        """Each web UI, what waits, and what is held back; the memory as soon as they have told."""
        await require_host(self._bot, interaction)
        voice = self._voice(interaction)
        lines = await self._status_lines(voice)
        await interaction.response.send_message("\n".join(lines), ephemeral=True)
        if memory := await memory_lines(voice, self._services):
            await interaction.edit_original_response(content="\n".join([*lines, *memory]))

    async def _status_lines(self, voice: Voice) -> list[str]:
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
            lines.append(webui_line(voice, status) + speed_words(voice, self._services, status) + held)
            if trouble := trouble_words(voice, status):
                lines.append(f"-# ⚠️ {trouble}")
        return lines

    @app_commands.command(name="models", description=command_words("webui.models"))
    async def models(self, interaction: discord.Interaction[Any]) -> None:
        """What the host says of each checkpoint, and what is guessed."""
        await require_host(self._bot, interaction)
        voice = self._voice(interaction)
        lines = model_lines(voice, self._services)
        text = voice.count("host.models", len(lines))
        files = [_text_file("models.txt", lines)] if lines else []
        await interaction.response.send_message(text, files=files, ephemeral=True)

    @app_commands.command(name="reload", description=command_words("webui.reload"))
    async def reload(self, interaction: discord.Interaction[Any]) -> None:
        """Take over changed settings: all of them, or none."""
        await require_host(self._bot, interaction)
        voice, services = self._voice(interaction), self._services
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            done = await services.live.reload()
        except SettingsProblem as error:
            text = problems_shown(voice, services, error.problems)
            await interaction.edit_original_response(content=text)
            return
        services.signals.send(Hint(kind=Kind.SETTINGS))
        lines = [voice.say("host.reloaded", names=_codes(voice, done.changed))] if done.changed else []
        lines = lines or [voice.say("host.reloaded_nothing")]
        if done.waiting:
            lines.append(voice.say("host.needs_restart", names=_codes(voice, done.waiting)))
        entry = audit(interaction, services, "reload", what=_codes(voice, done.changed))
        await interaction.edit_original_response(content=_cut(lines))
        await entry.tell()

    @app_commands.command(name="baseline", description=command_words("webui.baseline"))
    @described("webui.baseline")
    async def baseline(self, interaction: discord.Interaction[Any], retake: bool = False) -> None:
        """The look that every picture begins with."""
        await require_host(self._bot, interaction)
        voice = self._voice(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        lines, entry = [], None
        if retake:
            webui = await self._steering.retake_baseline()
            lines.append(voice.say("host.baseline_taken", webui=webui))
            entry = audit(interaction, self._services, "baseline", what=webui)
        values = self._services.pool.baseline
        lines.append(voice.count("host.baseline", len(values)))
        listed = [f"{key} = {json.dumps(values[key], ensure_ascii=False)}" for key in sorted(values)]
        file = _text_file("baseline.txt", listed)
        await interaction.edit_original_response(
            content="\n".join(lines), attachments=[file] if values else []
        )
        if entry is not None:
            await entry.tell()

    @options.command(name="get", description=command_words("webui.options.get"))
    @described("webui.options.get")
    async def get_option(
        self, interaction: discord.Interaction[Any], key: str, webui: str | None = None
    ) -> None:
        """What an option says now."""
        voice = self._voice(interaction)

        async def order(name: str) -> str:
            known, value = await self._steering.option(name, key)
            return voice.say(
                "host.option", webui=name, option=voice.code(known), value=voice.code(str(value), 500)
            )

        await self._order(interaction, webui, order)

    @options.command(name="set", description=command_words("webui.options.set"))
    @described("webui.options.set")
    async def set_option(
        self, interaction: discord.Interaction[Any], key: str, value: str, webui: str | None = None
    ) -> None:
        """Change an option; the web UI keeps it."""
        await require_host(self._bot, interaction)
        voice, names = self._voice(interaction), targets(self._steering, webui)
        await interaction.response.defer(ephemeral=True, thinking=True)
        lines = await option_set(voice, self._steering, names, key, value)
        what = f"{', '.join(names)}: {voice.code(key)} = {voice.code(value, 200)}"
        entry = audit(interaction, self._services, "option", what=what)
        await interaction.edit_original_response(content=_cut(lines))
        await entry.tell()

    @app_commands.command(name="model", description=command_words("webui.model"))
    @described("webui.model")
    async def model(
        self, interaction: discord.Interaction[Any], checkpoint: str, webui: str | None = None
    ) -> None:
        """Load another model."""
        voice = self._voice(interaction)

        async def order(name: str) -> str:
            loaded = await self._steering.load(name, checkpoint)
            return voice.say("host.model", webui=name, name=voice.code(loaded))

        await self._order(interaction, webui, order, "model", voice.code(checkpoint))

    @app_commands.command(name="refresh", description=command_words("webui.refresh"))
    @described("webui.refresh")
    async def refresh(self, interaction: discord.Interaction[Any], webui: str | None = None) -> None:
        """Look for new files."""
        voice = self._voice(interaction)

        async def order(name: str) -> str:
            checkpoints, loras = await self._steering.refresh(name)
            return voice.say("host.refreshed", webui=name, checkpoints=checkpoints, loras=loras)

        await self._order(interaction, webui, order, "refresh")

    @app_commands.command(name="unload", description=command_words("webui.unload"))
    @described("webui.unload")
    async def unload(self, interaction: discord.Interaction[Any], webui: str | None = None) -> None:
        """Free a GPU's memory."""
        voice = self._voice(interaction)

        async def order(name: str) -> str:
            await self._steering.unload(name)
            return voice.say("host.unloaded", webui=name)

        await self._order(interaction, webui, order, "unload")

    @app_commands.command(name="reload_checkpoint", description=command_words("webui.reload_checkpoint"))
    @described("webui.reload_checkpoint")
    async def reload_checkpoint(
        self, interaction: discord.Interaction[Any], webui: str | None = None
    ) -> None:
        """Load the model again."""
        voice = self._voice(interaction)

        async def order(name: str) -> str:
            await self._steering.reload(name)
            return voice.say("host.model_reloaded", webui=name)

        await self._order(interaction, webui, order, "reload_model")

    async def _order(
        self,
        interaction: discord.Interaction[Any],
        webui: str | None,
        order: Callable[[str], Awaitable[str]],
        action: str | None = None,
        what: str = "",
    ) -> None:
        """Give it to one or all, and tell what came of it. ``action``: for the book, where it is a change."""
        await require_host(self._bot, interaction)
        names = targets(self._steering, webui)
        await interaction.response.defer(ephemeral=True, thinking=True)
        lines = await told(self._voice(interaction), names, order)
        about = " · ".join(part for part in (", ".join(names), what) if part)
        entry = None if action is None else audit(interaction, self._services, action, what=about)
        await interaction.edit_original_response(content=_cut(lines))
        if entry is not None:
            await entry.tell()

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
        await require_host(self._bot, interaction)
        until = None if duration is None else self._services.clock.now() + read_duration(duration)
        await self._hold(interaction, webui, Hold(mode=Mode.PAUSED, until=until, reason=_one_line(reason)))

    @app_commands.command(name="drain", description=command_words("webui.drain"))
    @described("webui.drain")
    async def drain(
        self, interaction: discord.Interaction[Any], reason: str = "", webui: str | None = None
    ) -> None:
        """Let it run empty."""
        await require_host(self._bot, interaction)
        await self._hold(interaction, webui, Hold(mode=Mode.DRAINING, reason=_one_line(reason)))

    @app_commands.command(name="resume", description=command_words("webui.resume"))
    @described("webui.resume")
    async def resume(self, interaction: discord.Interaction[Any], webui: str | None = None) -> None:
        """Go on."""
        await require_host(self._bot, interaction)
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
        """The names of all web UIs."""
        return _named(ranked(current, self._names(), MAX_CHOICE))

    @get_option.autocomplete("webui")
    @set_option.autocomplete("webui")
    @model.autocomplete("webui")
    @refresh.autocomplete("webui")
    @unload.autocomplete("webui")
    @reload_checkpoint.autocomplete("webui")
    async def _complete_own(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        """Those of this process."""
        return _named(ranked(current, self._steering.names, MAX_CHOICE))

    @model.autocomplete("checkpoint")
    async def _complete_model(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        """What the web UIs have."""
        known = self._services.catalog.offer().checkpoints if await self._asks(interaction) else ()
        return _named(ranked(current, [one.model_name for one in known], MAX_CHOICE))

    @get_option.autocomplete("key")
    @set_option.autocomplete("key")
    async def _complete_key(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        """What may be changed, with what it says now."""
        webui = interaction.namespace.webui
        one = webui if webui in self._steering.names else None
        found = self._steering.options(one) if await self._asks(interaction) else {}
        return [
            app_commands.Choice(name=f"{key} = {json.dumps(found[key])}"[:_CHOICE_LENGTH], value=key)
            for key in ranked(current, list(found), MAX_CHOICE)
            if len(key) <= _CHOICE_LENGTH
        ]

    async def _asks(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether it is the host who types: nobody else is to see what stands there."""
        return await is_host(self._bot, self._services, interaction.user)

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
        return WHOLE if webui is None else named(webui, self._names())

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


def _codes(voice: Voice, names: tuple[str, ...]) -> str:
    return ", ".join(voice.code(name) for name in names)


def _text_file(name: str, lines: list[str]) -> discord.File:
    return discord.File(io.BytesIO("\n".join(lines).encode()), filename=name)


def _cut(lines: list[str]) -> str:
    text = "\n".join(lines)
    return text if len(text) <= MESSAGE_ROOM else text[: MESSAGE_ROOM - 1] + "…"


def _named(names: list[str]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name[:_CHOICE_LENGTH], value=name[:_CHOICE_LENGTH]) for name in names]


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(WebUICog(bot))
