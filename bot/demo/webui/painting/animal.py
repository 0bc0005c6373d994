"""A furry head that looks at you: puppies, kittens, foxes, bears."""

import math
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.demo.webui.painting import surface
from bot.demo.webui.painting.brush import Pelt, fur
from bot.demo.webui.painting.colour import Colour, lit, mix
from bot.demo.webui.painting.sheet import Sheet
from bot.demo.webui.painting.species import WHITE, Species, species_of

_CLEAR = (0, 0, 0, 0)
Tint = Callable[[float, float], Colour]


def paint_animal(sheet: Sheet) -> Image.Image:
    """On a soft ground, in front of blurred lights."""
    ground = _ground(sheet)
    species = species_of(sheet.scene, sheet.layout)
    portrait = _Portrait(sheet, species)
    tilt = sheet.layout.uniform(-7, 7)
    animal = portrait.draw().rotate(tilt, Image.Resampling.BICUBIC, center=portrait.centre)
    animal = animal.crop((0, 0, *sheet.size))
    shadow = animal.getchannel("A").filter(ImageFilter.GaussianBlur(sheet.unit * 0.035))
    shade = shadow.point([value * 2 // 5 for value in range(256)])
    ground = Image.composite(Image.new("RGB", sheet.size, lit(sheet.palette.land[-1], 0.5)), ground, shade)
    ground.paste(animal, (0, 0), animal)
    return ground


def _ground(sheet: Sheet) -> Image.Image:
    """Colours out of focus, with the discs that lights become."""
    palette, random = sheet.palette, sheet.layout
    tones = [mix(colour, palette.land[1], 0.25) for colour in (*palette.sky, *palette.land[:3])]
    ground = surface.patchwork(sheet.size, tones, random, 5)
    ground = Image.blend(ground, surface.vertical(sheet.size, (*palette.sky[-2:], palette.land[2])), 0.45)
    lights = Image.new("RGB", sheet.size)
    draw = ImageDraw.Draw(lights)
    for _ in range(22):
        radius = sheet.unit * random.uniform(0.02, 0.075)
        x, y = random.uniform(0, sheet.width), random.uniform(0, sheet.height * 0.85)
        colour = lit(random.choice((*palette.accents, palette.sun)), random.uniform(0.16, 0.42))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    soft = lights.filter(ImageFilter.GaussianBlur(sheet.unit * 0.006))
    ground = Image.blend(ground, Image.new("RGB", sheet.size, palette.land[2]), 0.12)
    return surface.vignette(ImageChops.screen(ground, soft), 0.45)


class _Portrait:
    """Draws on a clear layer, from the back to the front. ``r`` is the head's radius in pixels."""

    def __init__(self, sheet: Sheet, species: Species) -> None:
        self._sheet = sheet
        self._species = species
        self._random = sheet.layout
        # Taller than the picture, so that a tilted animal has no end at the bottom.
        self._layer = Image.new("RGBA", (sheet.width, round(sheet.height * 1.25)), _CLEAR)
        self._draw = ImageDraw.Draw(self._layer)
        self.r = sheet.unit * sheet.layout.uniform(0.25, 0.285)
        lower = 0.12 if species.ears == "long" else 0.0
        self.centre = (
            sheet.width * (0.5 + sheet.layout.uniform(-0.05, 0.05)),
            sheet.height * 0.5 - self.r * (0.18 - lower),
        )

    def draw(self) -> Image.Image:
        """The whole animal."""
        self._chest()
        if self._species.ears in {"pointy", "round", "long"}:
            self._ears()
        if self._species.pattern == "mane":
            self._mane()
        self._head()
        if self._species.ears == "floppy":
            self._ears()
        self._muzzle()
        self._eyes()
        self._brows()
        if self._species.whiskers:
            self._whiskers()
        if self._species.bow:
            self._bow()
        return self._layer

    def _at(self, across: float, down: float) -> tuple[float, float]:
        return self.centre[0] + across * self.r, self.centre[1] + down * self.r

    def _pelt(
        self,
        place: tuple[float, float],
        radii: tuple[float, float],
        colour: Colour,
        *,
        length: float,
        hairs: int,
        down: float,
        tint: Tint | None = None,
        width: float = 0.035,
    ) -> None:
        """A filled ellipse and the hair over it, all in shares of the radius."""
        x, y = self._at(*place)
        rx, ry = radii[0] * self.r, radii[1] * self.r
        self._draw.ellipse((x - rx, y - ry, x + rx, y + ry), fill=lit(colour, 0.82))
        pelt = Pelt(
            centre=(x, y),
            radii=(rx, ry),
            colour=colour,
            length=length * self._species.shaggy * self.r,
            width=max(1.0, width * self.r),
            count=self._sheet.many(hairs),
            down=down,
        )
        fur(self._draw, pelt, self._random, tint)

    def _chest(self) -> None:
        light, base = self._species.second, self._species.fur

        def tint(across: float, along: float) -> Colour:
            colour = mix(light, base, min(1.0, abs(across) * 1.6))
            # The head's shadow lies on the upper part.
            return lit(colour, 0.66 + 0.34 * min(1.0, (along + 1) * 0.8))

        self._pelt((0, 1.95), (1.15, 1.35), base, length=0.3, hairs=1700, down=0.75, tint=tint, width=0.045)

    def _ears(self) -> None:
        kind = self._species.ears
        for side in (-1, 1):
            if kind == "pointy":
                self._pointed_ear(side)
            elif kind == "long":
                self._long_ear(side)
            elif kind == "round":
                size = 0.46 if self._sheet.scene.subject in {"koala", "mouse"} else 0.34
                dark = self._species.pattern == "patches"
                colour = self._species.marking if dark else lit(self._species.fur, 0.92)
                self._pelt((0.72 * side, -0.72), (size, size), colour, length=0.14, hairs=420, down=0.1)
                inner = lit(colour, 1.4) if dark else mix(colour, (232, 170, 160), 0.55)
                self._pelt((0.72 * side, -0.68), (size * 0.55,) * 2, inner, length=0.1, hairs=120, down=0.3)
            else:
                colour = mix(self._species.fur, lit(self._species.fur, 0.84), 0.6)
                self._pelt((0.96 * side, 0.16), (0.25, 0.66), colour, length=0.36, hairs=620, down=0.88)

    def _pointed_ear(self, side: int) -> None:
        outer = [self._at(side * x, y) for x, y in ((0.12, -0.78), (0.66, -1.36), (1.0, -0.2))]
        inner = [self._at(side * x, y) for x, y in ((0.34, -0.76), (0.65, -1.16), (0.86, -0.42))]
        fur_colour = self._species.fur
        dark = self._species.pattern == "mask" or self._species.pattern == "cheeks"
        edge = mix(fur_colour, self._species.marking, 0.5) if dark else lit(fur_colour, 0.9)
        self._draw.polygon(outer, fill=edge)
        self._draw.polygon(inner, fill=mix(fur_colour, (222, 150, 144), 0.6))
        for step in range(8):
            share = step / 7
            for first, second in ((outer[0], outer[1]), (outer[2], outer[1])):
                x, y = (first[0] + (second[0] - first[0]) * share, first[1] + (second[1] - first[1]) * share)
                place = ((x - self.centre[0]) / self.r, (y - self.centre[1]) / self.r)
                self._pelt(place, (0.06, 0.06), edge, length=0.1, hairs=12, down=0.0)
        light = mix(self._species.second, fur_colour, 0.45)
        for step in range(5):
            place = (side * (0.4 + step * 0.07), -0.72 + step * 0.03)
            self._pelt_hair(place, (0.04, 0.05), light, length=0.24, hairs=9, down=-0.7)

    def _long_ear(self, side: int) -> None:
        lean = self._random.uniform(0.3, 0.5)
        for step in range(9):
            share = step / 8
            place = (side * (0.34 + lean * share * share), -0.75 - 1.25 * share)
            width = 0.2 * math.sin(0.5 + share * 2.3) + 0.06
            self._pelt(place, (width, 0.2), self._species.fur, length=0.1, hairs=70, down=0.0)
        for step in range(7):
            share = step / 7
            place = (side * (0.34 + lean * share * share), -0.8 - 1.1 * share)
            width = 0.1 * math.sin(0.5 + share * 2.3) + 0.02
            self._pelt(place, (width, 0.14), (232, 182, 176), length=0.06, hairs=24, down=0.0)

    def _mane(self) -> None:
        self._pelt(
            (0, 0.1), (1.5, 1.5), self._species.marking, length=0.42, hairs=1500, down=0.05, width=0.05
        )

    def _head(self) -> None:
        self._pelt(
            (0, 0), (1.0, 0.93), self._species.fur, length=0.21, hairs=2300, down=0.25, tint=self._face()
        )

    def _face(self) -> Tint | None:
        """The pattern of the head."""
        species = self._species
        seed = self._random.uniform(0, 6)

        def stripes(across: float, along: float) -> Colour:
            bent = math.sin(along * 15 + abs(across) * 6 + seed) + 0.5 * math.sin(across * 9)
            dark = bent > 0.75 and abs(across) > 0.34 and along < 0.7
            crown = along < -0.35 and math.sin(across * 17) > 0.5
            return species.marking if dark or crown else mix(species.fur, WHITE, 0.7 if along > 0.55 else 0.0)

        def tabby(across: float, along: float) -> Colour:
            crown = along < -0.3 and math.sin(abs(across) * 19 + 1.2) > 0.3 and abs(across) < 0.55
            cheek = abs(across) > 0.6 and math.sin(along * 14 + seed) > 0.55
            return mix(species.fur, species.marking, 0.75) if crown or cheek else species.fur

        def mask(across: float, along: float) -> Colour:
            blaze = math.hypot(across * 1.2, along - 0.38) < 0.72 and not (
                abs(across) < 0.12 and along < -0.2
            )
            brow = math.hypot(abs(across) - 0.3, along + 0.34) < 0.17
            top = mix(species.fur, species.marking, 0.5 if along < -0.3 else 0.15)
            return species.second if blaze or brow else top

        def cheeks(across: float, along: float) -> Colour:
            low = along > 0.12 and abs(across) > 0.2
            return species.second if low or abs(across) < 0.1 else species.fur

        def patches(across: float, along: float) -> Colour:
            eye = math.hypot((abs(across) - 0.4) * 1.15, along - 0.02 - (abs(across) - 0.4) * 0.3) < 0.27
            return species.marking if eye else species.fur

        def spots(across: float, along: float) -> Colour:
            value = math.sin(across * 9 + seed) * math.sin(along * 8 + seed * 2) + 0.4 * math.sin(across * 17)
            return species.marking if value > 0.72 else species.fur

        return {
            "stripes": stripes,
            "tabby": tabby,
            "mask": mask,
            "cheeks": cheeks,
            "patches": patches,
            "spots": spots,
        }.get(species.pattern)

    def _muzzle(self) -> None:
        size = self._species.muzzle
        colour = self._species.second
        self._pelt((0, 0.62), (0.22 * size, 0.16), lit(colour, 0.9), length=0.12, hairs=160, down=0.7)
        for side in (-1, 1):
            place = (side * 0.19 * size, 0.4)
            self._pelt(place, (0.27 * size, 0.22), colour, length=0.15, hairs=420, down=0.45, width=0.028)
        if self._species.tongue:
            self._tongue()
        self._pelt(
            (0, 0.12),
            (0.15 * size, 0.24),
            mix(colour, self._species.fur, 0.4),
            length=0.12,
            hairs=160,
            down=0.0,
        )
        self._nose()

    def _tongue(self) -> None:
        x, y = self._at(0.02, 0.6)
        r = self.r
        self._draw.ellipse((x - 0.12 * r, y - 0.14 * r, x + 0.12 * r, y + 0.02 * r), fill=(70, 34, 40))
        self._draw.ellipse((x - 0.1 * r, y - 0.08 * r, x + 0.1 * r, y + 0.2 * r), fill=(232, 120, 132))
        self._draw.line(
            (x, y - 0.02 * r, x, y + 0.12 * r), fill=(200, 88, 104), width=max(1, round(r * 0.014))
        )

    def _nose(self) -> None:
        r, colour = self.r, self._species.nose
        x, y = self._at(0, 0.26)
        wide = 0.15 * (0.75 + 0.25 * self._species.muzzle)
        line = max(1, round(r * 0.022))
        shade = mix(colour, (40, 26, 30), 0.6)
        self._draw.line((x, y + 0.08 * r, x, y + 0.25 * r), fill=shade, width=line)
        for side in (-1, 1):
            box = sorted((x, x + side * 0.26 * r))
            bounds = (box[0], y + 0.1 * r, box[1], y + 0.3 * r)
            self._draw.arc(bounds, 20 if side < 0 else 60, 120 if side < 0 else 160, fill=shade, width=line)
        self._draw.ellipse((x - wide * r, y - 0.09 * r, x + wide * r, y + 0.09 * r), fill=colour)
        self._draw.polygon(
            ((x - wide * 0.8 * r, y + 0.03 * r), (x + wide * 0.8 * r, y + 0.03 * r), (x, y + 0.15 * r)),
            fill=colour,
        )
        shine = mix(colour, (255, 255, 255), 0.55)
        self._draw.ellipse((x - 0.07 * r, y - 0.06 * r, x + 0.03 * r, y - 0.015 * r), fill=shine)

    def _eyes(self) -> None:
        size = self._species.eye_size * self.r * (1.06 if self._sheet.brief.face_restorer else 1.0)
        for side in (-1, 1):
            x, y = self._at(side * 0.4, -0.03)
            self._eye(x, y, size)

    def _eye(self, x: float, y: float, size: float) -> None:
        colour = self._species.eye

        def disc(dx: float, dy: float, wide: float, high: float, fill: Colour) -> None:
            box = (
                x + (dx - wide) * size,
                y + (dy - high) * size,
                x + (dx + wide) * size,
                y + (dy + high) * size,
            )
            self._draw.ellipse(box, fill=fill)

        disc(0, 0, 1.16, 1.14, (30, 24, 26))
        disc(0, 0.02, 1.0, 1.0, lit(colour, 0.75))
        disc(0, 0.22, 0.82, 0.72, lit(colour, 1.5))
        if self._species.slit:
            disc(0, 0, 0.36, 0.92, (16, 14, 18))
        else:
            disc(0, 0, 0.74, 0.76, (16, 13, 16))
        disc(-0.34, -0.36, 0.32, 0.32, (255, 255, 255))
        disc(0.36, 0.4, 0.14, 0.14, (226, 232, 240))

    def _brows(self) -> None:
        """Hair of the forehead that falls over the upper edge of the eyes."""
        tint = self._face()
        for side in (-1, 1):
            colour = tint(side * 0.4, -0.3) if tint else self._species.fur
            if self._species.pattern == "patches":
                colour = self._species.marking
            self._pelt_hair((side * 0.4, -0.3), (0.22, 0.05), colour, length=0.1, hairs=90, down=0.6)
        if self._species.shaggy > 1.1:
            self._pelt_hair(
                (0, -0.55), (0.42, 0.2), lit(self._species.fur, 1.02), length=0.26, hairs=260, down=0.55
            )

    def _pelt_hair(
        self,
        place: tuple[float, float],
        radii: tuple[float, float],
        colour: Colour,
        *,
        length: float,
        hairs: int,
        down: float,
    ) -> None:
        """Hair without a filled ellipse under it."""
        pelt = Pelt(
            centre=self._at(*place),
            radii=(radii[0] * self.r, radii[1] * self.r),
            colour=colour,
            length=length * self._species.shaggy * self.r,
            width=max(1.0, 0.028 * self.r),
            count=self._sheet.many(hairs),
            down=down,
            shade=0.1,
        )
        fur(self._draw, pelt, self._random)

    def _whiskers(self) -> None:
        width = max(1, round(self.r * 0.012))
        for side in (-1, 1):
            for index in range(3):
                start = self._at(side * 0.3, 0.38 + index * 0.06)
                end = self._at(side * (1.2 + 0.05 * index), 0.22 + index * 0.2)
                middle = self._at(side * 0.8, 0.27 + index * 0.12)
                self._draw.line((start, middle, end), fill=(250, 250, 248), width=width)

    def _bow(self) -> None:
        x, y = self._at(self._random.uniform(-0.12, 0.12), -0.9)
        r = self.r * 0.34
        accents = [(236, 92, 130), (222, 66, 74), (92, 140, 220), (240, 160, 60), (150, 100, 200)]
        colour = self._random.choice(accents)
        for side in (-1, 1):
            wing = (
                (x, y),
                (x + side * r * 1.1, y - r * 0.62),
                (x + side * r * 1.25, y),
                (x + side * r * 1.05, y + r * 0.58),
            )
            self._draw.polygon(wing, fill=colour)
            fold = ((x, y), (x + side * r * 0.85, y - r * 0.2), (x + side * r * 0.85, y + r * 0.16))
            self._draw.polygon(fold, fill=lit(colour, 0.72))
            tail = ((x, y), (x + side * r * 0.62, y + r * 1.02), (x + side * r * 0.28, y + r * 0.98))
            self._draw.polygon(tail, fill=lit(colour, 0.86))
        self._draw.ellipse((x - r * 0.26, y - r * 0.24, x + r * 0.26, y + r * 0.26), fill=lit(colour, 1.12))
