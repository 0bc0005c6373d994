"""Cities: rows of towers, lit windows, signs, and a street that mirrors them when it is wet."""

from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.demo.webui.painting import surface
from bot.demo.webui.painting.colour import Colour, jittered, lit, mix
from bot.demo.webui.painting.sheet import Sheet
from bot.demo.webui.painting.sky import paint_sky, paint_weather

_WALLS: tuple[Colour, ...] = (
    (196, 186, 172),
    (150, 160, 174),
    (122, 140, 160),
    (176, 128, 106),
    (214, 206, 194),
)


def paint_city(sheet: Sheet) -> Image.Image:
    """Looking down a street or over the water at a skyline."""
    ground = sheet.layout.uniform(0.7, 0.78)
    image, _ = paint_sky(sheet, ground)
    lights = Image.new("RGB", sheet.size)
    for row in range(4):
        _row(sheet, image, lights, row, ground)
    if sheet.palette.night or sheet.scene.light == "sunset":
        image = surface.bloom(ImageChops.screen(image, lights), sheet.unit * 0.03, 0.8, 120)
    else:
        image = Image.blend(image, ImageChops.screen(image, lights), 0.35)
    image = _street(sheet, image, ground)
    return paint_weather(sheet, image)


def _row(sheet: Sheet, image: Image.Image, lights: Image.Image, row: int, ground: float) -> None:
    """One row of towers, the farther the paler and closer together."""
    random, palette = sheet.layout, sheet.palette
    draw, glow = ImageDraw.Draw(image), ImageDraw.Draw(lights)
    share = row / 3
    night = palette.night or sheet.scene.light == "sunset"
    near = palette.land[3] if night else random.choice(_WALLS)
    base = mix(mix(palette.land[0], palette.sky[-1], 0.4), near, share if night else 0.25 + 0.55 * share)
    x = -random.uniform(0, 0.05) * sheet.width
    while x < sheet.width:
        wide = sheet.unit * random.uniform(0.05, 0.1) * (1 + 0.75 * share)
        middle = abs((x + wide / 2) / sheet.width - 0.5) * 2
        high = sheet.height * random.uniform(0.3, 0.62) * (1 - 0.32 * share + 0.3 * share * middle)
        if row == 3 and middle < 0.35:
            x += wide
            continue
        top = sheet.height * ground - high
        tone = base if night else mix(base, random.choice(_WALLS), 0.35 * share)
        colour = jittered(tone, random, 0.1)
        _tower(draw, glow, (x, top, x + wide, sheet.height * ground), colour, sheet, random, share)
        x += wide * random.uniform(1.0, 1.25)


def _tower(
    draw: ImageDraw.ImageDraw,
    glow: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    colour: Colour,
    sheet: Sheet,
    random: Random,
    share: float,
) -> None:
    left, top, right, bottom = box
    draw.rectangle(box, fill=colour)
    draw.rectangle((left + (right - left) * 0.72, top, right, bottom), fill=lit(colour, 0.78))
    kind = random.random()
    if kind < 0.3:
        spire = top - (bottom - top) * random.uniform(0.08, 0.2)
        draw.line(
            ((left + right) / 2, top, (left + right) / 2, spire),
            fill=colour,
            width=max(1, round(sheet.unit * 0.004)),
        )
        glow.ellipse(
            ((left + right) / 2 - 2, spire - 2, (left + right) / 2 + 2, spire + 2), fill=(255, 60, 60)
        )
    elif kind < 0.55:
        step = (right - left) * 0.2
        draw.rectangle((left + step, top - step * 1.4, right - step, top), fill=lit(colour, 0.92))
    if not (sheet.palette.night or sheet.scene.light == "sunset"):
        _panes(draw, box, colour, sheet, share)
    _windows(glow, box, sheet, random, share)
    if share > 0.3 and random.random() < (0.75 if sheet.scene.light == "neon" else 0.2):
        _sign(glow, box, sheet, random)


def _panes(
    draw: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    colour: Colour,
    sheet: Sheet,
    share: float,
) -> None:
    """Rows of glass by day."""
    left, top, right, bottom = box
    cell = sheet.unit * (0.013 + 0.011 * share)
    glass = mix(colour, (84, 110, 140), 0.3 + 0.3 * share)
    y = top + cell
    while y < bottom - cell:
        x = left + cell * 0.6
        while x < right - cell * 0.7:
            draw.rectangle((x, y, x + cell * 0.55, y + cell * 0.7), fill=glass)
            x += cell
        y += cell * 1.3


def _windows(
    glow: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    sheet: Sheet,
    random: Random,
    share: float,
) -> None:
    left, top, right, bottom = box
    cell = sheet.unit * (0.011 + 0.009 * share)
    lit_share = 0.42 if sheet.palette.night else 0.16
    warm = random.choice(((255, 206, 130), (255, 232, 190), (180, 220, 255), sheet.palette.accents[0]))
    y = top + cell
    while y < bottom - cell:
        x = left + cell * 0.7
        while x < right - cell * 0.8:
            if random.random() < lit_share:
                tone = lit(warm, random.uniform(0.25, 0.95) * (0.45 + 0.55 * share))
                glow.rectangle((x, y, x + cell * 0.5, y + cell * 0.62), fill=tone)
            x += cell
        y += cell * 1.25


def _sign(
    glow: ImageDraw.ImageDraw, box: tuple[float, float, float, float], sheet: Sheet, random: Random
) -> None:
    """A bright upright sign with strokes that look like writing."""
    left, top, right, bottom = box
    colour = random.choice(sheet.palette.accents)
    wide, high = sheet.unit * random.uniform(0.02, 0.035), sheet.unit * random.uniform(0.08, 0.18)
    x = random.uniform(left, max(left + 1, right - wide))
    y = random.uniform(top + high * 0.2, max(top + high * 0.3, bottom - high * 1.6))
    glow.rectangle(
        (x, y, x + wide, y + high), outline=colour, fill=lit(colour, 0.3), width=max(1, round(wide * 0.12))
    )
    marks = 5
    for index in range(marks):
        row = y + high * (0.1 + 0.82 * index / marks)
        for _ in range(2):
            start = (x + wide * random.uniform(0.2, 0.5), row + random.uniform(0, high * 0.06))
            end = (x + wide * random.uniform(0.5, 0.82), row + random.uniform(0.02, 0.12) * high)
            glow.line((start, end), fill=lit(colour, 1.3), width=max(1, round(wide * 0.1)))


def _street(sheet: Sheet, image: Image.Image, ground: float) -> Image.Image:
    """The ground mirrors what stands on it: smeared where it is wet, dim where it is dry."""
    palette = sheet.palette
    top = round(sheet.height * ground)
    depth = sheet.height - top
    wet = "rain" in sheet.scene.weather or sheet.scene.has("wet", "neon", "cyberpunk", "reflection")
    source = image.crop((0, max(0, top - depth * 2), sheet.width, top)).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    # Squeezed to few rows and pulled out again: light runs down on wet asphalt.
    smeared = source.resize((max(1, sheet.width // 2), max(2, depth // 26))).resize(
        (sheet.width, depth), Image.Resampling.BICUBIC
    )
    ripple = surface.noise((sheet.width, depth), sheet.layout, sheet.unit * 0.05, 3, stretch=4)
    smeared = Image.composite(smeared, lit_copy(smeared, 0.55), surface.levels(ripple, 90, 150))
    grey = mix((74, 76, 84), palette.land[3], 0.6 if palette.night else 0.15)
    asphalt = surface.vertical((sheet.width, depth), (lit(grey, 1.2), lit(grey, 0.8)))
    image.paste(Image.blend(asphalt, smeared, 0.85 if wet else 0.35), (0, top))
    edge = Image.new("L", image.size)
    ImageDraw.Draw(edge).rectangle(
        (0, top - sheet.unit * 0.012, sheet.width, top + sheet.unit * 0.012), fill=150
    )
    shade = Image.new("RGB", image.size, lit(grey, 0.6))
    return Image.composite(shade, image, edge.filter(ImageFilter.GaussianBlur(sheet.unit * 0.012)))


def lit_copy(image: Image.Image, light: float) -> Image.Image:
    """The whole picture darker."""
    return image.point([round(value * light) for value in range(256)] * 3)
