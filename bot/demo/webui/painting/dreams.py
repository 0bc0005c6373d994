"""Pictures without a horizon: space, flowing colours, flowers."""

import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.demo.webui.painting import surface
from bot.demo.webui.painting.colour import Colour, jittered, lit, mix, turned
from bot.demo.webui.painting.palette import harmony
from bot.demo.webui.painting.sheet import Sheet


def paint_abstract(sheet: Sheet) -> Image.Image:
    """Layers like bent paper, each with its shadow, over a mesh of colours; folded once more by a warp."""
    random = sheet.layout
    colours = harmony(random, 6, sheet.scene.colours)
    # Larger than the picture, because it is turned; in fewer pixels, because that takes long.
    large = (round(sheet.width * 1.05), round(sheet.height * 1.05))
    image = surface.patchwork(large, [lit(colour, 0.8) for colour in colours], random, 4)
    count = random.randrange(6, 9)
    for index in range(count):
        image = _leaf(sheet, image, colours[index % len(colours)], (index + 0.5) / count)
    image = image.rotate(random.uniform(-38, 38), Image.Resampling.BILINEAR)
    left, top = round(large[0] * 0.17), round(large[1] * 0.17)
    image = image.crop((left, top, large[0] - left, large[1] - top)).resize(
        sheet.size, Image.Resampling.BICUBIC
    )
    return _pearls(sheet, surface.warped(image, random, sheet.unit * 0.16), colours)


def _leaf(sheet: Sheet, image: Image.Image, tone: Colour, level: float) -> Image.Image:
    """One sheet of paper, cut along a wave at ``level`` (0 = top)."""
    random, size = sheet.layout, image.size
    wave = surface.wave(random, 0.34, 4)
    swing = random.uniform(0.09, 0.2)
    mask = surface.below(size, lambda place: size[1] * (level + swing * wave(place)))
    shadow = ImageChops.offset(mask, 0, -round(sheet.unit * 0.016)).filter(
        ImageFilter.BoxBlur(sheet.unit * 0.015)
    )
    soft = shadow.point([value * 4 // 10 for value in range(256)])
    image = Image.composite(Image.new("RGB", size, lit(tone, 0.25)), image, soft)
    fill = surface.vertical(size, (lit(tone, 1.25), tone, turned(tone, 0.06, 1.0, 0.72)))
    return Image.composite(fill, image, mask)


def _pearls(sheet: Sheet, image: Image.Image, colours: list[Colour]) -> Image.Image:
    """A few balls with light on them."""
    random, draw = sheet.layout, ImageDraw.Draw(image)
    for _ in range(random.randrange(4, 9)):
        radius = sheet.unit * random.uniform(0.015, 0.06)
        x, y = random.uniform(0.06, 0.94) * sheet.width, random.uniform(0.06, 0.94) * sheet.height
        colour = random.choice(colours)
        for step in range(12):
            share = step / 11
            size = radius * (1 - share * 0.92)
            dx, dy = -radius * 0.34 * share, -radius * 0.36 * share
            tone = mix(lit(colour, 0.55), lit(mix(colour, (255, 255, 255), 0.7), 1.1), share)
            draw.ellipse((x + dx - size, y + dy - size, x + dx + size, y + dy + size), fill=tone)
    return image


_NEBULAE: tuple[tuple[Colour, ...], ...] = (
    ((58, 40, 160), (200, 50, 140), (40, 130, 200), (214, 150, 96)),
    ((20, 110, 130), (60, 60, 180), (230, 120, 80), (120, 170, 200)),
    ((150, 40, 90), (230, 120, 50), (70, 50, 150), (226, 190, 140)),
    ((40, 60, 170), (120, 60, 190), (60, 190, 200), (200, 110, 120)),
)


def paint_space(sheet: Sheet) -> Image.Image:
    """A nebula, stars, and a planet with a ring."""
    random = sheet.layout
    colours = list(sheet.scene.colours) * 4 or list(random.choice(_NEBULAE))
    image = Image.new("RGB", sheet.size, (6, 7, 18))
    for index, colour in enumerate(colours[:3]):
        cloud = surface.levels(surface.noise(sheet.size, random, sheet.unit * 0.5, 5), 112 + 6 * index, 214)
        image = ImageChops.screen(image, surface.tinted(cloud, ((0, 0, 0), lit(colour, 0.5), colour)))
    image = surface.warped(image, random, sheet.unit * 0.1)
    dust = surface.levels(surface.noise(sheet.size, random, sheet.unit * 0.3, 5), 120, 205)
    image = Image.composite(
        Image.new("RGB", sheet.size, (5, 5, 14)), image, dust.point([value * 7 // 10 for value in range(256)])
    )
    draw = ImageDraw.Draw(image)
    for _ in range(sheet.many(420)):
        x, y = random.uniform(0, sheet.width), random.uniform(0, sheet.height)
        bright = random.random() ** 5
        radius = sheet.unit * (0.0008 + 0.0042 * bright)
        tone = jittered(random.choice(((255, 255, 255), (200, 220, 255), (255, 230, 200))), random, 0.1)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=lit(tone, 0.55 + 0.45 * bright))
    image = surface.bloom(image, sheet.unit * 0.02, 0.7, 170)
    return _planet(sheet, image, colours[3])


def _planet(sheet: Sheet, image: Image.Image, colour: Colour) -> Image.Image:
    random = sheet.layout
    radius = round(sheet.unit * random.uniform(0.16, 0.25))
    x, y = sheet.width * random.uniform(0.3, 0.7), sheet.height * random.uniform(0.36, 0.64)
    side = radius * 2
    bands = surface.noise((side, side), random, side * 0.3, 4, stretch=6)
    face = surface.tinted(
        surface.levels(bands, 70, 190), (lit(colour, 0.5), colour, mix(colour, (255, 246, 230), 0.65))
    )
    light = surface.spot((side, side), (side * 0.34, side * 0.32), side * 0.95, 0.8)
    face = ImageChops.multiply(face, Image.merge("RGB", (light,) * 3))
    disc = Image.new("L", (side * 2, side * 2))
    ImageDraw.Draw(disc).ellipse((4, 4, side * 2 - 4, side * 2 - 4), fill=255)
    corner = (round(x - radius), round(y - radius))
    image = surface.glow(image, (x - radius * 0.3, y - radius * 0.3), radius * 1.7, colour, 0.3)
    ringed = random.random() < 0.7
    tilt, ring = random.uniform(-24, 24), mix(colour, (240, 226, 200), 0.55)
    if ringed:
        _ring(image, (x, y), radius, tilt, ring, front=False)
    image.paste(face, corner, disc.resize((side, side), Image.Resampling.BOX))
    if ringed:
        _ring(image, (x, y), radius, tilt, ring, front=True)
    return image


def _ring(
    image: Image.Image, centre: tuple[float, float], radius: int, tilt: float, colour: Colour, *, front: bool
) -> None:
    """The half of the ring behind the planet, or the one before it."""
    layer = Image.new("L", image.size)
    draw = ImageDraw.Draw(layer)
    for step in range(7):
        wide = radius * (1.45 + 0.1 * step)
        high = wide * 0.24
        box = (centre[0] - wide, centre[1] - high, centre[0] + wide, centre[1] + high)
        span = (0, 180) if front else (180, 360)
        draw.arc(box, *span, fill=(200, 130, 230, 90, 210, 150, 60)[step], width=max(2, radius // 14))
    layer = layer.rotate(tilt, Image.Resampling.BICUBIC, center=centre)
    image.paste(Image.new("RGB", image.size, colour), (0, 0), layer)


_BLOSSOMS: tuple[tuple[Colour, ...], ...] = (
    ((224, 58, 84), (246, 140, 160), (255, 226, 220)),
    ((250, 170, 190), (226, 96, 140), (255, 244, 236)),
    ((255, 196, 84), (246, 128, 74), (255, 240, 200)),
    ((168, 120, 214), (216, 180, 240), (250, 240, 255)),
    ((255, 252, 246), (250, 214, 120), (240, 170, 170)),
)


def paint_flowers(sheet: Sheet) -> Image.Image:
    """Blossoms close by, large and small, on a ground out of focus."""
    random, palette = sheet.layout, sheet.palette
    greens = [lit(palette.land[-2], light) for light in (0.5, 0.8, 1.1)] + [
        mix(palette.land[1], palette.sky[-1], 0.4)
    ]
    image = surface.patchwork(sheet.size, greens, random, 6)
    draw = ImageDraw.Draw(image)
    tones = list(sheet.scene.colours) or list(random.choice(_BLOSSOMS))
    kind = (
        "sunflower"
        if sheet.scene.has("sunflower", "sunflowers")
        else "rose"
        if sheet.scene.has("rose", "roses", "peony")
        else "daisy"
    )
    places = sorted((random.uniform(0.16, 0.94), random.uniform(0.08, 0.92)) for _ in range(8))
    for high, across in places:
        size = sheet.unit * (0.06 + 0.12 * high)
        x, y = across * sheet.width, (high * 0.86) * sheet.height
        _stem(draw, sheet, x, y, size)
        if high < 0.4:
            continue
        _blossom(draw, sheet, (x, y), size, jittered(random.choice(tones), random, 0.12), kind)
    image = image.filter(ImageFilter.GaussianBlur(sheet.unit * 0.0015))
    draw = ImageDraw.Draw(image)
    centre = (sheet.width * random.uniform(0.42, 0.58), sheet.height * random.uniform(0.4, 0.5))
    _stem(draw, sheet, *centre, sheet.unit * 0.24)
    _blossom(draw, sheet, centre, sheet.unit * random.uniform(0.22, 0.27), tones[0], kind)
    return surface.vignette(image, 0.4)


def _stem(draw: ImageDraw.ImageDraw, sheet: Sheet, x: float, y: float, size: float) -> None:
    green = jittered(mix((60, 104, 56), sheet.palette.land[-2], 0.3), sheet.layout, 0.15)
    bend = sheet.layout.uniform(-0.3, 0.3) * size
    foot = (x + bend * 3, sheet.height * 1.05)
    draw.line((x, y, x + bend, (y + foot[1]) / 2, *foot), fill=green, width=max(1, round(size * 0.09)))
    for side in (-1, 1):
        middle = (x + bend, y + size * (1.5 + 0.2 * side))
        angle = -0.5 if side > 0 else math.pi + 0.5
        _petal(draw, middle, size * 0.95, angle + sheet.layout.uniform(-0.2, 0.2), green, 0.3)


def _blossom(
    draw: ImageDraw.ImageDraw,
    sheet: Sheet,
    centre: tuple[float, float],
    size: float,
    colour: Colour,
    kind: str,
) -> None:
    """Rings of petals, the outer ones first."""
    random = sheet.layout
    if kind == "sunflower":
        colour = (246, 190, 44)
    rings = 6 if kind == "rose" else 3
    petals = {"rose": 9, "sunflower": 22}.get(kind, 13)
    for ring in range(rings):
        share = 1 - ring / (rings + (0.2 if kind == "rose" else 2.4))
        start = random.uniform(0, 6.3)
        tone = mix(lit(colour, 0.82), mix(colour, (255, 255, 255), 0.45), ring / rings)
        for petal in range(max(5, petals - ring)):
            angle = start + petal / max(5, petals - ring) * 2 * math.pi
            _petal(
                draw,
                centre,
                size * share,
                angle,
                jittered(tone, random, 0.07),
                0.62 if kind == "rose" else 0.3,
            )
    if kind == "rose":
        return
    heart = size * (0.42 if kind == "sunflower" else 0.24)
    dark = (96, 58, 30) if kind == "sunflower" else (244, 196, 60)
    for _ in range(sheet.many(190)):
        angle, distance = random.uniform(0, 6.3), heart * math.sqrt(random.random())
        x, y = centre[0] + math.cos(angle) * distance, centre[1] + math.sin(angle) * distance * 0.9
        dot = heart * 0.11
        tone = jittered(lit(dark, 1.25 - 0.5 * distance / heart), random, 0.2)
        draw.ellipse((x - dot, y - dot, x + dot, y + dot), fill=tone)


def _petal(
    draw: ImageDraw.ImageDraw,
    centre: tuple[float, float],
    length: float,
    angle: float,
    colour: Colour,
    wide: float,
) -> None:
    """An oval leaf with a lighter half and a fold."""
    x, y = centre
    right, down = math.cos(angle), math.sin(angle)

    def at(along: float, across: float) -> tuple[float, float]:
        return x + (right * along - down * across * wide) * length, y + (
            down * along + right * across * wide
        ) * length

    left_side = [at(0.08, 0), at(0.35, 0.5), at(0.7, 0.62), at(0.93, 0.34), at(1.0, 0)]
    right_side = [at(0.08, 0), at(0.35, -0.5), at(0.7, -0.62), at(0.93, -0.34), at(1.0, 0)]
    draw.polygon(left_side, fill=lit(colour, 1.08 if down < 0.3 else 0.92))
    draw.polygon(right_side, fill=lit(colour, 0.9 if right > -0.3 else 1.05))
    draw.line((*at(0.1, 0), *at(0.85, 0)), fill=lit(colour, 0.75), width=max(1, round(length * 0.015)))
