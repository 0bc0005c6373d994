"""/draw, and the buttons of what it made."""

import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import BadValue
from bot.model.details import read_details
from bot.model.work import Request
from bot.queue.manager import CancelOutcome
from cogs.choosing import chosen
from cogs.options import again, build_request, resize_mode_of, wants_all
from cogs.permuting import ask_first, draw_all
from cogs.present import Voice
from cogs.presets import with_preset
from cogs.showing import as_shown
from cogs.sources import MOST_PICTURES, Given
from cogs.standards import standards_of
from cogs.submitting import (
    admitted,
    loading,
    origin_of,
    require_admission,
    require_posting,
    source_of,
    stored_job,
    submit,
)
from cogs.suggesting import suggested
from cogs.typed import Typed
from cogs.variations import Beginning, without_picture
from cogs.views.base import Press, require_owner
from cogs.views.data import data_message, dry_run_message
from cogs.views.result import confirm_delete_view
from cogs.words import command_words, described

log = logging.getLogger(__name__)


class StableCog(commands.Cog):
    """Text to pictures."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._presses = {
            "cancel": self._cancel,
            "skip": self._skip,
            "reroll": self._reroll,
            "data": self._data,
            "delete": self._delete,
            "delete_yes": self._delete_all,
            "permute": self._permute,
        }

    async def cog_load(self) -> None:
        """Buttons work from the first moment, also those of earlier processes."""
        self._bot.add_dynamic_items(Press)
        self._bot.presses.update(self._presses)

    async def cog_unload(self) -> None:
        """Take the buttons back."""
        for action in self._presses:
            self._bot.presses.pop(action, None)

    @app_commands.command(name="draw", description=command_words("draw"))
    @described("draw")
    async def draw(
        self,
        interaction: discord.Interaction[Any],
        prompt: str,
        negative_prompt: str | None = None,
        data_model: str | None = None,
        steps: int | None = None,
        width: int | None = None,
        height: int | None = None,
        size: str | None = None,
        guidance_scale: float | None = None,
        sampler: str | None = None,
        scheduler: str | None = None,
        seed: int | None = None,
        styles: str | None = None,
        extra_net: str | None = None,
        facefix: str | None = None,
        highres_fix: str | None = None,
        clip_skip: int | None = None,
        vae: str | None = None,
        batch: str | None = None,
        init_image: discord.Attachment | None = None,
        strength: float | None = None,
        override: str | None = None,
        more: str | None = None,
        preset: str | None = None,
        spoiler: bool | None = None,
        check: bool = False,
    ) -> None:
        """Draw a picture."""
        require_posting(interaction)
        typed = Typed(
            prompt=prompt,
            negative_prompt=negative_prompt,
            data_model=data_model,
            steps=steps,
            width=width,
            height=height,
            size=size,
            guidance_scale=guidance_scale,
            sampler=sampler,
            scheduler=scheduler,
            seed=seed,
            styles=styles,
            extra_net=extra_net,
            facefix=facefix,
            highres_fix=highres_fix,
            clip_skip=clip_skip,
            vae=vae,
            batch=batch,
            override=override,
            more=more,
            spoiler=spoiler,
        )
        typed = await with_preset(interaction, self._services, typed, preset)
        standards = await standards_of(interaction, self._services)
        request = build_request(
            typed,
            self._services.catalog.offer(),
            self._services.settings,
            usual=self._services.pool.usual_checkpoint,
            below=standards.below,
        )
        given = given_in(init_image, more)
        if given is not None:
            if wants_all(typed):
                raise BadValue("permute", "true", "not_with_picture")
            strength = standards.merged.choices.strength if strength is None else strength
            sized = width is not None or height is not None or size is not None
            begin = Beginning(given=given, strength=strength, resize_mode=resize_mode_of(typed), sized=sized)
            await self._draw_from(interaction, request, begin, check=check)
        elif wants_all(typed) and not check:
            await ask_first(interaction, self._services, request)
        elif check:
            await self._show_check(interaction, without_picture(request, strength))
        else:
            request = without_picture(request, strength)
            await submit(interaction, self._services, request, origin_of(interaction))

    @draw.autocomplete("data_model")
    @draw.autocomplete("size")
    @draw.autocomplete("sampler")
    @draw.autocomplete("scheduler")
    @draw.autocomplete("styles")
    @draw.autocomplete("extra_net")
    @draw.autocomplete("facefix")
    @draw.autocomplete("highres_fix")
    @draw.autocomplete("vae")
    @draw.autocomplete("override")
    @draw.autocomplete("more")
    @draw.autocomplete("preset")
    async def _complete(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        """Suggestions for the option being typed."""
        return await suggested(interaction, self._services, current)

    async def _draw_from(
        self, interaction: discord.Interaction[Any], request: Request, begin: Beginning, *, check: bool
    ) -> None:
        """What can be refused from memory is refused before the picture is asked for."""
        planned = begin.planned(request, self._services.settings)
        if check:
            await self._show_check(interaction, planned)
            return
        await require_admission(interaction, self._services, planned)
        async with loading(interaction):
            source = await begin.given.read(interaction, self._services)
            request = begin.begun(request, source, self._services.settings)
            origin = origin_of(interaction, after=source.owner)
            await submit(interaction, self._services, request, origin)

    async def _show_check(self, interaction: discord.Interaction[Any], request: Request) -> None:
        request = await chosen(request, self._services.wildcards)
        voice = Voice(self._services.texts, str(interaction.locale))
        standards = await standards_of(interaction, self._services)
        request = await admitted(interaction, self._services, standards, request)
        wait, seconds = await self._services.queue.wait_for_new(request, interaction.user.id)
        payload = self._services.pool.dry_run(request.work)
        message = dry_run_message(voice, request, payload, wait, seconds)
        await interaction.response.send_message(**message, ephemeral=True)

    async def _cancel(self, interaction: discord.Interaction[Any], job_id: str, _: str | None) -> None:
        job = await stored_job(self._services, job_id)
        require_owner(interaction, job)
        # What a moderator stops is not to be seen; who stops their own has paid for what is drawn.
        own = interaction.user.id == job.origin.user_id
        outcome = await self._services.queue.cancel(job_id, keep=own)
        if outcome is not CancelOutcome.TOO_LATE and is_about(interaction, job.status_message_id):
            await interaction.response.defer()  # the message itself shows what became of it
            return
        voice = Voice(self._services.texts, str(interaction.locale))
        text = voice.say("cancel.too_late" if outcome is CancelOutcome.TOO_LATE else "cancel.done")
        await interaction.response.send_message(text, ephemeral=True)

    async def _skip(self, interaction: discord.Interaction[Any], job_id: str, _: str | None) -> None:
        """Leave the picture that is being drawn as it is, and go on with the next one of the batch."""
        job = await stored_job(self._services, job_id)
        require_owner(interaction, job)
        await interaction.response.defer(ephemeral=True, thinking=True)  # the web UI is asked twice
        services = self._services
        skipped = await services.pool.skip(job_id) or await services.queue.skip_elsewhere(job_id)
        voice = Voice(self._services.texts, str(interaction.locale))
        text = voice.say("skip.done" if skipped else "skip.too_late")
        await interaction.followup.send(text, ephemeral=True)

    async def _reroll(self, interaction: discord.Interaction[Any], job_id: str, _: str | None) -> None:
        """The same once more with another seed: a job of whoever presses, within their limits."""
        job = await source_of(interaction, self._services, job_id)
        request = again(job.request, self._services.settings)
        origin = origin_of(interaction, after=job.origin.user_id)
        await submit(interaction, self._services, request, origin)

    async def _permute(self, interaction: discord.Interaction[Any], draft_id: str, _: str | None) -> None:
        """Every choice of a prompt, now that it is known what they cost."""
        require_posting(interaction)
        await draw_all(interaction, self._services, draft_id)

    async def _data(self, interaction: discord.Interaction[Any], job_id: str, _: str | None) -> None:
        job = await as_shown(interaction, self._services, await stored_job(self._services, job_id))
        voice = Voice(self._services.texts, str(interaction.locale))
        await interaction.response.send_message(**data_message(voice, job), ephemeral=True)

    async def _delete(self, interaction: discord.Interaction[Any], job_id: str, part: str | None) -> None:
        job = await stored_job(self._services, job_id)
        require_owner(interaction, job)
        if len(job.pictures) > 1:
            await self._note_posted(interaction, job_id, part)
            voice = Voice(self._services.texts, str(interaction.locale))
            await interaction.response.send_message(view=confirm_delete_view(voice, job), ephemeral=True)
            return
        await interaction.response.defer()
        if interaction.message is not None:
            await delete_quietly(interaction.message)

    async def _note_posted(
        self, interaction: discord.Interaction[Any], job_id: str, part: str | None
    ) -> None:
        """Who presses a button under a message proves that it is there, perhaps before its post's answer."""
        for delivery in await self._services.store.deliveries(job_id):
            if str(delivery.part) == part and delivery.message_id is None and interaction.message is not None:
                await self._services.store.set_posted(delivery.id, interaction.message.id)

    async def _delete_all(self, interaction: discord.Interaction[Any], job_id: str, _: str | None) -> None:
        job = await stored_job(self._services, job_id)
        require_owner(interaction, job)
        await interaction.response.defer()
        # Where the button is: the result may have gone to direct messages.
        where = interaction.channel_id or job.origin.channel_id
        channel = self._bot.get_partial_messageable(where, guild_id=interaction.guild_id)
        for delivery in await self._services.store.deliveries(job_id):
            if delivery.message_id is not None:
                await delete_quietly(channel.get_partial_message(delivery.message_id))
        await interaction.delete_original_response()


def given_in(init_image: discord.Attachment | None, more: str | None) -> Given | None:
    """The picture to begin with: attached, or by its link in ``more``. Raises BadValue."""
    details = read_details(more)
    link, picture = details.text("link"), details.whole("picture", 1, MOST_PICTURES)
    if init_image is None and link is None:
        return None
    return Given(image=init_image, link=link, picture=picture)


def is_about(interaction: discord.Interaction[Any], message_id: int | None) -> bool:
    """Whether it came from that very message, and not from a panel that lists several jobs."""
    return interaction.message is not None and interaction.message.id == message_id


async def delete_quietly(message: discord.Message | discord.PartialMessage) -> None:
    """Delete a message; one that is already gone is as good."""
    try:
        await message.delete()
    except discord.NotFound:
        log.info("a message was already gone", extra={"message_id": message.id})


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(StableCog(bot))
