"""The files as they were drawn, for whoever asks: a page of a large batch, or everything in full size."""

import asyncio
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.errors import Gone
from bot.queue.job import Job, Picture
from bot.services import Services
from cogs.present import Voice
from cogs.showing import as_shown
from cogs.uploads import PICTURES_PER_MESSAGE, Room, Upload, parcels, uploads, whole_file
from cogs.views.base import layout
from cogs.views.result import file_rows, gallery


def room_of(interaction: discord.Interaction[Any], services: Services) -> Room:
    """What an answer to ``interaction`` may carry."""
    return Room(file=interaction.filesize_limit, total=services.settings.delivery.message_byte_limit)


async def send_page(interaction: discord.Interaction[Any], services: Services, job: Job, page: int) -> None:
    """Ten pictures of a batch, privately. Raises Gone."""
    pictures = job.pictures[page * PICTURES_PER_MESSAGE :][:PICTURES_PER_MESSAGE]
    if not pictures:
        raise Gone
    job = await as_shown(interaction, services, job)
    await interaction.response.defer(ephemeral=True, thinking=True)
    room = room_of(interaction, services)
    shown = await asyncio.to_thread(uploads, services.outputs, job.id, pictures, room)
    voice = Voice(services.texts, str(interaction.locale))
    await _send(interaction, voice, job, shown, _numbers(voice, job, pictures), rows=True)


async def send_whole(
    interaction: discord.Interaction[Any], services: Services, job: Job, pictures: Sequence[Picture]
) -> None:
    """The stored files themselves, privately, in as few messages as they fit into. Raises Gone.

    Of what is larger than this place takes, the person is told so.
    """
    if not pictures:
        raise Gone
    job = await as_shown(interaction, services, job)
    await interaction.response.defer(ephemeral=True, thinking=True)
    voice, room = Voice(services.texts, str(interaction.locale)), room_of(interaction, services)
    for parcel in parcels(pictures, room):
        shown = [await asyncio.to_thread(whole_file, services.outputs, picture) for picture in parcel]
        await _send(interaction, voice, job, shown, _numbers(voice, job, parcel))
    too_large = [picture for picture in pictures if picture.size > room.file]
    if too_large:
        text = "\n".join(_too_large(voice, job, picture, room) for picture in too_large)
        await interaction.followup.send(view=layout(ui.TextDisplay(text)), ephemeral=True)


async def _send(
    interaction: discord.Interaction[Any],
    voice: Voice,
    job: Job,
    shown: Sequence[Upload],
    text: str,
    *,
    rows: bool = False,
) -> None:
    items: list[ui.Item[Any]] = [gallery(voice, job, shown), ui.TextDisplay(text)]
    if rows:
        items += file_rows(voice, job, [one.picture.index for one in shown if one.picture], shown)
    files = [upload.file() for upload in shown]
    await interaction.followup.send(view=layout(*items), files=files, ephemeral=True)


def _numbers(voice: Voice, job: Job, pictures: Sequence[Picture]) -> str:
    first, last = pictures[0].index + 1, pictures[-1].index + 1
    shown = str(first) if first == last else f"{first}–{last}"
    return voice.count("card.page", len(job.pictures), shown=shown)


def _too_large(voice: Voice, job: Job, picture: Picture, room: Room) -> str:
    return voice.say(
        "full.too_large",
        number=picture.index + 1,
        size=voice.texts.filesize(voice.locale, picture.size),
        limit=voice.texts.filesize(voice.locale, room.file),
    )
