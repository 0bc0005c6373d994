"""Which texts are one emoji, as far as a button, select or reaction needs to know."""

import re
import unicodedata

_KEYCAP = re.compile(r"[0-9#*]️?⃣")
_CUSTOM = re.compile(r"\w{2,32}:\d{15,20}")
_JOINERS = {"‍", "️", "⃣"}


def is_unicode_emoji(text: str) -> bool:
    """True for symbols such as 🎲, ⬆️ or 1️⃣; False for letters, spaces and punctuation."""
    if _KEYCAP.fullmatch(text):
        return True
    shown = [letter for letter in text if letter not in _JOINERS]
    return 0 < len(shown) <= 10 and all(_pictorial(letter) for letter in shown)


def _pictorial(letter: str) -> bool:
    return unicodedata.category(letter) in ("So", "Sk", "Sm", "Cf") or letter in "‼⁉〰"


def is_reaction(text: str) -> bool:
    """A reaction in a path: an emoji, or a custom one as ``name:id``."""
    return is_unicode_emoji(text) or _CUSTOM.fullmatch(text) is not None
