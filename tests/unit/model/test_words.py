"""Blocked words are found as a web UI would read the prompt, and not inside other words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.words import MAX_READINGS, WordList, fold, readings

BLOCKED = WordList(["naked", "Straße", "big cat", "裸", "gefährlich"])


@pytest.mark.parametrize(
    "prompt",
    [
        "a naked tree",
        "NAKED",
        "naked, tree",
        "(naked:1.3)",
        "na(ked:1)",
        "na((ked))",
        "na\\ked",
        "na<lora:x:1>ked",
        "[[naked]]",
        "na[ked|me]",
        "na[me|ked]",
        "na[ked::0.9]",
        "na[me:ked:0]",
        "[dressed:naked:0.5]",
        "[a:[b:naked:0.2]:0.5]",
        "nak\u200bed",
        "\uff4e\uff41\uff4b\uff45\uff44",
        "{dressed|naked}",
        "naked_woman",
        "tree #naked",
        "na{ked}",
    ],
)
def test_every_way_to_write_it_is_found(prompt: str) -> None:
    assert BLOCKED.found(prompt) == ("naked",)


@pytest.mark.parametrize("prompt", ["snaked around", "nakedness", "na ked", "nak ed", "", "a cat"])
def test_other_words_are_left_alone(prompt: str) -> None:
    assert BLOCKED.found(prompt) == ()


@pytest.mark.parametrize(
    ("prompt", "word"),
    [
        ("STRASSE am Abend", "strasse"),
        ("a big   cat sleeps", "big cat"),
        ("big_cat", "big cat"),
        ("美しい裸婦", "裸"),
        ("gefa\u0308hrlich", "gefährlich"),
    ],
)
def test_words_of_every_language_are_found(prompt: str, word: str) -> None:
    assert BLOCKED.found(prompt) == (word,)


def test_all_that_are_there_are_named_once_in_the_order_of_the_list() -> None:
    assert WordList(["cat", "big cat", "dog", "bird"]).found("dog, big cat", "a dog") == (
        "cat",
        "big cat",
        "dog",
    )


def test_a_list_without_words_finds_and_removes_nothing() -> None:
    assert not WordList(["", "  "])
    assert WordList().found("anything") == ()
    assert WordList().removed_from("  a,  b ") == "  a,  b "


def test_a_removed_word_leaves_the_rest_as_it_was_typed() -> None:
    assert BLOCKED.removed_from("A Naked (tree:1.2), NAKED hill_top") == "A (tree:1.2), hill_top"
    assert BLOCKED.removed_from("a (snake:1.2)") == "a (snake:1.2)"


def test_brackets_without_end_take_no_time_without_end() -> None:
    hostile = "[a|b]" * 1000

    assert len(readings(hostile)) <= 4 * MAX_READINGS + 2 * len(hostile)
    assert BLOCKED.found(hostile + "[c|naked]") == ("naked",)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_word_between_spaces_is_found_whatever_stands_around(before: str, after: str) -> None:
    assert "naked" in BLOCKED.found(f"{before} naked {after}")


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    BLOCKED.found(text)
    assert not re.search(r"(?<![^\W_])naked(?![^\W_])", WordList(["naked"]).removed_from(text), re.IGNORECASE)
