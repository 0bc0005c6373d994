import pytest
from PIL import Image, ImageChops, ImageStat

from bot.errors import EmptyMask, MaskMismatch, NotAPicture, NothingTransparent
from bot.imaging.codec import PictureLimits
from bot.imaging.masks import REGIONS, Region, alpha_mask, given_mask, region_mask
from tests.unit.imaging.make import encoded, opened, picture

LIMITS = PictureLimits()

CORNERS_AND_MIDDLE = ((1, 1), (98, 1), (1, 58), (98, 58), (50, 30))


def png(image: Image.Image) -> bytes:
    return encoded(image, "PNG")


def white_at(mask: bytes) -> list[bool]:
    image = opened(mask)
    assert image.size == (100, 60)
    return [image.getpixel(at) == 255 for at in CORNERS_AND_MIDDLE]


@pytest.mark.parametrize(
    ("region", "share", "expected"),
    [
        ("left", 0.4, [True, False, True, False, False]),
        ("right", 0.4, [False, True, False, True, False]),
        ("top", 0.4, [True, True, False, False, False]),
        ("bottom", 0.4, [False, False, True, True, False]),
        ("centre", None, [False, False, False, False, True]),
        ("border", None, [True, True, True, True, False]),
    ],
)
def test_a_region_is_white_and_everything_but_it_the_reverse(
    region: Region, share: float | None, expected: list[bool]
) -> None:
    assert white_at(region_mask(100, 60, region, share=share)) == expected
    reverse = region_mask(100, 60, region, share=share, everything_but=True)
    assert white_at(reverse) == [not white for white in expected]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("share", [-1, 0, 0.001, 1, 50])
def test_no_share_makes_a_mask_of_all_or_nothing(region: Region, share: float) -> None:
    assert opened(region_mask(64, 64, region, share=share)).getextrema() == (0, 255)


def test_a_share_is_how_much_of_the_side_is_taken() -> None:
    mask = opened(region_mask(100, 100, "left", share=0.25))
    assert ImageStat.Stat(mask).mean[0] == pytest.approx(255 / 4, abs=1)


def test_what_is_see_through_becomes_white() -> None:
    image = picture(32, 32).convert("RGBA")
    alpha = Image.new("L", (32, 32), 255)
    alpha.paste(0, (0, 0, 16, 32))
    image.putalpha(alpha)
    assert (
        ImageChops.difference(opened(alpha_mask(png(image), LIMITS)), ImageChops.invert(alpha)).getbbox()
        is None
    )


def test_a_picture_without_see_through_parts_gives_no_mask() -> None:
    with pytest.raises(NothingTransparent):
        alpha_mask(png(picture()), LIMITS)


def test_a_given_mask_is_taken_as_grey() -> None:
    mask = Image.new("RGB", (24, 16), "black")
    mask.paste((255, 255, 255), (0, 0, 12, 16))
    taken = opened(given_mask(png(mask), 24, 16, LIMITS))
    assert taken.mode == "L"
    assert (taken.getpixel((2, 2)), taken.getpixel((20, 2))) == (255, 0)


def test_see_through_parts_of_a_given_mask_stay_as_they_are() -> None:
    mask = Image.new("RGBA", (24, 16), (255, 255, 255, 0))
    mask.paste((255, 255, 255, 255), (0, 0, 12, 16))
    taken = opened(given_mask(png(mask), 24, 16, LIMITS))
    assert (taken.getpixel((2, 2)), taken.getpixel((20, 2))) == (255, 0)


def test_a_mask_of_another_size_is_refused_with_both_sizes() -> None:
    with pytest.raises(MaskMismatch) as caught:
        given_mask(png(picture(24, 16)), 48, 32, LIMITS)
    assert caught.value.data() == {"width": 48, "height": 32, "mask_width": 24, "mask_height": 16}


def test_a_mask_that_changes_nothing_is_refused() -> None:
    with pytest.raises(EmptyMask):
        given_mask(png(Image.new("L", (24, 16), 20)), 24, 16, LIMITS)


def test_a_mask_that_is_no_picture_is_refused() -> None:
    with pytest.raises(NotAPicture):
        given_mask(b"white please", 24, 16, LIMITS)
