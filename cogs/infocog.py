"""/help and /info: what one can do here, and what there is to choose from."""

from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.backends.catalog import Offer
from bot.backends.models import ModelList
from bot.client import EaselBot
from cogs.present import Voice, webui_line
from cogs.using import usable
from cogs.views.base import layout
from cogs.words import choices, command_words, described

_SHOWN = 3000
"""Characters of a list; a longer one is cut with a hint to search."""
LISTS = (
    "checkpoints",
    "samplers",
    "schedulers",
    "styles",
    "extra_networks",
    "vaes",
    "upscalers",
    "wildcards",
    "webuis",
)


class InfoCog(commands.Cog):
    """Answers in private."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services

    @app_commands.command(name="help", description=command_words("help"))
    async def help(self, interaction: discord.Interaction[Any]) -> None:
        """An example to copy, the commands, the prompt's syntax, what is kept."""
        voice = Voice(self._services.texts, str(interaction.locale))
        commands_here = [
            f"`/{command.name}` {voice.say(f'command.{command.name}')}"
            for command in await usable(interaction, self._bot)
        ]
        parts = [
            f"**{voice.say('help.title')}**",
            voice.say("help.example"),
            "\n".join(sorted(commands_here)),
            voice.say("help.syntax"),
            voice.say("help.privacy"),
        ]
        await interaction.response.send_message(
            view=layout(ui.TextDisplay("\n\n".join(parts))), ephemeral=True
        )

    @app_commands.command(name="info", description=command_words("info"))
    @described("info")
    @app_commands.choices(what=choices("info", LISTS))
    async def info(
        self, interaction: discord.Interaction[Any], what: str = "checkpoints", search: str = ""
    ) -> None:
        """One of the lists, or the state of the web UIs."""
        voice = Voice(self._services.texts, str(interaction.locale))
        names = self._names(voice, what)
        wanted = search.strip().casefold()
        found = [name for name in names if wanted in name.casefold()]
        title = f"**{voice.say(f'info.{what}')}** · {len(found)}"
        if what not in ("webuis", "wildcards") and not self._services.catalog.offer().known:
            text = f"{title}\n{voice.say('info.not_yet')}"
        else:
            text = f"{title}\n{_listed(voice, found)}"
        await interaction.response.send_message(view=layout(ui.TextDisplay(text)), ephemeral=True)

    def _names(self, voice: Voice, what: str) -> list[str]:
        services = self._services
        if what == "webuis":
            return [webui_line(voice, status) for status in services.pool.statuses()]
        if what == "wildcards":
            return [f"__{name}__" for name in services.wildcards.names]
        offer = services.catalog.offer()
        if what == "checkpoints":
            models = ModelList(services.settings.model)
            return [models.shown(checkpoint) for checkpoint in models.offered(offer.checkpoints)]
        return names_in(offer, what)


def names_in(offer: Offer, what: str) -> list[str]:
    """The names of one list."""
    match what:
        case "samplers":
            return [sampler.name for sampler in offer.samplers]
        case "schedulers":
            return [scheduler.shown for scheduler in offer.schedulers]
        case "styles":
            return [style.name for style in offer.styles]
        case "vaes":
            return list(offer.vaes)
        case "upscalers":
            return list(offer.highres_upscalers)
        case _:
            return [*(lora.name for lora in offer.loras), *offer.hypernetworks, *offer.embeddings]


def _listed(voice: Voice, names: list[str]) -> str:
    if not names:
        return voice.say("info.none")
    lines: list[str] = []
    room = _SHOWN
    for name in names:
        line = f"- {voice.code(name)}"
        room -= len(line) + 1
        if room < 0:
            lines.append(voice.say("info.more", count=len(names) - len(lines)))
            break
        lines.append(line)
    return "\n".join(lines)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(InfoCog(bot))
