"""Large soft things: gradients, noise, glows, warps. All of them are done by Pillow in C."""

import math
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.demo.webui.painting.colour import Colour, ramp

Size = tuple[int, int]
Point = tuple[float, float]
_BICUBIC = Image.Resampling.BICUBIC


def vertical(size: Size, stops: Sequence[Colour]) -> Image.Image:
    """A gradient from top to bottom."""
    strip = Image.new("RGB", (1, 256))
    strip.putdata(ramp(stops))
    return strip.resize(size, Image.Resampling.BILINEAR)


def patchwork(size: Size, colours: Sequence[Colour], random: Random, cells: int = 4) -> Image.Image:
    """A soft mesh of colours."""
    small = Image.new("RGB", (cells, cells))
    small.putdata([colours[random.randrange(len(colours))] for _ in range(cells * cells)])
    return small.resize(size, _BICUBIC)


def noise(size: Size, random: Random, cell: float, octaves: int = 3, stretch: float = 1.0) -> Image.Image:
    """Clouds of grey around 128. ``cell`` pixels is the size of the largest; ``stretch`` makes them wide."""
    made: Image.Image | None = None
    for octave in range(octaves):
        scale = cell / 2**octave
        grid = (max(2, round(size[0] / (scale * stretch)) + 1), max(2, round(size[1] / scale) + 1))
        layer = Image.frombytes("L", grid, random.randbytes(grid[0] * grid[1])).resize(size, _BICUBIC)
        made = layer if made is None else Image.blend(made, layer, 1 / (octave + 2.2))
    return made if made is not None else Image.new("L", size, 128)


def levels(grey: Image.Image, low: int, high: int) -> Image.Image:
    """``low`` and below become black, ``high`` and above white."""
    span = max(1, high - low)
    return grey.point([max(0, min(255, (value - low) * 255 // span)) for value in range(256)])


def tinted(grey: Image.Image, stops: Sequence[Colour]) -> Image.Image:
    """Black becomes the first colour, white the last."""
    table = ramp(stops)
    return Image.merge("RGB", [grey.point([colour[channel] for colour in table]) for channel in range(3)])


def spot(size: Size, centre: Point, radius: float, power: float = 1.6) -> Image.Image:
    """A mask that is white in ``centre`` and fades to black at ``radius``."""
    side = max(2, round(radius * 2))
    # Pillow's gradient is white in the corners only: at the middle of its edges it has come to 180.
    ball = Image.radial_gradient("L").point(
        [round(255 * max(0.0, 1 - value / 180) ** power) for value in range(256)]
    )
    mask = Image.new("L", size)
    corner = (round(centre[0] - side / 2), round(centre[1] - side / 2))
    mask.paste(ball.resize((side, side), Image.Resampling.BILINEAR), corner)
    return mask


def glow(
    image: Image.Image, centre: Point, radius: float, colour: Colour, strength: float = 1.0
) -> Image.Image:
    """Light of ``colour`` added around ``centre``."""
    mask = spot(image.size, centre, radius).point([round(value * strength) for value in range(256)])
    light = Image.composite(Image.new("RGB", image.size, colour), Image.new("RGB", image.size), mask)
    return ImageChops.screen(image, light)


def bloom(image: Image.Image, radius: float, strength: float, threshold: int = 150) -> Image.Image:
    """Bright parts shine over their edges."""
    bright = image.point([max(0, (value - threshold) * 255 // (255 - threshold)) for value in range(256)] * 3)
    small = bright.resize((max(1, image.width // 4), max(1, image.height // 4)), Image.Resampling.BOX)
    soft = small.filter(ImageFilter.GaussianBlur(radius / 4)).resize(image.size, _BICUBIC)
    return ImageChops.screen(image, soft.point([round(value * strength) for value in range(256)] * 3))


def vignette(image: Image.Image, strength: float) -> Image.Image:
    """Corners darkened by up to ``strength`` (0 to 1)."""
    mask = Image.radial_gradient("L").resize(image.size, Image.Resampling.BILINEAR)
    shade = mask.point([round(255 * strength * max(0.0, value / 255 - 0.35) / 0.65) for value in range(256)])
    return Image.composite(Image.new("RGB", image.size), image, shade)


def warped(image: Image.Image, random: Random, amount: float, cells: int = 12) -> Image.Image:
    """Everything displaced smoothly, by up to ``amount`` pixels; the edges stay where they are."""
    width, height = image.size
    waves = [(random.uniform(0.6, 2.2), random.uniform(0.6, 2.2), random.uniform(0, 6.3)) for _ in range(4)]

    def shifted(column: int, row: int) -> Point:
        x, y = column / cells, row / cells
        right = sum(math.sin(3.1 * (fx * x + fy * y) + phase) for fx, fy, phase in waves[:2]) / 2
        down = sum(math.sin(3.1 * (fy * x - fx * y) + phase) for fx, fy, phase in waves[2:]) / 2
        calm = amount * min(1.0, 5 * min(x, y, 1 - x, 1 - y))
        return x * width + right * calm, y * height + down * calm

    mesh = []
    for row in range(cells):
        for column in range(cells):
            box = (
                column * width // cells,
                row * height // cells,
                (column + 1) * width // cells,
                (row + 1) * height // cells,
            )
            corners = (
                shifted(column, row),
                shifted(column, row + 1),
                shifted(column + 1, row + 1),
                shifted(column + 1, row),
            )
            mesh.append((box, tuple(part for corner in corners for part in corner)))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def wave(random: Random, roughness: float, waves: int = 6) -> Callable[[float], float]:
    """A line that goes up and down between -1 and 1, over 0 to 1."""
    parts = []
    size, frequency = 1.0, random.uniform(2.0, 4.0)
    for _ in range(waves):
        parts.append((size, frequency, random.uniform(0, 6.3)))
        size *= roughness
        frequency *= random.uniform(1.7, 2.4)
    whole = sum(size for size, _, _ in parts)

    def height(place: float) -> float:
        return sum(size * math.sin(frequency * place + phase) for size, frequency, phase in parts) / whole

    return height


def below(
    size: Size, line: Callable[[float], float], floor: float | None = None, points: int = 120
) -> Image.Image:
    """A mask of everything between ``line`` and ``floor`` (None = the lower edge).

    ``line`` gives the pixel row for 0 to 1 from left to right.
    """
    mask = Image.new("L", size)
    lowest = size[1] + 1 if floor is None else floor
    edge = [(index / points * size[0], min(lowest, line(index / points))) for index in range(points + 1)]
    ImageDraw.Draw(mask).polygon([*edge, (size[0], lowest), (0, lowest)], fill=255)
    return mask
