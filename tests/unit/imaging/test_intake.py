import contextlib
import io
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.errors import (
    AnimatedPicture,
    CorruptPicture,
    EmptyPicture,
    NotAPicture,
    PictureError,
    PictureTooLarge,
)
from bot.imaging.codec import PictureKind, PictureLimits, sniff
from bot.imaging.exif import build_user_comment
from bot.imaging.intake import checked
from tests.unit.imaging.make import INFOTEXT, chunk, encoded, huge_png, opened, picture, png, split

LIMITS = PictureLimits(max_bytes=2_000_000, max_pixels=1_000_000)


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("run.js", "alert(1)")
    return out.getvalue()


def animation(kind: str) -> bytes:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:])


def quadrants() -> Image.Image:
    """Four colours, so that every way of turning it differs; 32 wide, 16 high."""
    image = Image.new("RGB", (32, 16), "red")
    for at, colour in (((16, 0), "lime"), ((0, 8), "blue"), ((16, 8), "white")):
        image.paste(Image.new("RGB", (16, 8), colour), at)
    return image


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_a_still_picture_of_any_kind_becomes_a_png_that_looks_the_same(kind: str) -> None:
    data = encoded(picture(40, 30).resize((80, 60)), kind)
    taken = checked(data, LIMITS)
    assert sniff(taken.data) is PictureKind.PNG
    assert (taken.width, taken.height) == opened(taken.data).size == (80, 60)
    assert same(opened(taken.data), opened(data).convert("RGB"))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyPicture),
        (b"hello", NotAPicture),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", NotAPicture),
        (archive(), NotAPicture),
        (huge_png(), PictureTooLarge),
        (png() + bytes(2_000_000), PictureTooLarge),
        (png()[:-40], CorruptPicture),
        (encoded(picture(200, 200), "JPEG")[:-2000], CorruptPicture),
        (encoded(picture(200, 200), "WEBP")[:-2000], CorruptPicture),
        (encoded(picture(200, 200), "GIF")[:-2000], CorruptPicture),
        (animation("GIF"), AnimatedPicture),
        (animation("WEBP"), AnimatedPicture),
        (animation("PNG"), AnimatedPicture),
        (animation("AVIF"), AnimatedPicture),
    ],
)
def test_what_is_no_still_picture_is_refused(data: bytes, error: type[PictureError]) -> None:
    with pytest.raises(error):
        checked(data, LIMITS)


def test_a_huge_picture_of_few_bytes_takes_no_memory() -> None:
    data = huge_png()
    tracemalloc.start()
    with pytest.raises(PictureTooLarge):
        checked(data, PictureLimits())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_jpeg_of_thousands_of_passes_is_refused() -> None:
    data = encoded(picture(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    with pytest.raises(CorruptPicture):
        checked(data[:-2] + data[last:-2] * 2000 + data[-2:], LIMITS)
    assert checked(data, LIMITS).width == 24


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_turned_upright_and_says_so_no_longer(kind: str, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    data = encoded(quadrants(), kind, exif=exif, **({} if kind == "PNG" else {"quality": 100}))
    result = opened(checked(data, LIMITS).data)
    # What a viewer shows at the top left and at the top right.
    corners = ["rl", "lr", "wb", "bw", "rb", "br", "wl", "lw"][turn - 1]
    colours = {"r": (255, 0, 0), "l": (0, 255, 0), "b": (0, 0, 255), "w": (255, 255, 255)}
    width, height = (32, 16) if turn < 5 else (16, 32)
    assert result.size == (width, height)
    for at, corner in zip(((2, 2), (width - 3, 2)), corners, strict=True):
        found = result.getpixel(at)
        assert isinstance(found, tuple)
        assert max(abs(a - b) for a, b in zip(found, colours[corner], strict=True)) < 30
    assert result.getexif() == {}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF:UserWarning")
def test_broken_exif_does_not_cost_the_picture() -> None:
    data = encoded(picture(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert checked(data, LIMITS).width == 24


def test_nothing_but_the_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "secret camera"
    data = encoded(picture(), "PNG", exif=exif, icc_profile=b"secret profile" * 9)
    data = data[:33] + chunk(b"tEXt", b"parameters\0" + INFOTEXT.encode()) + data[33:] + archive()
    taken = checked(data, LIMITS)
    assert {name for name, _ in split(taken.data)} == {b"IHDR", b"IDAT", b"IEND"}
    assert not zipfile.is_zipfile(io.BytesIO(taken.data))
    assert taken.parameters == INFOTEXT


def test_the_infotext_is_read_before_the_file_is_written_anew() -> None:
    exif = b"Exif\0\0" + build_user_comment(INFOTEXT)
    for kind in ("JPEG", "WEBP"):
        assert checked(encoded(picture(), kind, exif=exif), LIMITS).parameters == INFOTEXT


def test_a_script_in_front_of_or_behind_a_jpeg_does_not_come_along() -> None:
    data = encoded(picture(), "JPEG", comment=b"<script>alert(1)</script>") + b"<?php evil(); ?>"
    taken = checked(data, LIMITS)
    assert b"script" not in taken.data
    assert b"php" not in taken.data


def test_transparency_is_kept_where_it_hides_something() -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    opaque = Image.new("RGBA", (8, 8), (255, 0, 0, 255))
    assert checked(encoded(clear, "PNG"), LIMITS).transparent
    assert opened(checked(encoded(clear, "PNG"), LIMITS).data).mode == "RGBA"
    assert not checked(encoded(opaque, "PNG"), LIMITS).transparent
    assert opened(checked(encoded(opaque, "PNG"), LIMITS).data).mode == "RGB"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_mode_comes_out_as_eight_bits_of_colour(mode: str) -> None:
    source = Image.new(mode, (8, 8))
    taken = opened(checked(encoded(source, "JPEG" if mode == "CMYK" else "PNG"), LIMITS).data)
    assert taken.mode in ("RGB", "RGBA")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
@settings(deadline=None, max_examples=40)
@given(cut=st.integers(0, 400), change=st.binary(min_size=1, max_size=6), at=st.floats(0, 1))
def test_damaged_files_raise_nothing_but_our_errors(kind: str, cut: int, change: bytes, at: float) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = bytearray(encoded(picture(), kind, exif=exif))
    start = int(at * len(data))
    data[start : start + len(change)] = change
    with contextlib.suppress(PictureError):
        checked(bytes(data[: len(data) - cut] if cut < 200 else data), LIMITS)
