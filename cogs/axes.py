"""The axes of a table of pictures: as they are typed, and what each of their values makes of a request."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import BadValue, UnknownName
from bot.model.prompts import split_list, split_weight
from bot.model.work import Drawing
from bot.webui.names import nearest
from cogs.present import plain
from cogs.typed import Typed

AXES = {
    "checkpoint": "data_model",
    "sampler": "sampler",
    "scheduler": "scheduler",
    "cfg": "guidance_scale",
    "steps": "steps",
    "clip_skip": "clip_skip",
    "seed": "seed",
    "lora": "extra_net",
}
"""What a table may compare, and the option of /draw that says it for one picture."""
_ALSO = {"model": "checkpoint", "cfg_scale": "cfg"} | {option: axis for axis, option in AXES.items()}
_WHOLE = frozenset({"steps", "clip_skip", "seed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What differs along one side, and how."""

    option: str
    """``x`` or ``y``: where it was typed."""
    name: str
    """One of ``AXES``."""
    values: tuple[str, ...]
    """At least one. Of a LoRA ``name:weight``."""

    def typed(self, value: str, typed: Typed, networks: str) -> Typed:
        """What would have to be typed for one of its values. ``networks``: what is there without it.

        Raises BadValue.
        """
        given: Any = value
        if self.name in _WHOLE:
            given = self._whole(value)
        elif self.name == "cfg":
            given = self._number(value)
        elif self.name == "lora":
            given = ", ".join(filter(None, (networks, value)))
        return replace(typed, **{AXES[self.name]: given})

    def label(self, value: str, work: Drawing, usual: Drawing) -> str:
        """What stands at the side, from what became of the value. ``usual``: the same without it."""
        match self.name:
            case "checkpoint":
                return work.checkpoint or value
            case "sampler" if work.scheduler != usual.scheduler:
                return f"{work.sampler} {work.scheduler}"
            case "sampler":
                return work.sampler
            case "scheduler":
                return work.scheduler
            case "lora":
                network = work.extra_networks[-1]
                return f"{network.name} {plain(network.weight)}"
            case "cfg":
                return f"cfg {plain(work.cfg_scale)}"
            case name:
                return f"{name.replace('_', ' ')} {getattr(work, name)}"

    def _number(self, value: str) -> float:
        try:
            return float(value)
        except ValueError:
            raise BadValue(self.option, value[:100], "not_a_number") from None

    def _whole(self, value: str) -> int:
        try:
            return int(value)
        except ValueError:
            raise BadValue(self.option, value[:100], "not_a_whole_number") from None


def axis_name(given: str) -> str | None:
    """The axis that is meant; an option's name means its axis, too."""
    key = given.strip().casefold().replace(" ", "_")
    name = _ALSO.get(key, key)
    return name if name in AXES else None


def read_axes(x: str, y: str | None, new_seed: Callable[[], int]) -> tuple[Axis, Axis | None]:
    """Both sides of a table. ``new_seed``: what -1 stands for. Raises UnknownName, BadValue."""
    across = _read("x", x, new_seed)
    down = None if y is None else _read("y", y, new_seed)
    if down is not None and _compared(across) & _compared(down):
        raise BadValue("y", down.name, "same_axis")
    return across, down


def _read(option: str, text: str, new_seed: Callable[[], int]) -> Axis:
    given, _, rest = text.partition("=")
    name = axis_name(given)
    if name is None:
        raise UnknownName("axis", given.strip()[:100], nearest(given.strip(), AXES))
    values = split_list(option, rest)
    if not values:
        raise BadValue(option, text.strip()[:100], "no_axis_values")
    if name == "lora":
        values = tuple(_weights(option, values))
    if name == "seed":
        values = tuple(str(new_seed()) if value == "-1" else value for value in values)
    return Axis(option=option, name=name, values=tuple(dict.fromkeys(values)))


def _weights(option: str, values: tuple[str, ...]) -> Iterator[str]:
    """``name:0.4, 0.7`` → ``name:0.4``, ``name:0.7``. Raises BadValue."""
    name = ""
    for value in values:
        text = f"{name}:{value}" if name and _is_number(value) else value
        if _is_number(text):
            raise BadValue(option, value[:100], "no_lora_name")
        name, weight = split_weight(option, text, 1.0)
        yield f"{name}:{plain(weight)}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _compared(axis: Axis) -> frozenset[str]:
    """Two sides may each have a LoRA, if they are two LoRAs."""
    if axis.name != "lora":
        return frozenset({axis.name})
    return frozenset(value.rpartition(":")[0].casefold() for value in axis.values)
