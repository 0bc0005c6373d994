"""How far a job is, in words."""

import pytest

from bot.l10n.catalog import Catalog
from bot.model.work import Drawing, HighresFix, Img2Img, Txt2Img, Upscale
from bot.queue.events import Progressed
from cogs.present import Voice
from cogs.progress import progress_words, steps_of

VOICE = Voice(Catalog.load(), "en-US")
ONE = Txt2Img(prompt="a", seed=1, steps=20)


def progressed(fraction: float = 0.5, **known: float) -> Progressed:
    return Progressed(job_id="job", fraction=fraction, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("work", "steps"),
    [
        (ONE, 20),
        (Txt2Img(prompt="a", seed=1, steps=20, batch_count=3, batch_size=2), 60),
        (Txt2Img(prompt="a", seed=1, steps=20, highres_fix=HighresFix(upscaler="u")), 40),
        (Txt2Img(prompt="a", seed=1, steps=20, highres_fix=HighresFix(upscaler="u", steps=5)), 25),
        (Img2Img(prompt="a", seed=1, steps=20, init="i", strength=0.5), 11),
        (Img2Img(prompt="a", seed=1, steps=20, init="i", strength=1.0), 20),
    ],
)
def test_a_second_pass_and_every_iteration_have_steps(work: Drawing, steps: int) -> None:
    assert steps_of(work) == steps


def test_what_the_web_ui_does_not_say_follows_from_the_share_where_there_is_one_pass() -> None:
    assert progress_words(VOICE, ONE, progressed(0.45)) == ["step 9 of 20"]


def test_of_several_the_picture_is_named_and_no_step_guessed() -> None:
    four = ONE.model_copy(update={"batch_count": 4})
    assert progress_words(VOICE, four, progressed(0.6)) == ["picture 3 of 4"]
    assert progress_words(VOICE, four, progressed(1.0)) == ["picture 4 of 4"]


@pytest.mark.parametrize(("per_second", "words"), [(0.2, "4.0 steps/s"), (0.01, "5.0 s a step")])
def test_the_speed_is_told_in_the_unit_that_reads_well(per_second: float, words: str) -> None:
    assert words in progress_words(VOICE, ONE, progressed(per_second=per_second))


def test_the_time_that_is_left_is_measured_where_it_can_be() -> None:
    assert "5 s left" in progress_words(VOICE, ONE, progressed(per_second=0.1, eta_seconds=40))
    assert "40 s left" in progress_words(VOICE, ONE, progressed(eta_seconds=40))


def test_work_without_steps_says_none() -> None:
    assert progress_words(VOICE, Upscale(inputs=("i",)), progressed()) == []
