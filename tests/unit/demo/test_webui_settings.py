"""The options of the stand-in, their types and their traps."""

import pytest

from bot.demo.webui.answers import Crash
from bot.demo.webui.dialects import dialect_of
from bot.demo.webui.settings import RESTRICTED, Options

A1111, FORGE = dialect_of("a1111"), dialect_of("forge")
CLIP_SKIP = "CLIP_stop_at_last_layers"


def test_stored_whole_numbers_come_back_as_floats_and_defaults_as_they_are() -> None:
    assert isinstance(Options(A1111, fresh_install=False).as_answer()["n_rows"], float)
    assert isinstance(Options(A1111, fresh_install=True).as_answer()["n_rows"], int)


def test_forge_has_options_of_its_own_and_lacks_others() -> None:
    answer = Options(FORGE, fresh_install=False).as_answer()
    assert "forge_additional_modules" in answer
    assert "sd_lora" not in answer


def test_an_unknown_option_is_a_key_error() -> None:
    with pytest.raises(Crash) as caught:
        Options(A1111, fresh_install=False).set("no_such_option", 1)
    assert (caught.value.name, caught.value.text) == ("KeyError", "'no_such_option'")


def test_a_wrong_type_is_taken_and_breaks_reading_until_it_is_set_right() -> None:
    options = Options(A1111, fresh_install=False)
    assert options.set(CLIP_SKIP, "two")
    with pytest.raises(Crash, match="value is not a valid float"):
        options.as_answer()
    assert options.set(CLIP_SKIP, 1)
    assert options.as_answer()[CLIP_SKIP] == 1.0


def test_restricted_options_are_left_as_they_are_without_a_word() -> None:
    options = Options(A1111, fresh_install=False)
    for name in RESTRICTED:
        before = options[name]
        assert not options.set(name, "changed")
        assert options[name] == before


def test_only_options_that_were_ever_stored_are_remembered_for_restoring() -> None:
    assert Options(A1111, fresh_install=False).remember([CLIP_SKIP]) == {CLIP_SKIP: 1}
    assert Options(A1111, fresh_install=True).remember([CLIP_SKIP]) == {}
