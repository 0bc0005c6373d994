"""What tells one animal from another: fur, ears, eyes, pattern."""

from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from bot.demo.webui.painting.colour import Colour
from bot.demo.webui.painting.words import Scene

Ears = Literal["floppy", "pointy", "round", "long"]
Pattern = Literal["", "stripes", "mask", "patches", "spots", "cheeks", "mane", "tabby"]

WHITE: Colour = (250, 246, 238)
_CREAM: Colour = (240, 222, 190)
_GOLD: Colour = (218, 168, 100)
_BROWN: Colour = (150, 100, 62)
_DARK: Colour = (62, 54, 56)
_GREY: Colour = (150, 150, 158)
_GINGER: Colour = (226, 138, 66)
_BROWN_EYE: Colour = (84, 48, 26)
_PINK: Colour = (226, 150, 150)
_NOSE: Colour = (38, 32, 36)


@dataclass(frozen=True, slots=True, kw_only=True)
class Species:
    """Colours, and shares of the head's radius."""

    fur: Colour
    second: Colour = WHITE
    """Of muzzle and chest, and of the pattern's light parts."""
    marking: Colour = _DARK
    ears: Ears = "floppy"
    pattern: Pattern = ""
    eye: Colour = _BROWN_EYE
    slit: bool = False
    nose: Colour = _NOSE
    whiskers: bool = False
    shaggy: float = 1.0
    """Length of the hair."""
    eye_size: float = 0.165
    muzzle: float = 1.0
    bow: bool = False
    tongue: bool = False


_KINDS = {
    "fox": Species(fur=(222, 112, 48), ears="pointy", pattern="cheeks", whiskers=True, shaggy=0.9),
    "bear": Species(fur=(128, 84, 54), second=(190, 150, 110), ears="round", shaggy=0.9, eye_size=0.12),
    "rabbit": Species(fur=(206, 190, 172), ears="long", nose=_PINK, whiskers=True, shaggy=0.75, muzzle=0.7),
    "wolf": Species(
        fur=(128, 130, 138),
        second=(226, 224, 220),
        marking=(72, 74, 82),
        ears="pointy",
        pattern="mask",
        eye=(214, 168, 62),
    ),
    "lion": Species(
        fur=(220, 172, 98),
        second=(244, 222, 180),
        marking=(146, 84, 38),
        ears="round",
        pattern="mane",
        eye=(190, 130, 40),
        whiskers=True,
        shaggy=0.8,
        eye_size=0.13,
    ),
    "panda": Species(
        fur=WHITE,
        marking=(40, 38, 42),
        ears="round",
        pattern="patches",
        shaggy=0.8,
        eye_size=0.12,
    ),
    "tiger": Species(
        fur=(232, 140, 54),
        marking=(38, 28, 26),
        ears="round",
        pattern="stripes",
        eye=(206, 160, 50),
        whiskers=True,
        nose=_PINK,
        shaggy=0.7,
        eye_size=0.14,
    ),
    "mouse": Species(
        fur=(176, 164, 158),
        second=(236, 226, 220),
        ears="round",
        nose=_PINK,
        whiskers=True,
        shaggy=0.6,
        muzzle=0.7,
    ),
    "koala": Species(fur=(158, 158, 166), second=(226, 226, 228), ears="round", shaggy=1.0, eye_size=0.12),
}
_BREEDS = {
    "maltese": Species(fur=WHITE, bow=True, shaggy=1.25),
    "malteser": Species(fur=WHITE, bow=True, shaggy=1.25),
    "samoyed": Species(fur=WHITE, ears="pointy", shaggy=1.2, tongue=True),
    "poodle": Species(fur=(238, 226, 210), shaggy=1.1),
    "retriever": Species(fur=_GOLD, second=_CREAM, tongue=True),
    "golden": Species(fur=_GOLD, second=_CREAM, tongue=True),
    "labrador": Species(fur=(222, 190, 138), second=_CREAM, shaggy=0.7, tongue=True),
    "corgi": Species(fur=(222, 146, 80), ears="pointy", pattern="cheeks", tongue=True, shaggy=0.85),
    "shiba": Species(fur=(220, 144, 78), ears="pointy", pattern="cheeks", shaggy=0.8),
    "husky": Species(
        fur=(120, 124, 134),
        marking=(66, 70, 80),
        ears="pointy",
        pattern="mask",
        eye=(96, 170, 220),
    ),
    "dalmatian": Species(fur=WHITE, pattern="spots", shaggy=0.6),
    "beagle": Species(fur=(190, 122, 66), pattern="cheeks", shaggy=0.65),
    "pug": Species(fur=(222, 192, 148), second=(58, 48, 46), shaggy=0.55, eye_size=0.19),
    "dachshund": Species(fur=(120, 66, 38), second=(196, 130, 76), shaggy=0.6),
    "pomeranian": Species(fur=(232, 160, 88), second=_CREAM, ears="pointy", shaggy=1.3, tongue=True),
    "siamese": Species(
        fur=(238, 226, 206),
        second=(96, 74, 64),
        marking=(80, 60, 52),
        ears="pointy",
        pattern="mask",
        eye=(92, 160, 226),
        slit=True,
        whiskers=True,
        shaggy=0.7,
    ),
    "tabby": Species(
        fur=(180, 146, 106),
        marking=(96, 68, 46),
        ears="pointy",
        pattern="tabby",
        eye=(150, 176, 70),
        slit=True,
        whiskers=True,
        nose=_PINK,
    ),
    "persian": Species(
        fur=WHITE, ears="pointy", eye=(206, 140, 50), slit=True, whiskers=True, nose=_PINK, shaggy=1.3
    ),
}
_DOGS = (
    Species(fur=_GOLD, second=_CREAM, tongue=True),
    Species(fur=_BROWN, second=_CREAM),
    Species(fur=_CREAM, tongue=True),
    Species(fur=(94, 72, 60), second=(210, 170, 120), pattern="cheeks"),
    Species(fur=WHITE, shaggy=1.15),
)
_CATS = (
    Species(
        fur=_GINGER,
        marking=(180, 92, 36),
        ears="pointy",
        pattern="tabby",
        eye=(120, 170, 80),
        slit=True,
        whiskers=True,
        nose=_PINK,
        shaggy=0.85,
        muzzle=0.72,
    ),
    Species(
        fur=_GREY,
        marking=(96, 96, 106),
        ears="pointy",
        pattern="tabby",
        eye=(206, 180, 70),
        slit=True,
        whiskers=True,
        nose=_PINK,
        shaggy=0.85,
        muzzle=0.72,
    ),
    Species(
        fur=(58, 54, 60),
        second=(74, 70, 76),
        ears="pointy",
        eye=(190, 200, 70),
        slit=True,
        whiskers=True,
        shaggy=0.85,
        muzzle=0.72,
    ),
    Species(
        fur=WHITE,
        ears="pointy",
        eye=(90, 160, 210),
        slit=True,
        whiskers=True,
        nose=_PINK,
        shaggy=0.95,
        muzzle=0.72,
    ),
)


def species_of(scene: Scene, random: Random) -> Species:
    """By breed, by kind, or by chance; a named colour is the fur's, and "bow" ties one."""
    found = next((_BREEDS[word] for word in scene.words if word in _BREEDS), None)
    if found is None:
        found = _KINDS.get(scene.subject) or random.choice(_CATS if scene.subject == "cat" else _DOGS)
    if scene.subject == "cat" and not found.slit:
        found = replace(found, ears="pointy", slit=True, whiskers=True, tongue=False)
    if scene.colours and not scene.has("golden", "gold"):
        found = replace(found, fur=scene.colours[0])
    return replace(found, bow=True) if scene.has("bow", "ribbon", "cute", "princess") else found
