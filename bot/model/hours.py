"""The hours of the day in which pictures are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """Open in any of ``ranges``, always if there is none."""

    ranges: Sequence[tuple[int, int]] = ()
    """(first minute of the day, minute of the day from which it is closed); past midnight if the second is
    not the larger one."""
    zone: tzinfo | None = None
    """None = the machine's own."""

    def is_open(self, now: float) -> bool:
        """At that time, in seconds since 1970."""
        local = datetime.fromtimestamp(now, self.zone)
        minute = local.hour * 60 + local.minute
        return not self.ranges or any(_holds(first, last, minute) for first, last in self.ranges)

    def next_edge(self, now: float) -> float | None:
        """When that is to be asked again, in seconds since 1970. None = never."""
        today = datetime.fromtimestamp(now, self.zone).date()
        minutes = {minute % _DAY_MINUTES for both in self.ranges for minute in both}
        edges = [
            datetime.combine(
                today + timedelta(days=days), time(minute // 60, minute % 60), self.zone
            ).timestamp()
            for days in (0, 1, 2)
            for minute in minutes
        ]
        return min((edge for edge in edges if edge > now), default=None)

    def opens_at(self, now: float) -> float | None:
        """When it opens next, if it is closed now."""
        edge = None if self.is_open(now) else self.next_edge(now)
        while edge is not None and not self.is_open(edge):
            edge = self.next_edge(edge)
        return edge


def day_of(now: float, zone: tzinfo | None) -> tuple[float, float]:
    """Beginning and end of the day that ``now`` is in, in seconds since 1970."""
    today = datetime.fromtimestamp(now, zone).date()
    begin, end = (datetime.combine(today + timedelta(days=days), time(), zone) for days in (0, 1))
    return begin.timestamp(), end.timestamp()


def _holds(first: int, last: int, minute: int) -> bool:
    return first <= minute < last if first < last else minute >= first or minute < last
