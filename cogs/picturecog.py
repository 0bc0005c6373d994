"""What can be done with a picture that is there: the gallery, a copy, and the panel with everything."""

from typing import Any

import discord
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import Gone
from bot.queue.job import Job, Picture
from cogs.audit import audit
from cogs.gallery import Gallery, gallery_of, post_favourite, send_copy
from cogs.picking import picture_of, pictures_of_part
from cogs.present import Voice
from cogs.showing import require_direct
from cogs.submitting import stored_job
from cogs.views.base import chosen
from cogs.views.picture import PICKABLE, more_view, pick_view


class PictureCog(commands.Cog):
    """Answers in private."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._presses = {
            "pick": self._pick,
            "more": self._more,
            "more_pick": self._turn,
            "favourite": self._favourite,
            "copy": self._copy,
            "report": self._report,
        }

    async def cog_load(self) -> None:
        """Buttons of earlier processes go on working."""
        self._bot.presses.update(self._presses)

    async def cog_unload(self) -> None:
        """Take them back."""
        for action in self._presses:
            self._bot.presses.pop(action, None)

    async def _pick(self, interaction: discord.Interaction[Any], job_id: str, argument: str | None) -> None:
        """Which of the pictures of a message is meant."""
        name, _, part = (argument or "").rpartition("_")
        action = next((action for action in PICKABLE if action == name), None)
        if action is None:
            raise Gone
        job = await stored_job(self._services, job_id)
        pictures = await pictures_of_part(self._services, job, part)
        view = pick_view(self._voice(interaction), job, action, pictures)
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _more(self, interaction: discord.Interaction[Any], job_id: str, argument: str | None) -> None:
        part, _, picture = (argument or "").partition("_")
        job = await stored_job(self._services, job_id)
        pictures = await pictures_of_part(self._services, job, part)
        view = more_view(self._voice(interaction), job, int(part), pictures, picture_of(job, picture).index)
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _turn(self, interaction: discord.Interaction[Any], job_id: str, part: str | None) -> None:
        """Another picture of the batch in the same panel."""
        job = await stored_job(self._services, job_id)
        picture = picture_of(job, chosen(interaction))
        pictures = await pictures_of_part(self._services, job, part or "")
        view = more_view(self._voice(interaction), job, int(part or 0), pictures, picture.index)
        await interaction.response.edit_message(view=view)

    async def _favourite(
        self, interaction: discord.Interaction[Any], job_id: str, argument: str | None
    ) -> None:
        """To the gallery, once, whoever likes it."""
        job = await stored_job(self._services, job_id)
        picture = picture_of(job, argument)
        gallery = await gallery_of(interaction, self._bot, job)
        favourites, voice = self._services.favourites, self._voice(interaction)
        now = self._services.clock.now()
        if not await favourites.claim(job_id, picture.index, interaction.user.id, now):
            await interaction.response.send_message(voice.say("gallery.already"), ephemeral=True)
            return
        try:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await self._post(job, picture, gallery)
        except BaseException:
            await favourites.release(job_id, picture.index)
            raise
        await interaction.followup.send(voice.say("gallery.done", channel=gallery.mention), ephemeral=True)

    async def _post(self, job: Job, picture: Picture, gallery: Gallery) -> None:
        link = await self._link(job, picture)
        message_id = await post_favourite(self._services, job, picture, gallery, link)
        await self._services.favourites.posted(job.id, picture.index, message_id)

    async def _copy(self, interaction: discord.Interaction[Any], job_id: str, argument: str | None) -> None:
        """To the direct messages of whoever presses."""
        job = await stored_job(self._services, job_id)
        picture, voice = picture_of(job, argument), self._voice(interaction)
        await require_direct(self._services, job, interaction.user.id)
        await interaction.response.defer(ephemeral=True, thinking=True)
        link = await self._link(job, picture)
        await send_copy(self._services, voice, job, picture, interaction.user, link)
        await interaction.followup.send(voice.say("copy.done"), ephemeral=True)

    async def _report(self, interaction: discord.Interaction[Any], job_id: str, argument: str | None) -> None:
        """To whoever looks after the server, with a link and not with the picture."""
        job = await stored_job(self._services, job_id)
        voice, rules = self._voice(interaction), await self._services.preferences.rules(interaction.guild_id)
        if rules.audit_channel is None:
            await interaction.response.send_message(voice.say("report.nowhere"), ephemeral=True)
            return
        link = await self._link(job, picture_of(job, argument))
        what = f"{link} (<@{job.origin.user_id}>)"
        entry = audit(interaction, self._services, "report", what=what, jobs=[job_id])
        await interaction.response.send_message(voice.say("report.done"), ephemeral=True)
        await entry.tell()

    async def _link(self, job: Job, picture: Picture) -> str:
        """To the message that carries the picture, or to its channel while that is not known."""
        where = f"https://discord.com/channels/{job.origin.guild_id or '@me'}/{job.origin.channel_id}"
        for delivery in await self._services.store.deliveries(job.id):
            if picture.index in delivery.pictures and delivery.message_id is not None:
                return f"{where}/{delivery.message_id}"
        return where

    def _voice(self, interaction: discord.Interaction[Any]) -> Voice:
        return Voice(self._services.texts, str(interaction.locale))


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(PictureCog(bot))
