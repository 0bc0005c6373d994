"""What a server, or the host for all servers, does not want: words, features, pictures for adults, people.

Pure values and questions. Who may change them and how a refusal is worded is decided elsewhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import Field

from bot.model.work import Frozen

_Name = TypeVar("_Name", bound=str)
Snowflake = Annotated[int, Field(ge=1, lt=2**64)]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[tuple[Word, ...], Field(max_length=500)]
Ids = Annotated[tuple[Snowflake, ...], Field(max_length=200)]


class Feature(StrEnum):
    """What a server may keep for some people or places."""

    IMG2IMG = "img2img"
    INPAINT = "inpaint"
    OUTPAINT = "outpaint"
    UPSCALE = "upscale"
    IDENTIFY = "identify"
    COMPARE = "compare"
    BLEND = "blend"
    SCRIPTS = "scripts"
    OVERRIDE = "override"
    EXTRA_NETWORKS = "extra_net"
    HIGHRES_FIX = "highres_fix"


class AdultAnswer(StrEnum):
    """What becomes of a picture for adults where such pictures do not belong."""

    REFUSE = "refuse"
    HOLD = "hold"
    """It waits until a moderator has looked at it."""
    SPOILER = "spoiler"


class Gate(Frozen):
    """Who may use something. Everything that is said must hold; nothing said = everybody."""

    off: bool = False
    roles: Ids = ()
    """One of them is needed."""
    channels: Ids = ()
    """One of them, or a thread in it."""
    member_days: Annotated[float, Field(ge=0, le=3650)] = 0
    """Days since the person joined the server."""

    def refuses(self, visitor: "Visitor") -> str | None:
        """Why ``visitor`` may not: ``off``, ``role``, ``channel`` or ``too_new``. None = they may."""
        if self.off:
            return "off"
        if self.roles and not visitor.roles & set(self.roles):
            return "role"
        if self.channels and not visitor.places & set(self.channels):
            return "channel"
        if visitor.member_days is not None and visitor.member_days < self.member_days:
            return "too_new"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks, and where."""

    user_id: int
    roles: frozenset[int] = frozenset()
    places: frozenset[int] = frozenset()
    """The channel, and its parent if it is a thread or a forum's post."""
    member_days: float | None = None
    """Days since they joined the server; None where there is none."""
    adult_place: bool = False
    """The channel is age-restricted."""


class Rules(Frozen):
    """Of one server, or the host's for all."""

    blocked: Words = ()
    """Words that a prompt must not hold, on its positive side."""
    blocked_negative: Words = ()
    """The same for the negative prompt."""
    removed: Words = ()
    """Words that are taken out of a prompt."""
    forced_negative: Annotated[str, Field(max_length=1000)] = ""
    """Put before every negative prompt."""
    adult_words: Words = ()
    """Words that make a picture one for adults."""
    adult_answer: AdultAnswer | None = None
    """None = as the host says."""
    features: dict[Feature, Gate] = Field(default_factory=dict)
    commands: Annotated[dict[str, Gate], Field(max_length=100)] = Field(default_factory=dict)
    """By the command's name."""
    checkpoints: Annotated[dict[str, Gate], Field(max_length=200)] = Field(default_factory=dict)
    """By ``model_name``."""
    member_days: Annotated[float, Field(ge=0, le=3650)] = 0
    """Days of membership before somebody may draw at all."""
    banned: Annotated[tuple[Snowflake, ...], Field(max_length=5000)] = ()
    """People who may not draw."""
    managers: Ids = ()
    """Roles that may change the server's settings, besides everybody with Manage Server."""
    audit_channel: Snowflake | None = None
    """Where changes and reports are written down."""
    gallery_channel: Snowflake | None = None
    """Where ⭐ posts."""
    review_channel: Snowflake | None = None
    """Where moderators look at what is held for them."""


def adult_answer(rules: Iterable[Rules]) -> AdultAnswer:
    """The strictest of all. Nobody said anything = refused. HOLD only where there is a review channel."""
    said = tuple(rules)
    answers = {one.adult_answer for one in said} - {None}
    found = next((answer for answer in AdultAnswer if answer in answers), AdultAnswer.REFUSE)
    if found is AdultAnswer.HOLD and not any(one.review_channel for one in said):
        return AdultAnswer.REFUSE
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What stands against a request."""

    reason: str
    """banned, too_new, off, role or channel."""
    what: str = ""
    """The feature, command or checkpoint."""


def refusal(
    rules: Iterable[Rules],
    visitor: Visitor,
    *,
    features: Iterable[Feature] = (),
    checkpoint: str | None = None,
) -> Refusal | None:
    """The first thing in any of ``rules`` that stands against it. None = nothing does."""
    wanted = tuple(features)
    for one in rules:
        if visitor.user_id in one.banned:
            return Refusal(reason="banned")
        if (why := Gate(member_days=one.member_days).refuses(visitor)) is not None:
            return Refusal(reason=why)
        found = _first(one.features, wanted, visitor) or _first(one.checkpoints, (checkpoint,), visitor)
        if found is not None:
            return found
    return None


def closed(
    rules: Iterable[Rules], visitor: Visitor, *, commands: Iterable[str], features: Iterable[Feature] = ()
) -> Refusal | None:
    """What stands against the use of a command, by all its names. A ban does not: it is of drawing alone."""
    names, wanted = tuple(commands), tuple(features)
    for one in rules:
        found = _first(one.commands, names, visitor) or _first(one.features, wanted, visitor)
        if found is not None:
            return found
    return None


def _first(gates: Mapping[_Name, Gate], names: Iterable[_Name | None], visitor: Visitor) -> Refusal | None:
    for name in names:
        gate = None if name is None else gates.get(name)
        if gate is not None and (why := gate.refuses(visitor)) is not None:
            return Refusal(reason=why, what=str(name))
    return None
