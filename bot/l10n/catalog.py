"""The texts that people read, in their language.

Catalogues are gettext files, ``messages/<Discord locale>.po``, whose msgid is a key ("queue.wait") and whose
msgstr is the text, with ``{name}`` where a value goes. They are read once, at start, and do not change.
"""

import gettext
import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType

from babel import Locale
from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal

from bot.l10n.durations import Span, whole
from bot.l10n.locales import SOURCE, chain, number_format

log = logging.getLogger(__name__)

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SIZE_STEP = 1024
_SIZES = ("size.bytes", "size.kilobytes", "size.megabytes", "size.gigabytes")


class MissingText(LookupError):
    """A key, or a value for a placeholder, that is not there. Only raised by strict catalogues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One catalogue: a key's text, or its plural forms in the order of ``form``."""

    texts: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]


def placeholders(text: str) -> frozenset[str]:
    """The names of the values that ``text`` wants."""
    return frozenset(_PLACEHOLDER.findall(text))


class Catalog:
    """Texts of every language there is. Safe to share: nothing changes after it is made."""

    def __init__(self, languages: Mapping[str, Language], *, strict: bool = False) -> None:
        """``languages`` by Discord locale, English among them. ``strict`` raises where a text falls back."""
        self._languages = MappingProxyType(dict(languages))
        self._names = tuple(sorted(languages))
        self._strict = strict
        self._complained: set[str] = set()

    @classmethod
    def load(cls, *, strict: bool = False, folder: Traversable | None = None) -> "Catalog":
        """Read every ``.po`` file of the package, or of ``folder``.

        Raises ValueError, naming the file, when one of them cannot be read.
        """
        return _packaged(strict) if folder is None else cls(_read_all(folder), strict=strict)

    @cached_property
    def digest(self) -> str:
        """Another one as soon as any text of any language is."""
        everything = [sorted(language.texts.items()) for _, language in sorted(self._languages.items())]
        return hashlib.sha256(repr(everything).encode()).hexdigest()

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales that have a catalogue of their own."""
        return self._names

    @property
    def keys(self) -> frozenset[str]:
        """Every key of the English catalogue."""
        return frozenset(self._languages[SOURCE].texts)

    def has(self, key: str) -> bool:
        """Whether there is such a text, at least in English."""
        return key in self._languages[SOURCE].texts

    def translation(self, locale: str, key: str) -> str | None:
        """The text as it stands, in this very locale's language; None where English would have to do.

        For names and descriptions that Discord is told in all languages at once.
        """
        for name in chain(locale, self._names):
            if name != SOURCE or locale.partition("-")[0] == SOURCE:
                forms = self._languages[name].texts.get(key)
                if forms is not None:
                    return forms[0]
        return None

    def text(self, locale: str, key: str, /, **values: object) -> str:
        """The text of ``key`` with ``values`` in it, which are put in as they are, whatever they hold."""
        _, forms = self._find(locale, key)
        return self._fill(key, forms[0], values)

    def plural(self, locale: str, key: str, n: int, /, **values: object) -> str:
        """The text of ``key`` for ``n`` things; ``{n}`` is the number as it is written there."""
        name, forms = self._find(locale, key)
        index = self._languages[name].form(abs(n)) if len(forms) > 1 else 0
        number = format_decimal(n, locale=number_format(locale, name))
        return self._fill(key, forms[min(index, len(forms) - 1)], {"n": number, **values})

    def number(self, locale: str, x: float) -> str:
        """1,234.5 as it is written there; at most three decimals. Not for seeds and ids."""
        return format_decimal(x, locale=self._numbers(locale))

    def duration(self, locale: str, seconds: float) -> str:
        """ "40 s", "3 min", "1.5 h": rounded as far as anybody cares."""
        return self._span(locale, whole(seconds))

    def duration_range(self, locale: str, low: float, high: float) -> str:
        """ "2–4 min", "40 s – 2 min"; one duration where both are the same when rounded."""
        first, last = whole(min(low, high)), whole(max(low, high))
        if first == last:
            return self._span(locale, last)
        if first.unit != last.unit:
            low_text, high_text = self._span(locale, first), self._span(locale, last)
            return self.text(locale, "duration.range", low=low_text, high=high_text)
        amounts = f"{self._amount(locale, first)}–{self._amount(locale, last)}"
        return self.text(locale, f"duration.{last.unit}", n=amounts)

    def filesize(self, locale: str, size: int) -> str:
        """``size`` bytes as "24 MB": binary steps under the names that Discord shows."""
        amount, step = float(size), 0
        while amount >= _SIZE_STEP and step < len(_SIZES) - 1:
            amount, step = amount / _SIZE_STEP, step + 1
        rounded = round(amount, 1 if amount < 10 else 0)
        return self.text(locale, _SIZES[step], n=self.number(locale, rounded))

    def _span(self, locale: str, span: Span) -> str:
        return self.text(locale, f"duration.{span.unit}", n=self._amount(locale, span))

    def _amount(self, locale: str, span: Span) -> str:
        return self.number(locale, span.amount)

    def _numbers(self, locale: str) -> Locale:
        return number_format(locale, chain(locale, self._names)[0])

    def _find(self, locale: str, key: str) -> tuple[str, tuple[str, ...]]:
        """(catalogue, plural forms) of the best catalogue that has the key."""
        names = chain(locale, self._names)
        for name in names:
            forms = self._languages[name].texts.get(key)
            if forms is not None:
                if name != names[0]:
                    self._complain(f"no text {key!r} in {names[0]}")
                return name, forms
        self._complain(f"no text {key!r}")
        return SOURCE, (key,)

    def _fill(self, key: str, text: str, values: Mapping[str, object]) -> str:
        def value_of(match: re.Match[str]) -> str:
            name = match[1]
            if name in values:
                return str(values[name])
            self._complain(f"no value {name!r} for text {key!r}")
            return match[0]

        return _PLACEHOLDER.sub(value_of, text)

    def _complain(self, problem: str) -> None:
        """Raise, or log it the first time."""
        if self._strict:
            raise MissingText(problem)
        if problem not in self._complained:
            self._complained.add(problem)
            log.warning("a text is missing", extra={"problem": problem})


@cache
def _packaged(strict: bool) -> Catalog:
    """That of the package, which takes a tenth of a second to read."""
    return Catalog(_read_all(resources.files("bot.l10n").joinpath("messages")), strict=strict)


def _read_all(folder: Traversable) -> Mapping[str, Language]:
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".po")), key=lambda f: f.name)
    return {file.name.removesuffix(".po"): read_language(file) for file in files}


def read_language(file: Traversable) -> Language:
    """One catalogue. Entries without a text, and those marked fuzzy, are as if they were not there.

    Raises ValueError, naming the file, when it cannot be read.
    """
    try:
        with file.open("rb") as stream:
            catalogue = read_po(stream, abort_invalid=True)
        form = gettext.c2py(catalogue.plural_expr)
    except (PoFileError, ValueError) as error:
        raise ValueError(f"{file.name} is no valid catalogue: {error}") from error
    texts: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        key = message.id if isinstance(message.id, str) else message.id[0]
        forms = _forms(message)
        if key and forms and all(forms) and not message.fuzzy:
            texts[key] = forms
    return Language(texts=MappingProxyType(texts), form=form)


def _forms(message: Message) -> tuple[str, ...]:
    if message.string is None or isinstance(message.string, str):
        return (message.string or "",)
    return tuple(message.string)
