"""What is asked for when something is made of a result: the very picture, and nothing but what was wanted."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.catalog import Offer
from bot.errors import Gone
from bot.model.framing import Frame
from bot.model.work import (
    Describe,
    HighresFix,
    Img2Img,
    Inpaint,
    Refiner,
    Request,
    Txt2Img,
    Upscale,
    Variation,
    Work,
)
from bot.queue.job import Job, Picture
from cogs.sources import Source
from cogs.variations import (
    begun_with,
    blending,
    enhanced,
    one_of,
    outpainting,
    redrawn_larger,
    revaried,
    varied,
    with_new_seed,
    without_picture,
)
from config.settings import load
from tests.unit.backends.stage import a_job

SETTINGS = load({}, None, dotenv=False)
SOURCE = Source(input="a" * 40, data=b"", width=300, height=200)
WORK = Txt2Img(
    prompt="a cat",
    seed=10,
    styles=("oil",),
    batch_count=2,
    batch_size=2,
    refiner=Refiner(checkpoint="b"),
    override={"eta_noise_seed_delta": 1},
)


def a_picture(index: int, seed: int, subseed: int | None = None, prompt: str = "a cat") -> Picture:
    return Picture(
        index=index,
        file="x.png",
        kind="png",
        width=64,
        height=64,
        size=1,
        seed=seed,
        subseed=subseed,
        prompt=prompt,
        infotext="",
    )


def done(work: Work = WORK, *pictures: Picture) -> Job:
    drawn = pictures or tuple(a_picture(index, 10 + index) for index in range(4))
    return replace(a_job(), request=Request(work=work, spoiler=True), pictures=drawn)


def drawing(request: Request) -> Any:
    return request.work


def test_one_picture_of_a_batch_is_asked_for_by_its_own_seed_alone() -> None:
    job = done()
    request = one_of(job, 3)
    expected = WORK.model_copy(update={"seed": 13, "batch_count": 1, "batch_size": 1})
    assert request.work == expected
    assert (request.source, request.source_picture, request.spoiler) == (job.id, 3, True)


def test_one_picture_of_a_varied_batch_keeps_its_own_second_seed() -> None:
    work = WORK.model_copy(update={"variation": Variation(seed=100, strength=0.2)})
    job = done(work, a_picture(0, 10, 100), a_picture(1, 10, 101))
    assert drawing(one_of(job, 1)).variation == Variation(seed=101, strength=0.2)


def test_where_an_extension_gave_each_picture_its_prompt_that_one_counts() -> None:
    job = done(WORK, a_picture(0, 10, prompt="a red cat"), a_picture(1, 11, prompt="a blue cat"))
    work = drawing(one_of(job, 1))
    assert (work.prompt, work.styles, work.extra_networks) == ("a blue cat", (), ())


@pytest.mark.parametrize("work", [Upscale(inputs=("a",)), Describe(input="a")])
def test_what_was_not_drawn_cannot_be_drawn_again(work: Work) -> None:
    with pytest.raises(Gone):
        one_of(done(work, a_picture(0, 1)), 0)
    with pytest.raises(Gone):
        one_of(done(), 9)


def test_a_variation_differs_in_the_noise_that_is_mixed_in_and_nothing_else() -> None:
    request = one_of(done(), 0)
    subtle, strong = varied(request, strong=False), varied(request, strong=True)
    assert subtle is not None
    assert strong is not None
    assert drawing(subtle).variation.strength < drawing(strong).variation.strength
    assert drawing(subtle).model_copy(update={"variation": None}) == request.work


def test_a_variation_of_a_variation_begins_with_the_picture_itself() -> None:
    work = WORK.model_copy(update={"variation": Variation(seed=1, strength=0.2)})
    request = one_of(done(work, a_picture(0, 10, 1)), 0)
    assert varied(request, strong=True) is None
    again = drawing(revaried(request, SOURCE, strong=True, settings=SETTINGS))
    assert (again.init, again.variation, again.width, again.height) == (SOURCE.input, None, 296, 200)


def test_a_picture_to_begin_with_gives_its_shape_and_takes_the_usual_number_of_pixels() -> None:
    request = begun_with(Request(work=WORK), SOURCE, SETTINGS)
    work = drawing(request)
    assert isinstance(work, Img2Img)
    assert (work.strength, work.init, work.resize_mode) == (0.75, SOURCE.input, "crop")
    assert work.width / work.height == pytest.approx(1.5, rel=0.05)
    assert work.width * work.height == pytest.approx(512 * 512, rel=0.05)
    assert (work.styles, work.refiner, work.override) == (WORK.styles, WORK.refiner, WORK.override)


def test_a_second_pass_is_dropped_and_told_where_a_picture_is_begun_with() -> None:
    fix = HighresFix(upscaler="Latent")
    request = begun_with(Request(work=WORK.model_copy(update={"highres_fix": fix})), SOURCE, SETTINGS)
    assert [(one.field, one.reason) for one in request.adjustments] == [("highres_fix", "not_with_picture")]
    assert without_picture(request, None) is request
    assert without_picture(request, 0.5).adjustments[-1].reason == "needs_picture"


def test_enhancing_adds_a_second_pass_to_the_same_seed() -> None:
    request = one_of(done(), 2)
    larger = enhanced(request, Offer(known=True, latent_upscale_modes=("Latent",)), SETTINGS)
    assert larger is not None
    assert drawing(larger).seed == 12
    assert drawing(larger).highres_fix.upscaler == "Latent"
    assert drawing(larger).model_copy(update={"highres_fix": None}) == request.work


def test_what_had_a_second_pass_is_drawn_larger_over_itself() -> None:
    fix = HighresFix(upscaler="Latent")
    request = one_of(done(WORK.model_copy(update={"highres_fix": fix})), 0)
    assert enhanced(request, Offer(), SETTINGS) is None
    work = drawing(redrawn_larger(request, SOURCE, SETTINGS))
    assert (work.width, work.height) == (448, 296)
    assert (work.seed, work.init) == (10, SOURCE.input)
    assert work.strength < 0.5


def test_painting_around_takes_the_size_of_the_canvas() -> None:
    frame = Frame(width=600, height=400, left=150, top=100, inner_width=300, inner_height=200)
    request = outpainting(one_of(done(), 0), SOURCE, frame, canvas="c", mask="m", settings=SETTINGS)
    work = drawing(request)
    assert (work.width, work.height, work.init) == (600, 400, "c")
    assert work.inpaint == Inpaint(mask="m", outside=True)


def test_a_blend_begins_with_the_canvas_at_its_size() -> None:
    work = drawing(blending(Request(work=WORK), SOURCE, SETTINGS, None))
    assert (work.width, work.height, work.init) == (296, 200, SOURCE.input)


@given(st.integers(64, 5000), st.integers(64, 5000))
def test_whatever_is_begun_with_stays_within_the_limits(width: int, height: int) -> None:
    source = replace(SOURCE, width=width, height=height)
    for request in (
        begun_with(Request(work=WORK), source, SETTINGS),
        redrawn_larger(Request(work=WORK), source, SETTINGS),
    ):
        work = drawing(request)
        assert work.width <= SETTINGS.limits.max_width
        assert work.height <= SETTINGS.limits.max_height
        assert work.width * work.height <= SETTINGS.limits.max_pixels
        assert work.width % 8 == work.height % 8 == 0


def test_another_seed_changes_nothing_else() -> None:
    request = one_of(done(), 0)
    other = with_new_seed(request)
    assert drawing(other).seed != 10
    assert drawing(other).model_copy(update={"seed": 10}) == request.work
