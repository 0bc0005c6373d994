"""What a prompt asks for, found by its words: subject, light, weather, colours, medium.

The words are a data file; for the subjects that people try first they are there in several languages.
"""

import re
from dataclasses import dataclass
from functools import cache

from bot.demo.webui.dialects import data
from bot.demo.webui.painting.colour import Colour

_WORD = re.compile(r"[^\W\d_]+")
_BACKGROUNDS = ("field", "forest", "mountain", "sea", "lake", "city", "desert", "space", "abstract")
"""Where something else is named too, these are only what is behind it."""


@cache
def _names(table: str) -> dict[str, str]:
    """word → what it stands for."""
    rows: dict[str, str] = data("words")[table]
    return {word: name for name, words in rows.items() for word in words.split()}


@cache
def _colours() -> dict[str, Colour]:
    rows: dict[str, list[int]] = data("words")["colours"]
    return {word: (red, green, blue) for word, (red, green, blue) in rows.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is to be seen. ``words`` are all words of the prompt, in lower case, in their order."""

    subject: str = ""
    """A name of the subjects' table, empty if no word told it."""
    also: frozenset[str] = frozenset()
    """Other subjects that were named."""
    light: str = ""
    weather: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    colours: tuple[Colour, ...] = ()
    words: tuple[str, ...] = ()

    def has(self, *words: str) -> bool:
        """Any of these words stands in the prompt."""
        return any(word in self.words for word in words)


def words_of(text: str) -> tuple[str, ...]:
    """Lower-case words; in scripts without spaces, known words are looked for."""
    found = tuple(word.lower() for word in _WORD.findall(text))
    if text.isascii():
        return found
    return found + tuple(word for word in _names("subjects") if not word.isascii() and word in text)


def scene_of(prompt: str, negative_prompt: str) -> Scene:
    """What the prompt names and the negative prompt does not."""
    unwanted = set(words_of(negative_prompt))
    words = tuple(word for word in words_of(prompt) if word not in unwanted)
    subjects = [_names("subjects")[word] for word in words if word in _names("subjects")]
    subject = _leading(subjects)
    lights = [_names("lights")[word] for word in words if word in _names("lights")]
    if {"black", "white"} <= set(words):
        words = (*words, "monochrome")
    return Scene(
        subject=subject,
        also=frozenset(subjects) - {subject},
        light=lights[0] if lights else "",
        weather=frozenset(_names("weather")[word] for word in words if word in _names("weather")),
        media=frozenset(_names("media")[word] for word in words if word in _names("media")),
        colours=tuple(_colours()[word] for word in words if word in _colours()),
        words=words,
    )


def _leading(subjects: list[str]) -> str:
    """The first thing that is no mere background, or the first background."""
    things = [subject for subject in subjects if subject not in _BACKGROUNDS]
    return (things or subjects or [""])[0]
