"""Landscapes: ridges one behind the other, water, trees, and a building where one is asked for."""

import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.demo.webui.painting import buildings, surface
from bot.demo.webui.painting.colour import Colour, jittered, lit, mix
from bot.demo.webui.painting.sheet import Sheet
from bot.demo.webui.painting.sky import paint_sky, paint_weather
from bot.demo.webui.painting.surface import Point

Line = Callable[[float], float]
_WATERY = {"sea", "lake", "lighthouse"}


def paint_land(sheet: Sheet) -> Image.Image:
    """From the sky to the grass at one's feet."""
    subject = sheet.scene.subject or "field"
    named = {subject, *sheet.scene.also}
    horizon = sheet.layout.uniform(0.5, 0.62)
    image, sun = paint_sky(sheet, horizon)
    image = _far(sheet, image, horizon, named)
    if named & _WATERY or sheet.scene.has("water", "reflection", "bay"):
        image = _water(sheet, image, horizon, sun)
        image = _shore(sheet, image, horizon, subject)
    else:
        image = _hills(sheet, image, horizon, named)
    return paint_weather(sheet, image)


def _far(sheet: Sheet, image: Image.Image, horizon: float, named: set[str]) -> Image.Image:
    """Mountains or a distant shore, paler the farther."""
    mountains = "mountain" in named or sheet.scene.has("fjord")
    if "sea" in named and not mountains and sheet.layout.random() < 0.6:
        return image
    ranges = 3 if mountains else 2
    for index in range(ranges):
        share = index / ranges
        height = (0.44 if mountains else 0.09) * (1 - share * 0.6)
        line = _ridge(sheet, horizon - height * 0.5 + share * 0.04, height, 0.55 if mountains else 0.4)
        far, near = sheet.palette.land[0], sheet.palette.land[1]
        colour = mix(mix(far, sheet.palette.sky[-1], 0.55 - 0.3 * share), near, 0.35 * share)
        image = _layer(sheet, image, line, colour, lit(colour, 0.86))
        if mountains and index < 2:
            image = _snowcaps(sheet, image, line, horizon - height * (0.42 - 0.06 * index))
    return image


def _ridge(sheet: Sheet, level: float, height: float, roughness: float) -> Line:
    wave = surface.wave(sheet.layout, roughness)

    def line(place: float) -> float:
        return sheet.height * (level - height * 0.5 * wave(place))

    return line


def _layer(
    sheet: Sheet, image: Image.Image, line: Line, top: Colour, bottom: Colour, floor: float | None = None
) -> Image.Image:
    """A body of land: lighter along its edge, with a grain."""
    body = surface.vertical(image.size, (top, top, bottom, lit(bottom, 0.8)))
    grain = surface.noise(image.size, sheet.layout, sheet.unit * 0.12, 4, stretch=2.6)
    soft = grain.point([round(128 + (value - 128) * 0.34) for value in range(256)])
    body = ImageChops.overlay(body, Image.merge("RGB", (soft,) * 3))
    return Image.composite(body, image, surface.below(image.size, line, floor))


def _snowcaps(sheet: Sheet, image: Image.Image, line: Line, level: float) -> Image.Image:
    """Snow above ``level``, ragged below, in the light on one side."""
    grain = surface.noise(image.size, sheet.layout, sheet.unit * 0.1, 4)
    slope = surface.vertical(image.size, ((255,) * 3, (0,) * 3)).getchannel("R")
    cut = round(255 * (1 - level))
    mask = surface.levels(Image.blend(slope, grain, 0.22), cut - 8, cut + 6)
    mask = ImageChops.multiply(mask, surface.below(image.size, line))
    snow = mix((246, 248, 252), sheet.palette.sky[-1], 0.3)
    lights = surface.levels(
        ImageChops.subtract(grain, ImageChops.offset(grain, round(sheet.unit * 0.02), 0), 0.4, 128), 60, 190
    )
    return Image.composite(
        surface.tinted(
            lights, (mix(snow, sheet.palette.shade, 0.6), mix(snow, sheet.palette.shade, 0.15), snow)
        ),
        image,
        mask,
    )


def _hills(sheet: Sheet, image: Image.Image, horizon: float, named: set[str]) -> Image.Image:
    """Meadows, dunes or woods, coming nearer."""
    palette, dry = sheet.palette, "desert" in named
    near = len(palette.land) - 1
    site: Line | None = None
    for index in range(3):
        line = _ridge(sheet, horizon + 0.05 + 0.15 * index, 0.16 + 0.03 * index, 0.3 if dry else 0.36)
        colour = palette.land[min(near, index + 1)]
        if dry:
            colour = mix(colour, (226, 170, 104), 0.78 - 0.1 * index)
        image = _layer(sheet, image, line, lit(colour, 1.12), lit(colour, 0.78))
        if index == 1:
            site = line
            image = _building(sheet, image, line, named)
        if not dry:
            image = _trees(sheet, image, line, index, dense="forest" in named)
    if not dry and site is not None:
        _meadow(sheet, image, horizon)
    return image


def _trees(sheet: Sheet, image: Image.Image, line: Line, index: int, *, dense: bool) -> Image.Image:
    draw, random = ImageDraw.Draw(image), sheet.layout
    count = (26 if dense else 7) // (index + 1) + (4 if dense else 0)
    conifer = (
        sheet.scene.has("pine", "mountain", "mountains", "snow", "snowy", "winter") or random.random() < 0.4
    )
    for _ in range(count):
        place = random.random()
        size = sheet.unit * (0.035 + 0.045 * index) * random.uniform(0.7, 1.4) * (1.5 if dense else 1.0)
        x, y = place * sheet.width, line(place) + size * 0.1
        colour = jittered(lit(sheet.palette.land[min(3, index + 1)], 0.72), random, 0.2)
        (_conifer if conifer else _leafy)(draw, x, y, size, colour, random)
    return image


def _conifer(
    draw: ImageDraw.ImageDraw, x: float, y: float, size: float, colour: Colour, random: Random
) -> None:
    for step in range(4):
        top = y - size * (2.0 - step * 0.38)
        wide = size * (0.16 + 0.13 * step)
        drop = size * 0.62
        shade = lit(colour, 1.1 - 0.06 * step)
        draw.polygon(
            ((x, top), (x + wide, top + drop), (x - wide * random.uniform(0.85, 1.1), top + drop)), fill=shade
        )
        draw.polygon(((x, top), (x + wide, top + drop), (x + wide * 0.1, top + drop)), fill=lit(shade, 0.8))


def _leafy(
    draw: ImageDraw.ImageDraw, x: float, y: float, size: float, colour: Colour, random: Random
) -> None:
    trunk = max(1, round(size * 0.1))
    draw.line((x, y, x, y - size * 0.8), fill=lit((92, 66, 50), 0.8), width=trunk)
    for step in range(9):
        radius = size * random.uniform(0.2, 0.36)
        dx, dy = random.uniform(-0.42, 0.42) * size, -size * random.uniform(0.75, 1.5)
        light = 1.25 - 0.25 * (step < 5) - 0.2 * (dx > 0)
        box = (x + dx - radius, y + dy - radius, x + dx + radius, y + dy + radius)
        draw.ellipse(box, fill=lit(colour, light))


def _meadow(sheet: Sheet, image: Image.Image, horizon: float) -> None:
    """Blades and blossoms, larger towards the viewer."""
    draw, random = ImageDraw.Draw(image), sheet.layout
    top = sheet.height * (horizon + 0.26)
    blossoms = sheet.scene.subject == "flower" or sheet.scene.has(
        "flowers", "meadow", "spring", "field", "garden"
    )
    for step in range(sheet.many(900)):
        depth = (step / max(1, sheet.many(900))) ** 0.7
        y = top + (sheet.height * 1.03 - top) * depth
        x = random.uniform(0, sheet.width)
        size = sheet.unit * (0.008 + 0.045 * depth) * random.uniform(0.6, 1.2)
        colour = jittered(lit(sheet.palette.land[-1], 0.95 + 0.5 * random.random()), random, 0.16)
        lean = random.uniform(-0.4, 0.4) * size
        draw.line((x, y, x + lean, y - size), fill=colour, width=max(1, round(size * 0.09)))
        if random.random() < (0.16 if blossoms else 0.03):
            radius = size * 0.13
            tone = jittered(random.choice(sheet.palette.accents), random, 0.1)
            draw.ellipse(
                (x + lean - radius, y - size - radius, x + lean + radius, y - size + radius), fill=tone
            )


def _building(sheet: Sheet, image: Image.Image, line: Line, named: set[str]) -> Image.Image:
    kinds = named & {"castle", "house"}
    if not kinds:
        return image
    place = sheet.layout.uniform(0.3, 0.7)
    spot = (place * sheet.width, line(place) + sheet.unit * 0.02)
    if "castle" in kinds:
        return buildings.castle(sheet, image, spot, sheet.unit * 0.24)
    return buildings.house(sheet, image, spot, sheet.unit * 0.13)


def _water(sheet: Sheet, image: Image.Image, horizon: float, sun: Point) -> Image.Image:
    """The sky upside down, rippled, with the road of light under the sun."""
    palette, random = sheet.palette, sheet.layout
    top = round(sheet.height * horizon)
    depth = sheet.height - top
    mirror = image.crop((0, max(0, top - depth), sheet.width, top)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = mirror.resize((sheet.width, depth)).filter(ImageFilter.GaussianBlur(sheet.unit * 0.008))
    calm = 0.45 if sheet.scene.subject == "lake" or sheet.scene.has("lake", "reflection") else 0.62
    water = Image.blend(
        mirror,
        surface.vertical(mirror.size, (lit(palette.water, 1.15), palette.water, lit(palette.water, 0.55))),
        calm,
    )
    draw = ImageDraw.Draw(water)
    for step in range(sheet.many(620)):
        share = (step / max(1, sheet.many(620))) ** 1.4
        y = depth * share
        wide = sheet.unit * (0.012 + 0.13 * share) * random.uniform(0.4, 1.3)
        x = random.uniform(-0.1, 1.1) * sheet.width
        near_sun = abs(x - sun[0]) < sheet.unit * (0.04 + 0.12 * share)
        tone = (
            palette.sun
            if near_sun and random.random() < 0.75
            else random.choice((palette.sky[-1], palette.sky[-2], lit(palette.water, 0.7)))
        )
        colour = mix(palette.water, tone, 0.75 if near_sun else 0.34)
        thick = max(1, round(sheet.unit * (0.0015 + 0.006 * share)))
        draw.line((x - wide / 2, y, x + wide / 2, y), fill=colour, width=thick)
    image.paste(water, (0, top))
    return image


def _shore(sheet: Sheet, image: Image.Image, horizon: float, subject: str) -> Image.Image:
    """A headland with a lighthouse, a sail, or a bank in front."""
    random, palette = sheet.layout, sheet.palette
    side = random.choice((-1, 1))
    if subject == "lighthouse":
        return _headland(sheet, image, horizon, side)
    if subject in {"castle", "house"}:
        return _island(sheet, image, horizon, 0.5 + side * 0.16)
    if sheet.scene.has("boat", "ship", "sail", "sailing") or random.random() < 0.45:
        buildings.boat(
            sheet, image, (sheet.width * (0.5 - side * 0.2), sheet.height * (horizon + 0.1)), sheet.unit * 0.1
        )
    if subject == "lake":
        line = _ridge(sheet, 0.92, 0.08, 0.4)
        image = _layer(sheet, image, line, lit(palette.land[3], 1.1), lit(palette.land[3], 0.6))
        image = _trees(sheet, image, line, 2, dense=False)
    else:
        sand = mix(palette.land[2], (232, 206, 160), 0.7)
        line = _ridge(sheet, 0.95, 0.06, 0.25)
        image = _layer(sheet, image, line, lit(sand, 1.1), lit(sand, 0.8))
    return image


def _island(sheet: Sheet, image: Image.Image, horizon: float, middle: float) -> Image.Image:
    """A round hill in the water, with what was asked for on its top."""
    wave = surface.wave(sheet.layout, 0.5)

    def line(place: float) -> float:
        hill = 0.16 * (1 - ((place - middle) / 0.3) ** 2)
        return sheet.height * (horizon + 0.1 - hill + 0.008 * wave(place))

    land = sheet.palette.land
    image = _layer(sheet, image, line, lit(land[2], 1.15), lit(land[3], 0.8), sheet.height * (horizon + 0.1))
    spot = (middle * sheet.width, line(middle) + sheet.unit * 0.03)
    if sheet.scene.subject == "castle":
        return buildings.castle(sheet, image, spot, sheet.unit * 0.2)
    return buildings.house(sheet, image, spot, sheet.unit * 0.12)


def _headland(sheet: Sheet, image: Image.Image, horizon: float, side: int) -> Image.Image:
    """A cliff that comes in from one side, and the tower on it."""
    wave = surface.wave(sheet.layout, 0.5)
    foot = sheet.layout.uniform(0.2, 0.3)

    def line(place: float) -> float:
        inward = place if side < 0 else 1 - place
        cliff = math.pow(max(0.0, 1 - math.pow(inward / (foot * 2.3), 2.2)), 0.8)
        return sheet.height * (horizon + 0.46 - 0.5 * cliff + 0.016 * wave(place))

    rock = mix(sheet.palette.land[2], (96, 84, 80), 0.4)
    image = _layer(sheet, image, line, lit(rock, 1.2), lit(rock, 0.55))
    place = foot if side < 0 else 1 - foot
    spot = (place * sheet.width, line(place) + sheet.unit * 0.035)
    return buildings.lighthouse(sheet, image, spot, sheet.unit * 0.42, -side)
