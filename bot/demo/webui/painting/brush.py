"""Strokes: what makes a picture of smooth shapes look painted, and fur look soft."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from bot.demo.webui.painting.colour import Colour, jittered, lit
from bot.demo.webui.painting.surface import noise

_ANGLES = 64


def painted(
    image: Image.Image, random: Random, *, size: float, density: float, liveliness: float = 0.07
) -> Image.Image:
    """``image`` painted over with strokes of its own colours, along a flow.

    ``size`` is a stroke's width in pixels. With ``density`` 1 the strokes cover the canvas about once.
    """
    source = image.filter(ImageFilter.GaussianBlur(size * 0.6))
    pixels = source.load()
    flow = noise((_ANGLES, _ANGLES), random, _ANGLES / 2, 2).load()
    if pixels is None or flow is None:
        return image
    width, height = image.size
    canvas = image.copy()
    draw = ImageDraw.Draw(canvas)
    length = size * 3.2
    turn = random.uniform(0, math.pi)
    count = round(width * height / (size * length * 1.4) * density)
    for _ in range(count):
        x, y = random.randrange(width), random.randrange(height)
        value = flow[x * _ANGLES // width, y * _ANGLES // height]
        angle = turn + (value - 128) / 40  # type: ignore[operator]
        reach = length * random.uniform(0.3, 0.6)
        right, down = math.cos(angle) * reach, math.sin(angle) * reach
        colour = jittered(pixels[x, y], random, liveliness)  # type: ignore[arg-type]
        thick = max(1, round(size * random.uniform(0.5, 1.1)))
        draw.line((x - right, y - down, x + right, y + down), fill=colour, width=thick)
    return canvas


@dataclass(frozen=True, slots=True, kw_only=True)
class Pelt:
    """An ellipse full of hair. Lengths are in pixels."""

    centre: tuple[float, float]
    radii: tuple[float, float]
    colour: Colour
    length: float
    width: float
    count: int
    down: float = 0.5
    """How much hair hangs down instead of standing out from the centre, 0 to 1."""
    shade: float = 0.32
    """How much darker the lower right side is than the upper left."""
    variety: float = 0.06
    loose: float = 1.0
    """How much the directions of neighbours differ."""


def fur(
    draw: ImageDraw.ImageDraw,
    pelt: Pelt,
    random: Random,
    tint: Callable[[float, float], Colour] | None = None,
) -> None:
    """Tufts of hair, the outer ones first so that the inner ones lie over them.

    ``tint`` gives another colour for a place in the ellipse (-1 to 1, right and down).
    """
    places = []
    for _ in range(pelt.count):
        angle = random.uniform(0, 2 * math.pi)
        distance = math.sqrt(random.random())
        places.append((distance, angle))
    # Layers from the outside inwards, and within each from top to bottom, as hair lies.
    places.sort(key=lambda place: (-round(place[0] * 7), math.sin(place[1])))
    for distance, angle in places:
        across, along = math.cos(angle) * distance, math.sin(angle) * distance
        colour = tint(across, along) if tint is not None else pelt.colour
        light = 1.04 - pelt.shade * max(0.0, across * 0.55 + along * 0.75) - 0.05 * distance
        _tuft(draw, pelt, (across, along), jittered(lit(colour, light), random, pelt.variety), random)


def _tuft(
    draw: ImageDraw.ImageDraw, pelt: Pelt, place: tuple[float, float], colour: Colour, random: Random
) -> None:
    across, along = place
    x = pelt.centre[0] + across * pelt.radii[0]
    y = pelt.centre[1] + along * pelt.radii[1]
    out = math.hypot(across, along) or 1.0
    right = across / out * (1 - pelt.down) + random.uniform(-0.35, 0.35) * pelt.loose
    down = along / out * (1 - pelt.down) + pelt.down + random.uniform(-0.2, 0.2) * pelt.loose
    norm = math.hypot(right, down) or 1.0
    length = pelt.length * random.uniform(0.6, 1.15)
    right, down = right / norm * length, down / norm * length
    half = pelt.width * random.uniform(0.6, 1.2) / 2
    # A tapered tuft, a little bent.
    nx, ny = -down / length * half, right / length * half
    bend = random.uniform(-0.25, 0.25) * pelt.loose
    middle = (x + right * 0.55 - down * bend, y + down * 0.55 + right * bend)
    draw.polygon(
        (
            (x + nx, y + ny),
            (middle[0] + nx * 0.8, middle[1] + ny * 0.8),
            (x + right, y + down),
            (middle[0] - nx * 0.8, middle[1] - ny * 0.8),
            (x - nx, y - ny),
        ),
        fill=colour,
    )
