"""Pictures as files to send: as they are where they fit, else smaller, and above ten as one sheet.

What reads or encodes blocks: call it in a thread.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import overload

import discord

from bot.errors import Gone
from bot.imaging.codec import sniff
from bot.imaging.grid import contact_sheet
from bot.imaging.reencode import to_webp
from bot.queue.job import Picture

PICTURES_PER_MESSAGE = 10
"""Discord's limit for attachments and for a gallery."""
SHEET_BYTES = 4 * 2**20
"""Of a contact sheet: sharp on a phone, and loaded soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Bytes that a message may carry."""

    file: int
    """Each file: the server's limit."""
    total: int
    """All files together."""

    def within(self, sizes: Sequence[int]) -> list[int]:
        """The bytes that each of the files may have: small ones are left alone, the others share the rest."""
        allowed, left = dict.fromkeys(range(len(sizes)), 0), self.total
        for served, index in enumerate(sorted(allowed, key=lambda at: sizes[at])):
            fair = left // (len(sizes) - served)
            allowed[index] = min(sizes[index], self.file, fair)
            left -= allowed[index]
        return list(allowed.values())

    def halved(self, sizes: Sequence[int]) -> "Room":
        """Half of what was tried and found too large."""
        tried = self.within(sizes)
        return Room(file=max(tried) // 2, total=sum(tried) // 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file to send."""

    picture: Picture | None
    """What it shows. None = a sheet of all."""
    filename: str
    data: bytes = field(repr=False)
    reduced: bool = False
    """It is not the file that lies on disk."""

    def file(self) -> discord.File:
        """To be sent; each sending needs its own."""
        return discord.File(io.BytesIO(self.data), filename=self.filename)


class _Files(Sequence[bytes]):
    """Files that are read when they are looked at, so that a hundred of them are not in memory at once."""

    def __init__(self, outputs: Path, pictures: Sequence[Picture]) -> None:
        self._outputs = outputs
        self._pictures = pictures

    def __len__(self) -> int:
        return len(self._pictures)

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> "_Files": ...
    def __getitem__(self, at: int | slice) -> "bytes | _Files":
        if isinstance(at, slice):
            return _Files(self._outputs, self._pictures[at])
        return read(self._outputs, self._pictures[at])


def read(outputs: Path, picture: Picture) -> bytes:
    """The file as it was stored. Raises Gone if it is kept no longer."""
    try:
        return (outputs / picture.file).read_bytes()
    except FileNotFoundError as error:
        raise Gone from error


def uploads(outputs: Path, job_id: str, pictures: Sequence[Picture], room: Room) -> list[Upload]:
    """What one message shows of a job: its pictures, or a sheet of them. Raises Gone and PictureError."""
    if len(pictures) > PICTURES_PER_MESSAGE:
        sheet = contact_sheet(_Files(outputs, pictures), min(room.file, room.total, SHEET_BYTES))
        return [Upload(picture=None, filename=f"{job_id}.webp", data=sheet, reduced=True)]
    allowed = room.within([picture.size for picture in pictures])
    return [_upload(outputs, picture, most) for picture, most in zip(pictures, allowed, strict=True)]


def _upload(outputs: Path, picture: Picture, most: int) -> Upload:
    data, kind = read(outputs, picture), picture.kind
    reduced = len(data) > most
    if reduced:
        data = to_webp(data, picture.infotext, most)
        kind = sniff(data).value
    filename = f"{PurePosixPath(picture.file).stem}.{kind}"
    return Upload(picture=picture, filename=filename, data=data, reduced=reduced)


def whole_file(outputs: Path, picture: Picture) -> Upload:
    """The file as it was stored. Raises Gone."""
    filename = f"{PurePosixPath(picture.file).stem}.{picture.kind}"
    return Upload(picture=picture, filename=filename, data=read(outputs, picture))


def parcels(pictures: Sequence[Picture], room: Room) -> Iterator[list[Picture]]:
    """Pictures whose whole files go into one message, message by message; without those that never fit."""
    parcel: list[Picture] = []
    for picture in pictures:
        if picture.size > min(room.file, room.total):
            continue
        full = len(parcel) == PICTURES_PER_MESSAGE or _bytes([*parcel, picture]) > room.total
        if full:
            yield parcel
            parcel = []
        parcel.append(picture)
    if parcel:
        yield parcel


def _bytes(pictures: Sequence[Picture]) -> int:
    return sum(picture.size for picture in pictures)
