"""The validator of Discord's traffic finds what is wrong, and forgives only what it says it forgives."""

import pytest

from tests import openapi
from tests.openapi import Validator

CREATE = ("POST", "/channels/1/messages")


@pytest.fixture
def validator() -> Validator:
    """The validator, where Discord's description is beside the repository."""
    found = openapi.validator()
    if found is None:
        pytest.skip("Discord's openapi.json is not beside the repository")
    return found


def test_a_good_message_passes(validator: Validator) -> None:
    assert validator.request(*CREATE, {"content": "hello", "nonce": "1", "enforce_nonce": True}) == []


@pytest.mark.parametrize(
    "body",
    [
        {"content": 5},
        {"components": [{"type": 1, "components": []}]},
        {"components": [{"type": 10}]},
        {"nonce": "x" * 26},
        {"allowed_mentions": {"parse": ["nobody"]}},
    ],
)
def test_a_wrong_message_is_found(validator: Validator, body: object) -> None:
    assert validator.request(*CREATE, body)


def test_snowflakes_as_integers_are_forgiven_where_discord_py_sends_them(validator: Validator) -> None:
    message = {
        "content": "x",
        "allowed_mentions": {"users": [1], "roles": [2]},
        "message_reference": {"message_id": 3, "channel_id": 4},
        "attachments": [{"id": 0, "filename": "a.png"}],
    }
    assert validator.request(*CREATE, message) == []
    assert (
        validator.request(
            "POST", "/interactions/1/t/callback", {"type": 4, "data": message | {"message_reference": None}}
        )
        == []
    )
    assert validator.request("POST", "/users/@me/channels", {"recipient_id": 5}) == []


def test_snowflakes_as_integers_are_not_forgiven_elsewhere(validator: Validator) -> None:
    assert validator.request(*CREATE, {"content": "x", "sticker_ids": [5]})


def test_an_answer_that_lacks_a_field_is_found(validator: Validator) -> None:
    assert validator.response("GET", "/users/@me", 200, {"id": "1"})


def test_a_route_that_discord_does_not_have_is_found(validator: Validator) -> None:
    assert validator.request("POST", "/nowhere", {})
    assert validator.response("GET", "/nowhere", 200, {})


def test_a_refusal_must_have_code_and_message(validator: Validator) -> None:
    detailed = {
        "code": 50035,
        "message": "m",
        "errors": {"a": {"_errors": [{"code": "WORD", "message": "m"}]}},
    }
    assert validator.response(*CREATE, 400, detailed) == []
    assert validator.response(*CREATE, 400, {"message": "m"})
    assert validator.response(*CREATE, 429, {"message": "m", "code": 0})


def test_the_literal_path_wins_over_the_one_with_a_parameter(validator: Validator) -> None:
    assert validator.request("PATCH", "/webhooks/1/t/messages/@original", {"content": "x"}) == []
    assert validator.response("GET", "/users/@me", 200, {}) != validator.response("GET", "/users/5", 200, {})
