"""Where a picture to begin with comes from: an attachment, a link to one of our own messages, or a job.

What is read is checked, cleaned and kept in the store of inputs at once: addresses of attachments expire, and
messages are deleted.
"""

import asyncio
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import discord

from bot.errors import BadValue, Gone, LinkHidden, LinkNotMine, NotALink
from bot.imaging.codec import PictureLimits
from bot.imaging.intake import checked
from bot.imaging.metadata import splice_parameters
from bot.queue.job import Job
from bot.services import Services
from cogs.views.base import custom_ids, job_in

_LINK = re.compile(
    r"<?https://(?:(?:ptb|canary)\.)?discord(?:app)?\.com/channels/"
    r"(?P<guild>[0-9]{1,20}|@me)/(?P<channel>[0-9]{1,20})/(?P<message>[0-9]{1,20})>?"
)
MOST_PICTURES = 100
"""Of one message: those of the largest batch."""
_USUAL_SIDE = 512
"""Pixels of a picture of which nothing is known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture that a job can begin with."""

    input: str
    """Its id in the store of inputs."""
    data: bytes = field(repr=False)
    """A clean PNG."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    infotext: str | None = field(default=None, repr=False)
    """The ``parameters`` of the file as it came."""
    job: Job | None = None
    """The job that made it, if it is one of ours."""
    index: int | None = None
    """Its index there."""

    @property
    def owner(self) -> int | None:
        """Whose picture it is, as far as is known."""
        return None if self.job is None else self.job.origin.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Where a picture is, as the options say: an attachment, or a link with a picture's number."""

    image: discord.Attachment | None
    link: str | None
    picture: int | None

    def check(self) -> None:
        """Raises BadValue."""
        if (self.image is None) is (self.link is None):
            raise BadValue("image", "", "one_picture")
        if self.picture is not None and not 1 <= self.picture <= MOST_PICTURES:
            raise BadValue("picture", str(self.picture), "out_of_range")

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels, as far as it is known without reading it."""
        if self.image is None or not self.image.width or not self.image.height:
            return _USUAL_SIDE, _USUAL_SIDE
        return self.image.width, self.image.height

    async def read(self, interaction: discord.Interaction[Any], services: Services) -> Source:
        """The picture. Raises Refused, PictureError and StorageError."""
        if self.image is not None:
            return await from_attachment(services, self.image)
        return await from_link(interaction, services, self.link or "", (self.picture or 1) - 1)


async def from_attachment(services: Services, attachment: discord.Attachment) -> Source:
    """A file that somebody uploaded. Raises PictureError, Refused and StorageError."""
    data = await services.fetcher.attachment(attachment.url, size_hint=attachment.size)
    return await taken_in(services, data)


async def from_job(services: Services, job: Job, index: int = 0) -> Source:
    """A picture of one of our jobs, whole, from the disk. Raises Gone, PictureError and StorageError."""
    picture = next((one for one in job.pictures if one.index == index), None)
    if picture is None:
        raise Gone
    data = await asyncio.to_thread(_read, services.outputs / picture.file)
    source = await taken_in(services, data)
    return replace(source, infotext=picture.infotext or source.infotext, job=job, index=index)


async def from_link(
    interaction: discord.Interaction[Any], services: Services, link: str, index: int = 0
) -> Source:
    """A picture of one of our own messages that the person can see, by the message's link.

    Without the Message Content intent Discord shows us nothing of other people's messages.
    Raises NotALink, LinkHidden, LinkNotMine, Gone, PictureError and StorageError.
    """
    message = await linked_message(interaction, link)
    if interaction.client.user is None or message.author.id != interaction.client.user.id:
        raise LinkNotMine
    return await from_own_message(services, message, index)


async def from_own_message(services: Services, message: discord.Message, index: int = 0) -> Source:
    """A picture of one of our messages: the job's own where it is still kept, else what the message shows."""
    job_id = job_in(custom_ids(message))
    job = None if job_id is None else await services.store.get(job_id)
    if job is not None:
        for delivery in await services.store.deliveries(job.id):
            if delivery.message_id == message.id and index < len(delivery.pictures):
                return await from_job(services, job, delivery.pictures[index])
    return replace(await from_message(services, message, index), job=job)


async def from_message(services: Services, message: discord.Message, index: int = 0) -> Source:
    """A picture that a message shows, whoever wrote it. Raises Gone, PictureError, Refused, StorageError."""
    shown = pictures_of(message)
    if index >= len(shown):
        raise Gone
    url, size = shown[index]
    return await taken_in(services, await services.fetcher.attachment(url, size_hint=size))


def pictures_of(message: discord.Message) -> list[tuple[str, int | None]]:
    """(address, bytes if known) of each file of a message: attachments first, then those of galleries.

    Discord does not list among the attachments what a component shows.
    """
    found: list[tuple[str, int | None]] = [(one.url, one.size) for one in message.attachments]
    stack = list(reversed(message.components))
    while stack:
        component = stack.pop()
        if isinstance(component, discord.MediaGalleryComponent):
            found += [(item.media.url, None) for item in component.items]
        stack.extend(reversed(getattr(component, "children", ())))
    return found


async def linked_message(interaction: discord.Interaction[Any], link: str) -> discord.Message:
    """The message of a link, where the person can see it as well.

    One that is not there is told like one that is hidden, so that nobody can feel out channels. Raises
    NotALink and LinkHidden.
    """
    match = _LINK.fullmatch(link.strip())
    if match is None:
        raise NotALink
    channel = await _visible_channel(interaction, match["guild"], int(match["channel"]))
    try:
        return await channel.fetch_message(int(match["message"]))
    except (discord.NotFound, discord.Forbidden) as error:
        raise LinkHidden from error


async def _visible_channel(
    interaction: discord.Interaction[Any], guild_id: str, channel_id: int
) -> discord.PartialMessageable | discord.abc.Messageable:
    """Raises LinkHidden."""
    if channel_id == interaction.channel_id:
        here: discord.PartialMessageable = interaction.client.get_partial_messageable(
            channel_id, guild_id=interaction.guild_id
        )
        return here
    guild, person = interaction.guild, interaction.user
    if guild is None or guild_id != str(guild.id) or not isinstance(person, discord.Member):
        raise LinkHidden
    channel = guild.get_channel_or_thread(channel_id)
    if not isinstance(channel, discord.abc.Messageable):
        raise LinkHidden
    allowed = channel.permissions_for(person)
    if not (allowed.view_channel and allowed.read_message_history):
        raise LinkHidden
    if isinstance(channel, discord.Thread) and channel.is_private() and not allowed.manage_threads:
        await _require_member(channel, person)
    return channel


async def _require_member(thread: discord.Thread, person: discord.Member) -> None:
    try:
        await thread.fetch_member(person.id)
    except (discord.NotFound, discord.Forbidden) as error:
        raise LinkHidden from error


async def taken_in(services: Services, data: bytes) -> Source:
    """Check, clean and keep a picture. Raises PictureError and StorageError."""
    bounds = services.settings.attachments
    limits = PictureLimits(max_bytes=max(bounds.max_bytes, len(data)), max_pixels=bounds.max_pixels)
    async with services.decoding:
        taken = await asyncio.to_thread(checked, data, limits)
    return Source(
        input=await services.inputs.put(taken.data),
        data=taken.data,
        width=taken.width,
        height=taken.height,
        infotext=taken.parameters,
    )


async def with_infotext(services: Services, source: Source) -> Source:
    """The same, kept with its infotext inside, for whatever passes that on: upscaling does."""
    if not source.infotext:
        return source
    data = await asyncio.to_thread(splice_parameters, source.data, source.infotext)
    return replace(source, input=await services.inputs.put(data), data=data)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Gone from error
