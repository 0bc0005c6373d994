"""/preset: options of /draw under a name, for oneself or for the whole server."""

import builtins
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import BadValue, ModeratorsOnly, NotAllowed, UnknownName
from bot.model.presets import Preset, Shelf, kept_options, preset_name
from bot.model.work import Drawing
from bot.storage.presets import of_guild, of_person
from cogs.options import build_request
from cogs.present import Voice, option_values
from cogs.presets import find_preset, with_preset
from cogs.standards import standards_of
from cogs.submitting import origin_of, require_posting, submit
from cogs.suggesting import suggested
from cogs.typed import Typed
from cogs.views.base import is_moderator, layout
from cogs.words import command_words, described

_SHOWN = 3_500
"""Characters of the list."""


class PresetCog(commands.GroupCog, group_name="preset", group_description=command_words("preset")):
    """Everybody has their own; moderators decide which the server has."""

    def __init__(self, bot: EaselBot) -> None:
        self._services = bot.services

    @app_commands.command(name="save", description=command_words("preset.save"))
    @described("preset.save")
    async def save(self, interaction: discord.Interaction[Any], name: str) -> None:
        """What the person asked for last, without its prompt and seed."""
        kept = preset_name(name)
        jobs = await self._services.history.page(interaction.user.id, limit=1, everything=True)
        work = jobs[0].request.work if jobs else None
        if not isinstance(work, Drawing):
            raise BadValue("name", kept, "nothing_drawn")
        options = kept_options(dict(option_values(work)))
        preset = Preset(name=kept, author_id=interaction.user.id, options=options)
        await self._services.presets.change(
            of_person(interaction.user.id), lambda shelf: shelf.having(preset)
        )
        await self._answer(interaction, "preset.saved", preset)

    @app_commands.command(name="use", description=command_words("preset.use"))
    @described("preset.use")
    async def use(self, interaction: discord.Interaction[Any], name: str, prompt: str) -> None:
        """The same as /draw with that preset."""
        require_posting(interaction)
        services = self._services
        typed = await with_preset(interaction, services, Typed(prompt=prompt), name)
        request = build_request(
            typed,
            services.catalog.offer(),
            services.settings,
            usual=services.pool.usual_checkpoint,
            below=(await standards_of(interaction, services)).below,
        )
        await submit(interaction, services, request, origin_of(interaction))

    @app_commands.command(name="share", description=command_words("preset.share"))
    @described("preset.share")
    async def share(self, interaction: discord.Interaction[Any], name: str) -> None:
        """One of the person's own becomes one of the server's."""
        guild = _guild_of(interaction)
        _require_moderator(interaction)
        preset = (await self._services.presets.of(of_person(interaction.user.id))).get(name)
        if preset is None:
            raise UnknownName("preset", name[:100])
        await self._services.presets.change(of_guild(guild), lambda shelf: shelf.having(preset))
        await self._answer(interaction, "preset.shared", preset)

    @app_commands.command(name="delete", description=command_words("preset.delete"))
    @described("preset.delete")
    async def delete(self, interaction: discord.Interaction[Any], name: str) -> None:
        """The person's own of that name, else the server's: by its author or a moderator."""
        presets, own = self._services.presets, of_person(interaction.user.id)
        preset = await find_preset(interaction, self._services, name)
        owner = own
        if (await presets.of(own)).get(name) is None:
            owner = of_guild(_guild_of(interaction))
            if preset.author_id != interaction.user.id:
                _require_moderator(interaction)
        await presets.change(owner, lambda shelf: shelf.without(name))
        await self._answer(interaction, "preset.deleted", preset)

    @app_commands.command(name="list", description=command_words("preset.list"))
    async def list(self, interaction: discord.Interaction[Any]) -> None:
        """One's own and the server's, with what they say."""
        voice = Voice(self._services.texts, str(interaction.locale))
        parts = [
            _listed(voice, "preset.own", await self._services.presets.of(of_person(interaction.user.id)))
        ]
        if interaction.guild_id is not None:
            shelf = await self._services.presets.of(of_guild(interaction.guild_id))
            parts.append(_listed(voice, "preset.server", shelf))
        text: ui.TextDisplay[Any] = ui.TextDisplay("\n".join(parts)[:_SHOWN])
        await interaction.response.send_message(view=layout(text), ephemeral=True)

    @use.autocomplete("name")
    @share.autocomplete("name")
    @delete.autocomplete("name")
    async def _complete(
        self, interaction: discord.Interaction[Any], current: str
    ) -> builtins.list[app_commands.Choice[str]]:
        """The presets that there are."""
        return await suggested(interaction, self._services, current)

    async def _answer(self, interaction: discord.Interaction[Any], key: str, preset: Preset) -> None:
        voice = Voice(self._services.texts, str(interaction.locale))
        text = voice.say(key, name=voice.code(preset.name), options=_words(voice, preset))
        await interaction.response.send_message(text, ephemeral=True)


def _listed(voice: Voice, key: str, shelf: Shelf) -> str:
    lines = [f"- {voice.code(preset.name)} {_words(voice, preset)}" for preset in shelf.presets.values()]
    return "\n".join([f"**{voice.say(key)}** · {len(lines)}", *lines])


def _words(voice: Voice, preset: Preset) -> str:
    """Each option in marks of its own, so that a line breaks between them."""
    return " · ".join(voice.code(f"{name} {value}") for name, value in preset.options.items())


def _guild_of(interaction: discord.Interaction[Any]) -> int:
    if interaction.guild_id is None:
        raise NotAllowed("share")
    return interaction.guild_id


def _require_moderator(interaction: discord.Interaction[Any]) -> None:
    if not is_moderator(interaction):
        raise ModeratorsOnly


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(PresetCog(bot))
