"""Quotas by role, as the settings give them."""

import pytest

from cogs.allowance import quota_of
from config.settings import SettingsProblem, load
from config.values import role_seconds


@pytest.mark.parametrize(
    ("usual", "roles", "expected"),
    [
        (0.0, set(), None),
        (0.0, {1}, None),
        (60.0, set(), 60.0),
        (60.0, {9}, 60.0),
        (60.0, {1}, 600.0),
        (60.0, {1, 2}, 6000.0),
        (60.0, {1, 3}, None),
    ],
)
def test_the_most_generous_role_wins(usual: float, roles: set[int], expected: float | None) -> None:
    assert quota_of(usual, {1: 600.0, 2: 6000.0, 3: 0.0}, roles) == expected


def test_roles_are_read_from_text() -> None:
    assert role_seconds("123=3600, 456 = 0.5") == {123: 3600.0, 456: 0.5}


@pytest.mark.parametrize("text", ["123", "x=3", "123=soon", "123=-1"])
def test_roles_that_cannot_be_read_are_refused_at_start(text: str) -> None:
    with pytest.raises(SettingsProblem, match="role"):
        load({"EASEL__QUOTA__BY_ROLE": text}, None)


@pytest.mark.parametrize("name", ["QUOTA__SECONDS_PER_DAY", "QUEUE__COOLDOWN_SECONDS"])
def test_limits_below_nothing_and_beyond_a_day_are_refused(name: str) -> None:
    for value in ("-1", "86401"):
        with pytest.raises(SettingsProblem):
            load({f"EASEL__{name}": value}, None)
