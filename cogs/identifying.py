"""What is known of a picture, told to one person; and what a web UI sees in it, asked for as a job."""

import asyncio
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot.errors import Refused
from bot.imaging.infotext import Infotext, parse
from bot.model.draft import Draft
from bot.model.work import Describe, DescribeModel, Request
from bot.queue.job import Job
from bot.services import Services
from cogs.present import Voice
from cogs.rebuild import Rebuilt, rebuild
from cogs.sources import Source, taken_in
from cogs.submitting import origin_of, submit
from cogs.views.base import NO_JOB, layout
from cogs.views.data import Message
from cogs.views.info import info_message


async def identified(services: Services, attachment: discord.Attachment) -> Source:
    """A file that somebody uploaded, with what can be read of it here, or else by a web UI.

    Raises PictureError, Refused and StorageError.
    """
    return await fetched(services, attachment.url, attachment.size)


async def fetched(services: Services, url: str, size: int | None) -> Source:
    """The same of a file of Discord's."""
    data = await services.fetcher.attachment(url, size_hint=size)
    source = await taken_in(services, data)
    if source.infotext:
        return source
    return replace(source, infotext=await services.pool.read_infotext(data))


async def show_info(
    interaction: discord.Interaction[Any], services: Services, infotext: str | None, after: int | None = None
) -> None:
    """The fields of an infotext and a line to send, to the person alone, also after a deferred answer.

    ``after``: whose picture it is. Raises StorageError.
    """
    voice = Voice(services.texts, str(interaction.locale))
    if infotext:
        message = await _message(interaction, services, voice, infotext, after)
    else:
        message = {"view": layout(ui.TextDisplay(voice.say("info.no_data")))}
    if interaction.response.is_done():
        await interaction.followup.send(**message, ephemeral=True)
    else:
        await interaction.response.send_message(**message, ephemeral=True)


async def ask_for_description(
    interaction: discord.Interaction[Any],
    services: Services,
    source: Source,
    models: tuple[DescribeModel, ...],
    *,
    spoiler: bool = False,
) -> Job:
    """A job of the person that says what the picture shows, hidden if it was hidden before.

    Raises whatever the queue refuses it for.
    """
    job = source.job
    request = Request(
        work=Describe(input=source.input, models=models),
        spoiler=spoiler or (job is not None and job.request.spoiler),
        source=None if job is None else job.id,
        source_picture=source.index,
    )
    return await submit(interaction, services, request, origin_of(interaction, after=source.owner))


async def _message(
    interaction: discord.Interaction[Any], services: Services, voice: Voice, text: str, after: int | None
) -> Message:
    info = await asyncio.to_thread(parse, text)  # of megabytes, if somebody made them up
    rebuilt = _rebuilt(services, info)
    draft_id = NO_JOB
    if rebuilt is not None:
        draft_id = await services.drafts.open(interaction.user.id, Draft.of(rebuilt.request, after))
    return info_message(voice, text, info, rebuilt, draft_id)


def _rebuilt(services: Services, info: Infotext) -> Rebuilt | None:
    """None where there is nothing to draw from it, such as a prompt."""
    try:
        return rebuild(info, services.catalog.offer(), services.settings)
    except Refused:
        return None
