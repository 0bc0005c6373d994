import base64
import contextlib
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import CorruptPicture, NotAPicture, PictureError, PictureTooLarge
from bot.imaging.codec import (
    PictureKind,
    PictureLimits,
    check_picture,
    check_size,
    decode_base64,
    dimensions,
    sniff,
)
from tests.unit.imaging.make import chunk, encoded, huge_png, opened, picture, png

LIMITS = PictureLimits()

PICTURES = {
    "png": (PictureKind.PNG, png()),
    "jpeg": (PictureKind.JPEG, encoded(picture(), "JPEG")),
    "progressive jpeg": (PictureKind.JPEG, encoded(picture(), "JPEG", progressive=True)),
    "jpeg with a colour profile": (PictureKind.JPEG, encoded(picture(), "JPEG", icc_profile=b"p" * 200_000)),
    "lossy webp": (PictureKind.WEBP, encoded(picture(), "WEBP")),
    "lossless webp": (PictureKind.WEBP, encoded(picture(), "WEBP", lossless=True)),
    "extended webp": (PictureKind.WEBP, encoded(picture(mode="RGBA"), "WEBP", exif=b"MM\0*\0\0\0\x08\0\0")),
    "gif": (PictureKind.GIF, encoded(picture(mode="L"), "GIF")),
    "commented gif": (PictureKind.GIF, encoded(picture(mode="L"), "GIF", comment=b"c" * 1000)),
    "animated gif": (
        PictureKind.GIF,
        encoded(
            picture(mode="L"),
            "GIF",
            save_all=True,
            append_images=[picture(mode="L", seed=seed) for seed in (2, 3)],
        ),
    ),
    "avif": (PictureKind.AVIF, encoded(picture(), "AVIF")),
}

every_picture = pytest.mark.parametrize(("kind", "data"), PICTURES.values(), ids=PICTURES)


@settings(deadline=None)
@given(data=st.binary(max_size=300))
def test_base64_gives_its_bytes_from_text_and_view_with_and_without_prefix(data: bytes) -> None:
    text = base64.b64encode(data)
    assert decode_base64(text, 300) == data
    assert decode_base64(memoryview(b'{"x":"' + text + b'"}')[6 : 6 + len(text)], 300) == data
    assert decode_base64(b"data:image/png;base64," + text, 300) == data


@pytest.mark.parametrize(
    "text",
    [
        b"AAA",
        b"A===",
        b"AAAA=",
        b"AAAA====",
        b"AA==AAAA",
        b"AA AA",
        b"AAAA\n",
        b"AA-_",
        b'{"error": "no"}!',
        b"\xff\xfe\xfd\xfc",
        b"data:image/png,AAAA",
        b"data:image/png;base64;AAAA",
        b"data:" + b"x" * 500 + b";base64,AAAA",
    ],
)
def test_what_is_no_base64_is_corrupt(text: bytes) -> None:
    with pytest.raises(CorruptPicture):
        decode_base64(text, 1000)


@pytest.mark.parametrize("length", [10, 11, 12])
def test_the_limit_counts_decoded_bytes_exactly(length: int) -> None:
    text = base64.b64encode(bytes(length))
    assert decode_base64(text, length) == bytes(length)
    with pytest.raises(PictureTooLarge) as caught:
        decode_base64(text, length - 1)
    assert (caught.value.unit, caught.value.limit, caught.value.actual) == ("bytes", length - 1, length)


def test_the_limit_is_looked_at_before_decoding() -> None:
    with pytest.raises(PictureTooLarge):
        decode_base64(b"!" * 1000, 100)


@every_picture
def test_kind_and_size_are_read_from_the_first_bytes(kind: PictureKind, data: bytes) -> None:
    assert sniff(data) is kind
    assert dimensions(data, kind) == opened(data).size
    found = check_picture(data, LIMITS)
    assert (found.kind, found.width, found.height) == (kind, 24, 16)


@pytest.mark.parametrize(
    ("size", "format_"),
    list(product([(1, 1), (1, 300), (256, 1), (1000, 3)], ["PNG", "JPEG", "WEBP", "GIF"])),
)
def test_any_shape_is_measured_as_pillow_measures_it(size: tuple[int, int], format_: str) -> None:
    data = encoded(picture(*size), format_)
    assert dimensions(data, sniff(data)) == opened(data).size == size


@pytest.mark.parametrize(
    ("kind", "mime", "suffix"),
    [("png", "image/png", ".png"), ("jpeg", "image/jpeg", ".jpg"), ("webp", "image/webp", ".webp")],
)
def test_a_kind_knows_its_mime_type_and_file_ending(kind: str, mime: str, suffix: str) -> None:
    assert (PictureKind(kind).mime, PictureKind(kind).suffix) == (mime, suffix)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89",
        b"\x89PNG",
        b"<!DOCTYPE html><title>502 Bad Gateway</title>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"BM" + bytes(60),
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"PK\x03\x04" + png(),
        b"<html>" + png(),
        b"\0\0\0\x18ftypheic" + bytes(40),
    ],
)
def test_what_does_not_begin_as_a_picture_is_none(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        check_picture(data, LIMITS)


def test_a_picture_of_few_bytes_and_billions_of_pixels_is_refused_undecoded() -> None:
    with pytest.raises(PictureTooLarge) as caught:
        check_picture(huge_png(), LIMITS)
    assert (caught.value.unit, caught.value.actual) == ("pixels", 50_000 * 50_000)


def test_a_picture_within_the_limits_by_one_pixel_and_one_byte_passes() -> None:
    data = png(24, 16)
    limits = PictureLimits(max_bytes=len(data), max_pixels=24 * 16)
    assert check_size(data, PictureKind.PNG, limits) == (24, 16)
    for narrower in (
        PictureLimits(max_bytes=len(data) - 1, max_pixels=24 * 16),
        PictureLimits(max_bytes=len(data), max_pixels=24 * 16 - 1),
    ):
        with pytest.raises(PictureTooLarge):
            check_size(data, PictureKind.PNG, narrower)


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_a_picture_without_pixels_is_corrupt(size: tuple[int, int]) -> None:
    with pytest.raises(CorruptPicture):
        check_picture(huge_png(*size), LIMITS)


@pytest.mark.parametrize(
    "name", ["png", "jpeg", "progressive jpeg", "lossy webp", "lossless webp", "extended webp"]
)
def test_a_picture_cut_off_anywhere_is_refused(name: str) -> None:
    _, data = PICTURES[name]
    for length in range(len(data)):
        with pytest.raises((CorruptPicture, NotAPicture)):
            check_picture(data[:length], LIMITS)


def test_a_png_with_any_single_byte_changed_is_refused() -> None:
    data = png(parameters="a cat")
    for at in range(len(data)):
        broken = bytearray(data)
        broken[at] ^= 0x41
        with pytest.raises(PictureError):
            check_picture(bytes(broken), LIMITS)


@pytest.mark.parametrize(
    "header",
    [
        b"\0\0\0\x10\0\0\0\x10\x08\x05\0\0\0",  # no such colour type
        b"\0\0\0\x10\0\0\0\x10\x03\x02\0\0\0",  # no such depth
        b"\0\0\0\x10\0\0\0\x10\x08\x03\0\0\0",  # a palette that is missing
        b"\0\0\0\x10\0\0\0\x10\x08\x02\x01\0\0",
        b"\0\0\0\x10\0\0\0\x10\x08\x02\0\x01\0",
        b"\0\0\0\x10\0\0\0\x10\x08\x02\0\0\x02",
        b"\0\0\0\x10\0\0\0\x10\x08\x02\0\0",
    ],
)
def test_a_png_with_an_impossible_header_is_corrupt(header: bytes) -> None:
    whole = png()
    with pytest.raises(CorruptPicture):
        check_picture(whole[:8] + chunk(b"IHDR", header) + whole[33:], LIMITS)


def test_a_png_without_pixels_or_without_a_header_is_corrupt() -> None:
    whole = png()
    for data in (whole[:33] + whole[-12:], whole[:8] + whole[33:]):
        with pytest.raises(CorruptPicture):
            check_picture(data, LIMITS)


def test_a_png_of_endless_chunks_is_corrupt() -> None:
    whole = png()
    with pytest.raises(CorruptPicture):
        check_picture(whole[:33] + b"\0\0\0\0teSt\0\0\0\0" * 70_000 + whole[33:], LIMITS)


def test_a_gif_whose_frame_is_larger_than_its_canvas_counts_by_its_frame() -> None:
    data = bytearray(encoded(picture(mode="L"), "GIF"))
    data[6:10] = b"\x01\0\x01\0"
    assert dimensions(bytes(data), PictureKind.GIF) == opened(bytes(data)).size == (24, 16)


@settings(deadline=None)
@given(
    start=st.sampled_from([data[:cut] for _, data in PICTURES.values() for cut in (2, 12, 20, 30, 60)]),
    rest=st.binary(max_size=200),
)
def test_garbage_behind_a_good_beginning_raises_nothing_but_our_errors(start: bytes, rest: bytes) -> None:
    with contextlib.suppress(PictureError):
        check_picture(start + rest, LIMITS)
