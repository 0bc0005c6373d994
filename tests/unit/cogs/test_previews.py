"""What a running job shows of its picture, and how often."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cogs.previews import Pace, Previews

COUNTS = st.integers(1, 500)


def a_picture(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


def test_one_job_alone_is_shown_as_often_as_the_host_says() -> None:
    assert Pace(lambda: 3.0).seconds(here=1, everywhere=1) == 3.0


@given(here=COUNTS, elsewhere=COUNTS)
def test_results_keep_room_in_discords_limits(here: int, elsewhere: int) -> None:
    everywhere = here + elsewhere
    seconds = Pace(lambda: 3.0).seconds(here=here, everywhere=everywhere)
    assert seconds >= 3.0
    assert here / seconds <= 1.0, "of about one message a second in a channel"
    assert everywhere / seconds <= 5.0, "of fifty requests a second in all"


def test_an_edit_that_discord_held_back_makes_the_next_ones_rarer_for_a_while() -> None:
    pace = Pace(lambda: 3.0)
    pace.edit_took(4.0)
    slow = pace.seconds(here=1, everywhere=1)
    for _ in range(5):
        pace.edit_took(0.1)
    assert slow > 10.0
    assert pace.seconds(here=1, everywhere=1) == 3.0


@pytest.mark.parametrize("size", [(2048, 2048), (64, 4000), (64, 96)])
async def test_a_preview_is_a_webp_as_wide_as_a_phone_shows_it(size: tuple[int, int]) -> None:
    preview = await Previews().of("job", a_picture(*size))
    assert preview is not None
    shown = Image.open(io.BytesIO(preview.data))
    assert shown.format == "WEBP"
    assert max(shown.size) == 512


async def test_the_same_bytes_are_looked_at_once() -> None:
    previews, sent = Previews(), a_picture(64, 64)
    assert await previews.of("job", sent) is await previews.of("job", sent)


@pytest.mark.parametrize("broken", [b"", b"no picture", a_picture(64, 64)[:60], a_picture(16_384, 4096)])
async def test_what_is_no_picture_or_a_huge_one_leaves_the_one_before(broken: bytes) -> None:
    previews = Previews()
    assert await previews.of("job", broken) is None
    before = await previews.of("job", a_picture(64, 64))
    assert await previews.of("job", broken) is before
