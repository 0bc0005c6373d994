"""What a database keeps, whichever kind it is."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.queue.job import Job
from bot.queue.protocols import JobStore
from bot.storage.drafts import DraftRows
from bot.storage.facts import Facts
from bot.storage.favourites import Favourites
from bot.storage.history import History

Recovered = Callable[[Sequence[Job]], None]
"""Called on the event loop with jobs that this process took from a dead one, as they are now."""


def _never(_recovered: Recovered) -> None:
    """With one process there is nobody whose jobs could be taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The ports to it."""

    jobs: JobStore
    facts: Facts
    drafts: DraftRows
    favourites: Favourites
    history: History
    tasks: tuple[asyncio.Task[None], ...]
    """Whoever supervises the program watches them: without them nothing is written any more."""
    on_recovered: Callable[[Recovered], None] = _never
    """Have something called when jobs come back to the line, or end, since the process that ran them died."""
