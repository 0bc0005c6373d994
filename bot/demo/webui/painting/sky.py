"""Skies: gradient, sun or moon, stars, clouds, and what falls out of them."""

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.demo.webui.painting import surface
from bot.demo.webui.painting.colour import lit, mix
from bot.demo.webui.painting.sheet import Sheet
from bot.demo.webui.painting.surface import Point


def paint_sky(sheet: Sheet, horizon: float) -> tuple[Image.Image, Point]:
    """(the whole canvas as sky, the place of the sun). ``horizon`` is a share of the height."""
    palette, random = sheet.palette, sheet.layout
    sky = surface.vertical((sheet.width, max(2, round(sheet.height * horizon))), palette.sky)
    image = Image.new("RGB", sheet.size, palette.sky[-1])
    image.paste(sky, (0, 0))
    sun = (sheet.width * random.uniform(0.2, 0.8), sheet.height * horizon * _sun_height(sheet))
    if palette.night:
        image = _stars(sheet, image, horizon)
    image = _sun(sheet, image, sun)
    return _clouds(sheet, image, horizon, sun), sun


def _sun_height(sheet: Sheet) -> float:
    low = sheet.scene.light in {"sunset", "dawn", "neon"}
    return sheet.layout.uniform(0.66, 0.9) if low else sheet.layout.uniform(0.2, 0.5)


def _sun(sheet: Sheet, image: Image.Image, place: Point) -> Image.Image:
    palette, unit = sheet.palette, sheet.unit
    image = surface.glow(image, place, unit * 0.75, palette.sun, 0.5)
    image = surface.glow(image, place, unit * 0.3, palette.sun, 0.65)
    radius = unit * (0.05 if palette.night else 0.055)
    disc = Image.new("L", image.size)
    box = (place[0] - radius, place[1] - radius, place[0] + radius, place[1] + radius)
    ImageDraw.Draw(disc).ellipse(box, fill=255)
    disc = disc.filter(ImageFilter.GaussianBlur(unit * 0.003))
    return Image.composite(Image.new("RGB", image.size, lit(palette.sun, 1.1)), image, disc)


def _stars(sheet: Sheet, image: Image.Image, horizon: float) -> Image.Image:
    draw, random = ImageDraw.Draw(image), sheet.layout
    for _ in range(sheet.many(170)):
        x, y = random.uniform(0, sheet.width), random.uniform(0, sheet.height * horizon)
        bright = random.random() ** 2
        radius = sheet.unit * (0.0009 + 0.0018 * bright)
        tone = mix(sheet.palette.sky[1], (255, 255, 250), 0.4 + 0.6 * bright)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=tone)
    return image


def _clouds(sheet: Sheet, image: Image.Image, horizon: float, sun: Point) -> Image.Image:
    """Banks of noise: light where they are thin and towards the sun, shaded below."""
    random, palette = sheet.layout, sheet.palette
    amount = {"storm": 70, "fog": 40}.get(sheet.scene.light, random.randrange(0, 46))
    grey = surface.noise(image.size, random, sheet.unit * 0.34, 5, stretch=2.4)
    mask = surface.levels(grey, 136 - amount, 200 - amount // 2)
    fade = surface.vertical(image.size, ((255,) * 3, (190,) * 3, (40,) * 3, (0,) * 3)).getchannel("R")
    fade = fade.resize((sheet.width, max(1, round(sheet.height * horizon))))
    cover = Image.new("L", image.size)
    cover.paste(fade, (0, 0))
    mask = ImageChops.multiply(mask, cover)
    relief = ImageChops.subtract(grey, ImageChops.offset(grey, 0, -round(sheet.unit * 0.03)), 0.5, 128)
    tones = surface.tinted(
        surface.levels(relief, 70, 190),
        (palette.shade, mix(palette.shade, palette.cloud, 0.6), palette.cloud),
    )
    light = surface.glow(tones, sun, sheet.unit * 0.5, palette.sun, 0.45)
    return Image.composite(light, image, mask.point([value * 225 // 255 for value in range(256)]))


def paint_weather(sheet: Sheet, image: Image.Image) -> Image.Image:
    """Rain, snow and fog over everything else."""
    if "fog" in sheet.scene.weather:
        veil = surface.noise(image.size, sheet.layout, sheet.unit * 0.5, 3, stretch=2.5)
        image = Image.composite(
            Image.new("RGB", image.size, mix(sheet.palette.sky[-1], (236, 238, 240), 0.4)),
            image,
            surface.levels(veil, 90, 255).point([value * 6 // 10 for value in range(256)]),
        )
    if "rain" in sheet.scene.weather:
        image = _rain(sheet, image)
    if "snow" in sheet.scene.weather:
        image = _snow(sheet, image)
    return image


def _rain(sheet: Sheet, image: Image.Image) -> Image.Image:
    layer = Image.new("L", image.size)
    draw, random = ImageDraw.Draw(layer), sheet.layout
    slant = random.uniform(-0.22, 0.22)
    for _ in range(sheet.many(520)):
        x, y = random.uniform(-0.1, 1.1) * sheet.width, random.uniform(-0.1, 1) * sheet.height
        length = sheet.unit * random.uniform(0.02, 0.09)
        tone = random.randrange(50, 170)
        draw.line((x, y, x + slant * length, y + length), fill=tone, width=max(1, round(sheet.unit * 0.0022)))
    layer = layer.filter(ImageFilter.GaussianBlur(sheet.unit * 0.0009))
    return Image.composite(Image.new("RGB", image.size, (214, 226, 242)), image, layer)


def _snow(sheet: Sheet, image: Image.Image) -> Image.Image:
    layer = Image.new("L", image.size)
    draw, random = ImageDraw.Draw(layer), sheet.layout
    for _ in range(sheet.many(300)):
        x, y = random.uniform(0, sheet.width), random.uniform(0, sheet.height)
        radius = sheet.unit * 0.0018 / (1.03 - random.random()) ** 0.45
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=random.randrange(150, 255))
    layer = layer.filter(ImageFilter.GaussianBlur(sheet.unit * 0.0016))
    return Image.composite(Image.new("RGB", image.size, (252, 253, 255)), image, layer)
