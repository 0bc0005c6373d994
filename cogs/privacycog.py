"""/privacy: take along what Easel keeps about oneself, or have it forgotten."""

import asyncio
import io
import json
import logging
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands
from pydantic import JsonValue

from bot.client import EaselBot
from bot.errors import ExportTooLarge
from bot.model.preferences import Layer
from bot.queue.job import Job, State
from bot.storage.history import AFTER_ALL
from bot.storage.presets import of_person
from cogs.archive import packed
from cogs.present import Voice
from cogs.views.base import NO_JOB, Press, layout, press
from cogs.words import command_words

log = logging.getLogger(__name__)

_BATCH = 200
_COST_KEPT_SECONDS = 86_400.0
"""What was drawn since then still counts for the day's quota, so its cost stays when its text goes."""


class PrivacyCog(commands.GroupCog, group_name="privacy", group_description=command_words("privacy")):
    """Everybody decides about their own data."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services

    async def cog_load(self) -> None:
        """The button works after a restart, too."""
        self._bot.add_dynamic_items(Press)
        self._bot.presses["privacy_yes"] = self._delete

    async def cog_unload(self) -> None:
        """Take the button back."""
        self._bot.presses.pop("privacy_yes", None)

    @app_commands.command(name="export", description=command_words("privacy.export"))
    async def export(self, interaction: discord.Interaction[Any]) -> None:
        """All that is kept, as one file."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        voice = Voice(self._services.texts, str(interaction.locale))
        kept = await self._everything(interaction.user.id)
        name, data = await asyncio.to_thread(packed, kept, interaction.filesize_limit)
        if len(data) > interaction.filesize_limit:
            raise ExportTooLarge(actual=len(data), limit=interaction.filesize_limit)
        file = discord.File(io.BytesIO(data), filename=name)
        text = voice.say("privacy.exported", jobs=len(kept["jobs"]))
        await interaction.followup.send(text, file=file, ephemeral=True)

    @app_commands.command(name="delete", description=command_words("privacy.delete"))
    async def delete(self, interaction: discord.Interaction[Any]) -> None:
        """Asks first, and says what stays."""
        voice = Voice(self._services.texts, str(interaction.locale))
        button = press(
            "privacy_yes", NO_JOB, label=voice.say("privacy.delete"), style=discord.ButtonStyle.danger
        )
        view = layout(discord.ui.TextDisplay(voice.say("privacy.ask")), discord.ui.ActionRow(button))
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _delete(self, interaction: discord.Interaction[Any], _: str, __: str | None) -> None:
        await interaction.response.defer()
        services, user_id = self._services, interaction.user.id
        for job in await self._live(user_id):
            await services.queue.cancel(job.id, keep=False)
        still = await self._live(user_id)
        kept_since = services.clock.now() - _COST_KEPT_SECONDS
        erased = await services.history.erase(user_id, kept_since=kept_since)
        await asyncio.to_thread(services.pictures.remove, erased.files)
        await services.inputs.remove(erased.inputs)
        await services.preferences.forget([(Layer.PERSON, user_id)])
        await services.presets.forget(of_person(user_id))
        log.info("a person's data were deleted", extra={"jobs": erased.jobs, "files": len(erased.files)})
        voice = Voice(services.texts, str(interaction.locale))
        lines = [voice.say("privacy.deleted", jobs=erased.jobs, pictures=len(erased.files))]
        if still:
            lines.append(voice.say("privacy.again"))
        lines.append(f"-# {voice.say('privacy.stays')}")
        view = layout(discord.ui.TextDisplay("\n".join(lines)))
        await interaction.edit_original_response(view=view)

    async def _live(self, user_id: int) -> list[Job]:
        """What is not over yet: it cannot be forgotten while somebody works on it."""
        jobs = await self._services.store.in_state(State.WAITING, State.RUNNING, State.RENDERED)
        return [job for job in jobs if job.origin.user_id == user_id]

    async def _everything(self, user_id: int) -> dict[str, list[JsonValue]]:
        own = await self._services.preferences.of(Layer.PERSON, user_id)
        presets = (await self._services.presets.of(of_person(user_id))).presets.values()
        jobs: list[JsonValue] = []
        before = AFTER_ALL
        while page := await self._services.history.page(
            user_id, before=before, limit=_BATCH, everything=True
        ):
            jobs += [_exported(job) for job in page]
            before = page[-1].id
        return {
            "preferences": [own.model_dump(mode="json", exclude_none=True)],
            "presets": [preset.model_dump(mode="json") for preset in presets],
            "jobs": jobs,
        }


def _exported(job: Job) -> JsonValue:
    """What is kept of one job, in words that need no knowledge of the database."""
    pictures: Sequence[JsonValue] = [
        {"seed": one.seed, "width": one.width, "height": one.height, "infotext": one.infotext}
        for one in job.pictures
    ]
    return {
        "id": job.id,
        "asked_at": job.created_at,
        "state": job.state.value,
        "request": json.loads(job.request.model_dump_json()),
        "where": json.loads(job.origin.model_dump_json()),
        "seconds": job.seconds,
        "pictures": list(pictures),
    }


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(PrivacyCog(bot))
