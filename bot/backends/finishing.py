"""From a web UI's answer in memory to pictures that are known to be whole. Blocks: for a thread."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.imaging.codec import PictureKind, PictureLimits
from bot.imaging.finish import FinishedPicture, finish_picture
from bot.imaging.metadata import splice_parameters
from bot.model.work import Img2Img, Notice, Txt2Img
from bot.queue.job import Picture
from bot.queue.parts import Part
from bot.webui.api import RawAnswer
from bot.webui.dialects import Capabilities
from bot.webui.differences import compare
from bot.webui.responses import parse_generation
from bot.webui.wire import Checkpoint, GenerationInfo, Result

__all__ = ["Drawn", "DrawnPicture", "WebUIAnswer", "notices", "read_answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebUIAnswer:
    """An answer with status 200 as it came, and what it is the answer to."""

    raw: RawAnswer = field(repr=False)
    work: Txt2Img | Img2Img
    """As it was sent: in this web UI's own names, the baseline's checkpoint where none was asked for."""
    part: Part
    """What of its job that is."""
    checkpoint: Checkpoint | None
    """The record of ``work.checkpoint``."""
    capabilities: Capabilities
    """Of the web UI when it was asked."""
    seconds: float
    """From sending to the last byte."""
    switch: float | None = 0.0
    """Seconds of them for loading another checkpoint. 0 = none was; None = it was not seen how long."""
    interrupted: bool
    """We stopped it on the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPicture:
    """One result, checked."""

    result: Result
    finished: FinishedPicture
    infotext: str
    """Empty if nobody has told it yet."""

    def with_infotext(self, text: str) -> "DrawnPicture":
        """The same with ``text`` in it, where it is a PNG. Raises PictureError."""
        finished = self.finished
        if finished.kind is PictureKind.PNG:
            data = splice_parameters(finished.data, text)
            finished = replace(finished, data=data, parameters=text, spliced=True)
        return replace(self, finished=finished, infotext=text)

    def stored(self, index: int, file: str, prompt: str, *, varied: bool) -> Picture:
        """As the job keeps it. ``varied``: the subseed had a part in it."""
        return Picture(
            index=index,
            file=file,
            kind=self.finished.kind.value,
            width=self.finished.width,
            height=self.finished.height,
            size=len(self.finished.data),
            seed=self.result.seed,
            subseed=self.result.subseed if varied else None,
            prompt=prompt,
            infotext=self.infotext,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What an answer holds: its results and what the web UI says that it did."""

    pictures: tuple[DrawnPicture, ...]
    info: GenerationInfo

    def prompt(self, index: int) -> str:
        """The prompt of one picture as it was drawn, styles merged in."""
        prompts = self.info.all_prompts
        return prompts[index] if index < len(prompts) else self.info.prompt


def read_answer(answer: WebUIAnswer, limits: PictureLimits) -> Drawn:
    """Join, cut, parse, decode, check and complete: everything that takes time.

    Raises BadAnswer and PictureError. One broken picture breaks the answer: who asked for four gets four.
    """
    generation = answer.raw.parsed(parse_generation)
    pictures = tuple(_drawn(result, limits) for result in generation.results)
    return Drawn(pictures=pictures, info=generation.info)


def _drawn(result: Result, limits: PictureLimits) -> DrawnPicture:
    finished = finish_picture(result.image, result.infotext or None, limits)
    return DrawnPicture(result=result, finished=finished, infotext=finished.parameters or result.infotext)


def notices(
    answer: WebUIAnswer, drawn: Drawn, pictures: Sequence[DrawnPicture], before: int = 0
) -> tuple[Notice, ...]:
    """Everything that the person should know about the result. ``before``: pictures of earlier parts.

    Besides the codes of ``compare``: fewer_pictures (asked, got), no_infotext. What we interrupted is
    fewer and smaller for that reason, which everybody knows.
    """
    size = None
    if pictures and not answer.interrupted:
        size = pictures[0].finished.width, pictures[0].finished.height
    found = [
        *compare(
            answer.work,
            drawn.info,
            capabilities=answer.capabilities,
            checkpoint=answer.checkpoint,
            size=size,
        )
    ]
    part, got = answer.part, before + len(pictures)
    if part.is_last and got < part.total and not answer.interrupted:
        found.append(Notice(code="fewer_pictures", data={"asked": part.total, "got": got}))
    if not all(picture.infotext for picture in pictures):
        found.append(Notice(code="no_infotext"))
    return tuple(found)
