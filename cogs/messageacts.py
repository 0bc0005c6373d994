"""What message menus, and buttons that aiyabot left behind, do with the pictures of a message.

Our own pictures start from the stored job. Of others the data is read from the file, and nothing is added.
"""

import asyncio
import io
from typing import Any

import discord

from bot.errors import BadValue, NoData, NoPicture, TooLargeToSend
from bot.imaging.codec import sniff
from bot.imaging.infotext import parse
from bot.model.draft import Draft
from bot.queue.job import Job
from bot.services import Services
from cogs.downloads import room_of, send_whole
from cogs.identifying import ask_for_description, fetched, show_info
from cogs.panels import open_panel
from cogs.picking import pictures_of_message
from cogs.present import Voice
from cogs.rebuild import Rebuilt, rebuild
from cogs.showing import as_shown
from cogs.sources import Source, from_own_message, pictures_of
from cogs.submitting import loading, origin_of, require_posting, source_of, submit
from cogs.upscaling import usual_upscaling
from cogs.variations import with_new_seed
from cogs.views.base import custom_ids, job_in
from cogs.views.data import data_message
from cogs.views.picture import pick_view

MOST = 10
"""Pictures that a message can hold."""


async def job_of(
    interaction: discord.Interaction[Any], services: Services, message: discord.Message
) -> Job | None:
    """The job that drew a message's pictures, if the message is one of ours and the job is still known."""
    own = interaction.client.user
    if own is None or message.author.id != own.id:
        return None
    job_id = job_in(custom_ids(message))
    job = None if job_id is None else await services.store.get(job_id)
    return job if job is not None and job.pictures else None


async def info(
    interaction: discord.Interaction[Any],
    services: Services,
    message: discord.Message,
    owner: int | None = None,
) -> None:
    """How the first picture was made. Raises Gone, PictureError, Refused, StorageError."""
    job = await job_of(interaction, services, message)
    if job is not None:
        job = await as_shown(interaction, services, job)
        voice = Voice(services.texts, str(interaction.locale))
        await interaction.response.send_message(**data_message(voice, job), ephemeral=True)
        return
    _require_picture(message)
    await interaction.response.defer(ephemeral=True, thinking=True)
    source = await _read(services, message, 0)
    await show_info(interaction, services, source.infotext, owner)


async def redraw(
    interaction: discord.Interaction[Any],
    services: Services,
    message: discord.Message,
    owner: int | None = None,
) -> None:
    """The edit panel, filled in from the job or from the file.

    Raises NoData, Gone, PictureError, Refused, StorageError.
    """
    job = await job_of(interaction, services, message)
    if job is not None:
        job = await as_shown(interaction, services, await source_of(interaction, services, job.id))
        await open_panel(interaction, services, Draft.of(job.request, job.origin.user_id))
        return
    _require_picture(message)
    await interaction.response.defer(ephemeral=True, thinking=True)
    rebuilt = await _rebuilt(services, await _read(services, message, 0))
    request = rebuilt.request.model_copy(update={"spoiler": _is_spoiler(message)})
    await open_panel(interaction, services, Draft.of(request, owner).missing(rebuilt.lost))


async def again(
    interaction: discord.Interaction[Any], services: Services, message: discord.Message, owner: int | None
) -> None:
    """The same once more with another seed, as its file says. Raises as ``redraw`` does."""
    require_posting(interaction)
    _require_picture(message)
    async with loading(interaction):
        rebuilt = await _rebuilt(services, await _read(services, message, 0))
        request = with_new_seed(rebuilt.request).model_copy(update={"spoiler": _is_spoiler(message)})
        await submit(interaction, services, request, origin_of(interaction, after=owner))


async def enlarge(
    interaction: discord.Interaction[Any],
    services: Services,
    message: discord.Message,
    owner: int | None = None,
) -> None:
    """All pictures of a message, in one job; of a batch of ours one is asked for.

    Raises Gone, MissingPermissions, NotYours, PictureError, Refused, StorageError.
    """
    require_posting(interaction)
    job = await job_of(interaction, services, message)
    if job is not None:
        job, owner = await source_of(interaction, services, job.id), job.origin.user_id
        pictures = await pictures_of_message(services, job, message.id)
        if len(pictures) > 1:
            view = pick_view(Voice(services.texts, str(interaction.locale)), job, "upscale", pictures)
            await interaction.response.send_message(view=view, ephemeral=True)
            return
    _require_picture(message)
    async with loading(interaction):
        sources = [await from_own_message(services, message)] if job else await _all(services, message)
        spoiler = job.request.spoiler if job else _is_spoiler(message)
        request = await usual_upscaling(services, sources, spoiler=spoiler)
        await submit(interaction, services, request, origin_of(interaction, after=owner))


async def download(
    interaction: discord.Interaction[Any], services: Services, message: discord.Message
) -> None:
    """Every picture as a file, in private. Raises Gone, Refused, StorageError."""
    job = await job_of(interaction, services, message)
    if job is not None:
        await send_whole(interaction, services, job, job.pictures)
        return
    _require_picture(message)
    await interaction.response.defer(ephemeral=True, thinking=True)
    room, files = room_of(interaction, services), list[discord.File]()
    left = room.total
    for number, (url, size) in enumerate(pictures_of(message)[:MOST], start=1):
        data = await services.fetcher.attachment(url, size_hint=size)
        if len(data) <= min(room.file, left):
            left -= len(data)
            files.append(discord.File(io.BytesIO(data), filename=f"{number}.{sniff(data).value}"))
    if not files:
        raise TooLargeToSend
    await interaction.followup.send(files=files, ephemeral=True)


async def describe(
    interaction: discord.Interaction[Any],
    services: Services,
    message: discord.Message,
    owner: int | None = None,
) -> None:
    """What the first picture shows, as a job of whoever asks. Raises as ``enlarge`` does."""
    require_posting(interaction)
    services.control.require_taking()
    job = await job_of(interaction, services, message)
    if job is not None:
        await source_of(interaction, services, job.id)
    _require_picture(message)
    async with loading(interaction):
        source = await from_own_message(services, message) if job else await _read(services, message, 0)
        spoiler = _is_spoiler(message)
        await ask_for_description(interaction, services, source, ("clip",), spoiler=spoiler)


def _require_picture(message: discord.Message) -> None:
    if not pictures_of(message):
        raise NoPicture


async def _read(services: Services, message: discord.Message, index: int) -> Source:
    """A picture with its data, read here or else by a web UI."""
    url, size = pictures_of(message)[index]
    return await fetched(services, url, size)


async def _all(services: Services, message: discord.Message) -> list[Source]:
    most = min(MOST, services.settings.limits.max_batch)
    return [await _read(services, message, at) for at in range(min(most, len(pictures_of(message))))]


async def _rebuilt(services: Services, source: Source) -> Rebuilt:
    if not source.infotext:
        raise NoData
    info = await asyncio.to_thread(parse, source.infotext)
    try:
        return rebuild(info, services.catalog.offer(), services.settings)
    except BadValue as error:
        raise NoData from error


def _is_spoiler(message: discord.Message) -> bool:
    """Whether any of its pictures is hidden: then so is what is made of them."""
    if any(attachment.is_spoiler() for attachment in message.attachments):
        return True
    stack = list(message.components)
    while stack:
        component = stack.pop()
        if isinstance(component, discord.MediaGalleryComponent) and any(i.spoiler for i in component.items):
            return True
        stack.extend(getattr(component, "children", ()))
    return False
