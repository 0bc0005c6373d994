"""Lengths of time, rounded as far as a person who waits cares about."""

from dataclasses import dataclass
from typing import Literal

_MINUTE = 60
_HOUR = 3600
_MINUTES_UNTIL = 90 * _MINUTE
"""From here on hours are told, in halves."""
_EXACT_UNTIL = 10
_STEP = 5
"""Seconds from ten on come in fives."""
_LONGEST = 1000.0 * _HOUR
"""More is no prediction. Also where "for ever" ends up."""


@dataclass(frozen=True, slots=True)
class Span:
    """An amount of one unit."""

    amount: float
    unit: Literal["seconds", "minutes", "hours"]


def whole(seconds: float) -> Span:
    """The nearest round length of time; never less than one second."""
    seconds = min(max(seconds, 1.0), _LONGEST)
    if seconds < _MINUTE:
        step = 1 if seconds < _EXACT_UNTIL else _STEP
        amount = round(seconds / step) * step
        if amount < _MINUTE:
            return Span(amount, "seconds")
    if seconds < _MINUTES_UNTIL:
        return Span(max(1, round(seconds / _MINUTE)), "minutes")
    return Span(round(seconds / _HOUR * 2) / 2, "hours")
