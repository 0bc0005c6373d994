"""Sizes by shape keep the model's own area; sizes in pixels are what they say."""

import pytest

from bot.errors import BadValue
from bot.model.sizes import PRESETS, read_size


@pytest.mark.parametrize(
    ("text", "side", "size"),
    [
        ("square", 512, (512, 512)),
        ("portrait 2:3", 512, (416, 640)),
        ("Portrait 2:3", 1024, (832, 1280)),
        ("16:9", 1024, (1344, 768)),
        ("wide 21:9", 1024, (1536, 640)),
        ("landscape", 512, (640, 416)),
        ("768x512", 512, (768, 512)),
        ("768 × 512", 1024, (768, 512)),
        ("1:1", 768, (768, 768)),
    ],
)
def test_a_size_is_read(text: str, side: int, size: tuple[int, int]) -> None:
    assert read_size(text, side) == size


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("side", [512, 768, 1024])
def test_a_shape_keeps_the_area(preset: str, side: int) -> None:
    width, height = read_size(preset, side)

    assert 0.9 <= width * height / side**2 <= 1.1
    assert width % 8 == height % 8 == 0


@pytest.mark.parametrize("text", ["", "big", "0:1", "1:9", "1:0", "x512", "2:3:4", "9" * 50 + ":1"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        read_size(text, 512)
