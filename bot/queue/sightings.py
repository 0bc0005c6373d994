"""What processes that share a database tell each other of their web UIs: values, and a port."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One web UI as the process that works it sees it. The texts are JSON of ``bot.backends``."""

    name: str
    status: str
    """What changes often, and is short."""
    knowledge: str | None = None
    """All that it has: long, so it is handed over only when its version is new to the reader."""
    version: str = ""
    """Of the knowledge."""
    alive: bool = True
    """The process that said so is still there."""


class SightingTable(Protocol):
    """Where all of them stand. Everything raises StorageError."""

    async def register(self, keys: Sequence[str]) -> Sequence[str]:
        """A name for each web UI, the same for ever and in every process; ``keys`` say which are meant."""
        ...

    async def tell(self, sighting: Sighting) -> None:
        """Ours, in place of what was said of that web UI before."""
        ...

    async def look(self, versions: Collection[str]) -> Sequence[Sighting]:
        """All of them, by name; knowledge of one of these versions is left out."""
        ...
