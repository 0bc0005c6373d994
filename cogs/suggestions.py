"""What is suggested while an option of /draw is typed. From memory: autocompletion has three seconds."""

from collections.abc import Iterable

from bot.backends.catalog import Offer
from bot.backends.models import ModelList
from bot.model.details import KEYS
from bot.model.prompts import says_nothing
from bot.model.sizes import PRESETS
from bot.webui.names import AUTOMATIC
from bot.webui.overrides import allowed_overrides
from cogs.axes import AXES, axis_name
from cogs.naming import Naming
from config.settings import Settings

MAX_CHOICES = 25
MAX_CHOICE = 100
"""Characters of a suggestion; Discord refuses longer ones."""

_LISTS = frozenset({"styles", "extra_net"})
_PAIRS = frozenset({"override", "more"})
_AXES = frozenset({"x", "y"})
_EXAMPLES = {
    "cfg": "4, 7, 10",
    "steps": "10, 20, 40",
    "clip_skip": "1, 2",
    "seed": "-1, -1, -1",
}
"""Values of a table's axis that have no list."""


class Suggestions:
    """At most 25, never longer than Discord takes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._models = ModelList(settings.model)

    def for_option(self, option: str, current: str, offer: Offer) -> list[str]:
        """Full values for ``option``, where ``current`` is typed so far."""
        if option in _LISTS:
            return _in_list(current, self._names(option, offer))
        if option in _PAIRS:
            return self._in_pairs(option, current, offer)
        if option in _AXES:
            return self._in_axis(current, offer)
        return ranked(current, self._names(option, offer), MAX_CHOICE)

    def _in_axis(self, current: str, offer: Offer) -> list[str]:
        """What a table may compare, and behind that its values."""
        name, equals, values = current.partition("=")
        axis = axis_name(name)
        if not equals or axis is None:
            return ranked(current, [f"{axis}=" for axis in AXES], MAX_CHOICE)
        start = f"{name.strip()}="
        if axis in _EXAMPLES:
            return [] if values.strip() else [start + _EXAMPLES[axis]]
        offered = self._names(AXES[axis], offer)
        names = [one for one in offered if not says_nothing(one) and "," not in one]
        return [start + one for one in _in_list(values, names, MAX_CHOICE - len(start))]

    def _in_pairs(self, option: str, current: str, offer: Offer) -> list[str]:
        """Keys, and behind a key of ``more`` what it may be."""
        before, comma, part = current.rpartition(",")
        key, equals, value = part.partition("=")
        if option == "more" and equals:
            head = f"{before}, " if comma else ""
            start = f"{head}{key.strip()}="
            found = ranked(value, self._values(key.strip().casefold(), offer), MAX_CHOICE - len(start))
            return [f"{start}{one}" for one in found]
        keys = KEYS if option == "more" else allowed_overrides(offer.options, self._extra_allowed)
        return _in_list(current, [f"{name}=" for name in keys])

    @property
    def _extra_allowed(self) -> tuple[str, ...]:
        return self._settings.override.extra_allowed

    def _values(self, key: str, offer: Offer) -> list[str]:
        match key:
            case "refiner":
                return ["none", *self._names("data_model", offer)]
            case "recipe":
                return [table.name for table in self._naming(offer).offered_recipes()]
            case "tiling" | "permute":
                return ["true", "false"]
            case "resize_mode":
                return ["crop", "fill", "stretch"]
            case "refiner_at":
                return ["0.8", "0.7", "0.6"]
            case "variation_strength":
                return ["0.05", "0.1", "0.2", "0.4", "0.7"]
            case "hr_scale":
                return ["1.5", "2"]
            case "hr_denoise":
                return ["0.3", "0.5", "0.65"]
            case _:
                return []

    def _naming(self, offer: Offer) -> Naming:
        return Naming(offer, self._models, self._settings.recipe)

    def _names(self, option: str, offer: Offer) -> list[str]:
        match option:
            case "data_model":
                offered = self._models.offered(offer.checkpoints)
                return [self._models.shown(checkpoint) for checkpoint in offered]
            case "size":
                return list(PRESETS)
            case "sampler":
                return [sampler.name for sampler in offer.samplers]
            case "scheduler":
                return [AUTOMATIC, *(s.shown for s in offer.schedulers if s.shown != AUTOMATIC)]
            case "styles":
                return ["none", *(style.name for style in offer.styles)]
            case "extra_net":
                networks = [*(lora.name for lora in offer.loras), *offer.hypernetworks, *offer.embeddings]
                return ["none", *networks]
            case "facefix":
                recipes = [table.name for table in self._naming(offer).offered_recipes(facefix=True)]
                return ["none", *offer.face_restorers, *recipes]
            case "highres_fix":
                return ["none", *(name for name in offer.highres_upscalers if not says_nothing(name))]
            case "upscaler_1" | "upscaler_2":
                return [name for name in offer.upscalers if not says_nothing(name)]
            case "vae":
                return [AUTOMATIC, "none", *offer.vaes]
            case _:
                return []


def _in_list(current: str, names: list[str], room: int = MAX_CHOICE) -> list[str]:
    """Completes the last item; what stands before it is kept, and not suggested again."""
    before, comma, part = current.rpartition(",")
    head = f"{before}, " if comma else ""
    used = {item.strip().partition(":")[0].partition("=")[0] for item in before.split(",")}
    free = [name for name in names if name.rstrip("=") not in used and (not head or not says_nothing(name))]
    return [f"{head}{name}" for name in ranked(part.strip(), free, room - len(head))]


def ranked(current: str, names: Iterable[str], room: int) -> list[str]:
    """Those that begin with it, then those that contain it, each in the web UI's order."""
    wanted = current.strip().casefold()
    fitting = [name for name in names if 0 < len(name) <= room]
    begin = [name for name in fitting if name.casefold().startswith(wanted)]
    contain = [name for name in fitting if wanted in name.casefold()]
    return list(dict.fromkeys([*begin, *contain]))[:MAX_CHOICES]
