"""The fields of one layer of settings: what can be chosen, what was typed, and how a value reads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from pydantic import ValidationError

from bot.backends.catalog import Offer
from bot.errors import BadValue
from bot.model.preferences import Caps, Choices, Layer, Preferences
from bot.model.prompts import NOTHING
from bot.webui.names import AUTOMATIC


class Kind(Enum):
    """How a field is asked for."""

    NAME = auto()
    """From a list of the web UIs'."""
    TEXT = auto()
    NUMBER = auto()
    SWITCH = auto()


Names = Callable[[Offer], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that a layer may say."""

    name: str
    kind: Kind
    names: Names | None = None
    cap: bool = False
    """It limits; otherwise it stands in for what was not typed."""
    personal: bool = True
    """A person may set it for themselves."""
    shared: bool = True
    """It may be set for others."""


def _number(name: str) -> Field:
    return Field(name=name, kind=Kind.NUMBER)


def _text(name: str) -> Field:
    return Field(name=name, kind=Kind.TEXT)


def _switch(name: str) -> Field:
    return Field(name=name, kind=Kind.SWITCH)


def _named(name: str, names: Names) -> Field:
    return Field(name=name, kind=Kind.NAME, names=names)


def _cap(name: str) -> Field:
    return Field(name=name, kind=Kind.NUMBER, cap=True, personal=False)


FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        _named("data_model", lambda offer: [one.model_name for one in offer.checkpoints]),
        _text("negative_prompt"),
        _number("steps"),
        _number("width"),
        _number("height"),
        _number("guidance_scale"),
        _named("sampler", lambda offer: [one.name for one in offer.samplers]),
        _named("scheduler", lambda offer: [AUTOMATIC, *(one.shown for one in offer.schedulers)]),
        _number("clip_skip"),
        _text("styles"),
        _text("extra_net"),
        _named("facefix", lambda offer: [NOTHING, *offer.face_restorers]),
        _named("highres_fix", lambda offer: [NOTHING, *offer.highres_upscalers]),
        _named("vae", lambda offer: [AUTOMATIC, NOTHING, *offer.vaes]),
        _number("strength"),
        _number("batch"),
        _named("upscaler", lambda offer: list(offer.upscalers)),
        _switch("spoiler"),
        _switch("preview"),
        Field(name="adult_messages", kind=Kind.SWITCH, shared=False),
        _cap("max_steps"),
        _cap("max_width"),
        _cap("max_height"),
        _cap("max_pixels"),
        _cap("max_batch"),
        _cap("waiting"),
        _cap("seconds_per_day"),
    )
}
"""By name, in the order in which they are shown."""


def fields_for(layer: Layer, *, caps: bool) -> list[Field]:
    """Those that a layer may say something of."""
    personal = layer is Layer.PERSON
    return [one for one in FIELDS.values() if one.cap == caps and (one.personal if personal else one.shared)]


def value_of(preferences: Preferences, name: str) -> Any:
    """What it says of a field; None = nothing."""
    return getattr(preferences.caps if FIELDS[name].cap else preferences.choices, name)


def with_value(preferences: Preferences, name: str, value: str) -> Preferences:
    """With what was typed or chosen for a field; "" = it says nothing any more.

    Raises BadValue.
    """
    field = FIELDS[name]
    part: type[Caps | Choices] = Caps if field.cap else Choices
    now = preferences.caps if field.cap else preferences.choices
    said = {**now.model_dump(exclude_none=True), name: value.strip() or None}
    try:
        changed = part.model_validate(said)
    except ValidationError as error:
        raise BadValue(field=name, given=value[:100], reason=_reason(error)) from None
    return preferences.model_copy(update={"caps" if field.cap else "choices": changed})


def _reason(error: ValidationError) -> str:
    kind = error.errors()[0]["type"]
    if kind.startswith(("int_", "float_")):
        return "not_a_whole_number" if kind.startswith("int_") else "not_a_number"
    if kind == "string_too_long":
        return "too_long"
    return "not_a_boolean" if kind.startswith("bool_") else "out_of_range"
