"""A request is fitted into its limits, and every change is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadValue
from bot.model.limits import Limits, fit
from bot.model.work import HighresFix, Img2Img, Inpaint, Txt2Img, Upscale

LIMITS = Limits(max_steps=50, max_width=2048, max_height=2048, max_pixels=2048 * 1024, max_pictures=10)


def work(**changes: object) -> Txt2Img:
    return Txt2Img.model_validate({"prompt": "a cat", "seed": 1, **changes})


def told(fitted: tuple[Txt2Img, tuple[object, ...]]) -> list[tuple[str, str, str, str]]:
    return [(a.field, a.asked, a.given, a.reason) for a in fitted[1]]  # type: ignore[attr-defined]


def test_what_is_within_the_limits_is_left_alone() -> None:
    request = work(steps=20, width=512, height=768)
    assert fit(request, LIMITS) == (request, ())


def test_steps_over_the_maximum_are_lowered_and_told() -> None:
    fitted = fit(work(steps=500), LIMITS)
    assert fitted[0].steps == 50
    assert told(fitted) == [("steps", "500", "50", "over_maximum")]


def test_a_side_becomes_a_multiple_of_eight() -> None:
    fitted = fit(work(width=65), LIMITS)
    assert fitted[0].width == 64
    assert told(fitted) == [("width", "65", "64", "multiple_of_8")]


def test_a_huge_side_is_lowered_to_the_maximum() -> None:
    fitted = fit(work(width=100_000), LIMITS)
    assert fitted[0].width == 2048
    assert ("width", "100000", "2048", "over_maximum") in told(fitted)


@pytest.mark.parametrize("name", ["width", "height"])
@pytest.mark.parametrize("side", [0, 7, -64, 63])
def test_a_side_too_small_is_refused(name: str, side: int) -> None:
    with pytest.raises(BadValue) as caught:
        fit(work(**{name: side}), LIMITS)
    assert (caught.value.field, caught.value.reason) == (name, "too_small")


@pytest.mark.parametrize(
    ("name", "value"), [("steps", 0), ("steps", -3), ("clip_skip", 0), ("cfg_scale", 0.5)]
)
def test_less_than_the_least_is_refused(name: str, value: float) -> None:
    with pytest.raises(BadValue):
        fit(work(**{name: value}), LIMITS)


def test_the_second_pass_gives_way_to_the_final_size() -> None:
    limits = Limits(max_width=1024, max_height=1024, max_pixels=1024 * 1024)
    fitted = fit(work(width=768, height=768, highres_fix=HighresFix(upscaler="Latent", scale=2.0)), limits)
    assert fitted[0].highres_fix is not None
    assert fitted[0].highres_fix.scale == 1.33
    assert told(fitted) == [("highres_fix", "2×", "1.33×", "over_maximum")]


def test_a_second_pass_without_room_is_left_out_and_told() -> None:
    limits = Limits(max_width=512, max_height=512, max_pixels=512 * 512)
    fitted = fit(work(highres_fix=HighresFix(upscaler="Latent")), limits)
    assert fitted[0].highres_fix is None
    assert [field for field, *_ in told(fitted)] == ["highres_fix"]


def test_a_batch_is_cut_to_the_most_pictures() -> None:
    fitted = fit(work(batch_count=99), LIMITS)
    assert fitted[0].pictures == 10
    assert told(fitted) == [("batch", "99", "10", "over_maximum")]


@pytest.mark.parametrize("batch", [(0, 1), (1, 0), (-2, 1)])
def test_a_batch_of_nothing_is_refused(batch: tuple[int, int]) -> None:
    with pytest.raises(BadValue):
        fit(work(batch_count=batch[0], batch_size=batch[1]), LIMITS)


@given(
    width=st.integers(64, 10**6),
    height=st.integers(64, 10**6),
    steps=st.integers(1, 10**6),
    count=st.integers(1, 1000),
    size=st.integers(1, 1000),
    scale=st.floats(1.01, 8),
)
def test_whatever_is_asked_stays_within_every_limit(
    width: int, height: int, steps: int, count: int, size: int, scale: float
) -> None:
    asked = work(
        width=width,
        height=height,
        steps=steps,
        batch_count=count,
        batch_size=size,
        highres_fix=HighresFix(upscaler="Latent", scale=scale),
    )
    fitted, _ = fit(asked, LIMITS)
    final_width, final_height = fitted.final_size
    assert final_width <= LIMITS.max_width
    assert final_height <= LIMITS.max_height
    assert final_width * final_height <= LIMITS.max_pixels
    assert fitted.steps <= LIMITS.max_steps
    assert 1 <= fitted.pictures <= LIMITS.max_pictures
    assert fit(fitted, LIMITS) == (fitted, ())


def test_the_strength_and_the_mask_of_a_picture_are_held_in_their_bounds() -> None:
    inpaint = Inpaint(mask="b", blur=100, padding=999)
    fitted, told_of = fit(Img2Img(prompt="a cat", seed=1, init="a", strength=1.5, inpaint=inpaint), LIMITS)
    assert fitted.strength == 1.0
    assert fitted.inpaint is not None
    assert (fitted.inpaint.blur, fitted.inpaint.padding) == (64, 256)
    assert {item.field for item in told_of} == {"strength", "mask_blur", "padding"}
    with pytest.raises(BadValue):
        fit(Img2Img(prompt="a cat", seed=1, init="a", strength=-0.1), LIMITS)


@given(st.integers(64, 3000), st.integers(64, 3000), st.floats(1, 20))
def test_an_enlarged_picture_is_never_larger_than_allowed(width: int, height: int, scale: float) -> None:
    limits = Limits(max_upscaled_pixels=3000 * 3000)
    fitted, _ = fit(Upscale(inputs=("a",), sizes=((width, height),), scale=scale), limits)
    assert isinstance(fitted, Upscale)
    assert all(w * h <= limits.max_upscaled_pixels for w, h in fitted.final_sizes)


def test_an_exact_size_keeps_its_shape_when_it_is_lowered() -> None:
    limits = Limits(max_upscaled_pixels=1000 * 1000)
    fitted, told_of = fit(Upscale(inputs=("a",), sizes=((64, 64),), size=(4000, 1000)), limits)
    assert isinstance(fitted, Upscale)
    assert fitted.size == (2000, 500)
    assert [item.field for item in told_of] == ["size"]


def test_the_second_pass_takes_no_more_steps_than_the_first_may() -> None:
    work = Txt2Img(prompt="a cat", seed=1, highres_fix=HighresFix(upscaler="Latent", steps=99))

    fitted, told = fit(work, Limits(max_steps=20))

    assert fitted.highres_fix is not None
    assert fitted.highres_fix.steps == 20
    assert [(one.field, one.asked, one.given) for one in told if one.field == "hr_steps"] == [
        ("hr_steps", "99", "20")
    ]
