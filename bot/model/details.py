"""The option ``more`` of /draw: what is asked for too seldom to have an option of its own."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import BadValue, UnknownName
from bot.model.prompts import says_nothing

__all__ = ["KEYS", "Details", "read_details"]

KEYS = (
    "refiner",
    "refiner_at",
    "variation_seed",
    "variation_strength",
    "hr_scale",
    "hr_steps",
    "hr_denoise",
    "hr_prompt",
    "tiling",
    "resize_mode",
    "link",
    "picture",
    "permute",
    "recipe",
)
_KEY = re.compile(r"(?:^|,)\s*([\w-]{1,40})\s*=")
_HR_PROMPT = re.compile(r"(?:^|,)\s*hr[_-]prompt\s*=", re.IGNORECASE)
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True, slots=True)
class Details:
    """``key=value`` as typed; each is read as what it has to be."""

    values: Mapping[str, str]

    def text(self, key: str) -> str | None:
        """As typed; None = not said."""
        return self.values.get(key) or None

    def number(self, key: str, low: float, high: float) -> float | None:
        """Raises BadValue (not_a_number, out_of_range)."""
        text = self.text(key)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            raise BadValue(key, text[:100], "not_a_number") from None
        if not math.isfinite(value) or not low <= value <= high:
            raise BadValue(key, text[:100], "out_of_range")
        return value

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Raises BadValue (not_a_whole_number, out_of_range)."""
        text = self.text(key)
        if text is None:
            return None
        try:
            value = int(text)
        except ValueError:
            raise BadValue(key, text[:100], "not_a_whole_number") from None
        if not low <= value <= high:
            raise BadValue(key, text[:100], "out_of_range")
        return value

    def switch(self, key: str) -> bool:
        """Off where nothing is said. Raises BadValue (not_a_boolean)."""
        text = (self.text(key) or "false").casefold()
        if text not in _TRUE | _FALSE:
            raise BadValue(key, text[:100], "not_a_boolean")
        return text in _TRUE


def read_details(text: str | None) -> Details:
    """What ``more`` says; "none" and nothing say nothing. Of a key said twice the last counts.

    ``hr_prompt`` is a text, so that what follows it belongs to it up to the next key that there is. Raises
    BadValue (not_a_pair) and UnknownName (detail).
    """
    given = "" if text is None or says_nothing(text) else text
    keys = [match for match in _KEY.finditer(given) if _is_key(match[1], given[: match.start()])]
    if given.strip(" ,") and (not keys or given[: keys[0].start()].strip(" ,")):
        raise BadValue("more", given.strip()[:100], "not_a_pair")
    starts = [*(match.start() for match in keys), len(given)]
    return Details(
        {
            _folded(match[1]): given[match.end() : end].strip(" ,")
            for match, end in zip(keys, starts[1:], strict=True)
        }
    )


def _is_key(word: str, before: str) -> bool:
    if _folded(word) in KEYS:
        return True
    if _HR_PROMPT.search(before):
        return False
    near = tuple(key for key in KEYS if key.startswith(_folded(word)[:3]))
    raise UnknownName("detail", word[:100], near[:3])


def _folded(key: str) -> str:
    return key.casefold().replace("-", "_")
