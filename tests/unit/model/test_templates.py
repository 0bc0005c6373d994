"""Wildcards and alternatives: what is chosen, and all that must be left as it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.templates import Wildcards, expand, is_name, is_template, permute

LISTS = Wildcards(
    {
        "colour": ("red", "blue"),
        "sub/metal": ("gold", "__colour__ steel"),
        "odd": ("hex #ff0", "<lora:a__b__:1>", "cost $5", "{brace}", "a | b"),
        "loop": ("__loop__",),
        "flood": ("x", "__flood__ __flood__ __flood__ __flood__"),
    }
)


@pytest.mark.parametrize(
    ("template", "choices"),
    [
        ("a {red|blue} cat", {"a red cat", "a blue cat"}),
        ("{{red|blue}|no} cat", {"red cat", "blue cat", "no cat"}),
        ("__colour__ cat", {"red cat", "blue cat"}),
        ("__sub/metal__", {"gold", "red steel", "blue steel"}),
        ("{2$$ and $$a|b}", {"a and b", "b and a"}),
        ("{1-2$$a|b}", {"a", "b", "a,b", "b,a"}),
        ("__odd__", {"hex #ff0", "<lora:a__b__:1>", "cost $5", "{brace}", "a | b"}),
    ],
)
def test_every_choice_can_be_had_and_no_other(template: str, choices: set[str]) -> None:
    drawn = {expand(template, LISTS, seed) for seed in range(60)}

    assert drawn == choices
    assert set(permute(template, LISTS, 100) or ()) == choices


@pytest.mark.parametrize(
    "text",
    [
        "hex #ff0000",
        r"\(a\) *b* _c_ ||d|| <lora:x_y:0.8>",
        "cost $5 or $$",
        "100% {cat}",
        "a {red|blue",
        "red|blue}",
        r"\{a|b\}",
        "<lora:a__colour__:{1|2}>",
        "__nobody__",
        "${x} %{y}",
        "[a|b] (c:1.2)",
        "~!@ tab\t and\n\nlines",
    ],
)
def test_what_only_looks_like_a_choice_is_left_alone(text: str) -> None:
    assert not is_template(text, LISTS)
    assert set(permute(f"{text} {{x|y}}", LISTS, 10) or ()) == {f"{text} x", f"{text} y"}


def test_the_same_seed_chooses_the_same() -> None:
    template = "{a|b|c|d|e|f|g} __colour__"

    assert expand(template, LISTS, 7) == expand(template, LISTS, 7)
    assert len({expand(template, LISTS, seed) for seed in range(20)}) > 3


@pytest.mark.parametrize(
    "template",
    ["__loop__", "{a|" * 40 + "b" + "}" * 40, "{a|b}" * 500, "{|}", "{a|b}\U000f0024"],
)
def test_a_template_that_cannot_be_read_is_no_prompt(template: str) -> None:
    assert expand(template, LISTS, 1) is None
    assert permute(template, LISTS, 10) is None


def test_lists_that_name_themselves_end_all_the_same() -> None:
    assert {expand("__flood__", LISTS, seed) for seed in range(6)} - {"x", None} == set()


def test_permutations_stop_at_their_limit() -> None:
    found = permute("{a|b|c|d} {a|b|c|d} {a|b|c|d}", LISTS, 10)

    assert found is not None
    assert len(found) == 10


@pytest.mark.parametrize(
    ("name", "usable"),
    [("colour", True), ("sub/my-list 2", True), ("a__b", False), ("_a", False), ("a{b", False)],
)
def test_a_list_can_be_called_what_a_prompt_can_say(name: str, usable: bool) -> None:
    assert is_name(name) == usable


@given(st.text(alphabet="{}|$#%_<>\\ab1-~!@\n,: ", max_size=40), st.integers(0, 5))
def test_what_was_chosen_draws_the_same_when_it_is_copied(text: str, seed: int) -> None:
    chosen = expand(text, LISTS, seed)

    assert chosen is None or not is_template(chosen, LISTS)
    assert chosen is None or is_template(text, LISTS)
