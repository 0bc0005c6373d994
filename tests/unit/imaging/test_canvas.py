import pytest
from PIL import Image, ImageChops, ImageStat

from bot.imaging.canvas import ResizeMode, blended, fitted, fitted_mask, outpainted
from bot.model.framing import Direction, pan, zoom_out
from bot.model.limits import Limits
from tests.unit.imaging.make import encoded, opened, picture

LIMITS = Limits()


def halves(width: int = 100, height: int = 50) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste(Image.new("RGB", (width // 2, height), "blue"), (width // 2, 0))
    return image


def png(image: Image.Image) -> bytes:
    return encoded(image, "PNG")


def mean(image: Image.Image, box: tuple[int, int, int, int]) -> tuple[float, ...]:
    return tuple(ImageStat.Stat(image.crop(box)).mean)


def near(found: object, colour: tuple[int, ...], most: float = 40) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) <= most for a, b in zip(found, colour, strict=True))


RED, BLUE = (255, 0, 0), (0, 0, 255)


def test_a_picture_of_the_right_size_is_not_touched() -> None:
    image = picture(64, 64)
    assert ImageChops.difference(opened(fitted(png(image), 64, 64, "crop")), image).getbbox() is None


@pytest.mark.parametrize("mode", ["stretch", "crop", "fill"])
def test_a_picture_is_fitted_to_exactly_the_size(mode: ResizeMode) -> None:
    result = opened(fitted(png(halves()), 64, 128, mode))
    assert result.size == (64, 128)
    assert result.mode == "RGB"


def test_stretching_keeps_all_of_it_cropping_its_middle_and_filling_its_shape() -> None:
    wide = Image.new("RGB", (300, 100), "lime")
    wide.paste(Image.new("RGB", (100, 100), "red"), (0, 0))
    wide.paste(Image.new("RGB", (100, 100), "blue"), (200, 0))
    assert near(mean(opened(fitted(png(wide), 96, 96, "stretch")), (2, 2, 28, 94)), RED)
    assert near(mean(opened(fitted(png(wide), 96, 96, "crop")), (0, 0, 96, 96)), (0, 255, 0))
    filled = opened(fitted(png(wide), 96, 96, "fill"))
    assert near(mean(filled, (4, 34, 28, 62)), RED)
    assert near(
        mean(filled, (4, 2, 28, 20)), RED, most=90
    )  # the bar above has the colour of what is below it


def test_what_is_see_through_stands_on_white() -> None:
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    assert opened(fitted(png(clear), 64, 64, "crop")).getpixel((5, 5)) == (255, 255, 255)


def test_a_mask_follows_its_picture_and_the_bars_are_to_be_painted() -> None:
    mask = Image.new("L", (100, 50), 0)
    filled = opened(fitted_mask(png(mask), 64, 64, "fill"))
    assert filled.mode == "L"
    assert filled.getpixel((32, 2)) == 255
    assert filled.getpixel((32, 32)) == 0
    half = mask.copy()
    half.paste(255, (50, 0, 100, 50))
    cropped = opened(fitted_mask(png(half), 64, 64, "crop"))
    assert (cropped.getpixel((5, 30)), cropped.getpixel((60, 30))) == (0, 255)


def test_outpainting_keeps_the_picture_and_masks_what_is_around_it() -> None:
    image = picture(128, 96)
    frame = zoom_out(128, 96, 1.5, LIMITS)
    made = outpainted(png(image), frame)
    canvas, mask = opened(made.canvas), opened(made.mask)
    assert canvas.size == mask.size == (192, 144)
    inner = (frame.left, frame.top, frame.left + 128, frame.top + 96)
    assert ImageChops.difference(canvas.crop(inner), image).getbbox() is None
    assert mask.mode == "L"
    assert mask.getpixel((96, 72)) == 0
    outside = mask.copy()
    outside.paste(255, inner)
    assert outside.getextrema() == (255, 255)


def test_the_mask_fades_out_inside_the_picture_and_only_at_the_seams() -> None:
    frame = pan(256, 256, "right", LIMITS)
    mask = opened(outpainted(png(picture(256, 256)), frame).mask)
    row = [mask.getpixel((x, 128)) for x in range(384)]
    assert row[0] == row[200] == 0
    assert row[256:] == [255] * 128
    ramp = row[230:256]
    assert ramp == sorted(ramp, key=lambda value: float(value) if isinstance(value, int) else 0)
    assert len(set(ramp)) > 5
    assert all(mask.getpixel((x, y)) == 0 for x in (0, 100) for y in (0, 255))


@pytest.mark.parametrize(
    ("direction", "colour"), [("left", RED), ("right", BLUE), ("up", (128, 0, 128)), ("down", (128, 0, 128))]
)
def test_empty_room_has_the_colours_beside_it_and_some_grain(
    direction: Direction, colour: tuple[int, int, int]
) -> None:
    frame = pan(128, 128, direction, LIMITS)
    canvas = opened(outpainted(png(halves(128, 128)), frame).canvas)
    empty = {
        "left": (0, 0, frame.left, 128),
        "right": (128, 0, frame.width, 128),
        "up": (0, 0, 128, frame.top),
        "down": (0, 128, 128, frame.height),
    }[direction]
    assert near(mean(canvas, empty), colour, most=60)
    spread = ImageStat.Stat(canvas.crop(empty)).stddev
    assert min(spread) > 3


def test_the_same_picture_gives_the_same_canvas() -> None:
    frame = zoom_out(64, 64, 2, LIMITS)
    assert outpainted(png(picture(64, 64)), frame) == outpainted(png(picture(64, 64)), frame)


def test_a_blend_has_something_of_every_picture() -> None:
    left, right = Image.new("RGB", (64, 64), "black"), Image.new("RGB", (200, 100), "black")
    left.paste((255, 0, 0), (0, 0, 32, 64))
    right.paste((0, 0, 255), (100, 0, 200, 100))
    mixed = opened(blended([png(left), png(right)], 64, 64))
    assert mixed.size == (64, 64)
    first, second = mixed.getpixel((8, 32)), mixed.getpixel((56, 32))
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert first[0] > 90 > first[2]
    assert second[2] > 90 > second[0]


def test_pictures_weigh_the_same_in_a_blend_whatever_their_order() -> None:
    pictures = [png(picture(64, 64, seed=seed)) for seed in range(5)]
    one, other = (opened(blended(order, 64, 64)) for order in (pictures, pictures[::-1]))
    assert max(ImageStat.Stat(ImageChops.difference(one, other)).mean) < 4
