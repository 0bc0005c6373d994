"""Opening hours."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.hours import OpeningHours, day_of
from config.values import read_hours

MINUTES = st.integers(0, 24 * 60 - 1)
RANGES = st.lists(st.tuples(MINUTES, MINUTES).filter(lambda both: both[0] != both[1]), min_size=1, max_size=3)
TIMES = st.floats(1_700_000_000, 1_900_000_000)


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("hours", "time", "is_open"),
    [
        ("", "03:00", True),
        ("18:00-23:00", "17:59", False),
        ("18:00-23:00", "18:00", True),
        ("18:00-23:00", "22:59", True),
        ("18:00-23:00", "23:00", False),
        ("22:00-02:00", "01:59", True),
        ("22:00-02:00", "02:00", False),
        ("00:00-24:00", "00:00", True),
        ("08:00-10:00, 18:00-20:00", "12:00", False),
        ("08:00-10:00, 18:00-20:00", "19:00", True),
    ],
)
def test_it_is_open_within_the_hours(hours: str, time: str, is_open: bool) -> None:
    opening = OpeningHours(ranges=read_hours(hours), zone=UTC)
    assert opening.is_open(at(f"2026-11-22T{time}:00")) == is_open


def test_the_hours_are_those_of_their_time_zone() -> None:
    opening = OpeningHours(ranges=read_hours("18:00-19:00"), zone=ZoneInfo("Asia/Tokyo"))
    assert opening.is_open(at("2026-11-22T18:30:00", "Asia/Tokyo"))
    assert not opening.is_open(at("2026-11-22T18:30:00"))


def test_it_says_when_it_opens_next() -> None:
    opening = OpeningHours(ranges=read_hours("18:00-23:00"), zone=UTC)
    assert opening.opens_at(at("2026-11-22T23:30:00")) == at("2026-11-23T18:00:00")
    assert opening.opens_at(at("2026-11-22T20:00:00")) is None


def test_it_says_since_when_it_is_open() -> None:
    opening = OpeningHours(ranges=read_hours("18:00-23:00, 23:00-01:00"), zone=UTC)
    assert opening.open_since(at("2026-11-22T17:30:00")) is None
    assert opening.open_since(at("2026-11-22T18:00:00")) == at("2026-11-22T18:00:00")
    assert opening.open_since(at("2026-11-23T00:30:00")) == at("2026-11-22T18:00:00")
    assert OpeningHours().open_since(at("2026-11-22T12:00:00")) == float("-inf")


@given(ranges=RANGES, now=TIMES)
def test_between_two_edges_nothing_changes(ranges: list[tuple[int, int]], now: float) -> None:
    opening = OpeningHours(ranges=ranges, zone=UTC)
    edge = opening.next_edge(now)
    assert edge is not None
    assert now < edge <= now + 86_400
    middle, just_before = (now + edge) / 2, max(now, edge - 1)
    assert opening.is_open(now) == opening.is_open(middle) == opening.is_open(just_before)


def test_a_day_is_from_midnight_to_midnight_in_its_zone_however_long_it_is() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begin, end = day_of(at("2026-10-25T12:00:00", "Europe/Berlin"), berlin)
    assert begin == at("2026-10-25T00:00:00", "Europe/Berlin")
    assert end - begin == 25 * 3600


@pytest.mark.parametrize("text", ["18-23", "18:00", "25:00-26:00", "18:00-18:00", "18:60-19:00", "a-b"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        read_hours(text)
