"""How long a request will take, learned from those that are done."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from bot.model.work import Describe, Drawing, Img2Img, Txt2Img, Upscale, Work

UNMEASURED_SECONDS = 12.0
"""A picture, before any has been measured."""
UNMEASURED_UPSCALE_SECONDS = 6.0
"""A picture that is only enlarged, likewise."""
UNMEASURED_DESCRIBE_SECONDS = 5.0
"""A description by one model, likewise."""
SECOND_ORDER = frozenset({"dpm++ sde", "dpm++ 2s a", "heun", "dpm2", "dpm2 a", "restart", "heunpp2"})
"""Samplers that ask the model twice a step: ``options.second_order`` of /samplers (A1111 1.10, Forge)."""

_MEGAPIXEL = 1_000_000
_NEWEST_WEIGHS = 0.2
"""Share of the newest measurement in the mean; more while there are fewer than five."""
_LEAST_SPREAD = 0.15
_MOST_SPREAD = 0.6
_UNMEASURED_SPREAD = 0.5
_MOST_REMEMBERED = 2000
_ANY = ""
"""Key of the speed over all checkpoints: a better guess for a new one than a constant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Seconds of rendering: the likely value and the range that most fall into."""

    seconds: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What was measured with one checkpoint on one back end, or on all."""

    seconds_per_unit: float
    """A unit is a step over a megapixel; of upscaling a megapixel of the result; of describing a model."""
    spread: float
    """Mean distance of a measurement from its estimate, as a share of it."""
    count: int


def units(work: Work) -> float:
    """What the time of a request is proportional to: megapixel steps of all its pictures, if it draws any."""
    if isinstance(work, Upscale):
        return max(0.001, sum(_megapixels(*size) for size in work.final_sizes) or len(work.inputs))
    if isinstance(work, Describe):
        return float(max(1, len(work.models)))
    return max(_steps(work), 0.001) * order(work.sampler) * max(1, work.pictures)


def _steps(work: Txt2Img | Img2Img) -> float:
    """Megapixel steps of one picture. From a picture, only the share of its strength is drawn."""
    size = _megapixels(work.width, work.height)
    if isinstance(work, Img2Img):
        return max(1.0, work.steps * min(1.0, work.strength)) * size
    steps = max(1, work.steps) * size
    if work.highres_fix is not None:
        second = (work.highres_fix.steps or work.steps) * work.highres_fix.denoising_strength
        steps += max(1.0, second) * _megapixels(*work.final_size)
    return steps


def order(sampler: str) -> int:
    """How often a sampler asks the model in each step. Older names end in their scheduler."""
    plain = sampler.lower().removesuffix(" karras").removesuffix(" exponential")
    return 2 if plain in SECOND_ORDER else 1


def _megapixels(width: int, height: int) -> float:
    return width * height / _MEGAPIXEL


class Costs:
    """Speeds by back end and checkpoint. Give ``remembered`` what an earlier ``dump`` gave."""

    def __init__(self, remembered: JsonValue = None) -> None:
        self._speeds = dict(_parse(remembered))

    def estimate(self, work: Work, backend: str = "") -> Estimate:
        """The time for a request on a back end, or on whichever takes it.

        From its own speed there, or that of its checkpoint anywhere, or of all checkpoints, or a plain guess.
        """
        speed = next((self._speeds[key] for key in _keys(work, backend) if key in self._speeds), None)
        if speed is None:
            return _between(_unmeasured(work), _UNMEASURED_SPREAD)
        return _between(units(work) * speed.seconds_per_unit, speed.spread)

    def knows(self, work: Work, backend: str = "") -> bool:
        """Whether the speed of its own checkpoint, or of its kind of work, was measured there."""
        return _keys(work, backend)[0] in self._speeds

    def learn(self, work: Work, seconds: float, backend: str = "") -> None:
        """A whole request took that long."""
        if seconds <= 0:
            return
        measured = seconds / units(work)
        for key in _keys(work, backend):
            speed = self._speeds.pop(key, None)
            self._speeds[key] = _blend(speed, measured)
        while len(self._speeds) > _MOST_REMEMBERED:
            del self._speeds[next(key for key in self._speeds if key != ("", _ANY))]

    def adopt(self, remembered: JsonValue) -> None:
        """Take over what was dumped, here or by another process."""
        self._speeds |= dict(_parse(remembered))

    def dump(self) -> JsonValue:
        """All that was learned, to be kept."""
        return [
            [backend, name, speed.seconds_per_unit, speed.spread, speed.count]
            for (backend, name), speed in self._speeds.items()
        ]


def _keys(work: Work, backend: str) -> tuple[tuple[str, str], ...]:
    """Under what its speed is kept: its model there, its model anywhere, any model there, any anywhere."""
    return tuple(dict.fromkeys((place, name) for name in _names(work) for place in (backend, "")))


def _names(work: Work) -> tuple[str, ...]:
    """What draws it, the nearest first. No checkpoint's name holds a slash."""
    if isinstance(work, Drawing):
        return (work.checkpoint, _ANY) if work.checkpoint else (_ANY,)
    if isinstance(work, Upscale):
        return (f"/upscale/{work.upscaler}", "/upscale")
    return ("/describe",)


def _unmeasured(work: Work) -> float:
    if isinstance(work, Upscale):
        return UNMEASURED_UPSCALE_SECONDS * max(1, work.pictures)
    if isinstance(work, Describe):
        return UNMEASURED_DESCRIBE_SECONDS * units(work)
    return UNMEASURED_SECONDS * max(1, work.pictures)


def _between(seconds: float, spread: float) -> Estimate:
    spread = min(_MOST_SPREAD, max(_LEAST_SPREAD, spread))
    return Estimate(seconds=seconds, low=seconds * (1 - spread), high=seconds * (1 + spread))


def _blend(speed: Speed | None, measured: float) -> Speed:
    if speed is None:
        return Speed(seconds_per_unit=measured, spread=_UNMEASURED_SPREAD, count=1)
    share = max(_NEWEST_WEIGHS, 1 / (speed.count + 1))
    off = abs(measured / speed.seconds_per_unit - 1)
    return Speed(
        seconds_per_unit=speed.seconds_per_unit + share * (measured - speed.seconds_per_unit),
        spread=speed.spread + share * (min(off, 1.0) - speed.spread),
        count=speed.count + 1,
    )


def _parse(remembered: JsonValue) -> Mapping[tuple[str, str], Speed]:
    """What can be made of it; anything else was not written by ``dump`` and is left out."""
    speeds: dict[tuple[str, str], Speed] = {}
    for row in remembered if isinstance(remembered, list) else ():
        match row:
            case [
                str() as backend,
                str() as name,
                int() | float() as per_unit,
                int() | float() as spread,
                int() as count,
            ] if per_unit > 0:
                speeds[backend, name] = Speed(seconds_per_unit=per_unit, spread=spread, count=count)
    return speeds
