"""Mistakes in settings as plain sentences, each with the setting, where it was given, and the cure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import isqrt

from pydantic_core import ErrorDetails

from config.sections import BackendTable, ModelTable, RecipeTable, Section
from config.sources import PACKAGED, Given, Key, Layer, nearest, unknown
from config.values import WebUIAddress

SENSITIVE: frozenset[Key] = frozenset(
    {
        ("discord_token",),
        ("discord_api_url",),
        ("discord_gateway_url",),
        ("webui_urls",),
        ("backend",),
        ("database_url",),
    }
)
"""Settings whose text may hold a password where nobody expects it, so that a sentence never repeats it."""

_TABLES: dict[Key, type[Section]] = {
    ("backend",): BackendTable,
    ("model",): ModelTable,
    ("recipe",): RecipeTable,
}

_EXPECTATIONS = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "greater_than": "must be more than {gt:,}",
    "greater_than_equal": "must be at least {ge:,}",
    "less_than": "must be less than {lt:,}",
    "less_than_equal": "must be at most {le:,}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "literal_error": "must be one of {expected}",
    "string_pattern_mismatch": "must be a name without comma, colon, plus and equals sign",
    "dict_type": "must be a JSON object",
    "too_short": "must not be empty",
    "tuple_type": "must be a list",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "missing": "is missing",
}
"""Pydantic's words for a mistake, in ours. https://docs.pydantic.dev/latest/errors/validation_errors/"""


def validation_problem(error: ErrorDetails, key: Key, given: Given, default: object) -> str:
    """The sentence about one error that validation found in what was ``given`` for ``key``."""
    part = _part(error["loc"][len(key) :])
    if error["type"] == "extra_forbidden":
        near = nearest(str(error["loc"][-1]), _TABLES[key].model_fields)
        return unknown(f"{part}{given.label}", near)
    if error["type"] == "value_error":
        return f"{part}{given.label} {error['ctx']['error']}."
    sentence = f"{part}{given.label} {_expectation(error)}"
    if key not in SENSITIVE:
        sentence += f", not {error['input']!r}"
        if isinstance(default, str | int | float):
            sentence += f" (the default is {_plain(default)})"
    return f"{sentence}."


def _expectation(error: ErrorDetails) -> str:
    expectation = _EXPECTATIONS.get(error["type"])
    if expectation is None:
        return "cannot be used as it stands"
    context = error.get("ctx", {})
    return expectation.format(**{name: _plain(value) for name, value in context.items()})


def _plain(value: object) -> object:
    """6.0 as 6, and True as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _part(rest: tuple[int | str, ...]) -> str:
    """Which part of a list: ``Number 2 of ``, ``Url of number 1 of ``."""
    words = [f"number {step + 1}" if isinstance(step, int) else step for step in reversed(rest)]
    whole = "".join(f"{word} of " for word in words)
    return whole[:1].upper() + whole[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMost:
    """``small`` may not be more than ``large``."""

    small: Key
    large: Key
    step: int | None = None
    """What a lowered value is a multiple of."""


RULES = (
    AtMost(small=("queue", "waiting_per_person"), large=("queue", "waiting_total")),
    AtMost(small=("defaults", "steps"), large=("limits", "max_steps")),
    AtMost(small=("defaults", "width"), large=("limits", "max_width"), step=8),
    AtMost(small=("defaults", "height"), large=("limits", "max_height"), step=8),
    AtMost(small=("defaults", "batch"), large=("limits", "max_batch")),
    AtMost(small=("webui", "connect_seconds"), large=("webui", "total_seconds")),
    AtMost(small=("webui", "first_byte_seconds"), large=("webui", "total_seconds")),
    AtMost(small=("webui", "idle_seconds"), large=("webui", "total_seconds")),
    AtMost(small=("delivery", "retry_first_seconds"), large=("delivery", "retry_max_seconds")),
)


def reconcile(values: Mapping[Key, float], given: Layer, wrong: frozenset[Key]) -> tuple[Layer, list[str]]:
    """What has to change, and what is a mistake, among settings that bound each other.

    A shipped default gives way in silence to a lower maximum that the host set. Two values of which the host
    set the smaller one are a mistake. ``wrong`` are settings that have been complained about already.
    """
    changes: Layer = {}
    problems: list[str] = []
    for rule in RULES:
        small, large = given[rule.small], given[rule.large]
        if values[rule.small] <= values[rule.large] or wrong & {rule.small, rule.large}:
            continue
        if small.source == PACKAGED:
            lowered = values[rule.large] if rule.step is None else values[rule.large] // rule.step * rule.step
            changes[rule.small] = _lowered(small, lowered, large)
        else:
            problems.append(
                f"{small.label} is {values[rule.small]:g}, more than {large.label}, which is "
                f"{values[rule.large]:g}; lower the first or raise the second."
            )
    return changes, problems


def reconcile_area(
    values: Mapping[Key, float], given: Layer, wrong: frozenset[Key]
) -> tuple[Layer, list[str]]:
    """The same for the default size and the limit of its area."""
    width, height, pixels = ("defaults", "width"), ("defaults", "height"), ("limits", "max_pixels")
    if values[width] * values[height] <= values[pixels] or wrong & {width, height, pixels}:
        return {}, []
    if {given[width].source, given[height].source} == {PACKAGED}:
        side = isqrt(int(values[pixels])) // 8 * 8
        return {
            key: _lowered(given[key], min(side, values[key]), given[pixels]) for key in (width, height)
        }, []
    size = f"{values[width]:g} × {values[height]:g}"
    sentence = (
        f"[defaults] width and height make {size} pixels, more than {given[pixels].label}, which is "
        f"{values[pixels]:.0f}; lower the first or raise the second."
    )
    return {}, [sentence]


def _lowered(small: Given, value: float, large: Given) -> Given:
    return replace(small, value=value, source=f"{PACKAGED}, lowered to {large.name}")


def repeated_addresses(addresses: Iterable[WebUIAddress], given: Given) -> list[str]:
    """A sentence per address that is there twice."""
    seen: dict[tuple[str, str, int, str], int] = {}
    problems: list[str] = []
    for number, address in enumerate(addresses, start=1):
        first = seen.setdefault(address.same_as, number)
        if first != number:
            problems.append(
                f"Number {number} of {given.label} is the same web UI as number {first}; name it once."
            )
    return problems


def repeated_names(tables: Iterable[ModelTable | RecipeTable], given: Given | None) -> list[str]:
    """A sentence per table whose name another one has already."""
    seen: dict[str, int] = {}
    problems: list[str] = []
    for number, table in enumerate(tables, start=1):
        first = seen.setdefault(table.name.casefold(), number)
        if first != number and given is not None:
            problems.append(f"Number {number} of {given.label} has the name of number {first}; keep one.")
    return problems
