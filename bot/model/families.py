"""The families of models: a LoRA, a VAE or an embedding only works on checkpoints of its own."""

import re
from typing import Literal

__all__ = ["Family", "guess_family", "is_distilled", "native_side"]

Family = Literal["sd1", "sd2", "sdxl", "sd3", "flux"]

_HASHES: dict[str, Family] = {
    "6ce0161689": "sd1",
    "cc6cb27103": "sd1",
    "e1441589a6": "sd1",
    "31e35c80fc": "sdxl",
    "e6bb9ea85b": "sdxl",
    "7440042bbd": "sdxl",
}
"""The first ten digits of the files that Stability and Runway published: names get changed, these do not."""

_NAMES: tuple[tuple[Family, str], ...] = (
    ("flux", r"flux"),
    ("sd3", r"sd[ _.-]?3|stable[ _.-]?diffusion[ _.-]?3"),
    ("sdxl", r"xl(?![a-z])|sdxl|pony|illustrious|noob|animagine"),
    ("sd2", r"v2[ _.-]?[01](?!\d)|sd[ _.-]?2|768[ _.-]?v"),
    ("sd1", r"v1[ _.-]?[45](?!\d)|sd[ _.-]?1[ _.-]?[45]|sd15"),
)
"""What people call their files. The first that fits counts."""

_SIDES: dict[Family, int] = {"sd1": 512, "sd2": 768, "sdxl": 1024, "sd3": 1024, "flux": 1024}


def guess_family(*names: str, short_hash: str | None = None) -> Family | None:
    """By the hash, else by what a file is called; None where neither tells."""
    if short_hash in _HASHES:
        return _HASHES[short_hash]
    text = " ".join(names).casefold()
    return next((family for family, marks in _NAMES if re.search(marks, text)), None)


def native_side(family: Family) -> int:
    """Pixels of a side of the squares that it was trained on."""
    return _SIDES[family]


def is_distilled(family: Family | None) -> bool:
    """Whether its guidance is learned: it takes a scale of its own, and no negative prompt."""
    return family == "flux"
