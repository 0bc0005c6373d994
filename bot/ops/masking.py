"""Keeps secrets out of what is written."""

import math
import re
from collections.abc import Iterable, Mapping

MASK = "***"
_SHORTEST = 4
"""A shorter secret would blacken every other word; only its place in an address is masked."""
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]*@")


class Mask:
    """Replaces the secrets it was given, in any of their usual spellings, and credentials in any address."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelling for secret in secrets for spelling in (secret, repr(secret)[1:-1])}
        longest_first = sorted((s for s in spellings if len(s) >= _SHORTEST), key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __repr__(self) -> str:
        return "Mask(***)"

    def text(self, text: str) -> str:
        """``text`` without secrets."""
        if self._secrets is not None:
            text = self._secrets.sub(MASK, text)
        return _CREDENTIALS.sub(f"{MASK}@", text)

    def plain(self, value: object) -> object:
        """``value`` as JSON takes it, without secrets; what JSON has no word for becomes text."""
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.plain(item) for item in value]
        return self.text(str(value))
