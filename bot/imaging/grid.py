"""Many pictures as one: a contact sheet, and a table of pictures with its values along two sides.

For threads: a sheet of sixteen pictures takes about a second.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from bot.imaging.codec import PictureLimits
from bot.imaging.intake import upright
from bot.imaging.reencode import webp_within

__all__ = ["MOST_CELLS", "contact_sheet", "xy_grid"]

MOST_CELLS = 100
MAX_SIDE = 2560
"""Pixels. More than a phone shows, and so little that it is encoded in half a second."""

_GAP = 6
_LEAST_CELL = 64
_BACKGROUND = (24, 25, 28)
_EMPTY = (45, 47, 52)
_INK = (235, 236, 240)
_LABEL_LIMIT = 80
"""Characters of a label that are looked at."""
_LINE = 1.4
"""Heights of a letter from one line to the next."""
_LIMITS = PictureLimits()


@dataclass(frozen=True, slots=True)
class _Layout:
    """A table of equal cells. All in pixels."""

    columns: int
    rows: int
    cell: tuple[int, int]
    margin_left: int = 0
    margin_top: int = 0

    @property
    def size(self) -> tuple[int, int]:
        width = self.margin_left + self.columns * (self.cell[0] + _GAP) + _GAP
        return width, self.margin_top + self.rows * (self.cell[1] + _GAP) + _GAP

    def corner(self, column: int, row: int) -> tuple[int, int]:
        """The top left one of a cell."""
        left = self.margin_left + _GAP + column * (self.cell[0] + _GAP)
        return left, self.margin_top + _GAP + row * (self.cell[1] + _GAP)


def contact_sheet(pictures: Sequence[bytes], limit_bytes: int) -> bytes:
    """All pictures in a table as near to square as it goes, each with its number from 1, as a WebP.

    Raises what ``imaging.intake`` raises of a picture that cannot be read, and ``PictureTooLarge`` where not
    even a small sheet fits ``limit_bytes``.
    """
    shown = _shrunk(pictures[:MOST_CELLS])
    shape = _largest(shown)
    columns = _columns(len(shown), shape)
    layout = _layout(columns, -(-len(shown) // columns), shape, 0, 0)
    sheet = Image.new("RGB", layout.size, _BACKGROUND)
    for number, picture in enumerate(shown):
        _place(sheet, layout, number % columns, number // columns, picture)
        _number(sheet, layout, number)
    return webp_within(sheet, b"", limit_bytes)


def xy_grid(
    cells: Sequence[bytes | None], columns: Sequence[str], rows: Sequence[str], limit_bytes: int
) -> bytes:
    """A table of pictures, row by row, with a label above each column and before each row, as a WebP.

    None is a cell without a picture. An empty label takes no room. Characters that the font does not have
    become question marks. Raises what ``contact_sheet`` does, and ``ValueError`` if the numbers do not fit.
    """
    if len(cells) != len(columns) * len(rows) or not 0 < len(cells) <= MOST_CELLS:
        raise ValueError("one cell for each column of each row")
    shown = _shrunk(cells)
    font = _font(max(16, MAX_SIDE // 80))
    before = _widest(rows, font)
    above = _height(font) if any(columns) else 0
    layout = _layout(len(columns), len(rows), _largest(shown), before, above)
    sheet = Image.new("RGB", layout.size, _BACKGROUND)
    for number, picture in enumerate(shown):
        _place(sheet, layout, number % len(columns), number // len(columns), picture)
    _write_labels(sheet, layout, columns, rows, font)
    return webp_within(sheet, b"", limit_bytes)


def _shrunk(pictures: Sequence[bytes | None]) -> list[Image.Image | None]:
    """Decoded one after the other, and no larger than they can be shown, so that memory stays small."""
    most = max(_LEAST_CELL, int(2 * MAX_SIDE / math.sqrt(max(1, len(pictures)))))
    shown: list[Image.Image | None] = []
    for data in pictures:
        picture = upright(data, _LIMITS).convert("RGB") if data is not None else None
        if picture is not None:
            picture.thumbnail((most, most))
        shown.append(picture)
    return shown


def _largest(pictures: Sequence[Image.Image | None]) -> tuple[int, int]:
    """A cell that holds each of them as it is."""
    sizes = [picture.size for picture in pictures if picture is not None] or [(_LEAST_CELL, _LEAST_CELL)]
    return max(width for width, _ in sizes), max(height for _, height in sizes)


def _columns(count: int, shape: tuple[int, int]) -> int:
    """As many as make the sheet about square."""
    return min(count, max(1, round(math.sqrt(count * shape[1] / shape[0]))))


def _layout(columns: int, rows: int, shape: tuple[int, int], before: int, above: int) -> _Layout:
    """With cells of that shape, as large as the longest side of the sheet lets them be."""
    room_across = (MAX_SIDE - before - _GAP) / columns - _GAP
    room_down = (MAX_SIDE - above - _GAP) / rows - _GAP
    scale = min(1.0, room_across / shape[0], room_down / shape[1])
    cell = max(1, int(shape[0] * scale)), max(1, int(shape[1] * scale))
    return _Layout(columns, rows, cell, before, above)


def _place(sheet: Image.Image, layout: _Layout, column: int, row: int, picture: Image.Image | None) -> None:
    left, top = layout.corner(column, row)
    if picture is None:
        _cross_out(sheet, (left, top, left + layout.cell[0] - 1, top + layout.cell[1] - 1))
        return
    picture.thumbnail(layout.cell, Image.Resampling.LANCZOS)
    aside = (layout.cell[0] - picture.width) // 2, (layout.cell[1] - picture.height) // 2
    sheet.paste(picture, (left + aside[0], top + aside[1]))


def _cross_out(sheet: Image.Image, box: tuple[int, int, int, int]) -> None:
    """A cell without a picture, told from one that is merely dark."""
    left, top, right, bottom = box
    draw = ImageDraw.Draw(sheet)
    draw.rectangle(box, fill=_EMPTY)
    draw.line((left, top, right, bottom), fill=_BACKGROUND, width=_GAP)
    draw.line((left, bottom, right, top), fill=_BACKGROUND, width=_GAP)


def _number(sheet: Image.Image, layout: _Layout, number: int) -> None:
    """A picture's number, on a patch in its corner."""
    left, top = layout.corner(number % layout.columns, number // layout.columns)
    # A phone shows a sheet of 2560 pixels in a seventh of them.
    font = _font(max(12, min(96, layout.cell[1] // 6)))
    draw = ImageDraw.Draw(sheet)
    text = str(number + 1)
    patch = (left, top, left + int(font.getlength(text)) + 2 * _GAP, top + _height(font))
    draw.rectangle(patch, fill=_BACKGROUND)
    draw.text((left + _GAP, top + _height(font) // 2), text, fill=_INK, font=font, anchor="lm")


def _write_labels(
    sheet: Image.Image,
    layout: _Layout,
    columns: Sequence[str],
    rows: Sequence[str],
    font: ImageFont.FreeTypeFont,
) -> None:
    draw = ImageDraw.Draw(sheet)
    for number, label in enumerate(columns):
        middle = layout.corner(number, 0)[0] + layout.cell[0] / 2
        shown = _shortened(label, layout.cell[0], font)
        draw.text((middle, layout.margin_top / 2 + _GAP), shown, fill=_INK, font=font, anchor="mm")
    for number, label in enumerate(rows):
        middle = layout.corner(0, number)[1] + layout.cell[1] / 2
        shown = _shortened(label, layout.margin_left, font)
        draw.text((_GAP, middle), shown, fill=_INK, font=font, anchor="lm")


def _widest(labels: Sequence[str], font: ImageFont.FreeTypeFont) -> int:
    """Room for the labels of rows, at most a quarter of the sheet."""
    if not any(labels):
        return 0
    widest = max(font.getlength(_drawable(label)) for label in labels)
    return min(MAX_SIDE // 4, int(widest) + 2 * _GAP)


def _shortened(label: str, room: int, font: ImageFont.FreeTypeFont) -> str:
    """Cut in the middle, where names of one family differ least, until it fits."""
    text = _drawable(label)
    kept = len(text)
    while font.getlength(text) > room - 2 * _GAP and kept > 2:
        kept -= 1
        whole = _drawable(label)
        text = f"{whole[: -(-kept // 2)]}…{whole[-(kept // 2) :]}"
    return text


def _drawable(label: str) -> str:
    """One line of characters that the font has: accents go before their letters do."""
    line = " ".join(label.split())[:_LABEL_LIMIT]
    return "".join(_known(character) for character in line)


@lru_cache(maxsize=1024)
def _known(character: str) -> str:
    if _has_glyph(character):
        return character
    plain = unicodedata.normalize("NFKD", character)[:1]
    return plain if plain and _has_glyph(plain) else "?"


def _has_glyph(character: str) -> bool:
    """Pillow does not say which characters a font has; those it lacks all look alike."""
    font = _font(20)
    if character.isspace():
        return True
    lacking = font.getmask("\uffff")
    found = font.getmask(character)
    return found.size != lacking.size or bytes(found) != bytes(lacking)


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own, Aileron, which is in the public domain and has the letters of Latin."""
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font


def _height(font: ImageFont.FreeTypeFont) -> int:
    return int(font.size * _LINE) + _GAP
