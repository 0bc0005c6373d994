"""What the host may change about the line while it moves."""

from dataclasses import dataclass

from bot.queue.protocols import Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The rules of waiting that hold at present."""

    admission: Admission
    """For whoever has no other."""
    keep_seconds: float
    """After so long a job that still waits expires."""
    max_attempts: int
    """To render one job, the first included."""
    longest_request: float = 0.0
    """Seconds after which a large batch lets others go first. 0 = never."""
