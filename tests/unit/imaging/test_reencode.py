import contextlib
import io
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from bot.errors import CorruptPicture, NotAPicture, PictureError, PictureTooLarge
from bot.imaging.codec import PictureKind, sniff
from bot.imaging.metadata import read_parameters
from bot.imaging.reencode import preview_webp, to_webp
from tests.unit.imaging.make import INFOTEXT, encoded, huge_png, opened, picture, png, with_chunk

TEXT = "кот 猫 😀\n" + INFOTEXT
PLENTY = 10 * 1024 * 1024


def soft(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Soft colours, which any codec keeps well."""
    return picture(4, 4, mode).resize((width, height), Image.Resampling.BICUBIC)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of the values, 0 to 255."""
    both = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    return max(ImageStat.Stat(both).mean)


def test_a_png_becomes_a_webp_that_looks_the_same_and_carries_its_infotext() -> None:
    original = soft(120, 80)
    data = to_webp(encoded(original, "PNG"), TEXT, PLENTY)
    assert sniff(data) is PictureKind.WEBP
    assert read_parameters(data) == TEXT
    assert difference(opened(data), original) < 3


def test_pillow_finds_the_infotext_where_the_web_ui_looks_for_it() -> None:
    data = to_webp(png(), TEXT, PLENTY)
    comment = opened(data).getexif().get_ifd(0x8769)[0x9286]
    assert comment == b"UNICODE\0" + TEXT.encode("utf-16-be")


def test_the_user_comment_has_the_type_that_the_web_uis_library_gives_back_as_bytes() -> None:
    data = to_webp(png(), TEXT, PLENTY)
    entry = data.index(b"\x92\x86")
    assert data[entry + 2 : entry + 4] == (7).to_bytes(2), (
        "UNDEFINED; BYTE would come back as a tuple of numbers"
    )


@pytest.mark.parametrize("parameters", [None, ""])
def test_without_parameters_there_is_no_exif(parameters: str | None) -> None:
    assert "exif" not in opened(to_webp(png(), parameters, PLENTY)).info


def test_a_tighter_limit_costs_quality_and_is_kept() -> None:
    original = encoded(picture(200, 200), "PNG")
    best = to_webp(original, TEXT, PLENTY)
    lower = to_webp(original, TEXT, len(best) * 2 // 3)
    assert len(lower) <= len(best) * 2 // 3
    assert opened(lower).size == (200, 200)
    assert difference(opened(lower), opened(original)) > difference(opened(best), opened(original))
    assert read_parameters(lower) == TEXT


def test_the_best_of_the_tried_qualities_that_fits_is_taken() -> None:
    original = encoded(picture(200, 200), "PNG")
    limits = [len(to_webp(original, None, PLENTY)) * share // 100 for share in (95, 80, 65, 50)]
    sizes = [len(to_webp(original, None, limit)) for limit in limits]
    assert all(size <= limit for size, limit in zip(sizes, limits, strict=True))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > limits[2]


def test_only_where_no_quality_fits_is_the_picture_made_smaller() -> None:
    original = encoded(picture(200, 100), "PNG")
    data = to_webp(original, TEXT, 2000)
    width, height = opened(data).size
    assert len(data) <= 2000
    assert 0 < height < 100
    assert width == pytest.approx(2 * height, abs=2)
    assert read_parameters(data) == TEXT


def test_a_limit_that_nothing_fits_is_told() -> None:
    with pytest.raises(PictureTooLarge) as caught:
        to_webp(png(), "x" * 1000, 500)
    assert caught.value.unit == "bytes"
    assert caught.value.limit == 500
    assert caught.value.actual > 500


def test_transparency_is_kept() -> None:
    original = soft(40, 40, "RGBA")
    result = opened(to_webp(encoded(original, "PNG"), None, PLENTY))
    assert result.mode == "RGBA"
    assert difference(result.getchannel("A").convert("RGB"), original.getchannel("A").convert("RGB")) < 2


def test_a_side_too_long_for_webp_gives_a_jpeg_on_white_with_the_infotext() -> None:
    clear = Image.new("RGBA", (17_000, 2), (0, 0, 0, 0))
    data = to_webp(encoded(clear, "PNG"), TEXT, PLENTY)
    assert sniff(data) is PictureKind.JPEG
    assert opened(data).size == (17_000, 2)
    assert opened(data).getpixel((5, 1)) == (255, 255, 255)
    assert read_parameters(data) == TEXT


def test_a_jpeg_whose_infotext_has_no_room_goes_without_it() -> None:
    data = to_webp(encoded(picture(17_000, 1), "PNG"), "x" * 40_000, PLENTY)
    assert sniff(data) is PictureKind.JPEG
    assert read_parameters(data) is None


def test_a_side_too_long_for_any_format_is_made_to_fit() -> None:
    data = to_webp(encoded(Image.new("L", (2, 70_000), 9), "PNG"), TEXT, PLENTY)
    assert sniff(data) is PictureKind.WEBP
    assert opened(data).size == (1, 16_383)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_png_can_be_converted(mode: str) -> None:
    colours = soft(32, 32)
    original = colours.quantize(64, dither=Image.Dither.NONE) if mode == "P" else colours.convert(mode)
    result = opened(to_webp(encoded(original, "PNG"), None, PLENTY))
    assert difference(result, original) < 12


def test_sixteen_bits_of_grey_are_scaled_and_not_clipped() -> None:
    original = Image.new("I;16", (16, 16), 0x8000)
    result = opened(to_webp(encoded(original, "PNG"), None, PLENTY))
    assert ImageStat.Stat(result.convert("L")).mean[0] == pytest.approx(0x80, abs=2)


def test_a_colour_profile_goes_along() -> None:
    profile = b"profile" * 40
    data = to_webp(encoded(soft(16, 16), "PNG", icc_profile=profile), None, PLENTY)
    assert opened(data).info["icc_profile"] == profile


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_a_preview_is_a_small_webp_of_any_kind_of_picture(kind: str) -> None:
    data = preview_webp(encoded(soft(900, 300), kind))
    assert sniff(data) is PictureKind.WEBP
    assert opened(data).size == (512, 171)
    assert len(data) < 20_000


def test_a_small_preview_is_enlarged_so_that_it_can_be_seen_on_a_phone() -> None:
    data = preview_webp(png(24, 16))
    assert opened(data).size == (512, 341)
    assert len(data) < 30_000
    assert opened(preview_webp(png(24, 16), max_side=12)).size == (12, 8)


def test_of_an_animation_the_first_frame_is_shown() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    data = preview_webp(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert difference(opened(data), frames[0]) < 6


@pytest.mark.parametrize(
    "convert", [lambda data: to_webp(data, TEXT, PLENTY), preview_webp], ids=["webp", "preview"]
)
@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", NotAPicture),
        (b"<html></html>", NotAPicture),
        (huge_png(), PictureTooLarge),
        (huge_png(8000, 8000), CorruptPicture),
        (png()[:80], CorruptPicture),
        (encoded(picture(), "JPEG")[:40], CorruptPicture),
        (encoded(picture(), "WEBP")[:60], CorruptPicture),
        (encoded(picture(), "GIF")[:40], CorruptPicture),
        (encoded(picture(), "AVIF")[:200], CorruptPicture),
        (with_chunk(png(), b"zTXt", b"parameters\0\7broken"), CorruptPicture),
    ],
)
def test_bad_pictures_are_told_by_their_errors(
    convert: object, data: bytes, error: type[PictureError]
) -> None:
    assert callable(convert)
    with pytest.raises(error):
        convert(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
@settings(deadline=None)
@given(cut=st.integers(0, 400), change=st.binary(min_size=1, max_size=6), at=st.floats(0, 1))
def test_damaged_pictures_raise_nothing_but_our_errors(kind: str, cut: int, change: bytes, at: float) -> None:
    data = bytearray(encoded(soft(24, 16), kind))
    start = int(at * len(data))
    data[start : start + len(change)] = change
    with contextlib.suppress(PictureError):
        preview_webp(bytes(data[: len(data) - cut] if cut < 200 else data), max_pixels=10_000)


def test_no_warning_of_pillow_about_large_pictures_escapes() -> None:
    large = io.BytesIO()
    Image.new("1", (12_000, 8_000)).save(large, "PNG")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert opened(preview_webp(large.getvalue(), max_side=8, max_pixels=100_000_000)).size == (8, 5)
    assert caught == []


def test_a_gif_whose_frame_is_larger_than_its_canvas_is_refused_before_decoding() -> None:
    data = bytearray(encoded(picture(mode="L"), "GIF"))
    data[6:10] = b"\x01\0\x01\0"
    frame = data.index(b",", 13 + 3 * 256)
    data[frame + 5 : frame + 9] = b"\x60\xea\x60\xea"
    with pytest.raises(PictureTooLarge):
        preview_webp(bytes(data))
