"""The English texts: one for every error, with values that the error has, within Discord's limits."""

import dataclasses
import re
import string
from importlib import resources

import pytest

from bot.errors import EaselError
from bot.l10n.catalog import Catalog, Language, placeholders, read_language

EXTRA_VALUES = {
    "error.unknown_name": {"list"},
    "error.internal": {"reference"},
    "error.bad_value": {"why"},
    "error.bad_value.nearest": {"why"},
}
"""Values that are made for the text and are no field of the error."""
DRAW_OPTIONS = (
    *("prompt", "negative_prompt", "data_model", "steps", "width", "height", "guidance_scale", "sampler"),
    *("scheduler", "seed", "styles", "extra_net", "facefix", "highres_fix", "clip_skip", "vae", "batch"),
    *("override", "spoiler", "check"),
)


def every_error(base: type[EaselError] = EaselError) -> list[type[EaselError]]:
    """Those of the tree, without what a test may have derived from it."""
    children = [child for child in base.__subclasses__() if child.__module__ == EaselError.__module__]
    return [base, *(error for child in children for error in every_error(child))]


def fields(error: type[EaselError]) -> set[str]:
    return {field.name for field in dataclasses.fields(error)} if dataclasses.is_dataclass(error) else set()


@pytest.fixture(scope="module")
def english() -> Language:
    return read_language(resources.files("bot.l10n").joinpath("messages", "en.po"))


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_every_error_has_a_text_whose_values_it_can_give(error: type[EaselError], english: Language) -> None:
    key = f"error.{error.code}"

    for name in (key, f"{key}.nearest"):
        for text in english.texts.get(name, () if name.endswith(".nearest") else ("{missing}",)):
            assert placeholders(text) <= fields(error) | EXTRA_VALUES.get(name, set())


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_an_error_with_near_names_has_a_text_that_shows_them(
    error: type[EaselError], english: Language
) -> None:
    key = f"error.{error.code}.nearest"

    assert ("nearest" in fields(error)) == (key in english.texts)
    for text in english.texts.get(key, ()):
        assert "nearest" in placeholders(text)


def test_every_error_code_is_used_once() -> None:
    codes = [error.code for error in every_error()]

    assert sorted(codes) == sorted(set(codes))


def test_error_texts_are_short_whole_sentences_without_technical_words(english: Language) -> None:
    technical = re.compile(r"https?:|HTTP|JSON|\b[45]\d\d\b|exception|traceback|NaN|\bSQL", re.IGNORECASE)
    texts = {key: forms[0] for key, forms in english.texts.items() if key.startswith("error.")}

    assert texts
    assert {key for key, text in texts.items() if len(text) > 200} == set()
    assert {key for key, text in texts.items() if technical.search(text)} == set()
    assert {key for key, text in texts.items() if not text[0].isupper() and text[0] not in "{`"} == set()
    assert {key for key, text in texts.items() if text[-1] not in ".?`"} == set()


def test_every_command_and_option_has_a_description_that_discord_takes(english: Language) -> None:
    wanted = {f"option.draw.{name}" for name in DRAW_OPTIONS}
    wanted |= {f"command.{name}" for name in ("draw", "queue", "info", "help")}

    assert wanted <= english.texts.keys()
    described = {k: v[0] for k, v in english.texts.items() if k.startswith(("command.", "option."))}
    assert {key for key, text in described.items() if not 1 <= len(text) <= 100} == set()


def test_the_descriptions_of_draw_leave_room_in_its_8000_characters(english: Language) -> None:
    described = sum(len(v[0]) for k, v in english.texts.items() if k.startswith("option.draw."))

    assert described < 2500  # three times as many options and a wordier language still fit


def test_button_labels_fit_a_phone(english: Language) -> None:
    labels = {key: forms[0] for key, forms in english.texts.items() if key.startswith("button.")}

    assert labels
    assert {key for key, text in labels.items() if len(text) > 20} == set()


def test_plural_forms_differ_and_hold_the_same_values(english: Language) -> None:
    plurals = {key: forms for key, forms in english.texts.items() if len(forms) > 1}

    assert plurals
    for forms in plurals.values():
        assert len(set(forms)) == len(forms) == 2
        assert "n" in placeholders(forms[1])
        assert placeholders(forms[0]) <= placeholders(forms[1])


def test_keys_are_lower_case_words_with_dots(english: Language) -> None:
    allowed = set(string.ascii_lowercase + string.digits + "_.")

    assert {key for key in english.texts if not set(key) <= allowed} == set()


def test_braces_are_placeholders_and_nothing_else(english: Language) -> None:
    strange = re.compile(r"\{(?![a-z_]+\})|(?<!\w)\}")

    assert {
        key for key, forms in english.texts.items() if any(strange.search(text) for text in forms)
    } == set()


def test_every_text_can_be_said_by_a_strict_catalogue() -> None:
    catalog = Catalog.load(strict=True)

    for key in catalog.keys:
        raw = catalog.translation("en-US", key)
        assert raw is not None
        assert catalog.text("en-US", key, **dict.fromkeys(placeholders(raw), "x"))
