"""/settings: one's own defaults, and what holds here; and the panels of all layers."""

from collections.abc import Callable, Mapping
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.model.preferences import Layer, Preferences
from cogs.audit import audit
from cogs.preferring import FIELDS, Kind, value_of, with_value
from cogs.present import Voice
from cogs.rights import require_may_set
from cogs.settingpanels import open_settings
from cogs.standards import checked, standards_of
from cogs.views.base import Press, chosen, layout
from cogs.views.settings import (
    Subject,
    choice_view,
    coded,
    merged_lines,
    names_for,
    page_asked_for,
    panel_view,
    title,
    value_dialog,
)
from cogs.words import command_words


class SettingsCog(commands.GroupCog, group_name="settings", group_description=command_words("settings")):
    """Everybody's own, in private."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._presses = {
            "set_pick": self._pick,
            "set_cap": self._pick,
            "set_value": self._take_value,
            "set_clear": self._clear,
            "set_back": self._back,
        }

    async def cog_load(self) -> None:
        """Panels of earlier processes go on working."""
        self._bot.add_dynamic_items(Press)
        self._bot.presses.update(self._presses)
        self._bot.submits["set_text"] = self._take_text

    async def cog_unload(self) -> None:
        """Take them back."""
        for action in self._presses:
            self._bot.presses.pop(action, None)
        self._bot.submits.pop("set_text", None)

    @app_commands.command(name="show", description=command_words("settings.show"))
    async def show(self, interaction: discord.Interaction[Any]) -> None:
        """What holds for this person in this place, and where each value comes from."""
        voice = self._voice(interaction)
        standards = await standards_of(interaction, self._services)
        lines = [f"### {voice.say('settings.here')}", *merged_lines(voice, standards.merged)]
        view = layout(discord.ui.TextDisplay("\n".join(lines)))
        await interaction.response.send_message(view=view, ephemeral=True)

    @app_commands.command(name="me", description=command_words("settings.me"))
    async def me(self, interaction: discord.Interaction[Any]) -> None:
        """One's own defaults."""
        await open_settings(
            interaction, self._services, Subject(layer=Layer.PERSON, owner_id=interaction.user.id)
        )

    async def _pick(self, interaction: discord.Interaction[Any], _: str, argument: str | None) -> None:
        """A field was chosen: its names, or a dialog for its text."""
        panel = Subject.read(argument)
        subject = Subject.read(
            Subject(layer=panel.layer, owner_id=panel.owner_id, field=chosen(interaction)).argument
        )
        preferences = await self._allowed(interaction, subject)
        if FIELDS[subject.field].kind in (Kind.NAME, Kind.SWITCH):
            await self._show_choice(interaction, subject, preferences)
            return
        modal = value_dialog(self._voice(interaction), subject, value_of(preferences, subject.field))
        await interaction.response.send_modal(modal)

    async def _take_value(self, interaction: discord.Interaction[Any], _: str, argument: str | None) -> None:
        """A name, yes or no, or another page."""
        subject, value = Subject.read(argument), chosen(interaction)
        preferences = await self._allowed(interaction, subject)
        if (page := page_asked_for(value)) is not None:
            turned = Subject(layer=subject.layer, owner_id=subject.owner_id, field=subject.field, page=page)
            await self._show_choice(interaction, turned, preferences)
            return
        field, voice = FIELDS[subject.field], self._voice(interaction)
        if field.kind is Kind.SWITCH:
            value = "true" if value == voice.say("settings.yes") else "false"
        else:
            offered = names_for(voice, field, self._services.catalog.offer())
            value = next((name for name in offered if coded(name) == value), value)
        await self._change(interaction, subject, value)

    async def _take_text(
        self, interaction: discord.Interaction[Any], about: str, sent: Mapping[str, str]
    ) -> None:
        subject = Subject.read(about)
        await self._allowed(interaction, subject)
        await self._change(interaction, subject, sent.get("value", ""))

    async def _clear(self, interaction: discord.Interaction[Any], _: str, argument: str | None) -> None:
        subject = Subject.read(argument)
        await self._allowed(interaction, subject)
        await self._change(interaction, subject, "")

    async def _back(self, interaction: discord.Interaction[Any], _: str, argument: str | None) -> None:
        subject = Subject.read(argument)
        preferences = await self._allowed(interaction, subject)
        view = panel_view(self._voice(interaction), subject, preferences)
        await interaction.response.edit_message(view=view)

    async def _allowed(self, interaction: discord.Interaction[Any], subject: Subject) -> Preferences:
        """What the layer says, for whoever may change it now."""
        await require_may_set(interaction, self._services, subject.layer, subject.owner_id)
        return await self._services.preferences.of(subject.layer, subject.owner_id)

    async def _change(self, interaction: discord.Interaction[Any], subject: Subject, value: str) -> None:
        services = self._services
        given = checked(subject.field, value, services)
        changed = await services.preferences.change(
            subject.layer, subject.owner_id, _setting(subject.field, given)
        )
        panel = Subject(layer=subject.layer, owner_id=subject.owner_id)
        view = panel_view(self._voice(interaction), panel, changed)
        if subject.layer is Layer.PERSON:
            await interaction.response.edit_message(view=view)
            return
        what = f"{title(self._voice(interaction), subject)}: `{subject.field}`"
        entry = audit(interaction, services, "settings", what=what)
        await interaction.response.edit_message(view=view)
        await entry.tell()

    async def _show_choice(
        self, interaction: discord.Interaction[Any], subject: Subject, preferences: Preferences
    ) -> None:
        voice, field = self._voice(interaction), FIELDS[subject.field]
        names = names_for(voice, field, self._services.catalog.offer())
        view = choice_view(voice, subject, value_of(preferences, subject.field), names)
        await interaction.response.edit_message(view=view)

    def _voice(self, interaction: discord.Interaction[Any]) -> Voice:
        return Voice(self._services.texts, str(interaction.locale))


def _setting(field: str, value: str) -> Callable[[Preferences], Preferences]:
    return lambda preferences: with_value(preferences, field, value)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(SettingsCog(bot))
