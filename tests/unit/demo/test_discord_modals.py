"""What a dialog may be, and what a submit of it sends."""

from typing import Any

import pytest

from bot.demo.discord.errors import ApiError, NotPossible
from bot.demo.discord.modals import read_modal, submitted
from bot.demo.discord.model import Interaction, Modal
from bot.demo.discord.parts import Json
from bot.demo.discord.world import World


def an_interaction() -> Interaction:
    """What opens a dialog."""
    world = World()
    return Interaction(1, "token", 2, world.person("ben"), world.channel_named("drawing"), 0.0, {})


def text_input(custom_id: str = "prompt", **changes: Any) -> Json:
    """A text field."""
    return {"type": 4, "custom_id": custom_id, "style": 1} | changes


def label(component: Json, **changes: Any) -> Json:
    """A field with its label."""
    return {"type": 18, "label": "Label", "component": component} | changes


def options(*values: str, **changes: Any) -> list[Json]:
    """Choices."""
    return [{"label": value.title(), "value": value} | changes for value in values]


def a_modal(*parts: Json, **changes: Any) -> Modal:
    """The dialog as the server keeps it."""
    return read_modal(
        {"custom_id": "m", "title": "Title", "components": list(parts)} | changes, an_interaction()
    )


@pytest.mark.parametrize(
    ("parts", "changes"),
    [
        ([], {}),
        ([label(text_input(str(one))) for one in range(6)], {}),
        ([label(text_input())], {"title": "x" * 46}),
        ([label(text_input())], {"title": ""}),
        ([label(text_input())], {"custom_id": "x" * 101}),
        ([label(text_input()), label(text_input())], {}),
        ([label(text_input(), label="x" * 46)], {}),
        ([label(text_input(), description="x" * 101)], {}),
        ([label(text_input(max_length=4001))], {}),
        ([label(text_input(min_length=5, max_length=4))], {}),
        ([label(text_input(value="x" * 11, max_length=10))], {}),
        ([label(text_input(placeholder="x" * 101))], {}),
        ([label({"type": 2, "custom_id": "b", "style": 1, "label": "no buttons here"})], {}),
        ([label({"type": 3, "custom_id": "s", "options": options(*map(str, range(26)))})], {}),
        ([label({"type": 19, "custom_id": "f", "max_values": 11})], {}),
        ([label({"type": 21, "custom_id": "r", "options": options("only")})], {}),
        ([text_input()], {}),
        ([{"type": 1, "components": [text_input("a"), text_input("b")]}], {}),
        ([{"type": 10, "content": ""}], {}),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_wrong_dialog_is_refused(parts: list[Json], changes: Json) -> None:
    with pytest.raises(ApiError) as refused:
        a_modal(*parts, **changes)
    assert (refused.value.status, refused.value.code) == (400, 50035)


def test_every_kind_of_field_is_sent_back_under_its_custom_id() -> None:
    modal = a_modal(
        {"type": 10, "content": "Read this"},
        label(text_input()),
        label({"type": 3, "custom_id": "size", "options": options("s", "m", "l"), "max_values": 2}),
        label({"type": 21, "custom_id": "kind", "options": options("a", "b")}),
        label({"type": 23, "custom_id": "sure"}),
    )
    values = {"prompt": "a cat", "size": ["s", "l"], "kind": "b", "sure": True}
    sent = submitted(modal, values)
    assert sent[0]["type"] == 10
    fields = [part["component"] for part in sent[1:]]
    assert [one.get("value", one.get("values")) for one in fields] == ["a cat", ["s", "l"], "b", True]
    assert [one["custom_id"] for one in fields] == list(values)
    assert len({part["id"] for part in sent} | {one["id"] for one in fields}) == 9


def test_fields_that_are_left_out_keep_what_the_dialog_was_opened_with() -> None:
    extras = {"type": 22, "custom_id": "extras", "options": options("x", "y"), "required": False}
    modal = a_modal(
        {"type": 1, "components": [text_input(value="as before")]},
        label({"type": 3, "custom_id": "size", "options": options("s") + options("m", default=True)}),
        label(extras | {"min_values": 0}),
    )
    row, size, boxes = submitted(modal, {})
    assert row["components"][0]["value"] == "as before"
    assert size["component"]["values"] == ["m"]
    assert boxes["component"]["values"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (text_input(), ""),
        (text_input(min_length=3), "ab"),
        (text_input(max_length=3), "abcd"),
        ({"type": 3, "custom_id": "prompt", "options": options("a", "b")}, ["c"]),
        ({"type": 3, "custom_id": "prompt", "options": options("a", "b")}, ["a", "b"]),
        ({"type": 3, "custom_id": "prompt", "options": options("a", "b")}, []),
        ({"type": 21, "custom_id": "prompt", "options": options("a", "b")}, "c"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_client_does_not_send_what_the_field_does_not_take(field: Json, value: object) -> None:
    with pytest.raises(NotPossible):
        submitted(a_modal(label(field)), {"prompt": value})


def test_an_optional_field_may_stay_empty() -> None:
    modal = a_modal(label(text_input(required=False, min_length=3)))
    assert submitted(modal, {"prompt": ""})[0]["component"]["value"] == ""
