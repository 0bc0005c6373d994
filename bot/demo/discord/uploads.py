"""Files that come in: their limits, their names, their sizes in pixels."""

import struct
from typing import Any

from bot.demo.discord import errors
from bot.demo.discord.errors import Form
from bot.demo.discord.model import Attachment, Channel, Upload, safe_filename
from bot.demo.discord.parts import Json
from bot.demo.discord.world import World

REQUEST_LIMIT = 25 << 20
"""Bytes of one message request."""
MAX_ATTACHMENTS = 10


def stored(
    world: World, channel: Channel, upload: Upload, *, about: Json | None = None, ephemeral: bool = False
) -> Attachment:
    """Keep a file. ``about`` is its entry in a request's ``attachments``.

    Raises:
        ApiError: 413 above the server's limit.
    """
    about = about or {}
    if len(upload.data) > upload_limit(channel):
        raise errors.too_large()
    name = about.get("filename") or upload.filename
    size = dimensions(upload.data)
    attachment = Attachment(
        id=world.ids.next(),
        channel_id=channel.id,
        filename=safe_filename(name),
        content_type=upload.content_type,
        data=upload.data,
        description=about.get("description") or None,
        width=size[0] if size else None,
        height=size[1] if size else None,
        ephemeral=ephemeral,
        spoiler=bool(about.get("is_spoiler")) or name.startswith("SPOILER_"),
    )
    attachment.url = world.signer.url(attachment)
    world.attachments[attachment.id] = attachment
    return attachment


def upload_limit(channel: Channel) -> int:
    """Bytes per file in this place."""
    return channel.guild.filesize_limit if channel.guild else 10 << 20


def attached(
    world: World,
    channel: Channel,
    listed: list[Json] | None,
    files: dict[int, Upload],
    kept: list[Attachment],
) -> list[Attachment]:
    """The attachments of a message after a request.

    ``listed`` is the request's ``attachments``: new files by their index, kept ones by id; None keeps all.

    Raises:
        ApiError: 400 for a wrong list, 413 for a file above the limit.
    """
    about = _checked(listed, files, kept)
    staying = [one for one in kept if listed is None or one.id in about]
    for one in staying:
        if about.get(one.id, {}).get("description") is not None:
            one.description = about[one.id]["description"]
    if len(staying) + len(files) > MAX_ATTACHMENTS:
        raise errors.ApiError(400, 30015, "Maximum number of attachments in a message reached (10)")
    return staying + [stored(world, channel, file, about=about.get(at)) for at, file in sorted(files.items())]


def _checked(listed: list[Json] | None, files: dict[int, Upload], kept: list[Attachment]) -> dict[int, Json]:
    form = Form()
    known = {*files, *(one.id for one in kept)}
    about: dict[int, Json] = {}
    for at, entry in enumerate(listed or []):
        number = _number(entry.get("id"))
        if number not in known:
            form.wrong(("attachments", at, "id"), "ATTACHMENT_NOT_FOUND", "Attachment not found")
        if len(entry.get("description") or "") > 1024:
            form.wrong(
                ("attachments", at, "description"), "BASE_TYPE_MAX_LENGTH", "Must be 1024 or fewer in length."
            )
        about[number] = entry
    form.check()
    return about


def _number(given: Any) -> int:
    try:
        return int(given)
    except (TypeError, ValueError):
        return -1


def dimensions(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels from the header of a PNG, GIF, JPEG or WebP, or None."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return struct.unpack(">II", data[16:24])
    if data[:4] == b"GIF8" and len(data) >= 10:
        return struct.unpack("<HH", data[6:10])
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        return _webp(data)
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    """https://developers.google.com/speed/webp/docs/riff_container"""
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def without_text_chunks(data: bytes) -> bytes:
    """A PNG as the proxy gives it: pixels only, the generation data gone. Other files are not changed."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        end = at + 12 + int(struct.unpack(">I", data[at : at + 4])[0])
        if data[at + 4 : at + 8] not in (b"tEXt", b"zTXt", b"iTXt", b"eXIf"):
            kept.append(data[at:end])
        at = end
    return b"".join(kept)
