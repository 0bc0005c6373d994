"""The option ``more``: key=value pairs, of which the last may be a text with commas."""

import pytest

from bot.errors import BadValue, UnknownName
from bot.model.details import read_details


def test_pairs_are_read_by_key() -> None:
    details = read_details("hr_scale=2, Tiling = yes,variation-seed=5")

    assert details.number("hr_scale", 1, 8) == 2
    assert details.switch("tiling")
    assert details.whole("variation_seed", -1, 10) == 5
    assert details.text("refiner") is None
    assert not details.switch("permute")


def test_a_text_keeps_its_commas_and_equals_signs() -> None:
    details = read_details("hr_scale=2, hr_prompt=a cat, E=mc², dog, tiling=true")

    assert details.text("hr_prompt") == "a cat, E=mc², dog"
    assert details.switch("tiling")


@pytest.mark.parametrize("text", [None, "", " , ", "None"])
def test_nothing_says_nothing(text: str | None) -> None:
    assert read_details(text).values == {}


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        read_details("hr_size=2")
    assert "hr_scale" in caught.value.nearest


@pytest.mark.parametrize("text", ["hello", "hello, tiling=true"])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        read_details(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("hr_scale=big", "not_a_number"), ("hr_scale=nan", "out_of_range"), ("hr_scale=9", "out_of_range")],
)
def test_a_number_has_to_be_one(text: str, reason: str) -> None:
    with pytest.raises(BadValue) as caught:
        read_details(text).number("hr_scale", 1, 8)
    assert caught.value.reason == reason


def test_whole_numbers_and_switches_have_to_be_such() -> None:
    details = read_details("hr_steps=2.5, tiling=maybe")
    with pytest.raises(BadValue):
        details.whole("hr_steps", 0, 50)
    with pytest.raises(BadValue):
        details.switch("tiling")
