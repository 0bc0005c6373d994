"""What the line has to know of the back ends to say whose turn it is: plain values, and a port."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.model.work import Work
from bot.queue.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One back end at this moment."""

    name: str
    up: bool
    loaded: str | None = None
    """Its model, named as ``Fleet.model_of`` names it. None = not known."""
    weight: float = 1.0
    elsewhere: bool = False
    """Another process works it."""


class Fleet(Protocol):
    """All back ends: who is up, who has what. Never waits for one of them."""

    @property
    def revision(self) -> Hashable:
        """Another value whenever ``servers`` or ``model_of`` may say something else than before."""
        ...

    def standings(self) -> Sequence[Standing]:
        """Each back end, up or not."""
        ...

    def servers(self, work: Work) -> frozenset[str] | None:
        """Names of the back ends that have all that ``work`` names, or were never met and may have it.

        All of them where none has it, so that one of them can say what is missing. None = any.
        """
        ...

    def model_of(self, work: Work) -> str:
        """What has to be loaded for it: one name whatever each back end calls it. Empty = whatever is."""
        ...

    def watch(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` on the event loop when a job may go where it could not before."""
        ...


class AnyBackend:
    """A Fleet of back ends of which nothing is known: each may have every job."""

    revision: Hashable = None

    def standings(self) -> Sequence[Standing]:
        """Nobody is known."""
        return ()

    def servers(self, work: Work) -> frozenset[str] | None:
        """Any."""
        return None

    def model_of(self, work: Work) -> str:
        """Nobody knows what is loaded anywhere."""
        return ""

    def watch(self, changed: Callable[[], None]) -> None:
        """Nothing ever changes."""


ANY_BACKEND = AnyBackend()
"""One for all, since a line is grouped anew for every other fleet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The back ends as a claim finds them."""

    fleet: Fleet = ANY_BACKEND
    free: frozenset[str]
    """Those that ask for a job now."""
    begun: Collection[str] | None = None
    """Ids of running jobs that have reached their back end; one that is given another job is no longer free.
    None = not known, and ``free`` is as it says.
    """
    switch_seconds: Mapping[str, float] = field(default_factory=dict)
    """Measured, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Waiting jobs that are alike to every back end: of each group only the first one matters."""

    model: str
    on: frozenset[str] | None
    """Who may have them. None = any."""
    never: frozenset[str] = frozenset()
    """Who of any may not."""
    avoid: frozenset[str] = frozenset()
    """Who is to have them only if nobody else is there."""


def group_by(fleet: Fleet) -> Callable[[Job], Group]:
    """What group a job belongs to."""

    def group(job: Job) -> Group:
        work = job.request.work
        able, never = fleet.servers(work), job.refused_by
        if able is not None:
            able, never = able - never, frozenset()
        return Group(model=fleet.model_of(work), on=able, never=never, avoid=job.avoids)

    return group
