"""The axes of a table as they are typed."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadValue, UnknownName
from cogs.axes import AXES, Axis, axis_name, read_axes


def seeds() -> Iterator[int]:
    yield from range(100, 200)


def x(text: str) -> Axis:
    drawn = seeds()
    return read_axes(text, None, lambda: next(drawn))[0]


@pytest.mark.parametrize(
    ("typed", "name", "values"),
    [
        ("cfg=5,7 , 9,", "cfg", ("5", "7", "9")),
        ("Guidance Scale = 5, 5", "cfg", ("5",)),
        ("model=a.safetensors [1=2], b", "checkpoint", ("a.safetensors [1=2]", "b")),
        ("seed=-1, 5, -1", "seed", ("100", "5", "101")),
        ("lora=detail:0.4, 0.7, other:1, 2", "lora", ("detail:0.4", "detail:0.7", "other:1", "other:2")),
        ("extra_net=a:b:0.4, -1", "lora", ("a:b:0.4", "a:b:-1")),
        ("lora=detail", "lora", ("detail:1",)),
    ],
)
def test_an_axis_is_a_name_and_its_values(typed: str, name: str, values: tuple[str, ...]) -> None:
    axis = x(typed)

    assert (axis.name, axis.values) == (name, values)


def test_two_loras_may_be_two_sides_and_one_may_not() -> None:
    assert read_axes("lora=a:1, 2", "lora=b:1, 2", lambda: 0)[1] is not None
    with pytest.raises(BadValue):
        read_axes("lora=a:1, 2", "lora=A:3", lambda: 0)


@given(st.text(max_size=300))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    try:
        axis = x(typed)
    except (BadValue, UnknownName):
        return
    assert axis.name in AXES
    assert axis.values


@given(st.sampled_from(sorted(AXES)), st.text(max_size=100))
def test_a_known_axis_is_read_or_refused(name: str, typed: str) -> None:
    try:
        axis = x(f"{name}={typed}")
    except BadValue:
        return
    assert all(axis.values)


def test_every_option_that_an_axis_stands_for_names_it_as_well() -> None:
    assert {axis_name(option) for option in AXES.values()} == set(AXES)
