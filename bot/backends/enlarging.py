"""From the answer of the Extras tab to pictures that carry their generation data. Blocks: for a thread."""

import html
import re
from dataclasses import dataclass, field

from bot.backends.finishing import Drawn, DrawnPicture
from bot.imaging.codec import PictureLimits
from bot.imaging.finish import finish_picture
from bot.imaging.infotext import parse
from bot.model.work import Notice, Upscale
from bot.webui.api import RawAnswer
from bot.webui.responses import parse_extras_batch, parse_extras_single
from bot.webui.wire import GenerationInfo, Result

__all__ = ["EnlargedAnswer", "enlarging_notices", "read_enlarged"]

_TAG = re.compile(r"<[^<>]*>")
_MOST_TOLD = 500
"""Characters of what a web UI says that it did."""
_ROUNDING = 8
"""Pixels by which upscalers may miss a size: they work in multiples of 8 (NOTES 2.9)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnlargedAnswer:
    """An answer with status 200 as it came, and what it is the answer to."""

    raw: RawAnswer = field(repr=False)
    work: Upscale
    infotexts: tuple[str, ...] = field(repr=False)
    """Of the pictures that were sent."""
    seconds: float
    interrupted: bool


def read_enlarged(answer: EnlargedAnswer, limits: PictureLimits) -> Drawn:
    """Parse, decode, check and complete. Raises BadAnswer and PictureError."""
    parser = parse_extras_single if len(answer.work.inputs) == 1 else parse_extras_batch
    extras = answer.raw.parsed(parser)
    told = html.unescape(_TAG.sub("", extras.html_info)).strip()[:_MOST_TOLD]
    pictures = zip(extras.images, answer.infotexts, strict=False)
    found = tuple(_enlarged(image, source or told, limits) for image, source in pictures)
    return Drawn(pictures=found, info=GenerationInfo())


def _enlarged(image: memoryview, infotext: str, limits: PictureLimits) -> DrawnPicture:
    """A web UI keeps the parameters that its source had, and adds a chunk of its own (NOTES 2.9).

    A source without any gets what was done to it for parameters, so that no picture is without.
    """
    finished = finish_picture(image, infotext or None, limits)
    text = finished.parameters or infotext
    result = Result(image=image, seed=parse(text).seed or 0, subseed=0, infotext=text)
    return DrawnPicture(result=result, finished=finished, infotext=text)


def enlarging_notices(answer: EnlargedAnswer, drawn: Drawn) -> tuple[Notice, ...]:
    """fewer_pictures (asked, got) and got_other_size (asked, got)."""
    asked, got = answer.work.pictures, len(drawn.pictures)
    found: list[Notice] = []
    if got < asked:
        found.append(Notice(code="fewer_pictures", data={"asked": asked, "got": got}))
    for wanted, picture in zip(answer.work.final_sizes, drawn.pictures, strict=False):
        size = picture.finished.width, picture.finished.height
        if answer.work.crop and any(abs(a - b) > _ROUNDING for a, b in zip(wanted, size, strict=True)):
            data = {"asked": "{}×{}".format(*wanted), "got": "{}×{}".format(*size)}
            found.append(Notice(code="got_other_size", data=dict(data)))
            break
    return tuple(found)
