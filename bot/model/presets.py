"""Presets: options of /draw under a name, of one person or of a server."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from bot.errors import BadValue
from bot.model.work import Frozen

__all__ = ["MAX_PRESETS", "OPTIONS", "Preset", "Shelf", "kept_options", "preset_name"]

OPTIONS = (
    "negative_prompt",
    "data_model",
    "steps",
    "width",
    "height",
    "guidance_scale",
    "sampler",
    "scheduler",
    "styles",
    "extra_net",
    "facefix",
    "highres_fix",
    "clip_skip",
    "vae",
    "override",
    "more",
)
"""What a preset holds: how a picture is drawn, not what it shows and not how many there are."""
MAX_PRESETS = 50
"""Of one person or one server."""
_MAX_NAME = 50
_SPACES = re.compile(r"\s+")


class Preset(Frozen):
    """Options with their values as one types them."""

    name: str
    """As whoever saved it spelled it."""
    author_id: int
    options: dict[str, Annotated[str, Field(max_length=6000)]]


class Shelf(Frozen):
    """All presets of one owner, by folded name."""

    presets: dict[str, Preset] = Field(default_factory=dict)

    def get(self, name: str) -> Preset | None:
        """In any case."""
        return self.presets.get(name.strip().casefold())

    @property
    def names(self) -> tuple[str, ...]:
        """In order."""
        return tuple(preset.name for _, preset in sorted(self.presets.items()))

    def having(self, preset: Preset) -> "Shelf":
        """With it, in place of one of the same name. Raises BadValue (too_many)."""
        presets = {**self.presets, preset.name.casefold(): preset}
        if len(presets) > MAX_PRESETS:
            raise BadValue("name", preset.name, "too_many")
        return Shelf(presets=presets)

    def without(self, name: str) -> "Shelf":
        """Without the one of that name."""
        folded = name.strip().casefold()
        return Shelf(presets={key: preset for key, preset in self.presets.items() if key != folded})


def preset_name(text: str) -> str:
    """A name as it is kept. Raises BadValue (empty, too_long)."""
    name = _SPACES.sub(" ", text).strip()
    if not name or name.casefold() == "none":
        raise BadValue("name", name, "empty")
    if len(name) > _MAX_NAME:
        raise BadValue("name", name[:_MAX_NAME], "too_long")
    return name


def kept_options(values: Mapping[str, str]) -> dict[str, str]:
    """Of a request's options those that a preset holds; not the seed of a variation."""
    kept = {name: values[name] for name in OPTIONS if name in values}
    if "more" in kept:
        pieces = (piece for piece in kept["more"].split(", ") if not piece.startswith("variation_seed="))
        kept["more"] = ", ".join(pieces)
    return {name: value for name, value in kept.items() if value}
