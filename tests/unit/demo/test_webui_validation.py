"""Request bodies, as pydantic 1 and 2 take and refuse them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.webui.answers import Invalid
from bot.demo.webui.dialects import Dialect, dialect_of, fields_of
from bot.demo.webui.validation import parse_object, validate

A1111, FORGE = dialect_of("a1111"), dialect_of("forge")


def problems(dialect: Dialect, request: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    with pytest.raises(Invalid) as caught:
        validate(dialect, request, given)
    return caught.value.problems


def test_defaults_are_filled_in_and_unknown_fields_left_out() -> None:
    taken = validate(A1111, "txt2img", {"prompt": "x", "nonsense": 1})
    assert (taken["steps"], taken["cfg_scale"], taken["prompt"]) == (50, 7.0, "x")
    assert "nonsense" not in taken


def test_two_requests_never_share_a_default_list() -> None:
    first, second = validate(A1111, "txt2img", {}), validate(A1111, "txt2img", {})
    first["script_args"].append(1)
    assert second["script_args"] == []


@pytest.mark.parametrize(("given", "taken"), [("2", 2), (2.7, 2), (True, 1)])
def test_pydantic_1_makes_whole_numbers_of_what_can_be_one(given: Any, taken: int) -> None:
    assert validate(A1111, "txt2img", {"steps": given})["steps"] == taken


def test_pydantic_2_takes_no_broken_number_for_a_whole_one_and_no_number_for_a_text() -> None:
    assert problems(FORGE, "txt2img", {"steps": 2.7})[0]["loc"] == ["body", "steps"]
    assert problems(FORGE, "txt2img", {"prompt": 5})[0]["type"] == "string_type"


def test_every_field_that_does_not_fit_is_named_in_the_order_of_the_fields() -> None:
    found = problems(A1111, "txt2img", {"width": "y", "steps": "x", "prompt": {}})
    assert [problem["loc"][1] for problem in found] == ["prompt", "steps", "width"]


def test_null_is_fine_for_a_generation_and_not_for_a_picture_to_look_at() -> None:
    assert validate(A1111, "txt2img", {"prompt": None})["prompt"] is None
    assert problems(A1111, "interrogate", {"image": None})[0]["type"] == "type_error.none.not_allowed"


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("gfpgan_visibility", 2, "value_error.number.not_le"),
        ("gfpgan_visibility", -1, "value_error.number.not_ge"),
        ("upscaling_resize", 0, "value_error.number.not_gt"),
        ("resize_mode", 2, "value_error.const"),
    ],
)
def test_limits_are_held(field: str, value: float, kind: str) -> None:
    assert problems(A1111, "extra_single", {field: value})[0]["type"] == kind


def test_a_body_that_is_missing_no_json_or_no_object_is_refused() -> None:
    for content_type, body in (
        ("application/json", b""),
        ("application/json", b"{bad"),
        ("application/json", b"[1]"),
        ("text/plain", b"{}"),
    ):
        with pytest.raises(Invalid):
            parse_object(A1111, content_type, body)
    assert parse_object(A1111, "application/json", b"[]") == {}


@given(
    st.dictionaries(st.sampled_from([row[0] for row in fields_of(A1111, "txt2img")]), st.none() | st.text())
)
def test_any_texts_are_either_taken_or_refused_field_by_field(given: dict[str, Any]) -> None:
    body = json.loads(json.dumps(given))
    for dialect in (A1111, FORGE):
        taken, refused = outcome(dialect, body)
        assert refused <= set(given)
        assert taken == (set() if refused else {row[0] for row in fields_of(dialect, "txt2img")})


def outcome(dialect: Dialect, body: dict[str, Any]) -> tuple[set[str], set[str]]:
    """(names of the fields that were taken, names of those that were refused)."""
    try:
        return set(validate(dialect, "txt2img", body)), set()
    except Invalid as error:
        return set(), {problem["loc"][1] for problem in error.problems}
