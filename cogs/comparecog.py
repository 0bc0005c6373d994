"""/compare: a table of pictures that differ along two axes."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import NotYours
from cogs.axes import read_axes
from cogs.comparing import ask_first, draw_all
from cogs.options import new_seed
from cogs.presets import with_preset
from cogs.submitting import require_posting
from cogs.suggesting import suggested
from cogs.typed import Typed
from cogs.views.base import Press, is_moderator
from cogs.words import command_words, described


class CompareCog(commands.Cog):
    """The question, its button, and the one below the sheet."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._presses = {"compare": self._draw, "delete_sheet": self._delete}

    async def cog_load(self) -> None:
        """Buttons work from the first moment, also those of earlier processes."""
        self._bot.add_dynamic_items(Press)
        self._bot.presses.update(self._presses)

    async def cog_unload(self) -> None:
        """Take the buttons back."""
        for action in self._presses:
            self._bot.presses.pop(action, None)

    @app_commands.command(name="compare", description=command_words("compare"))
    @described("compare")
    async def compare(
        self,
        interaction: discord.Interaction[Any],
        prompt: str,
        x: str,
        y: str | None = None,
        negative_prompt: str | None = None,
        data_model: str | None = None,
        size: str | None = None,
        steps: int | None = None,
        guidance_scale: float | None = None,
        sampler: str | None = None,
        scheduler: str | None = None,
        seed: int | None = None,
        styles: str | None = None,
        extra_net: str | None = None,
        clip_skip: int | None = None,
        preset: str | None = None,
        spoiler: bool | None = None,
    ) -> None:
        """Say what a table of pictures takes, and draw it when its person says so."""
        require_posting(interaction)
        across, down = read_axes(x, y, new_seed)
        typed = Typed(
            prompt=prompt,
            negative_prompt=negative_prompt,
            data_model=data_model,
            size=size,
            steps=steps,
            guidance_scale=guidance_scale,
            sampler=sampler,
            scheduler=scheduler,
            seed=seed,
            styles=styles,
            extra_net=extra_net,
            clip_skip=clip_skip,
            spoiler=spoiler,
        )
        typed = await with_preset(interaction, self._services, typed, preset)
        await ask_first(interaction, self._services, typed, across, down)

    @compare.autocomplete("x")
    @compare.autocomplete("y")
    @compare.autocomplete("data_model")
    @compare.autocomplete("size")
    @compare.autocomplete("sampler")
    @compare.autocomplete("scheduler")
    @compare.autocomplete("styles")
    @compare.autocomplete("extra_net")
    @compare.autocomplete("preset")
    async def _complete(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        """Suggestions for the option being typed."""
        return await suggested(interaction, self._services, current)

    async def _draw(self, interaction: discord.Interaction[Any], draft_id: str, _: str | None) -> None:
        await draw_all(interaction, self._services, draft_id)

    async def _delete(self, interaction: discord.Interaction[Any], _: str, owner: str | None) -> None:
        """The sheet alone: each of its pictures has a button of its own."""
        if owner != str(interaction.user.id) and not is_moderator(interaction):
            raise NotYours(owner=int(owner or 0))
        await interaction.response.defer()
        await interaction.delete_original_response()


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(CompareCog(bot))
