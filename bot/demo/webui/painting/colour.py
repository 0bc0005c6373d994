"""Colours as (red, green, blue) of 0 to 255, and the little arithmetic that painting needs."""

import colorsys
from collections.abc import Sequence
from random import Random

Colour = tuple[int, int, int]


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """``share`` 0 gives ``one``, 1 gives ``other``."""
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )


def lit(colour: Colour, light: float) -> Colour:
    """Brighter above 1, darker below."""
    red, green, blue = (max(0, min(255, round(part * light))) for part in colour)
    return red, green, blue


def turned(colour: Colour, turn: float, saturation: float = 1.0, value: float = 1.0) -> Colour:
    """The hue turned by ``turn`` (1 = once around), the others multiplied."""
    hue, strong, bright = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
    made = colorsys.hsv_to_rgb((hue + turn) % 1, min(1.0, strong * saturation), min(1.0, bright * value))
    red, green, blue = (round(part * 255) for part in made)
    return red, green, blue


def jittered(colour: Colour, random: Random, amount: float) -> Colour:
    """A little brighter or darker, by up to ``amount`` (0.1 = 10 %), a trace of it per channel."""
    light = 1 + (random.random() * 2 - 1) * amount
    shift = (random.random() - 0.5) * amount * 60
    red, green, blue = colour[0] * light + shift, colour[1] * light, colour[2] * light - shift
    return (
        int(min(255, max(0, red))),
        int(min(255, max(0, green))),
        int(min(255, max(0, blue))),
    )


def ramp(stops: Sequence[Colour], steps: int = 256) -> list[Colour]:
    """``steps`` colours that go evenly through all of ``stops``."""
    spans = len(stops) - 1
    made = []
    for index in range(steps):
        place = index / (steps - 1) * spans
        first = min(int(place), spans - 1)
        made.append(mix(stops[first], stops[first + 1], place - first))
    return made


def from_number(number: int) -> Colour:
    """A clear colour that belongs to a number."""
    made = colorsys.hsv_to_rgb(number % 997 / 997, 0.5 + number % 89 / 220, 0.7 + number % 53 / 180)
    red, green, blue = (round(part * 255) for part in made)
    return red, green, blue
