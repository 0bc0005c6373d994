"""Which catalogue speaks for a Discord locale, and how numbers look there.

Discord's locales: https://discord.com/developers/docs/reference#locales
"""

from functools import lru_cache

from babel import Locale, UnknownLocaleError

SOURCE = "en"
"""The catalogue that has every text."""


def parse(locale: str) -> Locale | None:
    """Babel's locale, with the script filled in where the territory decides it (zh-TW → zh_Hant_TW)."""
    try:
        return Locale.parse(locale.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        return None


@lru_cache(maxsize=256)
def chain(locale: str, available: tuple[str, ...]) -> tuple[str, ...]:
    """The catalogues to ask for a text, the best first; English is always the last.

    First the locale itself, then its language, then any variety of that language in the same script: es-419
    is served by es-ES, but zh-TW never by zh-CN, whose characters are others.
    """
    candidates = [locale, locale.partition("-")[0], *_same_language(locale, available), SOURCE]
    return tuple(dict.fromkeys(name for name in candidates if name in available))


def _same_language(locale: str, available: tuple[str, ...]) -> list[str]:
    wanted = parse(locale)
    if wanted is None:
        return []
    return [name for name in available if _speaks(name, wanted)]


def _speaks(name: str, wanted: Locale) -> bool:
    found = parse(name)
    return found is not None and (found.language, found.script) == (wanted.language, wanted.script)


@lru_cache(maxsize=256)
def number_format(locale: str, catalogue: str) -> Locale:
    """How numbers are written in a text of ``catalogue`` for a person of ``locale``.

    The person's own way if it is the text's language (en-GB in English), else the text's, so that no sentence
    mixes two.
    """
    wanted, spoken = parse(locale), parse(catalogue)
    if wanted is not None and spoken is not None and wanted.language == spoken.language:
        return wanted
    return spoken or Locale(SOURCE)
