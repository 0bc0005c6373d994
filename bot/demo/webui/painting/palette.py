"""The colours of a picture, from the light that its prompt speaks of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from bot.demo.webui.painting.colour import Colour, mix, turned
from bot.demo.webui.painting.words import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """``sky`` goes from the top to the horizon, ``land`` from far to near."""

    sky: tuple[Colour, ...]
    sun: Colour
    cloud: Colour
    shade: Colour
    """The undersides of clouds."""
    land: tuple[Colour, ...]
    water: Colour
    accents: tuple[Colour, ...]
    night: bool = False

    def all(self) -> tuple[Colour, ...]:
        """Everything, for pictures that have no sky."""
        return (*self.sky, *self.land, *self.accents, self.sun)


_LIGHTS = {
    "day": Palette(
        sky=((58, 124, 198), (124, 182, 228), (206, 230, 240)),
        sun=(255, 250, 226),
        cloud=(255, 255, 252),
        shade=(176, 194, 216),
        land=((150, 178, 196), (112, 156, 130), (92, 142, 76), (60, 108, 52)),
        water=(60, 132, 176),
        accents=((236, 94, 78), (250, 204, 84), (255, 255, 255), (150, 104, 190)),
    ),
    "dawn": Palette(
        sky=((108, 140, 200), (196, 178, 214), (250, 206, 196), (255, 232, 200)),
        sun=(255, 240, 210),
        cloud=(255, 226, 220),
        shade=(180, 160, 200),
        land=((176, 164, 196), (146, 148, 168), (110, 140, 122), (74, 108, 84)),
        water=(156, 168, 204),
        accents=((240, 128, 128), (250, 214, 165), (200, 162, 200), (255, 246, 230)),
    ),
    "sunset": Palette(
        sky=((42, 42, 92), (120, 66, 126), (226, 104, 96), (252, 174, 92), (255, 220, 140)),
        sun=(255, 226, 150),
        cloud=(250, 154, 120),
        shade=(110, 66, 120),
        land=((150, 92, 122), (104, 66, 104), (66, 46, 80), (36, 28, 52)),
        water=(128, 82, 116),
        accents=((255, 140, 80), (255, 208, 110), (210, 80, 110), (88, 60, 130)),
    ),
    "night": Palette(
        sky=((8, 12, 38), (18, 30, 72), (44, 66, 118), (82, 104, 146)),
        sun=(240, 240, 220),
        cloud=(70, 86, 128),
        shade=(26, 36, 74),
        land=((54, 74, 112), (36, 54, 88), (22, 38, 62), (10, 20, 36)),
        water=(30, 50, 96),
        accents=((255, 206, 120), (120, 170, 255), (200, 160, 240), (255, 250, 220)),
        night=True,
    ),
    "neon": Palette(
        sky=((10, 6, 36), (44, 14, 84), (130, 30, 130), (246, 88, 150)),
        sun=(255, 120, 190),
        cloud=(110, 40, 140),
        shade=(30, 14, 70),
        land=((74, 32, 112), (46, 22, 84), (26, 14, 56), (12, 8, 30)),
        water=(46, 24, 96),
        accents=((0, 232, 255), (255, 48, 160), (160, 90, 255), (255, 220, 90)),
        night=True,
    ),
    "storm": Palette(
        sky=((52, 60, 76), (92, 104, 120), (150, 160, 168), (196, 200, 198)),
        sun=(236, 236, 220),
        cloud=(170, 178, 188),
        shade=(66, 74, 92),
        land=((118, 130, 140), (90, 104, 104), (64, 80, 74), (40, 54, 50)),
        water=(72, 96, 110),
        accents=((220, 180, 90), (110, 140, 160), (180, 80, 70), (230, 230, 225)),
    ),
    "fog": Palette(
        sky=((170, 184, 196), (200, 208, 212), (226, 228, 226)),
        sun=(250, 246, 230),
        cloud=(236, 238, 238),
        shade=(180, 190, 200),
        land=((190, 200, 204), (152, 168, 168), (112, 132, 126), (72, 92, 86)),
        water=(160, 178, 188),
        accents=((206, 150, 110), (150, 170, 160), (220, 200, 170), (110, 120, 140)),
    ),
}
_BY_CHANCE = ("day", "dawn", "sunset", "sunset", "day", "night")
_BY_CHANCE_NEAR = ("day", "dawn", "sunset", "day")
"""For what is seen close by, which wants light."""
_HARMONIES: tuple[tuple[Colour, ...], ...] = (
    ((244, 241, 222), (224, 122, 95), (61, 64, 91), (129, 178, 154), (242, 204, 143), (190, 92, 84)),
    ((38, 70, 83), (42, 157, 143), (233, 196, 106), (244, 162, 97), (231, 111, 81), (250, 237, 205)),
    ((29, 53, 87), (69, 123, 157), (168, 218, 220), (241, 250, 238), (230, 57, 70), (110, 160, 190)),
    ((45, 0, 84), (114, 9, 183), (247, 37, 133), (67, 97, 238), (76, 201, 240), (255, 214, 240)),
    ((3, 71, 72), (26, 130, 120), (142, 202, 170), (252, 236, 201), (255, 183, 3), (251, 133, 0)),
    ((255, 205, 178), (255, 180, 162), (229, 152, 155), (181, 131, 141), (109, 104, 117), (255, 240, 225)),
    ((11, 19, 43), (28, 37, 65), (58, 80, 107), (91, 192, 190), (111, 255, 233), (240, 246, 246)),
    ((88, 47, 14), (147, 102, 57), (182, 173, 144), (101, 109, 74), (51, 61, 41), (236, 226, 200)),
    ((255, 159, 28), (255, 191, 105), (250, 250, 245), (203, 243, 240), (46, 196, 182), (18, 110, 130)),
    ((95, 15, 64), (154, 3, 30), (251, 139, 36), (227, 100, 20), (15, 76, 92), (255, 226, 180)),
)
"""Colours that go together."""


_WIDE = {"", "field", "mountain", "sea", "lake", "lighthouse", "castle", "city", "desert", "house", "forest"}


def palette_of(scene: Scene, random: Random) -> Palette:
    """By the words; by chance where they say nothing. Named colours take part everywhere."""
    near = scene.subject not in _WIDE
    name = scene.light or random.choice(_BY_CHANCE_NEAR if near else _BY_CHANCE)
    base = _LIGHTS[name]
    turn = random.uniform(-0.03, 0.03)
    strong = random.uniform(0.9, 1.15)
    base = replace(
        base,
        sky=_turned(base.sky, turn, strong),
        land=_turned(base.land, random.uniform(-0.04, 0.04), strong),
        accents=_turned(base.accents, turn, strong),
        water=turned(base.water, turn, strong),
    )
    if scene.has("autumn", "fall"):
        base = replace(base, land=((190, 160, 140), (206, 140, 70), (186, 92, 40), (110, 56, 30)))
    if "snow" in scene.weather:
        base = replace(base, land=tuple(mix(colour, (240, 246, 252), 0.72) for colour in base.land))
    return _with_colours(base, scene.colours) if scene.colours else base


def _turned(colours: Sequence[Colour], turn: float, strong: float) -> tuple[Colour, ...]:
    return tuple(turned(colour, turn, strong) for colour in colours)


def _with_colours(base: Palette, colours: Sequence[Colour]) -> Palette:
    """The first named colour tints sky and land, all of them are the accents."""
    first = colours[0]
    return replace(
        base,
        sky=tuple(mix(colour, first, 0.28) for colour in base.sky),
        cloud=mix(base.cloud, first, 0.15),
        land=tuple(mix(colour, colours[-1], 0.25) for colour in base.land),
        accents=(*colours, *base.accents)[:4],
    )


def harmony(random: Random, count: int, colours: Sequence[Colour] = ()) -> list[Colour]:
    """``count`` colours that go together, around ``colours`` if some are named."""
    if colours:
        return [
            turned(random.choice(list(colours)), random.uniform(-0.07, 0.07), 1, random.uniform(0.6, 1.1))
            for _ in range(count)
        ]
    chosen = list(random.choice(_HARMONIES))
    random.shuffle(chosen)
    turn = random.uniform(-0.04, 0.04)
    return [turned(chosen[index % len(chosen)], turn) for index in range(count)]
