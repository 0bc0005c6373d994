"""How long until a back end comes to a job."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.queue.job import Share
from bot.queue.waits import seconds_until

NAMES = ("one", "two", "three")
some_names = st.sets(st.sampled_from(NAMES), min_size=1).map(frozenset)
some_shares = st.lists(
    st.builds(Share, backends=st.none() | some_names, seconds=st.floats(0, 1000)), max_size=6
)
some_rests = st.dictionaries(st.sampled_from(NAMES), st.floats(0, 100))


def share(seconds: float, *names: str) -> Share:
    return Share(backends=frozenset(names) or None, seconds=seconds)


def test_what_anyone_may_do_is_shared() -> None:
    assert seconds_until([share(36)], {}, {"one", "two"}, {"one", "two"}) == 18


def test_what_only_another_may_do_is_not_in_the_way() -> None:
    assert seconds_until([share(100, "one")], {"one": 20}, {"one", "two"}, {"two"}) == 0


def test_who_has_more_choice_goes_around_those_who_have_less() -> None:
    # "one" has 30 s of its own, so the 30 s that both may do are done by "two", at the same time.
    assert seconds_until([share(30), share(30, "one")], {}, {"one", "two"}, {"one", "two"}) == 30


def test_what_runs_comes_first_where_it_runs() -> None:
    assert seconds_until([share(10)], {"one": 20}, {"one", "two"}, {"two"}) == 10
    assert seconds_until([share(30)], {"one": 20}, {"one", "two"}, {"one", "two"}) == 25


def test_with_nobody_up_everything_comes_one_after_the_other() -> None:
    assert seconds_until([share(10), share(5, "one")], {"one": 2}, set(), set()) == 17


@given(some_shares, some_rests)
def test_no_time_is_lost_and_none_is_won(shares: list[Share], rests: dict[str, float]) -> None:
    until = [seconds_until(shares, rests, NAMES, {name}) for name in NAMES]
    assert sum(until) == pytest.approx(sum(rests.values()) + sum(one.seconds for one in shares))


@given(some_shares, some_rests, some_names)
def test_more_back_ends_to_choose_from_never_make_it_later(
    shares: list[Share], rests: dict[str, float], able: frozenset[str]
) -> None:
    until = seconds_until(shares, rests, NAMES, able)
    assert until == min(seconds_until(shares, rests, NAMES, {name}) for name in able)
