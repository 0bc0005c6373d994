"""What a message may carry, and how pictures share it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cogs.uploads import PICTURES_PER_MESSAGE, Room, parcels
from tests.support import a_picture

SIZES = st.lists(st.integers(1, 10**8), min_size=1, max_size=10)
ROOMS = st.builds(Room, file=st.integers(10**5, 10**8), total=st.integers(10**6, 3 * 10**7))


@given(SIZES, ROOMS)
def test_no_file_and_no_message_goes_over_its_limit(sizes: list[int], room: Room) -> None:
    allowed = room.within(sizes)
    assert sum(allowed) <= room.total
    assert all(most <= min(size, room.file) for size, most in zip(sizes, allowed, strict=True))


@given(SIZES, ROOMS)
def test_what_fits_is_left_as_it_is(sizes: list[int], room: Room) -> None:
    if sum(sizes) <= room.total and max(sizes) <= room.file:
        assert room.within(sizes) == sizes


@given(SIZES, ROOMS)
def test_a_smaller_file_never_pays_for_a_larger_one(sizes: list[int], room: Room) -> None:
    shares = sorted(zip(sizes, room.within(sizes), strict=True))
    reduced = [most for size, most in shares if most < min(size, room.file)]
    kept = [most for size, most in shares if most == size]
    assert not reduced or not kept or max(kept) <= min(reduced) + len(sizes)


@given(SIZES, ROOMS)
def test_what_was_refused_is_tried_at_half(sizes: list[int], room: Room) -> None:
    assert sum(room.halved(sizes).within(sizes)) <= sum(room.within(sizes)) / 2


@given(st.lists(st.integers(1, 10**8), max_size=40), ROOMS)
def test_every_file_that_fits_goes_out_once_in_as_many_messages_as_need_be(
    sizes: list[int], room: Room
) -> None:
    pictures = [replace(a_picture(index), size=size) for index, size in enumerate(sizes)]
    sent = list(parcels(pictures, room))
    fitting = [one for one in pictures if one.size <= min(room.file, room.total)]
    assert [one for parcel in sent for one in parcel] == fitting
    assert all(0 < len(parcel) <= PICTURES_PER_MESSAGE for parcel in sent)
    assert all(sum(one.size for one in parcel) <= room.total for parcel in sent)
