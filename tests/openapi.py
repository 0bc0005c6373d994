"""Discord's own description of its API, as a validator for what the bot sends and the local Discord answers.

It is used from where it lies beside the repository and is not part of it; without it the validation is off.
"""

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DESCRIPTION = Path(__file__).parents[2] / "shared" / "discord" / "openapi.json"
_BASE = "urn:discord"
_ID = re.compile(r'"[1-9]\d{16,19}"')
_TIME = re.compile(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(\+00:00|Z)"')
_NOON = '"2026-01-01T12:00:00+00:00"'
_REMEMBERED = 10_000


class Validator:
    """Validates JSON bodies by method and path (without ``/api/v10``), or by the name of a schema."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._description = description
        self._registry: Registry[Any] = Registry().with_resource(
            _BASE, DRAFT202012.create_resource(description)
        )
        # The longest template first: "/@me" and "/@original" win over "/{id}", which has the fewer letters.
        templates = sorted(
            description["paths"], key=lambda one: len(re.sub(r"\{\w+\}", "", one)), reverse=True
        )
        self._paths = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", one) + "$"), one) for one in templates]
        self._compiled = cache(self._compile)
        self._found = cache(self._find)
        self._right: set[tuple[str, int]] = set()

    def request(self, method: str, path: str, body: object) -> list[str]:
        """What is wrong with a request's JSON."""
        operation = self._found(method, path)
        if operation is None:
            return [f"{method} {path} is not in the description"]
        content = f"{operation}/requestBody/content/application~1json/schema"
        if not self._has(content):
            return [f"{method} {path} takes no JSON"]
        return self._mistakes(content, _lenient_request(body))

    def response(self, method: str, path: str, status: int, body: object) -> list[str]:
        """What is wrong with an answer's JSON."""
        operation = self._found(method, path)
        if operation is None:
            return [] if status >= 400 else [f"{method} {path} is not in the description"]
        if status >= 400:
            name = "RatelimitedResponse" if status == 429 else "ErrorResponse"
            return self.named(name, _lenient_error(body))
        content = f"{operation}/responses/{status}/content/application~1json/schema"
        if not self._has(content):
            return [f"{method} {path} has no JSON in its {status}"]
        return self._mistakes(content, body)

    def named(self, schema: str, body: object) -> list[str]:
        """What is wrong with an object of a schema."""
        return self._mistakes(f"/components/schemas/{schema}", body)

    def _mistakes(self, pointer: str, body: object) -> list[str]:
        # Every test tells Discord the same commands: what was right once is right with other ids, too.
        known = pointer, hash(_TIME.sub(_NOON, _ID.sub('"1"', json.dumps(body, sort_keys=True))))
        if known in self._right:
            return []
        errors = list(self._compiled(pointer).iter_errors(body))
        if not errors and len(self._right) < _REMEMBERED:
            self._right.add(known)
        return [_shown(error) for error in errors]

    def _compile(self, pointer: str) -> Draft202012Validator:
        return Draft202012Validator({"$ref": f"{_BASE}#{pointer}"}, registry=self._registry)

    def _find(self, method: str, path: str) -> str | None:
        """The JSON pointer of an operation."""
        for pattern, template in self._paths:
            if pattern.fullmatch(path) and method.lower() in self._description["paths"][template]:
                return f"/paths/{_escaped(template)}/{method.lower()}"
        return None

    def _has(self, pointer: str) -> bool:
        node: Any = self._description
        for step in pointer.split("/")[1:]:
            node = node.get(_unescaped(step)) if isinstance(node, dict) else None
        return node is not None


def _escaped(step: str) -> str:
    """As a part of a JSON pointer inside a URI fragment."""
    return step.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def _unescaped(step: str) -> str:
    return step.replace("%7B", "{").replace("%7D", "}").replace("~1", "/").replace("~0", "~")


def _shown(error: ValidationError) -> str:
    deepest = best_match([error]) or error
    where = "/".join(str(step) for step in deepest.absolute_path)
    return f"{where or 'body'}: {deepest.message[:300]}"


def _messages(body: object) -> Iterator[dict[str, Any]]:
    """The parts of a request that look like a message: the body, and the data of an interaction's answer."""
    if isinstance(body, dict):
        yield body
        if isinstance(body.get("data"), dict):
            yield body["data"]


def _lenient_request(body: object) -> object:
    """discord.py sends snowflakes as integers here; Discord takes them and calls them strings."""
    body = copy.deepcopy(body)
    if isinstance(body, dict) and isinstance(body.get("recipient_id"), int):
        body["recipient_id"] = str(body["recipient_id"])  # opening direct messages
    for message in _messages(body):
        for attachment in message.get("attachments") or []:
            attachment["id"] = str(attachment["id"])
        allowed = message.get("allowed_mentions") or {}
        for kind in {"users", "roles"} & set(allowed):
            allowed[kind] = [str(one) for one in allowed[kind]]
        reference = message.get("message_reference") or {}
        for key in {"message_id", "channel_id", "guild_id"} & set(reference):
            reference[key] = str(reference[key])
    return body


def _lenient_error(body: object) -> object:
    """The codes inside ``errors`` are words (BASE_TYPE_REQUIRED), which the description calls integers:
    https://discord.com/developers/docs/reference#error-messages"""
    body = copy.deepcopy(body)
    if isinstance(body, dict):
        for error in _inner(body.get("errors", {})):
            error["code"] = 0
    return body


def _inner(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield from node.get("_errors", [])
        for key, value in node.items():
            if key != "_errors":
                yield from _inner(value)


@cache
def validator() -> Validator | None:
    """The validator, or None where Discord's description is not beside the repository."""
    if not DESCRIPTION.exists():
        return None
    return Validator(json.loads(DESCRIPTION.read_text(encoding="utf-8")))
