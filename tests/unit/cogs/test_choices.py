"""What the selects of the edit panel offer, and what choosing does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.catalog import Offer
from bot.errors import BadValue, Gone
from bot.model.draft import Draft
from bot.model.work import Img2Img, Request, Txt2Img
from bot.webui.wire import Checkpoint
from cogs.choices import MAX_OPTIONS, PER_PAGE, USUAL, choices_for, page_of
from cogs.drafting import asked_for, with_choice, with_seed, with_strength, with_texts
from config.settings import load

SETTINGS = load({}, None, dotenv=False)


def draft(**work: object) -> Draft:
    return Draft.of(Request(work=Txt2Img.model_validate({"prompt": "a cat", "seed": 1, **work})))


def begun_with_a_picture() -> Draft:
    return Draft.of(Request(work=Img2Img(prompt="a cat", seed=1, init="x")))


def offer(count: int, length: int = 5) -> Offer:
    names = [f"{number:0{length}}" for number in range(count)]
    return Offer(known=True, checkpoints=tuple(Checkpoint(title=name, model_name=name) for name in names))


@given(count=st.integers(0, 200))
def test_every_checkpoint_is_on_exactly_one_page_and_no_page_is_too_long(count: int) -> None:
    choices = choices_for("checkpoint", draft(), offer(count), SETTINGS)
    seen, number = [], 0
    while True:
        page = page_of(choices, number)
        assert len(page.choices) + (page.before is not None) + (page.behind is not None) <= MAX_OPTIONS
        seen += [choice.value for choice in page.choices]
        if page.behind is None:
            break
        number = page.behind
    assert seen == [choice.value for choice in choices]
    assert len(set(seen)) == count + 1


def test_a_page_that_is_not_there_is_the_last() -> None:
    choices = choices_for("checkpoint", draft(), offer(PER_PAGE * 2), SETTINGS)
    assert page_of(choices, 99) == page_of(choices, 2)


@given(width=st.integers(8, 256), height=st.integers(8, 256))
def test_shapes_keep_about_as_many_pixels_and_can_be_drawn(width: int, height: int) -> None:
    begun = draft(width=width * 8, height=height * 8)
    for choice in choices_for("size", begun, offer(0), SETTINGS):
        chosen = with_choice(begun, "size", choice.value, offer(0), SETTINGS).work
        assert chosen.width % 8 == chosen.height % 8 == 0
        assert len(choice.value) <= 100


def test_a_name_that_discord_finds_too_long_can_be_chosen() -> None:
    there = offer(3, length=150)
    name = there.checkpoints[2].model_name
    choice = choices_for("checkpoint", draft(), there, SETTINGS)[3]
    assert len(choice.value) <= 100
    assert with_choice(draft(), "checkpoint", choice.value, there, SETTINGS).work.checkpoint == name


def test_the_usual_checkpoint_can_be_chosen_again() -> None:
    assert with_choice(draft(checkpoint="x"), "checkpoint", USUAL, offer(1), SETTINGS).work.checkpoint is None


def test_what_is_no_longer_offered_is_gone() -> None:
    with pytest.raises(Gone):
        with_choice(draft(), "checkpoint", "vanished", offer(1), SETTINGS)


@pytest.mark.parametrize("seed", ["seven", "1.5", "-2", "٣", "9" * 30])
def test_a_seed_that_is_none_is_refused(seed: str) -> None:
    with pytest.raises(BadValue):
        with_seed(draft(), seed)


@pytest.mark.parametrize("strength", ["much", "1.5", "-0.1", "nan"])
def test_a_strength_that_is_none_is_refused(strength: str) -> None:
    with pytest.raises(BadValue):
        with_strength(begun_with_a_picture(), strength)


def test_a_strength_may_be_typed_with_a_comma_and_is_told_on_the_card() -> None:
    changed = with_strength(begun_with_a_picture(), "0,5")
    assert [(one.field, one.before, one.after) for one in asked_for(changed, SETTINGS).changes] == [
        ("strength", "0.75", "0.5")
    ]


def test_an_empty_seed_draws_one() -> None:
    assert len({with_seed(draft(), "").work.seed for _ in range(5)}) > 1


@given(prompt=st.text(max_size=50), second=st.text(max_size=50))
def test_texts_come_back_as_they_were_sent(prompt: str, second: str) -> None:
    sent = {"prompt_first": prompt, "prompt_second": second, "negative_first": "no"}
    work = with_texts(draft(), sent).work
    assert (work.prompt, work.negative_prompt) == (prompt + second, "no")


def test_what_the_dialog_had_no_field_for_stays() -> None:
    assert with_texts(draft(negative_prompt="long"), {"seed": "1"}).work.negative_prompt == "long"


def test_the_request_says_what_changed_and_keeps_the_rest() -> None:
    begun = Draft.of(Request(work=Txt2Img(prompt="a cat", seed=1), spoiler=True, source="x"))
    request = asked_for(begun.with_work(steps=500, prompt="a dog"), SETTINGS)
    assert (request.spoiler, request.source) == (True, "x")
    assert [(one.field, one.before, one.after) for one in request.changes] == [
        ("prompt", None, None),
        ("steps", "30", "50"),
    ]
    assert [one.reason for one in request.adjustments] == ["over_maximum"]
