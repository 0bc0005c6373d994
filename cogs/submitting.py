"""One way for every command and button to put a request into the line and to say so."""

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord

from bot.answers import is_foreign
from bot.client import NETWORK_ERRORS
from bot.errors import Gone, MissingPermissions
from bot.model.work import Origin, Request
from bot.queue.job import Job
from bot.services import Services
from cogs.allowance import allowance_of
from cogs.choosing import chosen
from cogs.gate import let_through
from cogs.present import public_voice, still_words
from cogs.standards import Standards, standards_of
from cogs.views.base import require_owner
from cogs.views.result import status_view, waiting_headline

log = logging.getLogger(__name__)

NEEDED = ("view_channel", "send_messages", "attach_files")
NEEDED_IN_THREADS = ("view_channel", "send_messages_in_threads", "attach_files")


def require_posting(interaction: discord.Interaction[Any]) -> None:
    """The bot must be able to post the result where it was asked for.

    Raises MissingPermissions.
    """
    if is_foreign(interaction):
        return  # the result takes the place of the answer, which needs no right of ours
    in_thread = isinstance(interaction.channel, discord.Thread)
    needed = NEEDED_IN_THREADS if in_thread else NEEDED
    have = interaction.app_permissions
    missing = tuple(name for name in needed if not getattr(have, name))
    if missing:
        raise MissingPermissions(missing)


def origin_of(interaction: discord.Interaction[Any], after: int | None = None) -> Origin:
    """Who asked, where, and in which languages. ``after``: whose picture it was, if another person's."""
    return Origin(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        user_id=interaction.user.id,
        locale=str(interaction.locale),
        guild_locale=str(interaction.guild_locale) if interaction.guild_locale else None,
        filesize_limit=interaction.filesize_limit,
        after_user_id=after if after != interaction.user.id else None,
    )


async def stored_job(services: Services, job_id: str) -> Job:
    """The job that a button is about. Raises Gone."""
    job = await services.store.get(job_id)
    if job is None:
        raise Gone
    return job


async def source_of(interaction: discord.Interaction[Any], services: Services, job_id: str) -> Job:
    """The job from which whoever presses makes something new: their own, unless the host keeps it to owners.

    Raises MissingPermissions, Gone, NotYours.
    """
    require_posting(interaction)
    job = await stored_job(services, job_id)
    if services.settings.buttons.restrict_to_owner:
        require_owner(interaction, job)
    return job


async def admitted(
    interaction: discord.Interaction[Any], services: Services, standards: Standards, request: Request
) -> Request:
    """The request as whoever acts may have it here and now.

    Every request passes here, however it came about: option, button, dialog, preset, or an old picture.
    Raises what ``let_through`` does, and BadValue.
    """
    return standards.applied_to(await let_through(interaction, services, request), services.settings)


async def require_admission(
    interaction: discord.Interaction[Any], services: Services, request: Request
) -> None:
    """Refuse before anything is read what ``submit`` would refuse for what it asks for. Raises as that."""
    services.control.require_taking()
    await admitted(interaction, services, await standards_of(interaction, services), request)


async def enqueue(
    interaction: discord.Interaction[Any], services: Services, request: Request, origin: Origin
) -> Job:
    """Make it durable, and say nothing yet. Raises whatever it is refused for."""
    services.control.require_taking()
    request = await chosen(request, services.wildcards)
    standards = await standards_of(interaction, services)
    return await services.queue.submit(
        await admitted(interaction, services, standards, request),
        origin,
        admission=standards.admission(services.settings),
        allowance=allowance_of(services, standards.merged.caps),
    )


async def submit(
    interaction: discord.Interaction[Any], services: Services, request: Request, origin: Origin
) -> Job:
    """Make it durable, then say so, as the interaction's first answer or in place of "thinking".

    Raises whatever it is refused for.
    """
    queue, began = services.queue, time.monotonic()
    job = await enqueue(interaction, services, request, origin)
    answer = interaction.client.answers.expect(job.id, interaction)
    wait = await queue.wait_for(job.id)
    voice = public_voice(services.texts, origin)
    view = status_view(voice, job, waiting_headline(voice, job, wait, still_words(voice, services)))
    try:
        message_id = await _answer(interaction, view)
        services.metrics.acknowledged(time.monotonic() - began)
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        # The job is safe: its result will come to the channel, with or without a status message before.
        kind = type(error).__name__
        log.warning("a job was queued but not acknowledged", extra={"job": job.id, "kind": kind})
        message_id = await answered_anyway(interaction)
    if answer is not None:
        answer.made.set()
    elif message_id is not None:
        await queue.attach_status(job.id, message_id)
    return job


async def _answer(interaction: discord.Interaction[Any], view: discord.ui.LayoutView) -> int | None:
    if interaction.response.is_done():
        return (await interaction.edit_original_response(view=view)).id
    return (await interaction.response.send_message(view=view)).message_id


@asynccontextmanager
async def loading(interaction: discord.Interaction[Any]) -> AsyncIterator[None]:
    """A loading message for everybody while a picture is read; it goes where that fails.

    The sentence that says why is then a follow-up for the person alone: as long as the loading message is
    there, the first follow-up would take its place, in public.
    """
    await interaction.response.defer(thinking=True)
    try:
        yield
    except Exception:
        await _take_back(interaction)
        raise


async def _take_back(interaction: discord.Interaction[Any]) -> None:
    try:
        await interaction.delete_original_response()
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        log.info("a loading message stays", extra={"kind": type(error).__name__})


async def answered_anyway(interaction: discord.Interaction[Any]) -> int | None:
    """The message of an answer that Discord took although the connection broke, if it did."""
    try:
        message = await interaction.original_response()
    except (discord.DiscordException, *NETWORK_ERRORS):
        return None
    return message.id
