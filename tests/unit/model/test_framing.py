import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadValue
from bot.model.framing import Direction, Frame, extended, pan, shaped_like, square, zoom_out
from bot.model.limits import Limits

LIMITS = Limits(max_width=2048, max_height=2048, max_pixels=2048 * 2048)

sides = st.integers(64, 6000)


def margins(frame: Frame) -> tuple[int, int, int, int]:
    return frame.left, frame.right, frame.top, frame.bottom


@pytest.mark.parametrize(("factor", "side"), [(1.5, 768), (2, 1024)])
def test_zooming_out_leaves_the_picture_as_large_as_it_was_in_the_middle(factor: float, side: int) -> None:
    frame = zoom_out(512, 512, factor, LIMITS)
    assert (frame.width, frame.height) == (side, side)
    assert (frame.inner_width, frame.inner_height) == (512, 512)
    assert margins(frame) == ((side - 512) // 2,) * 4


def test_where_the_limits_leave_no_room_the_picture_becomes_smaller() -> None:
    frame = zoom_out(1024, 1024, 2, Limits(max_width=1024, max_height=1024))
    assert (frame.width, frame.height) == (1024, 1024)
    assert (frame.inner_width, frame.inner_height) == (512, 512)


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("left", (256, 0, 0, 0)),
        ("right", (0, 256, 0, 0)),
        ("up", (0, 0, 384, 0)),
        ("down", (0, 0, 0, 384)),
    ],
)
def test_a_pan_adds_half_on_the_side_it_goes_to(
    direction: Direction, expected: tuple[int, int, int, int]
) -> None:
    assert margins(pan(512, 768, direction, LIMITS)) == expected


@pytest.mark.parametrize(
    ("size", "expected"), [((512, 768), (128, 128, 0, 0)), ((768, 512), (0, 0, 128, 128))]
)
def test_a_square_grows_on_the_shorter_side(
    size: tuple[int, int], expected: tuple[int, int, int, int]
) -> None:
    frame = square(*size, LIMITS)
    assert (frame.width, frame.height) == (768, 768)
    assert margins(frame) == expected


def test_a_square_is_not_made_square_again() -> None:
    with pytest.raises(BadValue):
        square(512, 512, LIMITS)


@given(sides, sides, *[st.integers(0, 3000)] * 4, st.integers(64, 4096), st.integers(4096, 2**24))
def test_every_canvas_can_be_drawn_and_holds_the_picture(
    width: int, height: int, left: int, right: int, top: int, bottom: int, most: int, pixels: int
) -> None:
    limits = Limits(max_width=most, max_height=most, max_pixels=pixels)
    frame = extended(width, height, limits, left=left, right=right, top=top, bottom=bottom)
    assert frame.width % 8 == frame.height % 8 == 0
    assert 64 <= frame.width <= most
    assert 64 <= frame.height <= most
    assert frame.width * frame.height <= max(pixels, 64 * most)
    assert min(margins(frame)) >= 0
    assert frame.inner_width > 0
    assert frame.inner_height > 0
    for asked, given_side in zip((left, right, top, bottom), margins(frame), strict=True):
        assert asked or not given_side


@given(sides, sides, st.integers(64 * 64, 2**22))
def test_a_size_shaped_like_a_picture_is_about_as_large_as_asked(
    width: int, height: int, pixels: int
) -> None:
    w, h = shaped_like(width, height, pixels, LIMITS)
    assert w % 8 == h % 8 == 0
    assert 64 <= min(w, h) <= max(w, h) <= 2048
    if 1 / 4 < width / height < 4 and pixels >= 512 * 512:
        assert w / h == pytest.approx(width / height, rel=0.1)
        assert 0.9 * pixels <= w * h <= pixels or max(w, h) == 2048
