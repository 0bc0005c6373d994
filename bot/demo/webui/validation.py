"""Request bodies as FastAPI checks them: pydantic 1 for A1111, pydantic 2 for Forge (NOTES 2.4 and 4).

The two differ in what they take ("5" for a text is fine for pydantic 1 when it comes as the number 5) and in
how they say no. Unknown fields are ignored by both.
"""

import json
import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from bot.demo.webui.answers import Invalid
from bot.demo.webui.dialects import Dialect, fields_of

Payload = dict[str, Any]
Problem = dict[str, Any]
Loc = list[str | int]

_URL = "https://errors.pydantic.dev/2.8/v/"
_TRUE = {1, "1", "true", "t", "yes", "y", "on"}
_FALSE = {0, "0", "false", "f", "no", "n", "off"}
_OLD = {
    "integer": ("value is not a valid integer", "type_error.integer"),
    "number": ("value is not a valid float", "type_error.float"),
    "string": ("str type expected", "type_error.str"),
    "boolean": ("value could not be parsed to a boolean", "type_error.bool"),
    "array": ("value is not a valid list", "type_error.list"),
    "strings": ("value is not a valid list", "type_error.list"),
    "object": ("value is not a valid dict", "type_error.dict"),
}
_NEW = {
    "integer": ("Input should be a valid integer, unable to parse string as an integer", "int_parsing"),
    "number": ("Input should be a valid number, unable to parse string as a number", "float_parsing"),
    "string": ("Input should be a valid string", "string_type"),
    "boolean": ("Input should be a valid boolean, unable to interpret input", "bool_parsing"),
    "array": ("Input should be a valid list", "list_type"),
    "strings": ("Input should be a valid list", "list_type"),
    "object": ("Input should be a valid dictionary", "dict_type"),
}


class _Misfit(Exception):
    """The value has not the type that was asked for."""


def parse_body(dialect: Dialect, content_type: str, body: bytes) -> Any:
    """The JSON value of a body. Raises ``Invalid`` for none, for bad JSON and for another Content-Type."""
    if not body:
        raise Invalid([_missing(dialect, ["body"])])
    if "json" not in content_type:
        raise Invalid([_not_an_object(dialect, body.decode(errors="replace"))])
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise Invalid([_bad_json(dialect, error)]) from error


def parse_object(dialect: Dialect, content_type: str, body: bytes) -> Payload:
    """The JSON object of a body. An empty list counts as an empty object, as ``dict([])`` does."""
    value = parse_body(dialect, content_type, body)
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise Invalid([_not_an_object(dialect, value)])
    return value


def validate(dialect: Dialect, request: str, given: Payload) -> Payload:
    """All fields of ``request`` with their defaults filled in and their types mended. Raises ``Invalid``."""
    taken: Payload = {}
    problems: list[Problem] = []
    for name, kind, default, *rest in fields_of(dialect, request):
        limits: dict[str, Any] = rest[0] if rest else {}
        if name not in given:
            taken[name] = deepcopy(default)
            if limits.get("required"):
                problems.append(_missing(dialect, ["body", name]))
            continue
        problems += _take(dialect, taken, name, kind, limits, given[name], request)
    if problems:
        raise Invalid(problems)
    return taken


def _take(
    dialect: Dialect, taken: Payload, name: str, kind: str, limits: dict[str, Any], value: Any, request: str
) -> list[Problem]:
    loc: Loc = ["body", name]
    if value is None:
        taken[name] = None
        # Only the generation requests are made of optional fields.
        nullable = request in {"txt2img", "img2img"}
        return [] if nullable else [_none_given(dialect, loc, kind)]
    try:
        taken[name] = (_COERCE_NEW if dialect.modern_validation else _COERCE_OLD)[kind](value)
    except _Misfit:
        return [_misfit(dialect, loc, kind, value)]
    return list(_against_limits(dialect, loc, taken[name], limits)) + _items(dialect, loc, name, value)


def _items(dialect: Dialect, loc: Loc, name: str, value: Any) -> list[Problem]:
    """Entries of ``imageList`` are objects with data and name."""
    if name != "imageList":
        return []
    problems = []
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            problems.append(_misfit(dialect, [*loc, index], "object", item))
            continue
        problems += [_missing(dialect, [*loc, index, key]) for key in ("data", "name") if key not in item]
    return problems


def _against_limits(dialect: Dialect, loc: Loc, value: Any, limits: dict[str, Any]) -> Iterator[Problem]:
    if "enum" in limits and value not in limits["enum"]:
        permitted = limits["enum"]
        text = "unexpected value; permitted: " + ", ".join(map(repr, permitted))
        yield _problem(
            dialect, loc, text, "value_error.const", {"given": value, "permitted": permitted}, value
        )
    if "maximum" in limits and value > limits["maximum"]:
        yield _limit(dialect, loc, "less than or equal to", "not_le", int(limits["maximum"]), value)
    if "minimum" in limits and value < limits["minimum"]:
        yield _limit(dialect, loc, "greater than or equal to", "not_ge", int(limits["minimum"]), value)
    if "exclusiveMinimum" in limits and value <= limits["exclusiveMinimum"]:
        yield _limit(dialect, loc, "greater than", "not_gt", int(limits["exclusiveMinimum"]), value)


def _limit(dialect: Dialect, loc: Loc, words: str, code: str, limit: int, value: Any) -> Problem:
    if dialect.modern_validation:
        kind = {"not_le": "less_than_equal", "not_ge": "greater_than_equal", "not_gt": "greater_than"}[code]
        return _new(loc, f"Input should be {words} {limit}", kind, value)
    text = f"ensure this value is {words} {limit}"
    return {"loc": loc, "msg": text, "type": f"value_error.number.{code}", "ctx": {"limit_value": limit}}


def _problem(
    dialect: Dialect, loc: Loc, text: str, kind: str, context: dict[str, Any], value: Any
) -> Problem:
    if dialect.modern_validation:
        return _new(loc, "Input should be one of " + repr(context["permitted"]), "literal_error", value)
    return {"loc": loc, "msg": text, "type": kind, "ctx": context}


def _new(loc: Loc, text: str, kind: str, value: Any) -> Problem:
    return {"type": kind, "loc": loc, "msg": text, "input": value, "url": _URL + kind}


def _missing(dialect: Dialect, loc: Loc) -> Problem:
    if dialect.modern_validation:
        return _new(loc, "Field required", "missing", None)
    return {"loc": loc, "msg": "field required", "type": "value_error.missing"}


def _none_given(dialect: Dialect, loc: Loc, kind: str) -> Problem:
    if dialect.modern_validation:
        return _misfit(dialect, loc, kind, None)
    return {"loc": loc, "msg": "none is not an allowed value", "type": "type_error.none.not_allowed"}


def _not_an_object(dialect: Dialect, value: Any) -> Problem:
    if dialect.modern_validation:
        text = "Input should be a valid dictionary or object to extract fields from"
        return _new(["body"], text, "model_attributes_type", value)
    return {"loc": ["body"], "msg": _OLD["object"][0], "type": _OLD["object"][1]}


def _misfit(dialect: Dialect, loc: Loc, kind: str, value: Any) -> Problem:
    if dialect.modern_validation:
        return _new(loc, *_NEW[kind], value)
    text, code = _OLD[kind]
    return {"loc": loc, "msg": text, "type": code}


def _bad_json(dialect: Dialect, error: json.JSONDecodeError) -> Problem:
    if dialect.modern_validation:
        context = {"error": error.msg}
        return {
            "type": "json_invalid",
            "loc": ["body", error.pos],
            "msg": "JSON decode error",
            "input": {},
            "ctx": context,
        }
    facts = {
        "msg": error.msg,
        "doc": error.doc,
        "pos": error.pos,
        "lineno": error.lineno,
        "colno": error.colno,
    }
    return {"loc": ["body", error.pos], "msg": str(error), "type": "value_error.jsondecode", "ctx": facts}


def _integer_old(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _Misfit from error


def _integer_new(value: Any) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise _Misfit
    return _integer_old(value)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _Misfit from error


def _string_old(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not (isinstance(value, float) and math.isnan(value)):
        return str(value)
    raise _Misfit


def _string_new(value: Any) -> str:
    if not isinstance(value, str):
        raise _Misfit
    return value


def boolean(value: Any) -> bool:
    """What pydantic takes for true and false. Raises ``ValueError``."""
    plain = value.lower() if isinstance(value, str) else value
    if isinstance(plain, str | int | float) and plain in _TRUE | _FALSE:
        return plain in _TRUE
    raise ValueError("not a boolean")


def _boolean(value: Any) -> bool:
    try:
        return boolean(value)
    except ValueError as error:
        raise _Misfit from error


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _Misfit
    return value


def _strings(value: Any) -> list[str]:
    return [_string_old(item) for item in _array(value)]


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Misfit
    return value


_COERCE_OLD: dict[str, Callable[[Any], Any]] = {
    "integer": _integer_old,
    "number": _number,
    "string": _string_old,
    "boolean": _boolean,
    "array": _array,
    "strings": _strings,
    "object": _object,
}
_COERCE_NEW = {**_COERCE_OLD, "integer": _integer_new, "string": _string_new}
