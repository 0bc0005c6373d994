"""What one process of Easel does: everything, or with a database that several share, a part of it."""

import re
from dataclasses import dataclass
from enum import StrEnum

_SHARDS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?/([1-9]\d{0,4})")

_COMMANDS = (
    "cogs.errors",
    "cogs.words",
    "cogs.using",
    "cogs.stablecog",
    "cogs.presetcog",
    "cogs.paintcog",
    "cogs.editcog",
    "cogs.filecog",
    "cogs.picturecog",
    "cogs.remixcog",
    "cogs.reviewcog",
    "cogs.comparecog",
    "cogs.menucog",
    "cogs.legacycog",
    "cogs.identifycog",
    "cogs.upscalecog",
    "cogs.queuecog",
    "cogs.infocog",
    "cogs.historycog",
    "cogs.settingscog",
    "cogs.servercog",
    "cogs.privacycog",
    "cogs.servingcog",
    "cogs.hostcog",
    "cogs.webuicog",
)
_DELIVERY = ("cogs.deliverycog",)


class Role(StrEnum):
    """Of one process."""

    EVERYTHING = "everything"
    GATEWAY = "gateway"
    """Connected to Discord, answers people; works no web UI and posts no result."""
    WORKER = "worker"
    """Works web UIs and posts results; logged in to Discord, and not connected to its gateway."""

    @property
    def connects(self) -> bool:
        """To Discord's gateway."""
        return self is not Role.WORKER

    @property
    def draws(self) -> bool:
        """Works web UIs, and posts what they draw."""
        return self is not Role.GATEWAY

    @property
    def extensions(self) -> tuple[str, ...]:
        """The cogs of such a process."""
        return (*(_COMMANDS if self.connects else ()), *(_DELIVERY if self.draws else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shards:
    """Which part of the servers a gateway has: https://discord.com/developers/docs/events/gateway#sharding."""

    first: int
    last: int
    """Included."""
    count: int
    """Of all shards, those of the other processes included."""

    @property
    def ids(self) -> tuple[int, ...]:
        """In order."""
        return tuple(range(self.first, self.last + 1))

    def __str__(self) -> str:
        return f"{self.first}-{self.last}/{self.count}"


def read_shards(text: str) -> Shards:
    """``0-3/8``, or ``2/8`` for one. Raises ValueError with the cure."""
    match = _SHARDS.fullmatch(text.strip())
    if match is None:
        raise ValueError("write A-B/N, such as 0-3/8 for the first half of 8 shards")
    first, last, count = int(match[1]), int(match[2] or match[1]), int(match[3])
    if not first <= last < count:
        raise ValueError(f"the first of {count} shards is 0, the last is {count - 1}, and A-B goes up")
    return Shards(first=first, last=last, count=count)
