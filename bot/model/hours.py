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
        return min((edge for edge in self._edges(now, (0, 1, 2)) if edge > now), default=None)

    def opens_at(self, now: float) -> float | None:
        """When it opens next, if it is closed now."""
        edge = None if self.is_open(now) else self.next_edge(now)
        while edge is not None and not self.is_open(edge):
            edge = self.next_edge(edge)
        return edge

    def open_since(self, now: float) -> float | None:
        """When it opened last, if it is open now. None = it is closed; -inf = it never was."""
        if not self.is_open(now):
            return None
        # The second before an edge tells whether it opens there: ranges may touch.
        openings = [
            edge for edge in self._edges(now, (-2, -1, 0)) if edge <= now and not self.is_open(edge - 1)
        ]
        return max(openings, default=float("-inf"))

    def _edges(self, now: float, days: Sequence[int]) -> Sequence[float]:
        """Of these days, counted from the day of ``now``."""
        today = datetime.fromtimestamp(now, self.zone).date()
        minutes = {minute % _DAY_MINUTES for both in self.ranges for minute in both}
        return [
            datetime.combine(
                today + timedelta(days=day), time(minute // 60, minute % 60), self.zone
            ).timestamp()
            for day in days
            for minute in minutes
        ]


def day_of(now: float, zone: tzinfo | None) -> tuple[float, float]:
    """Beginning and end of the day that ``now`` is in, in seconds since 1970."""
    today = datetime.fromtimestamp(now, zone).date()
    begin, end = (datetime.combine(today + timedelta(days=days), time(), zone) for days in (0, 1))
    return begin.timestamp(), end.timestamp()


def _holds(first: int, last: int, minute: int) -> bool:
    return first <= minute < last if first < last else minute >= first or minute < last
