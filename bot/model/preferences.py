"""What people set for themselves and moderators for their server, and how these layers become one.

Pure values. ``None`` = this layer says nothing, so that the one below holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Self

from pydantic import Field

from bot.model.work import Frozen

Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=6000)]
Side = Annotated[int, Field(ge=64, le=16_384)]
Steps = Annotated[int, Field(ge=1, le=1000)]
Pictures = Annotated[int, Field(ge=1, le=100)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Snowflake = Annotated[int, Field(ge=1, lt=2**64)]


class Layer(Enum):
    """Where a value comes from, the later ones over the earlier ones."""

    HOST = "host"
    SERVER = "server"
    CHANNEL = "channel"
    ROLE = "role"
    CHECKPOINT = "checkpoint"
    PERSON = "person"
    PRESET = "preset"
    TYPED = "typed"


class Choices(Frozen):
    """Defaults of ``/draw``, in the words of its options."""

    data_model: Name | None = None
    negative_prompt: Text | None = None
    steps: Steps | None = None
    width: Side | None = None
    height: Side | None = None
    guidance_scale: Annotated[float, Field(ge=1, le=30)] | None = None
    sampler: Name | None = None
    scheduler: Name | None = None
    clip_skip: Annotated[int, Field(ge=1, le=12)] | None = None
    styles: Text | None = None
    extra_net: Text | None = None
    facefix: Name | None = None
    highres_fix: Name | None = None
    vae: Name | None = None
    strength: Annotated[float, Field(ge=0, le=1)] | None = None
    batch: Pictures | None = None
    upscaler: Name | None = None
    spoiler: bool | None = None
    preview: bool | None = None
    adult_messages: bool | None = None
    """Only a person's own counts."""


class Caps(Frozen):
    """The most that may be asked for. The host's own hold for every server."""

    max_steps: Steps | None = None
    max_width: Side | None = None
    max_height: Side | None = None
    max_pixels: Annotated[int, Field(ge=64 * 64, le=16_384 * 16_384)] | None = None
    max_batch: Pictures | None = None
    waiting: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Pictures that one person may have waiting."""
    seconds_per_day: Seconds | None = None
    """Drawing time that one person may have in a day. 0 = no limit but the host's."""


class Preferences(Frozen):
    """What one layer says."""

    choices: Choices = Choices()
    caps: Caps = Caps()

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all."""
        return self == type(self)()


@dataclass(frozen=True, slots=True)
class Merged:
    """All layers in one, and where each value came from."""

    choices: Choices
    caps: Caps
    sources: dict[str, Layer]
    """By the field's name; only of fields that a layer says something of."""

    @classmethod
    def of(cls, host: Preferences, layers: Sequence[tuple[Layer, Preferences]]) -> Self:
        """``layers`` in the order of ``Layer``; of several of one layer (roles) the highest role comes last.

        Choices: the last that says something. Caps: likewise, but of one layer's the most generous, and never
        more than the host's.
        """
        sources: dict[str, Layer] = {}
        choices = _last_said([(Layer.HOST, host), *layers], sources)
        caps = _most_allowed(host.caps, layers, sources)
        return cls(Choices.model_validate(choices), Caps.model_validate(caps), sources)


def _last_said(layers: Iterable[tuple[Layer, Preferences]], sources: dict[str, Layer]) -> dict[str, object]:
    said: dict[str, object] = {}
    for layer, preferences in layers:
        for name, value in _said(preferences.choices):
            said[name], sources[name] = value, layer
    return said


def _most_allowed(
    host: Caps, layers: Iterable[tuple[Layer, Preferences]], sources: dict[str, Layer]
) -> dict[str, float]:
    allowed = dict(_caps(host))
    sources.update(dict.fromkeys(allowed, Layer.HOST))
    of_layer: dict[tuple[str, Layer], float] = {}
    for layer, preferences in layers:
        for name, value in _caps(preferences.caps):
            most = _more(name, value, of_layer.get((name, layer), value))
            of_layer[name, layer] = most
            ceiling = getattr(host, name)
            allowed[name] = most if ceiling is None else _less(name, most, ceiling)
            sources[name] = layer
    return allowed


def _said(choices: Choices) -> Iterable[tuple[str, object]]:
    return ((name, value) for name, value in choices if value is not None)


def _caps(caps: Caps) -> Iterable[tuple[str, float]]:
    return ((name, value) for name, value in caps if value is not None)


def _more(name: str, one: float, other: float) -> float:
    """The more generous; of what 0 switches off, 0 is the most."""
    return 0 if name in _NO_LIMIT_AT_ZERO and 0 in (one, other) else max(one, other)


def _less(name: str, one: float, ceiling: float) -> float:
    if name in _NO_LIMIT_AT_ZERO and 0 in (one, ceiling):
        return one or ceiling
    return min(one, ceiling)


_NO_LIMIT_AT_ZERO = ("seconds_per_day",)
