"""The languages besides English: each has every text, with the same values in it, within Discord's limits."""

import gettext
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.messages.plurals import get_plural

from bot.demo.discord.commands import characters
from bot.l10n.catalog import Catalog, Language, placeholders, read_language
from bot.l10n.locales import SOURCE
from tests.unit.test_whole_program import CHARACTERS, definitions

LANGUAGES = ("zh-CN", "zh-TW", "ja", "ko", "de", "fr", "es-ES", "pt-BR", "ru")
SERVED = frozenset({*LANGUAGES, "es-419"})
"""The locales of Discord that read one of them."""

DESCRIBED = ("command.", "option.", "queue.action.", "area.", "fill.", "view.", "models.")
SHOWN_IN_LISTS = ("limit.", "setting.", "rule.", "adult.")
DESCRIPTION = 100
"""Characters of a description, of a choice's name, of an entry of a select menu."""
BUTTONS = (
    *("edit.text", "edit.new_seed", "edit.draw", "history.newest", "history.older", "info.redraw"),
    *("privacy.delete", "queue.page", "settings.back", "settings.clear"),
)
"""Beside the keys under "button."."""
BUTTON = 80
IN_DIALOGS = (
    *("edit.title", "edit.prompt", "edit.negative", "edit.seed", "edit.strength"),
    *("rules.words", "settings.empty_clears", "rule.blocked", "rule.blocked_negative", "rule.removed"),
    *("rule.forced_negative", "rule.adult_words", "rule.member_days"),
)
DIALOG = 45
"""Characters of a dialog's title and of the label above a field; more would be cut off."""
PRESENCE = 108
"""Of 128, so that its numbers fit in."""
MESSAGE = 2000
NUMBERS = range(1, 200)

ALIKE = frozenset(
    {
        *("duration.hours", "duration.minutes", "duration.range", "duration.seconds"),
        *("size.bytes", "size.gigabytes", "size.kilobytes", "size.megabytes"),
        *("host.failed", "host.held", "queue.page", "progress.speed"),
        *("edit.checkpoint", "edit.new_seed", "edit.prompt", "edit.sampler", "edit.scheduler", "edit.steps"),
        *("edit.text", "info.samplers", "info.schedulers", "info.styles", "info.upscalers", "info.vaes"),
        *("info.webuis", "info.wildcards", "kind.embedding", "kind.hypernetwork", "kind.lora", "kind.preset"),
        *("kind.sampler", "kind.scheduler", "kind.style", "kind.upscaler", "kind.vae", "kind.webui"),
        *("settings.limits", "settings.no", "settings.square"),
    }
)
"""Terms and units that some languages write as English does."""
NAMES = re.compile(
    r"`[^`{}]+`|--[a-z][a-z-]+|(?<![A-Z_])[A-Z]+(?:_[A-Z]+)+(?![A-Z_])|\[\[?[a-z]+\]\]?"
    r"|(?<![a-z.])/[a-z]+(?: (?:settings|delete|export|allow))?|(?<![a-z])none(?= =)|[⭐❌🎲⬆✅📋]"
)
"""What is typed or pressed, the same everywhere: code, options of the command line, variables, signs."""
QUOTED = re.compile(r"```.*?```|`[^`]*`|\{[a-z_]+\}|https?:\S+|\S*[=/]\S*", re.DOTALL)
"""What may be English in any language."""
ENGLISH = re.compile(
    r"(?<![a-z])(?:the|and|with|this|that|which|your|you|from|there|these|what|when|cannot|nothing|every|only)"
    r"(?![a-z])",
    re.IGNORECASE,
)
"""Words that no other language here has, so that one of them shows a sentence left in English."""


@cache
def read(locale: str) -> Language:
    return read_language(resources.files("bot.l10n").joinpath("messages", f"{locale}.po"))


def both(locale: str) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """(key, English forms, the language's forms) of every text."""
    texts = read(locale).texts
    return ((key, forms, texts[key]) for key, forms in read(SOURCE).texts.items() if key in texts)


def too_long(locale: str, limit: int, *beginnings: str) -> set[str]:
    texts = read(locale).texts.items()
    found = {key: forms for key, forms in texts if key.startswith(beginnings)}
    assert found
    return {key for key, forms in found.items() if max(map(len, forms)) > limit}


def described(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A command and its options."""
    yield part
    for option in part.get("options", ()):
        yield from described(option)


def test_these_are_the_languages() -> None:
    assert set(Catalog.load().locales) == {SOURCE, *LANGUAGES}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_language_has_every_text_and_no_other(locale: str) -> None:
    theirs, english = read(locale).texts.keys(), read(SOURCE).texts.keys()

    assert (english - theirs, theirs - english) == (set(), set())


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_text_has_the_values_of_the_english_one(locale: str) -> None:
    def values(forms: tuple[str, ...]) -> frozenset[str]:
        return frozenset().union(*map(placeholders, forms))

    assert {key for key, english, theirs in both(locale) if values(english) != values(theirs)} == set()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_plurals_are_those_of_the_language(locale: str) -> None:
    """By the rules that Babel has from Unicode's CLDR."""
    rule = get_plural(Locale.parse(locale, sep="-"))
    form = gettext.c2py(rule.plural_expr)
    plurals = {key: theirs for key, english, theirs in both(locale) if len(english) > 1}

    assert plurals
    assert {key for key, forms in plurals.items() if len(forms) != rule.num_plurals} == set()
    assert [n for n in (0, *NUMBERS) if read(locale).form(n) != form(n)] == []


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_form_that_is_for_several_numbers_says_which(locale: str) -> None:
    form = read(locale).form
    several = {one for one in map(form, NUMBERS) if sum(form(n) == one for n in NUMBERS) > 1}
    silent = {
        key
        for key, english, theirs in both(locale)
        if len(english) > 1 and any("n" not in placeholders(theirs[one]) for one in several)
    }

    assert silent == set()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_text_fits_where_discord_shows_it(locale: str) -> None:
    assert too_long(locale, DESCRIPTION, *DESCRIBED, *SHOWN_IN_LISTS) == set()
    assert too_long(locale, BUTTON, "button.", *BUTTONS) == set()
    assert too_long(locale, DIALOG, *IN_DIALOGS) == set()
    assert too_long(locale, PRESENCE, "presence.") == set()
    assert too_long(locale, MESSAGE, "") == set()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_what_is_typed_or_pressed_stays_as_it_is(locale: str) -> None:
    def names(text: str) -> set[str]:
        return set(NAMES.findall(text))

    changed = {
        key: names(english[-1]) - names(theirs[-1])
        for key, english, theirs in both(locale)
        if not names(english[-1]) <= names(theirs[-1])
    }

    assert changed == {}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_an_action_of_the_line_begins_with_its_value(locale: str) -> None:
    actions = {key: forms[0] for key, forms in read(locale).texts.items() if key.startswith("queue.action.")}

    assert actions
    assert {
        key for key, text in actions.items() if not text.startswith(f"{key.rpartition('.')[2]}:")
    } == set()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_nothing_was_left_in_english(locale: str) -> None:
    alike = {key for key, english, theirs in both(locale) if set(english) & set(theirs)}
    rests = {
        key: found.group()
        for key, _, theirs in both(locale)
        for text in theirs
        if (found := ENGLISH.search(QUOTED.sub(" ", text)))
    }

    assert alike - ALIKE == set()
    assert rests == {}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_yes_and_no_can_be_told_apart(locale: str) -> None:
    """What is picked comes back as its text."""
    texts = read(locale).texts

    assert texts["settings.yes"] != texts["settings.no"]


async def test_discord_is_told_every_description_in_every_language(tmp_path: Path) -> None:
    commands = [one for one in await definitions(tmp_path) if one["type"] == 1]
    parts = [part for one in commands for part in described(one)]
    untold = {part["name"] for part in parts if not set(part["description_localizations"] or ()) >= SERVED}

    assert len(parts) > len(commands) > 0
    assert untold == set()
    assert {one["name"] for one in commands if characters(one) > CHARACTERS} == set()
