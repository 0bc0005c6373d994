"""The error tree. An error carries data; the sentence a person reads is made in ``cogs.errors``.

::

    EaselError
    ├── Refused                 what a person asked for cannot be done; nothing was queued
    │   ├── UnknownName         a model, sampler, style … that no web UI here has
    │   ├── BadValue            a value that cannot be used as it stands
    │   ├── NotAllowed          an option or feature that is closed here
    │   ├── TooManyCells        more pictures in one table than the host draws
    │   ├── TooManyWaiting      the person's own limit of waiting pictures
    │   ├── CoolingDown         the person asked only just now
    │   ├── TooMuchWaiting      the person's own limit of waiting seconds of drawing
    │   ├── QuotaUsed           the person's seconds of drawing of this day
    │   ├── QueueFull           the limit of the whole line
    │   │   └── ChannelFull     the limit of one channel
    │   ├── MissingPermissions  the bot may not post here
    │   ├── Draining            no requests are taken for now
    │   ├── HostOnly            only the host may do that
    │   ├── NotServed           the host does not draw in this place
    │   ├── NoWebUIHere         this process works no web UI
    │   ├── WebUIBusy           it would break what is drawn now
    │   ├── ModeratorsOnly      only who may manage messages here may do that
    │   ├── NotYours            the job or message belongs to somebody else
    │   ├── ForeignAddress      not an address of Discord's files
    │   ├── NotALink            not a link to a message
    │   ├── LinkHidden          a link to a message that is not there, or that the person cannot see
    │   ├── LinkNotMine         a link to somebody else's message
    │   ├── AttachmentUnreadable  Discord did not give a file
    │   ├── NoData              a picture that does not say how it was made
    │   ├── NoPicture           a message that shows none
    │   ├── TooLargeToSend      files that are more than Discord takes here
    │   ├── NoGallery           this server has no gallery for such a picture
    │   ├── DirectMessagesClosed  the person lets the bot send none
    │   └── Gone                the job, picture or message is no longer there
    │       └── InputGone       the picture that a job begins with is no longer kept
    ├── PictureError            bytes that are no usable picture
    │   ├── NotAPicture
    │   ├── EmptyPicture        a file of no bytes
    │   ├── CorruptPicture
    │   ├── AnimatedPicture     more than one frame
    │   ├── PictureTooLarge
    │   ├── MaskMismatch        a mask of another size than its picture
    │   ├── EmptyMask           a mask that leaves everything as it is
    │   └── NothingTransparent  no see-through parts to make a mask of
    ├── WebUIError              what went wrong between us and a web UI
    │   ├── Unreachable         refused, reset before the request was sent, no such host
    │   ├── ConnectionLost      reset after the request was sent
    │   ├── TimedOut
    │   ├── Unauthorized        401 or 403
    │   ├── Unsupported         this web UI has no such endpoint
    │   ├── NoCaption           this web UI has no model to describe pictures with
    │   ├── InvalidRequest      400, 404 or 422 about what we sent
    │   ├── ServerError         5xx
    │   │   ├── OutOfMemory
    │   │   ├── NotANumber      NaN in the picture or the latent
    │   │   ├── ShapeMismatch   a LoRA, VAE or embedding of another model family
    │   │   ├── CheckpointFailed
    │   │   └── UnknownOption   an override the web UI does not know
    │   └── BadAnswer           200, and yet unusable: HTML, cut short, too large, without pictures
    ├── StorageError
    │   └── DatabaseInUse
    └── ConfigurationError      every mistake in the settings at once
"""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

__all__ = [
    "AnimatedPicture",
    "AttachmentUnreadable",
    "BadAnswer",
    "BadValue",
    "ChannelFull",
    "CheckpointFailed",
    "ConfigurationError",
    "ConnectionLost",
    "CoolingDown",
    "CorruptPicture",
    "DatabaseInUse",
    "DirectMessagesClosed",
    "Draining",
    "EaselError",
    "EmptyMask",
    "EmptyPicture",
    "ForeignAddress",
    "Gone",
    "HostOnly",
    "InputGone",
    "InvalidRequest",
    "LinkHidden",
    "LinkNotMine",
    "MaskMismatch",
    "MissingPermissions",
    "ModeratorsOnly",
    "NoCaption",
    "NoData",
    "NoGallery",
    "NoPicture",
    "NoWebUIHere",
    "NotALink",
    "NotANumber",
    "NotAPicture",
    "NotAllowed",
    "NotServed",
    "NotYours",
    "NothingTransparent",
    "OutOfMemory",
    "PictureError",
    "PictureTooLarge",
    "QueueFull",
    "QuotaUsed",
    "Refused",
    "ServerError",
    "ShapeMismatch",
    "StorageError",
    "TimedOut",
    "TooLargeToSend",
    "TooManyCells",
    "TooManyWaiting",
    "TooMuchWaiting",
    "Unauthorized",
    "UnknownName",
    "UnknownOption",
    "Unreachable",
    "Unsupported",
    "WebUIBusy",
    "WebUIError",
]


class EaselError(Exception):
    """Base of everything Easel raises on purpose.

    ``code`` names the message in the catalogue (``error.<code>``); ``data()`` gives its placeholders.
    """

    code: ClassVar[str] = "internal"

    def data(self) -> dict[str, object]:
        """The fields of the error as JSON-able values, for the catalogue and for a failed job's row."""
        return {name: _plain(value) for name, value in vars(self).items() if not name.startswith("_")}

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.data().items())
        return f"{self.code}({shown})"


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple | frozenset) else value


class Refused(EaselError):
    """The request itself cannot be taken; nothing was queued and nothing is lost."""

    code = "refused"


@dataclass(eq=False)
class UnknownName(Refused):
    """No web UI has it. ``kind`` is one of checkpoint, sampler, scheduler, vae, style, lora, …"""

    code = "unknown_name"
    kind: str
    given: str
    nearest: tuple[str, ...] = ()


@dataclass(eq=False)
class BadValue(Refused):
    """``reason`` is a short word that the catalogue knows: not_a_number, too_long, empty, …"""

    code = "bad_value"
    field: str
    given: str
    reason: str


@dataclass(eq=False)
class NotAllowed(Refused):
    """``what`` names the option, override key or feature that is closed."""

    code = "not_allowed"
    what: str
    nearest: tuple[str, ...] = ()


@dataclass(eq=False)
class TooManyCells(Refused):
    """``cells`` and ``limit`` count the pictures of one table."""

    code = "too_many_cells"
    cells: int
    limit: int


@dataclass(eq=False)
class TooManyWaiting(Refused):
    """``waiting`` and ``limit`` count pictures."""

    code = "too_many_waiting"
    waiting: int
    limit: int


@dataclass(eq=False)
class CoolingDown(Refused):
    """``wait_seconds`` until the person may ask again."""

    code = "cooling_down"
    wait_seconds: float


@dataclass(eq=False)
class TooMuchWaiting(Refused):
    """Estimated seconds of drawing that wait, and may wait, for the person."""

    code = "too_much_waiting"
    waiting_seconds: float
    limit_seconds: float


@dataclass(eq=False)
class QuotaUsed(Refused):
    """Seconds of drawing used and allowed in a day; ``wait_seconds`` until the next day begins."""

    code = "quota_used"
    used_seconds: float
    limit_seconds: float
    wait_seconds: float


@dataclass(eq=False)
class QueueFull(Refused):
    """``limit`` counts pictures."""

    code = "queue_full"
    limit: int


class ChannelFull(QueueFull):
    """The same of one channel."""

    code = "channel_full"


@dataclass(eq=False)
class MissingPermissions(Refused):
    """``names`` are discord.py's permission flags: view_channel, send_messages, attach_files …"""

    code = "missing_permissions"
    names: tuple[str, ...]


@dataclass(eq=False)
class ExportTooLarge(Refused):
    """``actual`` and ``limit`` count bytes; the limit is Discord's, of one file in this place."""

    code = "export_too_large"
    actual: int
    limit: int


class Draining(Refused):
    """The host lets the line run empty: what waits is drawn, and nothing more is taken."""

    code = "draining"


class HostOnly(Refused):
    """It is for the owners of the Discord application and the ids in the settings."""

    code = "host_only"


class NoWebUIHere(Refused):
    """This process only talks to Discord; others work the web UIs."""

    code = "no_webui_here"


class WebUIBusy(Refused):
    """Something is drawn there now, and what was asked for would break it."""

    code = "webui_busy"


class NotServed(Refused):
    """The host draws in other places: a server that is not named, or direct messages that are closed."""

    code = "not_served"


class Banned(Refused):
    """The host or the server does not draw for this person."""

    code = "banned"


class TooNew(Refused):
    """Not for people who have joined the server only just now."""

    code = "too_new"


@dataclass(eq=False)
class ClosedHere(Refused):
    """``what`` names a feature, a command or a checkpoint that is not for this place."""

    code = "closed_here"
    what: str


@dataclass(eq=False)
class ClosedToYou(ClosedHere):
    """The same, of somebody who lacks a role for it."""

    code = "closed_to_you"


@dataclass(eq=False)
class BlockedWords(Refused):
    """``words`` of the prompt that this server, or the host, does not want."""

    code = "blocked_words"
    words: tuple[str, ...]


class AdultsOnly(Refused):
    """A picture for adults, and no channel with an age restriction."""

    code = "adults_only"


class AdultMessagesOff(AdultsOnly):
    """The person has not said that such pictures may come as direct messages."""

    code = "adult_messages_off"


class TurnedDown(Refused):
    """A moderator looked at the picture and did not let it through."""

    code = "turned_down"


class Decided(Refused):
    """Another moderator was quicker, or there is nothing to decide any more."""

    code = "decided"


class ManagersOnly(Refused):
    """It wants the permission Manage Server, or a role that the server named for that."""

    code = "managers_only"


class ModeratorsOnly(Refused):
    """It wants the permission Manage Messages in this server."""

    code = "moderators_only"


@dataclass(eq=False)
class NotYours(Refused):
    """``owner`` is the user id of whom it belongs to."""

    code = "not_yours"
    owner: int


class ForeignAddress(Refused):
    """Only files that were uploaded to Discord are read."""

    code = "foreign_address"


class NotALink(Refused):
    """What was typed is no link to a message."""

    code = "not_a_link"


class LinkHidden(Refused):
    """Told alike for a deleted message and one in a channel that the person cannot see."""

    code = "link_hidden"


class LinkNotMine(Refused):
    """Of other people's messages Discord shows us nothing but through a message menu."""

    code = "link_not_mine"


class AttachmentUnreadable(Refused):
    """Discord's file server was too slow, broke off, or said no for now."""

    code = "attachment_unreadable"


class Gone(Refused):
    """What the button or command is about has been deleted or pruned."""

    code = "gone"


class InputGone(Gone):
    """The picture that a job begins with is no longer kept."""

    code = "input_gone"


class NoGallery(Refused):
    """The settings name no channel of this server, or only one that is open to all ages."""

    code = "no_gallery"


class NoPicture(Refused):
    """A message that shows no picture."""

    code = "no_picture"


class TooLargeToSend(Refused):
    """Files that Discord takes from somebody else, and not from us in this place."""

    code = "too_large_to_send"


class NoData(Refused):
    """A picture that does not say how it was made, in no place that is known."""

    code = "no_data"


class DirectMessagesClosed(Refused):
    """Discord refused the direct message: the person's privacy settings, or a block."""

    code = "direct_messages_closed"


class PictureError(EaselError):
    """Bytes that cannot be used as a picture."""

    code = "picture"


class NotAPicture(PictureError):
    """The magic bytes are of no kind we know."""

    code = "not_a_picture"


class EmptyPicture(PictureError):
    """No bytes at all: an upload that broke off."""

    code = "empty_picture"


class AnimatedPicture(PictureError):
    """An animation, of which nobody could say which frame is meant."""

    code = "animated_picture"


class CorruptPicture(PictureError):
    """It begins like a picture and cannot be read to its end."""

    code = "corrupt_picture"


@dataclass(eq=False)
class PictureTooLarge(PictureError):
    """``unit`` is "bytes" or "pixels"; ``limit`` and ``actual`` count them."""

    code = "picture_too_large"
    unit: Literal["bytes", "pixels"]
    limit: int
    actual: int


@dataclass(eq=False)
class MaskMismatch(PictureError):
    """Pixels of the picture and of the mask that was given for it."""

    code = "mask_mismatch"
    width: int
    height: int
    mask_width: int
    mask_height: int


class EmptyMask(PictureError):
    """Nothing in it is white."""

    code = "empty_mask"


class NothingTransparent(PictureError):
    """A mask was to be made of what is see-through, and nothing is."""

    code = "nothing_transparent"


class WebUIError(EaselError):
    """Something between us and a web UI. Never holds an address.

    ``retry_elsewhere``: the back end's fault, so another one may be tried. False means that the request
    itself causes it, and it is never sent to the same back end again.
    """

    code = "webui"
    retry_elsewhere: ClassVar[bool] = True


class Unreachable(WebUIError):
    """No connection: nothing was sent, so trying again is harmless."""

    code = "webui_unreachable"


class ConnectionLost(WebUIError):
    """The connection broke after the request was sent: the web UI may go on rendering it."""

    code = "webui_connection_lost"


@dataclass(eq=False)
class TimedOut(WebUIError):
    """``phase`` is connect, first_byte, idle or total; the web UI may go on rendering."""

    code = "webui_timed_out"
    phase: Literal["connect", "first_byte", "idle", "total"]


class Unauthorized(WebUIError):
    """User or password is missing or wrong."""

    code = "webui_unauthorized"


@dataclass(eq=False)
class Unsupported(WebUIError):
    """404 or 405 for a route: this web UI does not serve ``endpoint``."""

    code = "webui_unsupported"
    endpoint: str


class NoCaption(WebUIError):
    """It serves /interrogate and cannot answer it: the weights of the model are missing (NOTES 2.5)."""

    code = "webui_no_caption"
    retry_elsewhere = False


@dataclass(eq=False)
class InvalidRequest(WebUIError):
    """The web UI refused what was sent. ``problems`` is (field, what it says of it), for the log."""

    code = "webui_invalid_request"
    retry_elsewhere = False
    status: int
    problems: tuple[tuple[str, str], ...]


@dataclass(eq=False)
class ServerError(WebUIError):
    """5xx. ``error`` is the exception's class name, ``text`` what it says: for the log, never for people."""

    code = "webui_server_error"
    status: int
    error: str
    text: str


class OutOfMemory(ServerError):
    """The GPU had too little memory: the same size will fail there again."""

    code = "webui_out_of_memory"
    retry_elsewhere = False


class NotANumber(ServerError):
    """The model made NaN: another precision or VAE is the cure."""

    code = "webui_nan"
    retry_elsewhere = False


class ShapeMismatch(ServerError):
    """mat1 and mat2 shapes cannot be multiplied: a LoRA, embedding or VAE of another model family."""

    code = "webui_shape_mismatch"
    retry_elsewhere = False


class CheckpointFailed(ServerError):
    """A checkpoint is unknown, missing or broken. The model that was loaded may be damaged (NOTES 3.7).

    The same file will fail there again, and each try costs two loads: the one that fails, the one that heals.
    """

    code = "webui_checkpoint_failed"
    retry_elsewhere = False


class UnknownOption(ServerError):
    """An option or override that this web UI does not know."""

    code = "webui_unknown_option"
    retry_elsewhere = False


@dataclass(eq=False)
class BadAnswer(WebUIError):
    """A success that is none. ``reason``: html, not_json, truncated, too_large, no_images, no_caption,
    wrong_shape, redirect, not_http.
    """

    code = "webui_bad_answer"
    reason: str


@dataclass(eq=False)
class StorageError(EaselError):
    """The database cannot be used.

    ``reason``: full, corrupt, busy, io, cannot_open, read_only, value (one value cannot be stored), newer
    (made by a later version of Easel), slow (no answer in time), closed, other.
    """

    code = "storage"
    reason: str = field(default="other", kw_only=True)


@dataclass(eq=False)
class DatabaseInUse(StorageError):
    """Another process has the SQLite file open."""

    code = "database_in_use"
    reason: str = field(default="in_use", kw_only=True)
    path: str


@dataclass(eq=False)
class ConfigurationError(EaselError):
    """``problems`` is one plain sentence per mistake, each naming the setting and the cure."""

    code = "configuration"
    problems: tuple[str, ...]
