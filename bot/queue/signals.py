"""What processes that share a database tell each other: small hints, never the only carrier of a fact.

A hint may be lost, come twice, or come late. Whoever hears one looks at the store; and after a time without
hearing (``Kind.ANEW``) at everything. With one process there is nobody to tell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What a hint is about."""

    STATE = "state"
    """A job entered ``state``."""
    PROGRESS = "progress"
    """A running job got on."""
    STOP = "stop"
    """A running job's cancel was asked for: whoever runs it interrupts it."""
    SKIP = "skip"
    """Whoever runs a job goes on to the next picture of its batch."""
    HOLDS = "holds"
    """The host holds something back, or lets it go on."""
    FLEET = "fleet"
    """A web UI is up, down, has other things or another model loaded."""
    SETTINGS = "settings"
    """The host has changed settings: each process reads its own again."""
    BOARDS = "boards"
    """A channel has a board, or another one."""
    ANEW = "anew"
    """Hints may have been lost: everything may be different. Made by the receiver, never sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One of them. All of it fits into the 8000 bytes of a NOTIFY, since it holds no text of a person's."""

    kind: Kind
    job_id: str = ""
    state: str = ""
    fraction: float = 0.0
    """Of progress, 0–1."""
    step: int = 0
    steps: int = 0
    eta_seconds: float | None = None
    keep: bool = True
    """Of a stop: what is drawn is of use."""


Hear = Callable[[Hint], None]


class Signals(Protocol):
    """Between this process and all others of the same database."""

    def send(self, hint: Hint) -> None:
        """Tell the others. Never blocks and never fails; of one kind and job the latest is enough."""
        ...

    def listen(self, hear: Hear) -> Callable[[], None]:
        """Call ``hear`` on the event loop with every hint of another process. Returns what ends that."""
        ...


class NoSignals:
    """Signals of the only process."""

    def send(self, hint: Hint) -> None:
        """There is nobody."""

    def listen(self, hear: Hear) -> Callable[[], None]:
        """Nobody will say anything."""
        return _nothing


def _nothing() -> None:
    """There is nothing to end."""
