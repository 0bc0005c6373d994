"""Pictures: the same brief gives the same pixels, another one shows."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from bot.demo.webui.library import default_library
from bot.demo.webui.painting import Brief, paint
from bot.demo.webui.painting.finish import MANNERS
from bot.demo.webui.painting.palette import palette_of
from bot.demo.webui.painting.unfinished import unfinished
from bot.demo.webui.painting.words import scene_of

BRIEF = Brief(prompt="maltese puppy", seed=1, width=96, height=96, model="x")


def distance(one: Image.Image, other: Image.Image) -> float:
    """Mean difference per channel, of 255."""
    return float(sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3)


def test_the_same_brief_gives_the_same_pixels() -> None:
    assert paint(BRIEF).tobytes() == paint(BRIEF).tobytes()


CHANGES: list[dict[str, Any]] = [
    {"prompt": "maltese puppy, red"},
    {"negative_prompt": "ugly"},
    {"seed": 2},
    {"subseed": 3, "subseed_strength": 0.1},
    {"steps": 21},
    {"cfg_scale": 7.5},
    {"sampler": "Euler"},
    {"scheduler": "Karras"},
    {"model": "y"},
    {"manner": "glow"},
    {"clip_skip": 2},
    {"vae": "some.pt"},
    {"networks": (("x", 0.8),)},
    {"embeddings": ("q",)},
    {"face_restorer": "GFPGAN"},
    {"tiling": True},
    {"second_pass": "Latent"},
    {"settings": "ENSD=1"},
    {"damaged": True},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_change_of_anything_shows(change: dict[str, Any]) -> None:
    assert distance(paint(BRIEF), paint(replace(BRIEF, **change))) > 1.0


def test_every_field_of_a_brief_is_among_the_changes_that_show() -> None:
    changed = {name for change in CHANGES for name in change}
    assert changed | {"width", "height"} == set(Brief.__dataclass_fields__)


def test_a_small_variation_stays_nearer_than_another_seed() -> None:
    varied = paint(replace(BRIEF, subseed=3, subseed_strength=0.05))
    assert distance(paint(BRIEF), varied) < distance(paint(BRIEF), paint(replace(BRIEF, seed=2)))


@pytest.mark.parametrize("size", [(8, 8), (64, 128), (200, 40), (8, 256)])
def test_the_picture_has_the_size_that_was_asked_for(size: tuple[int, int]) -> None:
    image = paint(replace(BRIEF, width=size[0], height=size[1]))
    assert (image.size, image.mode) == (size, "RGB")


SUBJECTS = {
    "a fluffy kitten": "cat",
    "Katze": "cat",
    "小猫": "cat",
    "щенок на траве": "dog",
    "a lighthouse at dusk": "lighthouse",
    "cyberpunk city in rain": "city",
    "a cat in a city street": "cat",
    "abstract color": "abstract",
    "ringed planet, galaxy": "space",
    "red roses": "flower",
    "portrait of a wizard": "person",
    "": "",
}


@pytest.mark.parametrize("prompt", SUBJECTS)
def test_the_subject_is_found_by_the_prompt_s_words(prompt: str) -> None:
    assert scene_of(prompt, "").subject == SUBJECTS[prompt]


def test_what_the_negative_prompt_names_is_not_painted() -> None:
    assert "rain" not in scene_of("city in rain", "rain").weather
    assert scene_of("city in rain", "").weather == {"rain"}


@pytest.mark.parametrize("manner", [*MANNERS, "unknown"])
@pytest.mark.parametrize(
    "medium", ["", "watercolor", "pixel art", "pencil sketch", "cinematic", "monochrome"]
)
def test_every_manner_paints_in_every_medium(manner: str, medium: str) -> None:
    image = paint(replace(BRIEF, prompt=f"a fox, {medium}", manner=manner, width=48, height=48))
    assert image.size == (48, 48)
    assert image.getcolors(4) is None, "not one plain colour"


_SUBJECT_WORDS = (
    "dog cat fox bear rabbit wolf lion panda tiger mouse koala city lighthouse sea mountain forest field"
)
_MORE_WORDS = (
    "desert lake castle house space flower person abstract maltese husky tabby siamese dalmatian corgi bow"
)
_LIGHT_WORDS = (
    "sunset dawn night neon storm fog day rain snow autumn boat crown rose sunflower castle lake watercolor"
)


@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(st.sampled_from(f"{_SUBJECT_WORDS} {_MORE_WORDS} {_LIGHT_WORDS}".split()), max_size=5),
    seed=st.integers(-5, 2**64 - 1),
    steps=st.integers(1, 200),
    cfg=st.floats(-10, 1e9),
    sampler=st.sampled_from(["Euler a", "Euler", "DPM++ 2M SDE"]),
    width=st.integers(1, 9),
    height=st.integers(1, 9),
)
def test_anything_can_be_painted(
    words: list[str], seed: int, steps: int, cfg: float, sampler: str, width: int, height: int
) -> None:
    brief = Brief(
        prompt=" ".join(words),
        seed=seed,
        width=width * 8,
        height=height * 8,
        steps=steps,
        cfg_scale=cfg,
        sampler=sampler,
    )
    assert paint(brief).size == (width * 8, height * 8)


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_is_a_prompt(prompt: str, negative_prompt: str) -> None:
    scene = scene_of(prompt, negative_prompt)
    assert all(word == word.lower() for word in scene.words)


def test_every_light_has_a_palette() -> None:
    for word in ("sunset", "dawn", "night", "cyberpunk", "storm", "fog", "noon"):
        palette = palette_of(scene_of(f"hills, {word}, red and blue", ""), Random(1))
        assert len(palette.land) == 4
        assert all(0 <= part <= 255 for colour in palette.all() for part in colour)


def test_the_demo_s_checkpoints_and_loras_paint_in_ways_of_their_own() -> None:
    library = default_library()
    assert {one.manner for one in library.checkpoints} == set(MANNERS)
    plain = paint(BRIEF)
    for lora in library.loras:
        assert distance(plain, paint(replace(BRIEF, networks=((lora.name, 1.0),)))) > 1.0


def test_an_unfinished_picture_gets_nearer_to_the_finished_one_with_every_step() -> None:
    image = paint(BRIEF)
    distances = [distance(image, unfinished(image, share, 1)) for share in (0.0, 0.3, 0.6, 0.9, 1.0)]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] == 0
