"""The fields of a server's rules: what was typed becomes a rule, and a rule reads as it would be typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from bot.errors import BadValue
from bot.model.rules import AdultAnswer, Feature, Gate, Rules

Kind = Literal["words", "text", "answer", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleField:
    """One thing that a server may rule."""

    name: str
    kind: Kind


RULE_FIELDS: Mapping[str, RuleField] = {
    field.name: field
    for field in (
        RuleField(name="blocked", kind="words"),
        RuleField(name="blocked_negative", kind="words"),
        RuleField(name="removed", kind="words"),
        RuleField(name="forced_negative", kind="text"),
        RuleField(name="adult_words", kind="words"),
        RuleField(name="adult_answer", kind="answer"),
        RuleField(name="member_days", kind="number"),
    )
}
"""By name, in the order in which they are shown."""
ANSWERS = tuple(answer.value for answer in AdultAnswer)
_SPLIT = re.compile(r"[,\n]+")


def typed_value(rules: Rules, name: str) -> str:
    """What stands in a field, as it would be typed."""
    value: Any = getattr(rules, name)
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, float):
        return f"{value:g}" if value else ""
    return str(value or "")


def with_rule(rules: Rules, name: str, text: str) -> Rules:
    """With what was typed for a field; "" = nothing is ruled any more. Raises BadValue."""
    value: object = text.strip()
    match RULE_FIELDS[name].kind:
        case "words":
            words = (" ".join(word.split()) for word in _SPLIT.split(text))
            value = tuple(dict.fromkeys(word for word in words if word))
        case "answer":
            value = value or None
        case "number":
            value = value or 0
        case "text":
            pass
    return _validated(rules, {name: value}, name, text)


def with_gate(rules: Rules, what: str, gate: Gate) -> Rules:
    """With a gate before ``what``: ``feature:img2img``, ``command:upscale`` or ``model:<model_name>``.

    A gate that says nothing is taken away. Raises BadValue.
    """
    kind, colon, name = what.partition(":")
    tables = {"feature": "features", "command": "commands", "model": "checkpoints"}
    if not colon or kind not in tables or (kind == "feature" and name not in set(Feature)):
        raise BadValue(field="what", given=what[:100], reason="not_a_gate")
    table = {str(key): value for key, value in getattr(rules, tables[kind]).items()}
    table.pop(name, None)
    if gate != Gate():
        table[name] = gate
    return _validated(rules, {tables[kind]: table}, "what", what)


def gates_of(rules: Rules) -> dict[str, Gate]:
    """All gates, by what they stand before."""
    features = {f"feature:{name.value}": gate for name, gate in rules.features.items()}
    commands = {f"command:{name}": gate for name, gate in rules.commands.items()}
    return {**features, **commands, **{f"model:{name}": gate for name, gate in rules.checkpoints.items()}}


def _validated(rules: Rules, update: dict[str, object], field: str, given: str) -> Rules:
    try:
        return Rules.model_validate(rules.model_dump() | update)
    except ValidationError as error:
        kind = error.errors()[0]["type"]
        long = kind in ("too_long", "string_too_long")
        reason = "too_long" if long else "not_a_number" if kind.startswith("float_pars") else "out_of_range"
        raise BadValue(field=field, given=given[:100], reason=reason) from None
