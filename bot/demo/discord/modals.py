"""Modals: what the bot may open, and what a person's submit sends back.

https://discord.com/developers/docs/components/reference
"""

from collections.abc import Callable
from typing import Any

from bot.demo.discord.components import read_options
from bot.demo.discord.errors import Form, NotPossible, Path
from bot.demo.discord.model import Interaction, Modal
from bot.demo.discord.parts import Json

ROW, STRING_SELECT, TEXT_INPUT, TEXT, LABEL = 1, 3, 4, 10, 18
FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23
_ENTITY_SELECTS = (5, 6, 7, 8)
_IN_LABEL = (TEXT_INPUT, STRING_SELECT, *_ENTITY_SELECTS, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX)
MANY_VALUES = (STRING_SELECT, *_ENTITY_SELECTS, FILE_UPLOAD, CHECKBOX_GROUP)


def read_modal(data: Json, interaction: Interaction) -> Modal:
    """The modal of an answer of type 9.

    Raises:
        ApiError: 400 with every mistake.
    """
    form = Form()
    form.length(("data", "custom_id"), data.get("custom_id"), 1, 100)
    form.length(("data", "title"), data.get("title"), 1, 45)
    form.length(("data", "components"), data.get("components"), 1, 5)
    custom_ids: set[str] = set()
    parts = data.get("components") if isinstance(data.get("components"), list) else []
    stored = [
        _part(part, ("data", "components", at), custom_ids, form) for at, part in enumerate(parts or [])
    ]
    form.check()
    return Modal(data["custom_id"], data["title"], _numbered(stored), interaction)


def _part(part: Json, path: Path, custom_ids: set[str], form: Form) -> Json:
    kind = part.get("type")
    if not form.choice((*path, "type"), kind, (ROW, TEXT, LABEL)):
        return part
    if kind == TEXT:
        form.length((*path, "content"), part.get("content"), 1, 4000)
        return dict(part)
    if kind == LABEL:
        form.length((*path, "label"), part.get("label"), 1, 45)
        if part.get("description"):
            form.length((*path, "description"), part["description"], 1, 100)
        return part | {
            "component": _field(part.get("component"), (*path, "component"), _IN_LABEL, custom_ids, form)
        }
    inner = part.get("components")
    form.length((*path, "components"), inner, 1, 1)
    fields = [
        _field(one, (*path, "components", at), (TEXT_INPUT,), custom_ids, form)
        for at, one in enumerate(inner or [])
    ]
    return part | {"components": fields}


def _field(part: Any, path: Path, allowed: tuple[int, ...], custom_ids: set[str], form: Form) -> Json:
    if not isinstance(part, dict) or not form.choice((*path, "type"), part.get("type"), allowed):
        form.required(path)
        return {}
    form.length((*path, "custom_id"), part.get("custom_id"), 1, 100)
    if part.get("custom_id") in custom_ids:
        form.wrong(
            (*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
        )
    custom_ids.add(str(part.get("custom_id")))
    check = _CHECKS.get(part["type"])
    return check(part, path, form) if check else part | {"required": part.get("required") is not False}


def _text_input(part: Json, path: Path, form: Form) -> Json:
    form.choice((*path, "style"), part.get("style"), (1, 2))
    least, most = part.get("min_length") or 0, part.get("max_length") or 4000
    form.within((*path, "min_length"), least, 0, 4000)
    form.within((*path, "max_length"), most, 1, 4000)
    if least > most:
        form.wrong((*path, "max_length"), "NUMBER_TYPE_MIN", "max_length must not be below min_length")
    if part.get("value"):
        form.length((*path, "value"), part["value"], 0, most)
    if part.get("placeholder"):
        form.length((*path, "placeholder"), part["placeholder"], 1, 100)
    if part.get("label") is not None:
        form.length((*path, "label"), part["label"], 1, 45)
    return part | {"min_length": least, "max_length": most, "required": part.get("required") is not False}


def _bounded(part: Json, path: Path, form: Form, largest: int) -> Json:
    least = 1 if part.get("min_values") is None else part["min_values"]
    most = 1 if part.get("max_values") is None else part["max_values"]
    form.within((*path, "min_values"), least, 0, largest)
    form.within((*path, "max_values"), most, 1, largest)
    return part | {"min_values": least, "max_values": most, "required": part.get("required") is not False}


def _string_select(part: Json, path: Path, form: Form) -> Json:
    stored = _bounded(part, path, form, 25)
    return stored | {"options": read_options(part.get("options"), path, stored, form)}


def _entity_select(part: Json, path: Path, form: Form) -> Json:
    return _bounded(part, path, form, 25)


def _file_upload(part: Json, path: Path, form: Form) -> Json:
    return _bounded(part, path, form, 10)


def _group(part: Json, path: Path, form: Form) -> Json:
    least = 2 if part["type"] == RADIO_GROUP else 1
    form.length((*path, "options"), part.get("options"), least, 10)
    for at, option in enumerate(part.get("options") or []):
        for key in ("label", "value"):
            form.length((*path, "options", at, key), option.get(key), 1, 100)
    most = part.get("max_values") or len(part.get("options") or [])
    least = 1 if part.get("min_values") is None else part["min_values"]
    return part | {"min_values": least, "max_values": most, "required": part.get("required") is not False}


_CHECKS: dict[int, Callable[[Json, Path, Form], Json]] = {
    TEXT_INPUT: _text_input,
    STRING_SELECT: _string_select,
    FILE_UPLOAD: _file_upload,
    RADIO_GROUP: _group,
    CHECKBOX_GROUP: _group,
    **dict.fromkeys(_ENTITY_SELECTS, _entity_select),
}


def _numbered(parts: list[Json]) -> list[Json]:
    """Ids for every component, in order."""
    number = 0
    for part in parts:
        for one in (part, *part.get("components", []), *([part["component"]] if "component" in part else [])):
            number += 1
            one["id"] = one.get("id") or number
    return parts


def submitted(modal: Modal, values: dict[str, Any]) -> list[Json]:
    """The components of a submit. Fields that ``values`` (by custom id) leaves out stay as they were opened.

    Raises:
        NotPossible: the dialog would not let the person send this.
    """
    unknown = set(values) - {field["custom_id"] for field in modal.fields}
    if unknown:
        raise NotPossible(f"the dialog has no field {sorted(unknown)}")
    return [_submitted_part(part, values) for part in modal.components]


def _submitted_part(part: Json, values: dict[str, Any]) -> Json:
    head: Json = {"type": part["type"], "id": part["id"]}
    if part["type"] == TEXT:
        return head
    if part["type"] == LABEL:
        return head | {"component": _submitted_field(part["component"], values)}
    return head | {"components": [_submitted_field(field, values) for field in part["components"]]}


def _submitted_field(field: Json, values: dict[str, Any]) -> Json:
    head: Json = {"type": field["type"], "id": field["id"], "custom_id": field["custom_id"]}
    value = values[field["custom_id"]] if field["custom_id"] in values else _opened_with(field)
    if field["type"] in MANY_VALUES:
        return head | {"values": _chosen(field, list(value or []))}
    if field["type"] == CHECKBOX:
        return head | {"value": bool(value)}
    if field["type"] == RADIO_GROUP:
        chosen = _chosen(field | {"max_values": 1}, [value] if value else [])
        return head | {"value": chosen[0] if chosen else None}
    return head | {"value": _typed(field, str(value or ""))}


def _opened_with(field: Json) -> Any:
    chosen = [option["value"] for option in field.get("options", []) if option.get("default")]
    if field["type"] in MANY_VALUES:
        return chosen
    if field["type"] == RADIO_GROUP:
        return chosen[0] if chosen else None
    return field.get("default") if field["type"] == CHECKBOX else field.get("value")


def _typed(field: Json, text: str) -> str:
    if not text and not field["required"]:
        return text
    if not max(field["min_length"], 1) <= len(text) <= field["max_length"]:
        raise NotPossible(
            f"{field['custom_id']} takes {field['min_length']} to {field['max_length']} characters"
        )
    return text


def _chosen(field: Json, values: list[str]) -> list[str]:
    if not values and not field["required"]:
        return values
    least = field.get("min_values", 1)
    if not least <= len(values) <= field["max_values"] or (field["required"] and not values):
        raise NotPossible(f"{field['custom_id']} takes {least} to {field['max_values']} choices")
    offered = [option["value"] for option in field.get("options", [])]
    if offered and not set(values) <= set(offered):
        raise NotPossible(f"{field['custom_id']} offers {offered}")
    return values
