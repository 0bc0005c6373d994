"""Things that people have built, small in a landscape."""

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.demo.webui.painting import surface
from bot.demo.webui.painting.colour import Colour, lit, mix
from bot.demo.webui.painting.sheet import Sheet
from bot.demo.webui.painting.surface import Point

_WARM: Colour = (255, 214, 130)


def lighthouse(sheet: Sheet, image: Image.Image, spot: Point, height: float, towards: int) -> Image.Image:
    """A striped tower standing on ``spot``, its beam going ``towards`` -1 (left) or 1 (right)."""
    x, y = spot
    dim = 0.55 if sheet.palette.night else 0.86
    dusk = sheet.palette.sky[0]
    wall, stripe = lit(mix((250, 246, 238), dusk, 0.18), dim), lit(mix((196, 52, 48), dusk, 0.18), dim)
    draw = ImageDraw.Draw(image)
    top, base = height * 0.075, height * 0.125
    bands = 7
    for band in range(bands):
        low, high = band / bands, (band + 1) / bands
        wide = (base + (top - base) * low, base + (top - base) * high)
        y_low, y_high = y - height * 0.8 * low, y - height * 0.8 * high
        colour = stripe if band % 2 else wall
        draw.polygon(
            ((x - wide[0], y_low), (x + wide[0], y_low), (x + wide[1], y_high), (x - wide[1], y_high)),
            fill=colour,
        )
        shade = lit(colour, 0.7)
        draw.polygon(
            (
                (x + wide[0] * 0.25, y_low),
                (x + wide[0], y_low),
                (x + wide[1], y_high),
                (x + wide[1] * 0.25, y_high),
            ),
            fill=shade,
        )
    lamp = (x, y - height * 0.87)
    draw.rectangle(
        (x - top * 1.5, y - height * 0.82, x + top * 1.5, y - height * 0.795),
        fill=lit((70, 66, 72), dim + 0.2),
    )
    draw.rectangle(
        (x - top * 0.75, y - height * 0.92, x + top * 0.75, y - height * 0.82), fill=(255, 240, 190)
    )
    draw.polygon(
        ((x - top * 1.05, y - height * 0.92), (x + top * 1.05, y - height * 0.92), (x, y - height * 1.02)),
        fill=stripe,
    )
    for step in (0.25, 0.5):
        draw.rectangle(
            (x - base * 0.18, y - height * step - base * 0.4, x + base * 0.1, y - height * step), fill=_WARM
        )
    _keeper(draw, (x - towards * base * 2.05, y), height, lit(wall, 0.85), lit(stripe, 0.8))
    return _beam(sheet, image, lamp, towards)


def _keeper(draw: ImageDraw.ImageDraw, foot: Point, height: float, wall: Colour, roof: Colour) -> None:
    """The house beside the tower, on the side of the land."""
    x, y = foot
    wide = height * 0.12
    draw.rectangle((x - wide, y - height * 0.14, x + wide, y + height * 0.02), fill=wall)
    draw.polygon(
        ((x - wide * 1.2, y - height * 0.14), (x + wide * 1.2, y - height * 0.14), (x, y - height * 0.25)),
        fill=roof,
    )
    draw.rectangle((x - wide * 0.25, y - height * 0.1, x + wide * 0.2, y - height * 0.045), fill=_WARM)


def _beam(sheet: Sheet, image: Image.Image, lamp: Point, towards: int) -> Image.Image:
    ray = Image.new("L", image.size)
    reach = sheet.width * 1.2
    draw = ImageDraw.Draw(ray)
    for step in range(6):
        spread = reach * (0.05 + 0.022 * step)
        end = lamp[0] + towards * reach
        draw.polygon(
            (lamp, (end, lamp[1] - reach * 0.12 - spread), (end, lamp[1] - reach * 0.12 + spread)),
            fill=90 - step * 13,
        )
    ray = ray.filter(ImageFilter.GaussianBlur(sheet.unit * 0.012))
    fade = surface.spot(image.size, lamp, sheet.width * 0.95, 0.8)
    light = Image.composite(
        Image.new("RGB", image.size, (255, 236, 180)),
        Image.new("RGB", image.size),
        ImageChops.multiply(ray, fade),
    )
    return surface.glow(ImageChops.screen(image, light), lamp, sheet.unit * 0.13, (255, 232, 160), 1.0)


def house(sheet: Sheet, image: Image.Image, spot: Point, size: float) -> Image.Image:
    """A cottage with lit windows and a chimney."""
    x, y = spot
    dim = 0.5 if sheet.palette.night else 0.95
    wall, roof = lit((238, 226, 204), dim), lit(sheet.palette.accents[0], 0.75 * dim)
    draw = ImageDraw.Draw(image)
    draw.rectangle((x - size, y - size * 0.85, x + size, y), fill=wall)
    draw.rectangle((x + size * 0.25, y - size * 0.85, x + size, y), fill=lit(wall, 0.82))
    draw.rectangle((x + size * 0.45, y - size * 1.7, x + size * 0.65, y - size), fill=lit(roof, 0.7))
    draw.polygon(
        ((x - size * 1.2, y - size * 0.8), (x + size * 1.2, y - size * 0.8), (x, y - size * 1.65)), fill=roof
    )
    for across in (-0.6, 0.6):
        box = (x + (across - 0.18) * size, y - size * 0.62, x + (across + 0.18) * size, y - size * 0.3)
        draw.rectangle(box, fill=_WARM)
        draw.line(
            (x + across * size, box[1], x + across * size, box[3]),
            fill=wall,
            width=max(1, round(size * 0.03)),
        )
    draw.rectangle((x - size * 0.14, y - size * 0.5, x + size * 0.14, y), fill=lit(roof, 0.6))
    return surface.glow(image, (x, y - size * 0.4), size * 1.6, _WARM, 0.35 if sheet.palette.night else 0.12)


def castle(sheet: Sheet, image: Image.Image, spot: Point, size: float) -> Image.Image:
    """Towers with pointed roofs, the middle one highest."""
    x, y = spot
    dim = 0.55 if sheet.palette.night else 0.95
    stone, roof = (
        lit(mix((214, 206, 200), sheet.palette.land[0], 0.25), dim),
        lit(sheet.palette.accents[-1], 0.8 * dim),
    )
    draw = ImageDraw.Draw(image)
    draw.rectangle((x - size * 0.75, y - size * 0.5, x + size * 0.75, y + size * 0.1), fill=stone)
    for index in range(7):
        left = x - size * 0.75 + index * size * 0.22
        draw.rectangle((left, y - size * 0.58, left + size * 0.11, y - size * 0.5), fill=stone)
    for across, high, wide in (
        (-0.75, 0.85, 0.15),
        (0.75, 0.8, 0.15),
        (-0.32, 1.05, 0.13),
        (0.38, 1.15, 0.12),
        (0.02, 1.45, 0.16),
    ):
        left, right, top = x + (across - wide) * size, x + (across + wide) * size, y - high * size
        draw.rectangle((left, top, right, y + size * 0.12), fill=lit(stone, 1.04))
        draw.rectangle(((left + right) / 2, top, right, y + size * 0.12), fill=lit(stone, 0.8))
        draw.polygon(
            (
                (left - size * 0.04, top),
                (right + size * 0.04, top),
                ((left + right) / 2, top - wide * size * 2.4),
            ),
            fill=roof,
        )
        draw.polygon(
            (
                ((left + right) / 2, top),
                (right + size * 0.04, top),
                ((left + right) / 2, top - wide * size * 2.4),
            ),
            fill=lit(roof, 0.75),
        )
        middle = (left + right) / 2
        draw.rectangle(
            (middle - size * 0.025, top + size * 0.12, middle + size * 0.025, top + size * 0.22), fill=_WARM
        )
    draw.pieslice(
        (x - size * 0.14, y - size * 0.26, x + size * 0.14, y + size * 0.26), 180, 360, fill=lit(stone, 0.4)
    )
    return surface.glow(image, (x, y - size * 0.6), size * 1.4, _WARM, 0.2 if sheet.palette.night else 0.06)


def boat(sheet: Sheet, image: Image.Image, spot: Point, size: float) -> None:
    """A sail on the water."""
    x, y = spot
    draw = ImageDraw.Draw(image)
    dim = 0.6 if sheet.palette.night else 1.0
    sail = lit(mix((252, 248, 240), sheet.palette.sky[-1], 0.2), dim)
    draw.polygon(
        (
            (x - size * 0.6, y - size * 0.16),
            (x + size * 0.6, y - size * 0.16),
            (x + size * 0.4, y + size * 0.06),
            (x - size * 0.42, y + size * 0.06),
        ),
        fill=lit((112, 66, 48), dim),
    )
    draw.line(
        (x, y - size * 0.1, x, y - size * 1.5), fill=lit((90, 70, 60), dim), width=max(1, round(size * 0.05))
    )
    draw.polygon(
        (
            (x + size * 0.06, y - size * 1.45),
            (x + size * 0.06, y - size * 0.24),
            (x + size * 0.62, y - size * 0.24),
        ),
        fill=sail,
    )
    draw.polygon(
        (
            (x - size * 0.06, y - size * 1.3),
            (x - size * 0.06, y - size * 0.24),
            (x - size * 0.5, y - size * 0.24),
        ),
        fill=lit(sail, 0.86),
    )
    draw.line(
        (x - size * 0.4, y + size * 0.12, x + size * 0.45, y + size * 0.12),
        fill=lit(sheet.palette.water, 0.6),
        width=max(1, round(size * 0.06)),
    )
