"""What people type into one option is read as they meant it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadValue
from bot.model.prompts import read_batch, says_nothing, split_list, split_pairs, split_weight


@pytest.mark.parametrize("text", ["none", "None", " NONE "])
def test_none_means_explicitly_nothing(text: str) -> None:
    assert says_nothing(text)


def test_a_list_is_trimmed_and_keeps_its_order() -> None:
    assert split_list("styles", " b, a ,, c ") == ("b", "a", "c")


def test_too_long_a_list_is_refused() -> None:
    with pytest.raises(BadValue):
        split_list("styles", ",".join("x" * 21))


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("detail:0.8", ("detail", 0.8)),
        ("detail", ("detail", 0.85)),
        ("a:b:1", ("a:b", 1.0)),
        ("a:b", ("a:b", 0.85)),
        ("detail:-1.5", ("detail", -1.5)),
    ],
)
def test_a_weight_stands_behind_the_last_colon(item: str, expected: tuple[str, float]) -> None:
    assert split_weight("extra_net", item, 0.85) == expected


@pytest.mark.parametrize("item", ["detail:nan", "detail:inf", "detail:1e9"])
def test_a_weight_that_is_no_weight_is_refused(item: str) -> None:
    with pytest.raises(BadValue):
        split_weight("extra_net", item, 0.85)


def test_pairs_keep_commas_in_their_values() -> None:
    assert split_pairs("override", "a=1, b=x, y ,c = 2") == (("a", "1"), ("b", "x, y"), ("c", "2"))


def test_a_pair_without_an_equals_sign_is_refused() -> None:
    with pytest.raises(BadValue) as caught:
        split_pairs("override", "eta")
    assert caught.value.reason == "not_a_pair"


@pytest.mark.parametrize(
    ("text", "expected"), [("4", (4, 1)), ("2,3", (2, 3)), ("2x3", (2, 3)), (" 2 × 3 ", (2, 3))]
)
def test_a_batch_is_a_number_or_count_and_size(text: str, expected: tuple[int, int]) -> None:
    assert read_batch(text) == expected


@pytest.mark.parametrize("text", ["", "abc", "1,2,3", "1.5", "9" * 30, "9" * 5000])
def test_a_batch_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        read_batch(text)


_WORD = st.text("abcdefgh_0123456789", min_size=1, max_size=8)
_VALUE = st.text("abc 0123456789.-=", max_size=12).map(str.strip)


@given(st.lists(st.tuples(_WORD, _VALUE), max_size=10))
def test_pairs_that_are_joined_are_read_back(pairs: list[tuple[str, str]]) -> None:
    assert split_pairs("override", ", ".join(f"{key}={value}" for key, value in pairs)) == tuple(pairs)


@given(st.text(max_size=200))
def test_a_list_never_holds_an_empty_name(text: str) -> None:
    assert all(item.strip() for item in split_list("styles", text[:20]))
