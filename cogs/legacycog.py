"""Messages that aiyabot left behind under the same application: its buttons, menus and ❌ go on working.

They carry no data, so the attached picture's own is read. Whose a message is stands at its beginning, where
aiyabot mentions the person. https://github.com/Kilvoctu/aiyabot/blob/main/core/viewhandler.py
"""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

import discord
from discord import ui
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import Gone, NotYours
from bot.services import Services
from cogs.messageacts import again, download, enlarge, info, redraw
from cogs.views.base import custom_ids, is_moderator, job_in

_OWNER = re.compile(r"<@!?([0-9]{1,20})>")
_TEMPLATE = re.compile(r"(?P<name>button_[a-z_-]{1,20}|download_menu|upscale_menu)")

Act = Callable[[discord.Interaction[Any], Services, discord.Message], Awaitable[None]]


def owner_of(message: discord.Message) -> int | None:
    """Whom aiyabot made it for, if it says so."""
    found = _OWNER.match(message.content)
    return int(found[1]) if found else None


class Legacy(ui.DynamicItem[ui.Item[Any]], template=_TEMPLATE):
    """A button or select of aiyabot's."""

    def __init__(self, item: ui.Item[Any], name: str) -> None:
        super().__init__(item)
        self.name = name

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """What was pressed, from its custom_id alone."""
        return cls(item, match["name"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button did; whatever goes wrong is answered in one place."""
        bot = interaction.client
        if not isinstance(bot, EaselBot):
            raise TypeError("a Legacy belongs to an EaselBot")
        try:
            await _ACTS.get(self.name, _gone)(interaction, bot.services, _message(interaction))
        except Exception as error:  # noqa: BLE001 - discord.py would only log it and leave the person waiting
            await bot.explain(interaction, error)


def _message(interaction: discord.Interaction[Any]) -> discord.Message:
    if interaction.message is None:
        raise Gone
    return interaction.message


async def _gone(interaction: discord.Interaction[Any], services: Services, message: discord.Message) -> None:
    """What was running then does not run any more."""
    raise Gone


async def _roll(interaction: discord.Interaction[Any], services: Services, message: discord.Message) -> None:
    _require_maker(interaction, services, message)
    await again(interaction, services, message, owner_of(message))


async def _edit(interaction: discord.Interaction[Any], services: Services, message: discord.Message) -> None:
    _require_maker(interaction, services, message)
    await redraw(interaction, services, message, owner_of(message))


async def _upscale(
    interaction: discord.Interaction[Any], services: Services, message: discord.Message
) -> None:
    _require_maker(interaction, services, message)
    await enlarge(interaction, services, message, owner_of(message))


async def _delete(
    interaction: discord.Interaction[Any], services: Services, message: discord.Message
) -> None:
    """For whom it was made, where that is known, and for moderators."""
    owner = owner_of(message)
    if owner != interaction.user.id and not is_moderator(interaction):
        raise NotYours(owner=owner or 0)
    await interaction.response.defer()
    with suppress(discord.NotFound):  # pressed twice
        await message.delete()


def _require_maker(
    interaction: discord.Interaction[Any], services: Services, message: discord.Message
) -> None:
    """Who may make something new of it. Raises NotYours."""
    owner = owner_of(message)
    if services.settings.buttons.restrict_to_owner and owner != interaction.user.id:
        raise NotYours(owner=owner or 0)


_ACTS: dict[str, Act] = {
    "button_re-prompt": _edit,
    "button_re-roll": _roll,
    "button_upscale": _upscale,
    "upscale_menu": _upscale,
    "button_review": info,
    "download_menu": download,
    "button_x": _delete,
    "button_x_solo": _delete,
}


class LegacyCog(commands.Cog):
    """Answers for aiyabot."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """From now on."""
        self._bot.add_dynamic_items(Legacy)

    async def cog_unload(self) -> None:
        """No longer."""
        self._bot.remove_dynamic_items(Legacy)

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """❌ deletes a result of one's own: what aiyabot's people do when a button does not answer."""
        own = self._bot.user
        if payload.emoji.name != "❌" or own is None or payload.message_author_id != own.id:
            return
        where = self._bot.get_partial_messageable(payload.channel_id, guild_id=payload.guild_id)
        try:
            message = await where.fetch_message(payload.message_id)
            if await self._owner(message) == payload.user_id:
                await message.delete()
        except (discord.NotFound, discord.Forbidden):
            return

    async def _owner(self, message: discord.Message) -> int | None:
        job_id = job_in(custom_ids(message))
        job = None if job_id is None else await self._bot.services.store.get(job_id)
        return owner_of(message) if job is None else job.origin.user_id


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(LegacyCog(bot))
