"""How a large batch is cut, and put together again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.work import Txt2Img, Upscale, Variation
from bot.queue.events import Progressed
from bot.queue.job import Job, State
from bot.queue.parts import next_part, of_all, whole_pictures, with_part
from tests.support import a_request, an_origin, some_pictures


def batch(count: int, size: int = 1) -> Txt2Img:
    return Txt2Img(prompt="", seed=100, batch_count=count, batch_size=size)


@pytest.mark.parametrize(
    ("count", "size", "drawn", "each", "longest", "expected"),
    [
        (8, 1, 0, 20.0, 60.0, (3, 1)),
        (8, 1, 6, 20.0, 60.0, (2, 1)),
        (2, 4, 0, 5.0, 60.0, (2, 4)),
        (4, 4, 0, 10.0, 60.0, (1, 4)),
        (2, 4, 0, 20.0, 60.0, (1, 3)),
        (2, 4, 7, 5.0, 60.0, (1, 1)),
        (8, 1, 0, 600.0, 60.0, (1, 1)),
        (8, 2, 0, 600.0, 0.0, (8, 2)),
    ],
)
def test_a_part_is_as_much_as_fits_and_never_less_than_a_picture(
    count: int, size: int, drawn: int, each: float, longest: float, expected: tuple[int, int]
) -> None:
    part = next_part(batch(count, size), drawn, each, longest)
    assert isinstance(part.work, Txt2Img)
    assert (part.work.batch_count, part.work.batch_size) == expected
    assert (part.first, part.work.seed) == (drawn, 100 + drawn)


@given(
    count=st.integers(1, 30),
    size=st.integers(1, 8),
    seconds=st.lists(st.floats(0.01, 500), min_size=1, max_size=5),
    longest=st.floats(0, 300),
)
def test_the_parts_together_draw_every_picture_once_however_the_speed_changes(
    count: int, size: int, seconds: list[float], longest: float
) -> None:
    work, seeds, drawn, turns = batch(count, size), list[int](), 0, 0
    while drawn < work.pictures:
        each = seconds[turns % len(seconds)]
        part = next_part(work, drawn, each, longest)
        assert isinstance(part.work, Txt2Img)
        assert part.work.batch_size <= size
        assert part.work.pictures == 1 or not longest or part.work.pictures * each <= longest * (1 + 1e-9)
        seeds += range(part.work.seed, part.work.seed + part.work.pictures)
        drawn += part.work.pictures
        turns += 1
        assert part.is_last == (drawn == work.pictures)
    assert seeds == list(range(100, 100 + count * size))


def test_with_a_variation_its_seed_goes_on_and_the_others_stays() -> None:
    work = batch(8).model_copy(update={"variation": Variation(seed=7, strength=0.1)})
    part = next_part(work, 3, 20.0, 60.0).work
    assert isinstance(part, Txt2Img)
    assert (part.seed, part.variation) == (100, Variation(seed=10, strength=0.1))


def test_what_is_not_drawn_from_a_seed_goes_as_a_whole() -> None:
    work = Upscale(inputs=("a", "b", "c"))
    part = next_part(work, 0, 600.0, 60.0)
    assert (part.work, part.first, part.is_last) == (work, 0, True)


def test_progress_is_of_the_whole_job() -> None:
    part = next_part(batch(8), 3, 20.0, 60.0)
    told = of_all(Progressed(job_id="x", fraction=0.5, per_second=0.1, eta_seconds=5.0), part)
    assert told.fraction == pytest.approx((3 + 1.5) / 8)
    assert told.per_second == pytest.approx(0.1 * 3 / 8)
    assert told.eta_seconds is None


@pytest.mark.parametrize(
    ("size", "results", "whole"), [(1, 3, 2), (4, 8, 4), (4, 6, 4), (4, 4, 0), (1, 0, 0)]
)
def test_what_was_drawn_last_is_what_an_interrupt_left_unfinished(
    size: int, results: int, whole: int
) -> None:
    assert whole_pictures(batch(8, size), results) == whole


def test_a_part_that_came_short_moves_the_later_pictures_up_and_not_their_seeds() -> None:
    job = Job(
        id="0" * 16,
        state=State.RUNNING,
        request=a_request(pictures=6),
        origin=an_origin(),
        tag=0,
        cost=6000,
        created_at=0.0,
        attempts=1,
    )
    job = with_part(job, some_pictures(2, drawn=3))
    job = with_part(job, some_pictures(3, first=3, drawn=3))
    assert [picture.index for picture in job.pictures] == [0, 1, 2, 3, 4]
    assert [picture.seed for picture in job.pictures] == [1, 2, 4, 5, 6]
    assert (job.drawn, job.cost_left) == (6, 0)


def test_pictures_with_prompts_of_their_own_go_in_requests_of_their_own() -> None:
    work = batch(2, 2).model_copy(update={"prompts": ("red", "red", "blue", "red"), "prompt": "red"})
    parts = [next_part(work, drawn, 1.0, 0.0).work for drawn in (0, 2, 3)]

    drawings = [part for part in parts if isinstance(part, Txt2Img)]
    assert [(part.prompt, part.pictures, part.seed) for part in drawings] == [
        ("red", 2, 100),
        ("blue", 1, 102),
        ("red", 1, 103),
    ]
    assert all(part.prompts == () for part in drawings)
