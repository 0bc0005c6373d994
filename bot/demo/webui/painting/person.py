"""A person, painted as a few large shapes against the light."""

import math

from PIL import Image, ImageDraw, ImageFilter

from bot.demo.webui.painting import surface
from bot.demo.webui.painting.brush import Pelt, fur
from bot.demo.webui.painting.colour import Colour, lit, mix
from bot.demo.webui.painting.palette import harmony
from bot.demo.webui.painting.sheet import Sheet

_SKINS: tuple[Colour, ...] = ((244, 208, 182), (228, 180, 146), (190, 136, 100), (138, 92, 66), (98, 64, 48))
_HAIRS: tuple[Colour, ...] = (
    (52, 36, 30),
    (96, 60, 38),
    (158, 106, 58),
    (214, 174, 108),
    (150, 58, 38),
    (30, 28, 34),
)


def paint_person(sheet: Sheet) -> Image.Image:
    """Head and shoulders, in front of circles of colour."""
    random, palette = sheet.layout, sheet.palette
    image = surface.patchwork(
        sheet.size, [mix(tone, palette.sky[-1], 0.2) for tone in palette.sky], random, 4
    )
    draw = ImageDraw.Draw(image)
    radius, x, y = sheet.unit * 0.36, sheet.width * 0.5, sheet.height * 0.42
    for step, tone in enumerate((palette.accents[1], palette.sun, palette.accents[0])):
        size = radius * (1.08 - step * 0.16)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=mix(tone, palette.sky[-1], 0.45))
    image = image.filter(ImageFilter.GaussianBlur(sheet.unit * 0.004))
    _figure(sheet, ImageDraw.Draw(image), x + sheet.unit * random.uniform(-0.04, 0.04), y)
    return surface.vignette(image, 0.35)


def _figure(sheet: Sheet, draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    random, r = sheet.layout, sheet.unit * 0.17
    skin = random.choice(_SKINS)
    contrasting = [tone for tone in _HAIRS if 120 < abs(sum(tone) - sum(skin)) < 480]
    hair = sheet.scene.colours[0] if sheet.scene.colours else random.choice(contrasting)
    cloth = harmony(random, 2)[0]
    long_hair = not sheet.scene.has("man", "boy", "king", "knight", "mann", "hombre", "homme", "wizard")
    if long_hair:
        _hair(sheet, draw, (x, y + r * 0.7), (r * 1.3, r * 1.9), hair, 1500, 0.92)
    _shoulders(draw, x, y, r, cloth, skin)
    draw.ellipse((x - r * 0.86, y - r * 1.12, x + r * 0.86, y + r * 1.18), fill=skin)
    draw.chord(
        (x - r * 0.86, y - r * 1.12, x + r * 0.86, y + r * 1.18), -62, 78, fill=mix(skin, lit(skin, 0.8), 0.5)
    )
    for side in (-1, 1):
        cheek = (x + side * r * 0.46, y + r * 0.38)
        draw.ellipse(
            (cheek[0] - r * 0.2, cheek[1] - r * 0.12, cheek[0] + r * 0.2, cheek[1] + r * 0.12),
            fill=mix(skin, (226, 110, 100), 0.28),
        )
    _features(sheet, draw, x, y, r, skin, hair)
    _fringe(sheet, draw, x, y, r, hair)


def _shoulders(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, cloth: Colour, skin: Colour) -> None:
    draw.polygon(
        (
            (x - r * 0.34, y + r * 0.8),
            (x + r * 0.34, y + r * 0.8),
            (x + r * 0.5, y + r * 1.9),
            (x - r * 0.5, y + r * 1.9),
        ),
        fill=lit(skin, 0.78),
    )
    draw.ellipse((x - r * 2.1, y + r * 1.55, x + r * 2.1, y + r * 5.4), fill=cloth)
    draw.chord((x - r * 2.1, y + r * 1.55, x + r * 2.1, y + r * 5.4), -80, 60, fill=lit(cloth, 0.84))
    draw.pieslice((x - r * 0.66, y + r * 1.05, x + r * 0.66, y + r * 2.35), 0, 180, fill=lit(skin, 0.9))


def _features(
    sheet: Sheet, draw: ImageDraw.ImageDraw, x: float, y: float, r: float, skin: Colour, hair: Colour
) -> None:
    """Closed or open eyes, brows, nose, lips."""
    line = max(1, round(r * 0.035))
    dark = mix(hair, (30, 22, 24), 0.6)
    asleep = sheet.layout.random() < 0.35
    for side in (-1, 1):
        ex, ey = x + side * r * 0.36, y + r * 0.08
        draw.arc(
            (ex - r * 0.24, ey - r * 0.44, ex + r * 0.24, ey - r * 0.06), 205, 335, fill=dark, width=line * 2
        )
        if asleep:
            draw.arc(
                (ex - r * 0.17, ey - r * 0.14, ex + r * 0.17, ey + r * 0.12),
                15,
                165,
                fill=dark,
                width=line * 2,
            )
            continue
        draw.ellipse((ex - r * 0.17, ey - r * 0.1, ex + r * 0.17, ey + r * 0.11), fill=(250, 248, 244))
        draw.ellipse((ex - r * 0.105, ey - r * 0.11, ex + r * 0.105, ey + r * 0.11), fill=(70, 96, 104))
        draw.ellipse((ex - r * 0.055, ey - r * 0.055, ex + r * 0.055, ey + r * 0.055), fill=(18, 16, 20))
        draw.ellipse((ex - r * 0.06, ey - r * 0.07, ex - r * 0.005, ey - r * 0.015), fill=(255, 255, 255))
        draw.arc(
            (ex - r * 0.2, ey - r * 0.15, ex + r * 0.2, ey + r * 0.17), 190, 350, fill=dark, width=line * 2
        )
    draw.line(
        (x + r * 0.02, y + r * 0.18, x + r * 0.09, y + r * 0.46, x - r * 0.04, y + r * 0.49),
        fill=lit(skin, 0.72),
        width=line,
    )
    lips = mix(skin, (190, 60, 70), 0.6)
    draw.chord((x - r * 0.24, y + r * 0.6, x + r * 0.24, y + r * 0.86), 5, 175, fill=lips)
    draw.arc(
        (x - r * 0.27, y + r * 0.6, x + r * 0.27, y + r * 0.8), 15, 165, fill=lit(lips, 0.65), width=line
    )


def _fringe(sheet: Sheet, draw: ImageDraw.ImageDraw, x: float, y: float, r: float, hair: Colour) -> None:
    draw.chord((x - r * 0.98, y - r * 1.34, x + r * 0.98, y + r * 0.7), 186, 354, fill=hair)
    _hair(sheet, draw, (x - r * 0.3, y - r * 0.82), (r * 0.66, r * 0.4), hair, 420, 0.8)
    _hair(sheet, draw, (x + r * 0.42, y - r * 0.8), (r * 0.52, r * 0.38), hair, 360, 0.8)
    if sheet.scene.has("queen", "king", "princess", "prince", "crown"):
        points = []
        for step in range(9):
            angle = math.pi + step / 8 * math.pi
            reach = r * (1.28 if step % 2 else 1.02)
            points.append((x + math.cos(angle) * reach * 0.72, y - r * 0.75 + math.sin(angle) * reach * 0.75))
        draw.polygon(points, fill=(236, 190, 70))


def _hair(
    sheet: Sheet,
    draw: ImageDraw.ImageDraw,
    centre: tuple[float, float],
    radii: tuple[float, float],
    colour: Colour,
    hairs: int,
    down: float,
) -> None:
    draw.ellipse(
        (centre[0] - radii[0], centre[1] - radii[1], centre[0] + radii[0], centre[1] + radii[1]),
        fill=lit(colour, 0.8),
    )
    pelt = Pelt(
        centre=centre,
        radii=radii,
        colour=lit(colour, 1.12),
        length=radii[1] * 0.36,
        width=max(1.0, radii[0] * 0.035),
        count=sheet.many(hairs),
        down=down,
        shade=0.35,
        variety=0.14,
        loose=0.25,
    )
    fur(draw, pelt, sheet.layout)
