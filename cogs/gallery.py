"""A picture once more: in the server's gallery, or in somebody's direct messages."""

import asyncio
from typing import Any

import discord
from discord import ui
from discord.utils import DEFAULT_FILE_SIZE_LIMIT_BYTES

from bot.client import EaselBot
from bot.errors import DirectMessagesClosed, MissingPermissions, NoGallery
from bot.queue.job import Job, Picture
from bot.services import Services
from cogs.place import is_adult_place
from cogs.present import Voice, shown_prompt, subject
from cogs.uploads import Room, Upload, uploads
from cogs.views.base import layout, press
from cogs.views.result import gallery

_NEEDED = ("view_channel", "send_messages", "attach_files")
Person = discord.User | discord.Member
Gallery = discord.TextChannel | discord.Thread | discord.VoiceChannel


async def gallery_of(interaction: discord.Interaction[Any], bot: EaselBot, job: Job) -> Gallery:
    """Where this server keeps its favourites: as it says itself, else as the host says.

    A picture for adults, or from an age-restricted channel, only goes to another one. Raises NoGallery.
    """
    own = (await bot.services.preferences.rules(interaction.guild_id)).gallery_channel
    named = ((own,) if own is not None else ()) + bot.services.settings.gallery.channels
    known = [channel for one in named if isinstance(channel := bot.get_channel(one), Gallery)]
    here = [channel for channel in known if channel.guild.id == interaction.guild_id]
    adult = job.request.adult or is_adult_place(interaction.channel)
    if not here or (adult and not here[0].is_nsfw()):
        raise NoGallery
    return here[0]


async def post_favourite(services: Services, job: Job, picture: Picture, channel: Gallery, link: str) -> int:
    """The picture with credit and a link to where it was drawn; the message's id.

    Raises Gone, MissingPermissions.
    """
    voice = Voice(services.texts, str(channel.guild.preferred_locale))
    upload = await _upload(services, job, picture, channel.guild.filesize_limit)
    credit = f"⭐ {voice.say('gallery.credit', person=f'<@{job.origin.user_id}>', link=link)}"
    view = _view(voice, job, upload, credit)
    try:
        message = await channel.send(view=view, files=[upload.file()], nonce=f"g{job.id}{picture.index}")
    except discord.Forbidden as error:
        raise MissingPermissions(_NEEDED) from error
    return message.id


async def send_copy(
    services: Services, voice: Voice, job: Job, picture: Picture, person: Person, link: str
) -> None:
    """The picture as a direct message. Raises Gone, DirectMessagesClosed."""
    upload = await _upload(services, job, picture, DEFAULT_FILE_SIZE_LIMIT_BYTES)
    view = _view(voice, job, upload, f"✉️ {voice.say('copy.text', link=link)}")
    try:
        await person.send(view=view, files=[upload.file()])
    except discord.Forbidden as error:
        raise DirectMessagesClosed from error


async def _upload(services: Services, job: Job, picture: Picture, limit: int) -> Upload:
    room = Room(file=limit, total=services.settings.delivery.message_byte_limit)
    (upload,) = await asyncio.to_thread(uploads, services.outputs, job.id, [picture], room)
    return upload


def _view(voice: Voice, job: Job, upload: Upload, words: str) -> ui.LayoutView:
    hidden = job.request.hides_text
    text = f"{words}\n{shown_prompt(subject(voice, job.request.work), hidden=hidden)}"
    row = ui.ActionRow[Any](press("data", job.id, emoji="📋", label=voice.say("button.data")))
    return layout(gallery(voice, job, [upload]), ui.TextDisplay(text), row)
