"""Large WebP files, which another process decodes."""

import pytest
from PIL import Image, ImageChops

from bot.errors import CorruptPicture
from bot.imaging.apart import decoded_apart
from bot.imaging.codec import PictureLimits
from bot.imaging.intake import upright
from tests.unit.imaging.make import encoded, opened, picture

LIMITS = PictureLimits()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_large_webp_looks_as_pillow_decodes_it(mode: str) -> None:
    data = encoded(picture(8, 8, mode).resize((800, 784)), "WEBP", lossless=True, method=0)
    found = upright(data, LIMITS)
    assert (found.mode, found.size) == (mode, (800, 784))
    assert ImageChops.difference(found, opened(data)).getbbox() is None


def test_a_large_webp_that_breaks_off_is_refused() -> None:
    data = bytearray(encoded(picture(800, 800), "WEBP", quality=50, method=0))
    data[len(data) // 3 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 3)
    data = data[: len(data) // 2] + bytes(4)
    data[4:8] = (len(data) - 8).to_bytes(4, "little")
    with pytest.raises(CorruptPicture):
        upright(bytes(data), LIMITS)


def test_a_picture_of_another_size_than_was_looked_at_is_refused() -> None:
    with pytest.raises(OSError, match="cannot be decoded"):
        decoded_apart(encoded(Image.new("RGB", (8, 8)), "WEBP"), (9, 9))
