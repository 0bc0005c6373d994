"""Where chance comes from: everything that is drawn by lot depends on the brief and on nothing else."""

import hashlib
from random import Random

from bot.demo.webui.painting.brief import Brief

_ANCESTRAL = (" a", "SDE", "Restart", "LCM")


def seeded(*parts: object) -> Random:
    """Chance that depends on ``parts`` only."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return Random(digest)  # noqa: S311 — it paints


class _Varied(Random):
    """The chance of one seed, moved by that of another: a little strength moves things a little."""

    def __new__(cls, base: Random, other: Random, strength: float) -> "_Varied":
        return super().__new__(cls)

    def __init__(self, base: Random, other: Random, strength: float) -> None:
        self._base = base
        self._other = other
        self._strength = max(0.0, min(1.0, strength))
        super().__init__(0)

    def random(self) -> float:
        """0 to 1."""
        return (self._base.random() + self._strength * (self._other.random() - 0.5)) % 1.0

    def randbytes(self, n: int) -> bytes:
        """Noise is not moved but exchanged, once the variation is strong."""
        return (self._other if self._strength > 0.4 else self._base).randbytes(n)


def layout_of(brief: Brief) -> Random:
    """Places things: of the seed, and of what makes the same seed another picture in a real model."""
    noisy = any(part in f"{brief.sampler} " for part in _ANCESTRAL) or brief.sampler.endswith(" a")
    parts = ("layout", brief.model, brief.clip_skip, noisy, brief.damaged)
    return _Varied(seeded(brief.seed, *parts), seeded(brief.subseed, *parts), brief.subseed_strength)


def touch_of(brief: Brief) -> Random:
    """Strokes and shades: of everything that the brief says."""
    return seeded("touch", brief)
