"""Painting as a whole: from a brief to pixels."""

from collections.abc import Callable

from PIL import Image

from bot.demo.webui.painting.animal import paint_animal
from bot.demo.webui.painting.brief import Brief
from bot.demo.webui.painting.chance import layout_of, seeded, touch_of
from bot.demo.webui.painting.city import paint_city
from bot.demo.webui.painting.dreams import paint_abstract, paint_flowers, paint_space
from bot.demo.webui.painting.finish import finished
from bot.demo.webui.painting.land import paint_land
from bot.demo.webui.painting.palette import palette_of
from bot.demo.webui.painting.person import paint_person
from bot.demo.webui.painting.sheet import Sheet
from bot.demo.webui.painting.words import Scene, scene_of

_OVERSAMPLING = 1.5
_LONGEST = 800
"""Pixels of the longer side that are painted; larger pictures are enlarged, which takes no time."""
_SMALLEST = 48

_PAINTERS: dict[str, Callable[[Sheet], Image.Image]] = {
    "city": paint_city,
    "space": paint_space,
    "abstract": paint_abstract,
    "flower": paint_flowers,
    "person": paint_person,
}
_ANIMALS = {"dog", "cat", "fox", "bear", "rabbit", "wolf", "lion", "panda", "tiger", "mouse", "koala"}
_WITHOUT_WORDS = ("field", "mountain", "sea", "lake", "forest", "abstract", "space", "flower")


def paint(brief: Brief) -> Image.Image:
    """The picture, at the brief's size. 512² takes about 0.2 s of CPU, larger ones little more."""
    sheet = _sheet(brief)
    painter = (
        paint_animal if sheet.scene.subject in _ANIMALS else _PAINTERS.get(sheet.scene.subject, paint_land)
    )
    image = finished(painter(sheet), sheet)
    return image.resize((brief.width, brief.height), Image.Resampling.LANCZOS)


def _sheet(brief: Brief) -> Sheet:
    longest = max(brief.width, brief.height)
    factor = max(_SMALLEST / longest, min(_OVERSAMPLING, _LONGEST / longest))
    layout = layout_of(brief)
    scene = _scene(brief)
    return Sheet(
        width=max(8, round(brief.width * factor)),
        height=max(8, round(brief.height * factor)),
        scene=scene,
        palette=palette_of(scene, layout),
        layout=layout,
        touch=touch_of(brief),
        detail=max(0.35, min(1.3, 0.3 + brief.steps / 28)),
        brief=brief,
    )


def _scene(brief: Brief) -> Scene:
    """A prompt without a word that is known gets a subject of its own; a damaged model knows no words."""
    known = Scene() if brief.damaged else scene_of(brief.prompt, brief.negative_prompt)
    if known.subject:
        return known
    subject = seeded("subject", brief.prompt, brief.damaged).choice(_WITHOUT_WORDS)
    return Scene(
        subject=subject,
        also=known.also,
        light=known.light,
        weather=known.weather,
        media=known.media,
        colours=known.colours,
        words=known.words,
    )
