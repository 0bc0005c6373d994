"""The last steps: the checkpoint's manner, the medium that the prompt names, networks, guidance, VAE."""

import hashlib
from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from bot.demo.webui.painting import surface
from bot.demo.webui.painting.brief import Brief
from bot.demo.webui.painting.brush import painted
from bot.demo.webui.painting.colour import Colour, from_number
from bot.demo.webui.painting.sheet import Sheet

Filter = Callable[[Image.Image, Sheet], Image.Image]


def finished(image: Image.Image, sheet: Sheet) -> Image.Image:
    """Everything that is done to a painted scene, in its order."""
    image = MANNERS.get(sheet.brief.manner, _oil)(image, sheet)
    for medium in sorted(sheet.scene.media):
        image = _MEDIA.get(medium, _as_it_is)(image, sheet)
    if sheet.scene.has("monochrome"):
        image = _mono(image, sheet)
    for name, weight in sheet.brief.networks:
        image = _network(image, sheet, name, weight)
    image = _graded(image, sheet.brief, sheet.touch)
    if sheet.brief.tiling:
        image = _seamless(image)
    return _sharpness(image, sheet)


def _as_it_is(image: Image.Image, _: Sheet) -> Image.Image:
    return image


def _busy(image: Image.Image, sheet: Sheet) -> Image.Image:
    """A mask of where small things are: strokes would paint over them."""
    edges = (
        image.convert("L")
        .resize((sheet.width // 2 + 1, sheet.height // 2 + 1))
        .filter(ImageFilter.FIND_EDGES)
    )
    soft = edges.filter(ImageFilter.GaussianBlur(sheet.unit * 0.006))
    return surface.levels(soft, 5, 30).resize(image.size)


def _strokes(image: Image.Image, sheet: Sheet, size: float, density: float, lively: float) -> Image.Image:
    """Large strokes where it is calm, small ones where it is busy."""
    busy = _busy(image, sheet)
    broad = painted(
        image, sheet.touch, size=size * sheet.unit, density=density * sheet.detail, liveliness=lively
    )
    keep = Image.composite(image, broad, busy)
    return (
        painted(
            keep,
            sheet.touch,
            size=size * 0.4 * sheet.unit,
            density=density * 0.3 * sheet.detail,
            liveliness=lively * 0.8,
        )
        if sheet.unit > 200
        else keep
    )


def _oil(image: Image.Image, sheet: Sheet) -> Image.Image:
    return _strokes(image, sheet, 0.0115, 0.8, 0.06)


def _calm(image: Image.Image, size: int) -> Image.Image:
    """Small things gone, edges kept. Done at half the size: the filter is slow."""
    half = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
    return half.filter(ImageFilter.MedianFilter(size)).resize(image.size, Image.Resampling.BICUBIC)


def _poster(image: Image.Image, sheet: Sheet) -> Image.Image:
    """Few flat colours with dark outlines."""
    few = ImageEnhance.Color(_calm(image, 3)).enhance(1.15).quantize(30, dither=Image.Dither.NONE)
    grey = image.convert("L").filter(ImageFilter.GaussianBlur(sheet.unit * 0.0022))
    ink = surface.levels(grey.filter(ImageFilter.FIND_EDGES), 14, 70)
    ink = ink.point([value * 170 // 255 for value in range(256)])
    return Image.composite(Image.new("RGB", image.size, (38, 30, 44)), few.convert("RGB"), ink)


def _pastel(image: Image.Image, sheet: Sheet) -> Image.Image:
    """Chalk on paper: pale, soft, with the paper showing."""
    soft = _strokes(image, sheet, 0.02, 0.6, 0.1)
    pale = Image.blend(
        ImageEnhance.Color(soft).enhance(0.82), Image.new("RGB", image.size, (255, 246, 236)), 0.2
    )
    return _paper(pale, sheet, 0.5)


def _glow(image: Image.Image, sheet: Sheet) -> Image.Image:
    """Light everywhere."""
    rich = ImageEnhance.Color(ImageEnhance.Contrast(image).enhance(1.08)).enhance(1.25)
    return surface.vignette(surface.bloom(rich, sheet.unit * 0.05, 0.55, 135), 0.3)


def _photo(image: Image.Image, sheet: Sheet) -> Image.Image:
    """Smooth, with a film's curve and grain."""
    curve = [
        round(255 * (share + 0.16 * share * (1 - share) * (2 * share - 1) * 2))
        for share in (v / 255 for v in range(256))
    ]
    smooth = image.filter(ImageFilter.SMOOTH).point(curve * 3)
    return surface.vignette(_grain(smooth, sheet, 0.06), 0.4)


MANNERS: dict[str, Filter] = {
    "oil": _oil,
    "poster": _poster,
    "pastel": _pastel,
    "glow": _glow,
    "photo": _photo,
}
"""How a checkpoint paints."""


def _paper(image: Image.Image, sheet: Sheet, strength: float) -> Image.Image:
    """The tooth of the paper, slightly embossed."""
    fibre = surface.noise(image.size, sheet.touch, max(2.0, sheet.unit * 0.008), 2)
    relief = ImageChops.subtract(fibre, ImageChops.offset(fibre, 1, 1), 2.0 / max(0.1, strength), 128)
    return ImageChops.overlay(image, Image.merge("RGB", (relief,) * 3))


def _grain(image: Image.Image, sheet: Sheet, strength: float) -> Image.Image:
    half = (max(1, image.width // 2), max(1, image.height // 2))
    grain = Image.frombytes("L", half, sheet.touch.randbytes(half[0] * half[1])).resize(
        image.size, Image.Resampling.BILINEAR
    )
    grain = grain.point([round(128 + (value - 128) * strength * 2) for value in range(256)])
    return ImageChops.overlay(image, Image.merge("RGB", (grain,) * 3))


def _watercolor(image: Image.Image, sheet: Sheet) -> Image.Image:
    """Pools of colour with darker rims on white paper."""
    wet = surface.warped(image, sheet.touch, sheet.unit * 0.02)
    pools = _calm(wet, 5).filter(ImageFilter.GaussianBlur(sheet.unit * 0.002))
    rims = pools.convert("L").filter(ImageFilter.FIND_EDGES)
    rims = rims.filter(ImageFilter.GaussianBlur(sheet.unit * 0.0015)).point(
        [min(56, value) for value in range(256)]
    )
    pools = ImageChops.subtract(pools, Image.merge("RGB", (rims,) * 3))
    white = Image.new("RGB", image.size, (253, 250, 243))
    blots = surface.levels(surface.noise(image.size, sheet.touch, sheet.unit * 0.22, 4), 70, 210)
    washed = Image.composite(Image.blend(pools, white, 0.12), Image.blend(pools, white, 0.34), blots)
    border = surface.spot(image.size, (image.width / 2, image.height / 2), max(image.size) * 0.74, 0.45)
    torn = surface.levels(Image.blend(border, blots, 0.22), 66, 108)
    return _paper(Image.composite(washed, white, torn), sheet, 0.7)


def _pixel(image: Image.Image, sheet: Sheet) -> Image.Image:
    """A small picture of few colours, enlarged."""
    cell = max(2, round(sheet.unit / 88))
    small = image.resize((max(8, image.width // cell), max(8, image.height // cell)), Image.Resampling.BOX)
    few = ImageEnhance.Contrast(small).enhance(1.1).quantize(28, dither=Image.Dither.NONE).convert("RGB")
    return few.resize(image.size, Image.Resampling.NEAREST)


def _mono(image: Image.Image, sheet: Sheet) -> Image.Image:
    grey = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    return _grain(ImageOps.colorize(grey, (14, 14, 18), (250, 248, 242), (128, 126, 126)), sheet, 0.07)


def _sketch(image: Image.Image, sheet: Sheet) -> Image.Image:
    """Pencil lines: the picture divided by its own blur."""
    grey = image.convert("L").filter(ImageFilter.SMOOTH)
    soft = ImageChops.invert(grey).filter(ImageFilter.GaussianBlur(max(1.5, sheet.unit * 0.008)))
    dodge = ImageChops.add(grey, soft, 1.0)
    lines = surface.levels(dodge, 130, 252)
    tone = ImageOps.autocontrast(grey).point([90 + value * 165 // 255 for value in range(256)])
    shade = ImageChops.multiply(lines, Image.blend(tone, lines, 0.35))
    return _paper(ImageOps.colorize(shade, (46, 44, 52), (251, 248, 240)), sheet, 0.8)


def _cinematic(image: Image.Image, sheet: Sheet) -> Image.Image:
    """Teal shadows, warm lights, grain, and the bars of a wide screen."""
    red = [min(255, round(v * 1.02 + 8 * (v / 255) ** 2)) for v in range(256)]
    green = [round(v * 0.98 + 3) for v in range(256)]
    blue = [min(255, round(v * 0.9 + 16 * (1 - v / 255))) for v in range(256)]
    graded = ImageEnhance.Contrast(image.point(red + green + blue)).enhance(1.1)
    graded = surface.vignette(_grain(graded, sheet, 0.06), 0.45)
    bar = round(image.height * 0.085)
    if image.width >= image.height:
        graded.paste((6, 6, 8), (0, 0, image.width, bar))
        graded.paste((6, 6, 8), (0, image.height - bar, image.width, image.height))
    return graded


def _thick_oil(image: Image.Image, sheet: Sheet) -> Image.Image:
    return _strokes(image, sheet, 0.022, 0.9, 0.1)


_MEDIA: dict[str, Filter] = {
    "watercolor": _watercolor,
    "pixel": _pixel,
    "mono": _mono,
    "sketch": _sketch,
    "oil": _thick_oil,
    "poster": _poster,
    "cinematic": _cinematic,
}


def _network(image: Image.Image, sheet: Sheet, name: str, weight: float) -> Image.Image:
    """What a LoRA or hypernetwork does, by its name; an unknown name is a tint of its own."""
    plain = name.lower()
    strength = max(-1.5, min(1.5, weight))
    for part, change in _NETWORKS.items():
        if part in plain:
            return Image.blend(image, change(image, sheet), max(0.0, min(1.0, abs(strength))))
    return _tint(image, from_number(_number(name)), 0.22 * strength)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _tint(image: Image.Image, colour: Colour, share: float) -> Image.Image:
    """Soft light of ``colour``; a negative share takes it away."""
    layer = Image.new("RGB", image.size, colour if share >= 0 else tuple(255 - part for part in colour))
    return Image.blend(image, ImageChops.soft_light(image, layer), max(0.0, min(1.0, abs(share) * 2)))


def _golden(image: Image.Image, sheet: Sheet) -> Image.Image:
    warm = ImageChops.soft_light(image, Image.new("RGB", image.size, (255, 190, 90)))
    return surface.glow(
        warm, (sheet.width * 0.82, sheet.height * 0.12), sheet.unit * 0.95, (255, 206, 120), 0.6
    )


def _flakes(image: Image.Image, sheet: Sheet) -> Image.Image:
    cold = ImageChops.soft_light(image, Image.new("RGB", image.size, (170, 200, 240)))
    dots = surface.levels(surface.noise(image.size, sheet.layout, sheet.unit * 0.014, 1), 208, 250)
    return Image.composite(Image.new("RGB", image.size, (255, 255, 255)), cold, dots)


def _vintage(image: Image.Image, sheet: Sheet) -> Image.Image:
    sepia = ImageOps.colorize(image.convert("L"), (40, 26, 20), (252, 238, 208), (150, 112, 82))
    return surface.vignette(_grain(Image.blend(image, sepia, 0.75), sheet, 0.09), 0.55)


def _neon(image: Image.Image, sheet: Sheet) -> Image.Image:
    vivid = ImageEnhance.Color(image).enhance(1.7)
    return surface.bloom(_tint(vivid, (220, 40, 220), 0.25), sheet.unit * 0.03, 0.9, 120)


def _crisp(image: Image.Image, sheet: Sheet) -> Image.Image:
    return image.filter(ImageFilter.UnsharpMask(max(1.0, sheet.unit * 0.004), 140, 2))


_NETWORKS: dict[str, Filter] = {
    "golden": _golden,
    "snow": _flakes,
    "vintage": _vintage,
    "neon": _neon,
    "detail": _crisp,
    "sharp": _crisp,
    "brush": _thick_oil,
}


def _graded(image: Image.Image, brief: Brief, random: Random) -> Image.Image:
    """Guidance is saturation and contrast; VAE, embeddings and the rest are shades."""
    guidance = max(0.0, min(30.0, brief.cfg_scale)) / 7
    colour = 0.4 + 0.6 * guidance if guidance < 1 else 1 + 0.22 * (guidance - 1)
    contrast = 0.72 + 0.28 * guidance if guidance < 1 else 1 + 0.12 * (guidance - 1)
    # Chance here is of all settings together: none of them may change without a trace.
    colour *= random.uniform(0.97, 1.03)
    image = ImageEnhance.Color(image).enhance(colour)
    image = ImageEnhance.Contrast(image).enhance(contrast * random.uniform(0.98, 1.02))
    if brief.vae:
        warm = "warm" in brief.vae.lower()
        image = _tint(image, (255, 176, 110) if warm else from_number(_number(brief.vae)), 0.16)
        image = ImageEnhance.Contrast(image).enhance(1.07)
    for name in brief.embeddings:
        image = _tint(image, from_number(_number(name)), 0.1)
    return image


def _seamless(image: Image.Image) -> Image.Image:
    """The opposite edges fit: the picture is mixed with itself moved by half."""
    moved = ImageChops.offset(image, image.width // 2, image.height // 2)
    mask = surface.levels(
        surface.spot(image.size, (image.width / 2, image.height / 2), max(image.size) * 0.62, 0.8), 20, 150
    )
    return Image.composite(image, moved, mask)


def _sharpness(image: Image.Image, sheet: Sheet) -> Image.Image:
    """Few steps are soft; a second pass and a face restorer are crisp."""
    brief = sheet.brief
    if brief.steps < 12:
        image = image.filter(ImageFilter.GaussianBlur(sheet.unit * 0.0012 * (12 - brief.steps)))
    if brief.second_pass:
        image = image.filter(ImageFilter.UnsharpMask(max(1.0, sheet.unit * 0.003), 90, 1))
    if brief.face_restorer:
        image = image.filter(ImageFilter.SMOOTH_MORE).filter(
            ImageFilter.UnsharpMask(max(1.0, sheet.unit * 0.005), 60, 2)
        )
    return image
