"""Texts: the right language, values put in as they are, and what happens when one is missing."""

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.l10n.catalog import Catalog, MissingText, placeholders

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {forms}\\n"\n\n'
TWO_FORMS = "nplurals=2; plural=(n != 1);"
POLISH = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
"""As the GNU gettext manual has it."""


def write(folder: Path, locale: str, entries: str, forms: str = TWO_FORMS) -> None:
    (folder / f"{locale}.po").write_text(HEADER.replace("{forms}", forms) + entries, encoding="utf-8")


def entry(key: str, text: str) -> str:
    return f'msgid "{key}"\nmsgstr "{text}"\n\n'


def plural_entry(key: str, *texts: str) -> str:
    forms = "".join(f'msgstr[{index}] "{text}"\n' for index, text in enumerate(texts))
    return f'msgid "{key}"\nmsgid_plural "{key}"\n{forms}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(
        tmp_path,
        "en",
        entry("hello", "Hello {name}")
        + entry("only.english", "Only English")
        + entry("duration.seconds", "{n} s")
        + entry("duration.minutes", "{n} min")
        + entry("duration.hours", "{n} h")
        + entry("duration.range", "{low} – {high}")
        + entry("size.bytes", "{n} bytes")
        + entry("size.kilobytes", "{n} KB")
        + entry("size.megabytes", "{n} MB")
        + entry("size.gigabytes", "{n} GB")
        + plural_entry("cats", "{n} cat of {name}", "{n} cats of {name}"),
    )
    return tmp_path


@pytest.fixture
def catalog(folder: Path) -> Catalog:
    write(folder, "de", entry("hello", "Hallo {name}"))
    write(folder, "es-ES", entry("hello", "Hola {name}"))
    write(folder, "pt-BR", entry("hello", "Olá {name}"))
    write(folder, "zh-CN", entry("hello", "你好 {name}"))
    write(
        folder,
        "pl",
        entry("hello", "Cześć") + plural_entry("cats", "{n} kot", "{n} koty", "{n} kotów"),
        POLISH,
    )
    return Catalog.load(folder=folder)


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en-US", "Hello Mia"),
        ("en-GB", "Hello Mia"),
        ("de", "Hallo Mia"),
        ("es-ES", "Hola Mia"),
        ("es-419", "Hola Mia"),
        ("pt-BR", "Olá Mia"),
        ("zh-CN", "你好 Mia"),
        ("zh-TW", "Hello Mia"),  # its characters are others than those of zh-CN
        ("ja", "Hello Mia"),
        ("", "Hello Mia"),
        ("not a locale", "Hello Mia"),
    ],
)
def test_a_discord_locale_is_served_by_the_nearest_language(
    catalog: Catalog, locale: str, expected: str
) -> None:
    assert catalog.text(locale, "hello", name="Mia") == expected


@given(value=st.text())
def test_a_value_is_put_in_as_it_is_whatever_it_holds(value: str) -> None:
    catalog = Catalog.load(strict=True)

    text = catalog.text("en-US", "error.internal", reference=value)

    before, after = catalog.text("en-US", "error.internal", reference="|").split("|")
    assert text == before + value + after


def test_braces_in_a_value_are_not_taken_for_a_placeholder(folder: Path) -> None:
    write(folder, "en", entry("two", "{first} and {second}"))

    text = Catalog.load(folder=folder, strict=True).text("en", "two", first="{second}", second="{0!r}")

    assert text == "{second} and {0!r}"


def test_braces_that_name_nothing_stay(folder: Path) -> None:
    write(folder, "en", entry("odd", "{} {1} { x } {{name}}"))

    text = Catalog.load(folder=folder, strict=True).text("en", "odd", name="Mia")

    assert text == "{} {1} { x } {Mia}"


@pytest.mark.parametrize(
    ("n", "expected"), [(0, "0 cats"), (1, "1 cat"), (2, "2 cats"), (1200, "1,200 cats")]
)
def test_english_has_two_plural_forms(catalog: Catalog, n: int, expected: str) -> None:
    assert catalog.plural("en-US", "cats", n, name="Mia") == f"{expected} of Mia"


@pytest.mark.parametrize(("n", "expected"), [(1, "1 kot"), (2, "2 koty"), (5, "5 kotów"), (22, "22 koty")])
def test_polish_has_three_plural_forms(catalog: Catalog, n: int, expected: str) -> None:
    assert catalog.plural("pl", "cats", n, name="Mia") == expected


def test_a_fallen_back_plural_uses_the_forms_of_the_language_it_fell_back_to(catalog: Catalog) -> None:
    assert catalog.plural("de", "cats", 1, name="Mia") == "1 cat of Mia"


def test_a_text_that_one_language_lacks_is_english_and_logged_once(
    catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        texts = [catalog.text("de", "only.english") for _ in range(3)]

    assert texts == ["Only English"] * 3
    assert len(caplog.records) == 1


def test_a_key_that_nobody_knows_is_shown_as_itself_and_logged_once(
    catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        texts = [catalog.text(locale, "no.such.key", name="x") for locale in ("de", "ja", "de")]

    assert texts == ["no.such.key"] * 3
    assert len(caplog.records) == 1


def test_a_value_that_is_not_given_leaves_its_placeholder(catalog: Catalog) -> None:
    assert catalog.text("en", "hello") == "Hello {name}"


def test_a_strict_catalogue_raises_for_what_is_missing(folder: Path) -> None:
    write(folder, "de", entry("hello", "Hallo {name}"))
    strict = Catalog.load(folder=folder, strict=True)

    with pytest.raises(MissingText, match=r"no\.such\.key"):
        strict.text("en", "no.such.key")
    with pytest.raises(MissingText, match=r"only\.english.*de"):
        strict.text("de", "only.english")
    with pytest.raises(MissingText, match="'name'"):
        strict.text("en", "hello")


def test_a_strict_catalogue_does_not_mind_a_language_that_has_no_catalogue(folder: Path) -> None:
    assert Catalog.load(folder=folder, strict=True).text("ja", "only.english") == "Only English"


def test_fuzzy_and_empty_entries_are_as_if_not_there(folder: Path) -> None:
    write(folder, "de", "#, fuzzy\n" + entry("hello", "Falsch") + entry("only.english", ""))
    catalog = Catalog.load(folder=folder)

    assert catalog.text("de", "hello", name="Mia") == "Hello Mia"
    assert catalog.text("de", "only.english") == "Only English"


@pytest.mark.parametrize("broken", [b"msgid", b'msgid "a"\nmsgstr "\xff"\n'])
def test_a_broken_catalogue_is_named(folder: Path, broken: bytes) -> None:
    (folder / "de.po").write_bytes(
        b'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n' + broken
    )

    with pytest.raises(ValueError, match=r"de\.po is no valid catalogue"):
        Catalog.load(folder=folder)


def test_a_translation_is_none_where_english_would_have_to_do(catalog: Catalog) -> None:
    assert catalog.translation("es-419", "hello") == "Hola {name}"
    assert catalog.translation("en-GB", "hello") == "Hello {name}"
    assert catalog.translation("ja", "hello") is None
    assert catalog.translation("de", "only.english") is None
    assert catalog.translation("en-US", "no.such.key") is None


def test_a_catalogue_tells_what_it_has(catalog: Catalog) -> None:
    assert catalog.locales == ("de", "en", "es-ES", "pl", "pt-BR", "zh-CN")
    assert catalog.has("only.english")
    assert not catalog.has("no.such.key")
    assert "cats" in catalog.keys


def test_numbers_are_written_as_in_the_language_of_the_text(catalog: Catalog) -> None:
    assert catalog.number("en-US", 1234.5) == "1,234.5"
    assert catalog.number("de", 1234.5) == "1.234,5"
    assert catalog.number("fr", 1234.5) == "1,234.5"  # there is no French catalogue here
    assert catalog.number("en-US", 7.0) == "7"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, "1 s"),
        (0.2, "1 s"),
        (3.4, "3 s"),
        (12, "10 s"),
        (38, "40 s"),
        (57, "55 s"),
        (59, "1 min"),
        (75, "1 min"),
        (95, "2 min"),
        (45 * 60, "45 min"),
        (100 * 60, "1.5 h"),
        (6 * 3600, "6 h"),
        (float("inf"), "1,000 h"),
    ],
)
def test_a_duration_is_rounded_as_far_as_anybody_cares(
    catalog: Catalog, seconds: float, expected: str
) -> None:
    assert catalog.duration("en-US", seconds) == expected


def test_a_duration_uses_the_decimal_mark_of_the_language(folder: Path) -> None:
    write(folder, "de", entry("duration.hours", "{n} Std."))

    assert Catalog.load(folder=folder).duration("de", 100 * 60) == "1,5 Std."


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (120, 240, "2–4 min"),
        (240, 120, "2–4 min"),
        (38, 130, "40 s – 2 min"),
        (118, 122, "2 min"),
        (20, 20, "20 s"),
        (5400, 9000, "1.5–2.5 h"),
    ],
)
def test_a_range_names_its_unit_once_where_it_can(
    catalog: Catalog, low: float, high: float, expected: str
) -> None:
    assert catalog.duration_range("en-US", low, high) == expected


@given(low=st.floats(0, 1e7), high=st.floats(0, 1e7))
def test_every_range_can_be_said(low: float, high: float) -> None:
    catalog = Catalog.load(strict=True)

    assert catalog.duration_range("en-US", low, high) == catalog.duration_range("en-US", high, low)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 bytes"),
        (1023, "1,023 bytes"),
        (5300, "5.2 KB"),
        (24 * 2**20, "24 MB"),
        (3 * 2**30, "3 GB"),
        (5000 * 2**30, "5,000 GB"),
    ],
)
def test_a_file_size_is_told_in_the_largest_unit_that_fits(
    catalog: Catalog, size: int, expected: str
) -> None:
    assert catalog.filesize("en-US", size) == expected


def test_placeholders_are_found_once_each() -> None:
    assert placeholders("{a} {b_c} {a} {} {1}") == {"a", "b_c"}
