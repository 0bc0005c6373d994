import pytest
from PIL import Image, ImageStat

from bot.errors import PictureTooLarge
from bot.imaging.codec import PictureKind, sniff
from bot.imaging.grid import MAX_SIDE, contact_sheet, xy_grid
from tests.unit.imaging.make import encoded, opened, picture

PLENTY = 8_000_000
RED, LIME, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def plain(colour: tuple[int, int, int], width: int = 200, height: int = 120) -> bytes:
    return encoded(Image.new("RGB", (width, height), colour), "PNG")


def colour_share(image: Image.Image, colour: tuple[int, int, int]) -> float:
    """How much of the picture has that colour."""
    close = 0
    for count, found in image.convert("RGB").getcolors(image.width * image.height) or []:
        assert isinstance(found, tuple)
        close += count * (max(abs(a - b) for a, b in zip(found, colour, strict=True)) < 40)
    return close / (image.width * image.height)


def test_a_sheet_shows_every_picture() -> None:
    pictures = [plain(RED)] * 4 + [plain(LIME)] * 4 + [plain(BLUE)] * 4
    data = contact_sheet(pictures, PLENTY)
    sheet = opened(data)
    assert sniff(data) is PictureKind.WEBP
    assert max(sheet.size) <= MAX_SIDE
    shares = [colour_share(sheet, colour) for colour in (RED, LIME, BLUE)]
    assert min(shares) > 0.25
    assert max(shares) - min(shares) < 0.02


def test_pictures_stand_in_their_order_with_their_numbers() -> None:
    sheet = opened(contact_sheet([plain(RED), plain(BLUE), plain(LIME), plain(LIME)], PLENTY))
    left = sheet.crop((60, 60, 190, 120))
    right = sheet.crop((270, 60, 400, 120))
    assert ImageStat.Stat(left).mean[0] > 200
    assert ImageStat.Stat(right).mean[2] > 200
    patch = sheet.crop((6, 6, 30, 24)).convert("L")
    assert colour_share(patch, RED) == 0
    assert patch.getextrema()[1] > 200  # type: ignore[operator]  # of one channel it is two numbers


@pytest.mark.parametrize("count", [1, 2, 11, 37, 100])
def test_a_sheet_of_any_number_stays_within_its_bounds(count: int) -> None:
    data = contact_sheet([encoded(picture(64, 96), "PNG")] * count, 400_000)
    assert len(data) <= 400_000
    assert max(opened(data).size) <= MAX_SIDE


def test_large_pictures_are_shown_smaller_and_small_ones_as_they_are() -> None:
    assert max(opened(contact_sheet([plain(RED, 2000, 1000)] * 12, PLENTY)).size) <= MAX_SIDE
    width, height = opened(contact_sheet([plain(RED, 64, 64)] * 4, PLENTY)).size
    assert (width, height) == (2 * 64 + 18, 2 * 64 + 18)


def test_pictures_of_several_sizes_keep_their_shapes() -> None:
    sheet = opened(contact_sheet([plain(RED, 100, 300), plain(BLUE, 300, 100)], PLENTY))
    assert colour_share(sheet, RED) == pytest.approx(colour_share(sheet, BLUE), abs=0.02)


def test_a_limit_that_cannot_be_kept_is_told() -> None:
    with pytest.raises(PictureTooLarge):
        contact_sheet([plain(RED)] * 4, 30)


def test_a_grid_has_its_labels_above_and_before_its_cells() -> None:
    cells = [plain(RED), plain(LIME), plain(BLUE), None]
    grid = opened(xy_grid(cells, ["Euler a", "DPM++ 2M"], ["7", "12"], PLENTY))
    bare = opened(xy_grid(cells, ["", ""], ["", ""], PLENTY))
    assert grid.width > bare.width == 2 * 200 + 18
    assert grid.height > bare.height == 2 * 120 + 18
    above = grid.crop((0, 0, grid.width, grid.height - bare.height)).convert("L")
    before = grid.crop((0, grid.height - bare.height, grid.width - bare.width, grid.height)).convert("L")
    for strip in (above, before):
        assert strip.getextrema()[1] > 180  # type: ignore[operator]  # of one channel it is two numbers
    assert colour_share(grid, RED) > 0.1
    assert colour_share(grid, (45, 47, 52)) > 0.1


def test_a_label_too_long_for_its_column_is_cut_and_the_cells_stay_as_large() -> None:
    short = opened(xy_grid([plain(RED)] * 2, ["a", "b"], ["1"], PLENTY))
    long = opened(xy_grid([plain(RED)] * 2, ["a" * 5000, "b"], ["1"], PLENTY))
    assert long.size == short.size


@pytest.mark.parametrize("label", ["猫", "مرحبا", "кот", "😀", "\n\t", "\u202e", "e\u0301clair"])
def test_any_label_can_be_drawn(label: str) -> None:
    assert opened(xy_grid([plain(RED)], [label], [label], PLENTY)).width > 200


def test_cells_have_to_fit_their_labels() -> None:
    with pytest.raises(ValueError, match="one cell"):
        xy_grid([plain(RED)] * 3, ["a", "b"], ["1", "2"], PLENTY)
