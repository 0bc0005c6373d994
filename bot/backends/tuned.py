"""What the host may change about the web UIs while they are at work."""

from dataclasses import dataclass, field

from bot.backends.models import ModelList

__all__ = ["Tuned", "Tuning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What holds at present."""

    models: ModelList = field(default_factory=ModelList)
    """What the host knows of checkpoints."""
    previews: bool = False
    """Whether unfinished pictures are asked for."""
    partials: bool = True
    """Whether those that a cancel leaves are of use."""


@dataclass(slots=True)
class Tuning:
    """Holds it for all web UIs, which read it at each use."""

    now: Tuned
