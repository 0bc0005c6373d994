"""What one process of Easel does: everything, or with a database that several share, a part of it."""

from enum import StrEnum

_COMMANDS = (
    "cogs.errors",
    "cogs.words",
    "cogs.stablecog",
    "cogs.paintcog",
    "cogs.editcog",
    "cogs.filecog",
    "cogs.picturecog",
    "cogs.remixcog",
    "cogs.queuecog",
    "cogs.infocog",
    "cogs.historycog",
    "cogs.settingscog",
    "cogs.servercog",
    "cogs.privacycog",
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
