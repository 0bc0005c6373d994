"""Estimates of the time a request takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.model.work import HighresFix, Img2Img, Txt2Img, Upscale
from bot.queue.costs import UNMEASURED_SECONDS, Costs, order, units

PLAIN = Txt2Img(prompt="", seed=1, steps=20, width=1000, height=1000)


def test_before_anything_is_measured_a_picture_takes_twelve_seconds() -> None:
    estimate = Costs().estimate(PLAIN.model_copy(update={"batch_count": 3}))
    assert estimate.seconds == 3 * UNMEASURED_SECONDS
    assert estimate.low < estimate.seconds < estimate.high


@pytest.mark.parametrize(
    ("change", "factor"),
    [
        ({"steps": 40}, 2.0),
        ({"width": 2000}, 2.0),
        ({"batch_count": 2, "batch_size": 3}, 6.0),
        ({"sampler": "Heun"}, 2.0),
        ({"sampler": "DPM++ 2M"}, 1.0),
        # the first pass, then half of the steps on four times the pixels
        ({"highres_fix": HighresFix(upscaler="Latent", scale=2.0, denoising_strength=0.5)}, 3.0),
        ({"highres_fix": HighresFix(upscaler="Latent", scale=2.0, denoising_strength=0.5, steps=10)}, 2.0),
    ],
)
def test_time_goes_with_pixels_steps_order_and_pictures(change: dict[str, object], factor: float) -> None:
    costs = Costs()
    costs.learn(PLAIN, 10.0)
    assert costs.estimate(PLAIN.model_copy(update=change)).seconds == pytest.approx(10.0 * factor)


@pytest.mark.parametrize("name", ["DPM++ SDE", "DPM++ 2S a", "Heun", "DPM2", "DPM2 a", "Restart"])
def test_samplers_that_the_recordings_call_second_order_count_twice(name: str) -> None:
    assert order(name) == order(f"{name} Karras") == 2


@pytest.mark.parametrize(
    "name", ["Euler a", "DPM++ 2M", "DPM++ 2M SDE", "DPM++ 2M SDE Heun", "LMS", "", "猫"]
)
def test_all_others_count_once(name: str) -> None:
    assert order(name) == 1


def test_each_checkpoint_has_its_own_speed_and_a_new_one_that_of_all() -> None:
    costs = Costs()
    slow, fast, new = (PLAIN.model_copy(update={"checkpoint": name}) for name in ("slow", "fast", "new"))
    costs.learn(slow, 30.0)
    costs.learn(fast, 10.0)
    assert costs.estimate(slow).seconds == pytest.approx(30.0)
    assert costs.estimate(fast).seconds == pytest.approx(10.0)
    assert costs.estimate(new).seconds == pytest.approx(20.0)


def test_what_comes_in_again_and_again_is_believed_in_the_end_and_narrows_the_range() -> None:
    costs = Costs()
    costs.learn(PLAIN, 100.0)
    first = costs.estimate(PLAIN)
    for _ in range(40):
        costs.learn(PLAIN, 10.0)
    last = costs.estimate(PLAIN)
    assert last.seconds == pytest.approx(10.0, rel=0.01)
    assert (last.high - last.low) / last.seconds < (first.high - first.low) / first.seconds


def test_one_slow_picture_does_not_turn_everything_over() -> None:
    costs = Costs()
    for _ in range(20):
        costs.learn(PLAIN, 10.0)
    costs.learn(PLAIN, 60.0)
    assert costs.estimate(PLAIN).seconds == pytest.approx(20.0)


def test_what_was_learned_comes_back_after_a_restart() -> None:
    costs = Costs()
    costs.learn(PLAIN.model_copy(update={"checkpoint": "a"}), 7.0)
    again = Costs(costs.dump())
    assert again.estimate(PLAIN) == costs.estimate(PLAIN)
    assert again.dump() == costs.dump()


@pytest.mark.parametrize(
    "spoilt", [None, 5, "x", [], {"a": 5}, [5], [["", "", 0, 0, 0]], [["", "", "1", 2, 3]]]
)
def test_what_cannot_be_read_is_as_good_as_nothing(spoilt: JsonValue) -> None:
    assert Costs(spoilt).estimate(PLAIN).seconds == UNMEASURED_SECONDS


@pytest.mark.parametrize("seconds", [0.0, -5.0])
def test_a_time_that_cannot_be_teaches_nothing(seconds: float) -> None:
    costs = Costs()
    costs.learn(PLAIN, seconds)
    assert costs.dump() == []


def test_only_so_many_checkpoints_are_remembered() -> None:
    costs = Costs()
    for number in range(2100):
        costs.learn(PLAIN.model_copy(update={"checkpoint": f"model-{number}"}), 10.0)
    kept = costs.dump()
    assert isinstance(kept, list)
    assert len(kept) == 2000
    assert {"", "model-2099"} <= {row[1] for row in kept if isinstance(row, list)}


def test_each_back_end_has_its_own_speed_and_one_that_is_not_known_that_of_all() -> None:
    costs = Costs()
    costs.learn(PLAIN, 30.0, "slow")
    costs.learn(PLAIN, 10.0, "fast")
    assert costs.estimate(PLAIN, "slow").seconds == pytest.approx(30.0)
    assert costs.estimate(PLAIN, "fast").seconds == pytest.approx(10.0)
    assert costs.estimate(PLAIN, "new").seconds == costs.estimate(PLAIN).seconds == pytest.approx(20.0)
    other = PLAIN.model_copy(update={"checkpoint": "other"})
    assert costs.estimate(other, "slow").seconds == pytest.approx(30.0)
    assert costs.knows(PLAIN, "slow")
    assert not costs.knows(PLAIN, "new")


@given(
    steps=st.integers(0, 10**6),
    width=st.integers(0, 10**5),
    scale=st.floats(0, 8, allow_nan=False),
    pictures=st.integers(0, 200),
)
def test_an_estimate_is_a_positive_range_whatever_is_asked(
    steps: int, width: int, scale: float, pictures: int
) -> None:
    fix = HighresFix(upscaler="x", scale=scale)
    work = Txt2Img(prompt="", seed=1, steps=steps, width=width, batch_count=pictures, highres_fix=fix)
    costs = Costs()
    costs.learn(work, 3.0)
    estimate = costs.estimate(work)
    assert units(work) > 0
    assert 0 < estimate.low <= estimate.seconds <= estimate.high


def test_work_of_another_kind_has_a_speed_of_its_own() -> None:
    costs = Costs()
    drawing = Txt2Img(prompt="a cat", seed=1)
    enlarging = Upscale(inputs=("a",), sizes=((1000, 1000),), upscaler="R-ESRGAN 4x+", scale=2)
    before = costs.estimate(drawing).seconds
    costs.learn(enlarging, 8.0)
    assert costs.estimate(drawing).seconds == before
    larger = enlarging.model_copy(update={"scale": 4.0, "upscaler": "Lanczos"})
    assert costs.estimate(larger).seconds == pytest.approx(32.0)
    assert not costs.knows(larger)
    assert Costs(costs.dump()).knows(enlarging)


def test_from_a_picture_only_the_share_of_its_strength_is_drawn() -> None:
    whole = Img2Img(prompt="a cat", seed=1, init="a", strength=1.0)
    assert units(whole) == units(Txt2Img(prompt="a cat", seed=1))
    assert units(whole.model_copy(update={"strength": 0.5})) == pytest.approx(units(whole) / 2)
