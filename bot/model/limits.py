"""What a place allows, and how a request is fitted into it.

Too much is lowered and told; too little, or what is no number at all, is refused with the reason.
"""

from dataclasses import dataclass, field
from typing import TypeVar, overload

from bot.errors import BadValue
from bot.model.work import Adjustment, Describe, Drawing, Frozen, Img2Img, Txt2Img, Upscale, Work

SIZE_STEP = 8
"""Web UIs round sizes down to a multiple of 8 and still report the size that was asked for (NOTES 2.4)."""
MIN_SIDE = 64
MAX_CLIP_SKIP = 12
MAX_CFG_SCALE = 30.0
MAX_MASK_BLUR = 64
"""Pixels: the end of the web UI's slider."""
MAX_PADDING = 256
"""Pixels: the end of the web UI's slider."""
MIN_SCALE = 1.0
MAX_SCALE = 8.0
"""The ends of the Extras tab's slider; below 1 would make a picture smaller."""


_D = TypeVar("_D", bound=Drawing)


class Limits(Frozen):
    """The most that one request may ask for."""

    max_steps: int = 50
    max_width: int = 2048
    """Pixels of the final picture."""
    max_height: int = 2048
    """Pixels of the final picture."""
    max_pixels: int = 2048 * 2048
    """Width times height of the final picture."""
    max_pictures: int = 10
    max_upscaled_pixels: int = 4096 * 4096
    """Width times height of an enlarged picture."""


@dataclass(slots=True)
class _Fitting:
    """Collects what was changed while one request is fitted."""

    adjustments: list[Adjustment] = field(default_factory=list)

    def note(self, name: str, asked: object, given: object, reason: str) -> None:
        self.adjustments.append(Adjustment(field=name, asked=str(asked), given=str(given), reason=reason))

    def whole(self, name: str, asked: int, low: int, high: int) -> int:
        return int(self.number(name, asked, low, high))

    def number(self, name: str, asked: float, low: float, high: float) -> float:
        if asked < low:
            raise BadValue(name, f"{asked:g}", "too_small")
        if asked > high:
            self.note(name, f"{asked:g}", f"{high:g}", "over_maximum")
            return high
        return asked

    def side(self, name: str, asked: int, high: int) -> int:
        given = self.whole(name, asked, MIN_SIDE, high)
        rounded = given // SIZE_STEP * SIZE_STEP
        if rounded != given:
            self.note(name, asked, rounded, "multiple_of_8")
        return rounded


@overload
def fit(work: Txt2Img, limits: Limits) -> tuple[Txt2Img, tuple[Adjustment, ...]]: ...
@overload
def fit(work: Img2Img, limits: Limits) -> tuple[Img2Img, tuple[Adjustment, ...]]: ...
@overload
def fit(work: Txt2Img | Img2Img, limits: Limits) -> tuple[Txt2Img | Img2Img, tuple[Adjustment, ...]]: ...
@overload
def fit(work: Work, limits: Limits) -> tuple[Work, tuple[Adjustment, ...]]: ...
def fit(work: Work, limits: Limits) -> tuple[Work, tuple[Adjustment, ...]]:
    """``work`` within ``limits``, and what had to be changed for it.

    Raises BadValue for values below their minimum.
    """
    fitting = _Fitting()
    return _fitted(work, limits, fitting), tuple(fitting.adjustments)


def _fitted(work: Work, limits: Limits, fitting: _Fitting) -> Work:
    if isinstance(work, Describe):
        return work
    if isinstance(work, Upscale):
        return _fit_upscale(work, limits, fitting)
    if isinstance(work, Img2Img):
        return _fit_img2img(_fit_drawing(work, limits, fitting), limits, fitting)
    changed = _fit_second_steps(_fit_drawing(work, limits, fitting), limits, fitting)
    changed = _fit_second_pass(changed, limits, fitting)
    return _fit_batch(changed, limits, fitting)


def _fit_drawing(work: _D, limits: Limits, fitting: _Fitting) -> _D:
    changed = work.model_copy(
        update={
            "steps": fitting.whole("steps", work.steps, 1, limits.max_steps),
            "cfg_scale": fitting.number("guidance_scale", work.cfg_scale, 1.0, MAX_CFG_SCALE),
            "clip_skip": fitting.whole("clip_skip", work.clip_skip, 1, MAX_CLIP_SKIP),
            "width": fitting.side("width", work.width, limits.max_width),
            "height": fitting.side("height", work.height, limits.max_height),
        }
    )
    return _fit_area(changed, limits, fitting)


def _fit_area(work: _D, limits: Limits, fitting: _Fitting) -> _D:
    pixels = work.width * work.height
    if pixels <= limits.max_pixels:
        return work
    ratio = (limits.max_pixels / pixels) ** 0.5
    width = max(MIN_SIDE, int(work.width * ratio) // SIZE_STEP * SIZE_STEP)
    height = max(MIN_SIDE, int(work.height * ratio) // SIZE_STEP * SIZE_STEP)
    fitting.note("size", f"{work.width}×{work.height}", f"{width}×{height}", "over_maximum")
    return work.model_copy(update={"width": width, "height": height})


def _fit_img2img(work: Img2Img, limits: Limits, fitting: _Fitting) -> Img2Img:
    """Strength, and what goes with a mask, within what web UIs take."""
    changes: dict[str, object] = {"strength": fitting.number("strength", work.strength, 0.0, 1.0)}
    if work.inpaint is not None:
        blur = fitting.whole("mask_blur", work.inpaint.blur, 0, MAX_MASK_BLUR)
        padding = fitting.whole("padding", work.inpaint.padding, 0, MAX_PADDING)
        changes["inpaint"] = work.inpaint.model_copy(update={"blur": blur, "padding": padding})
    return _fit_batch(work.model_copy(update=changes), limits, fitting)


def _fit_upscale(work: Upscale, limits: Limits, fitting: _Fitting) -> Upscale:
    """The largest of the pictures decides how far they may be enlarged."""
    if work.size is not None:
        return _fit_exact_size(work, work.size, limits, fitting)
    scale = fitting.number("scale", work.scale, MIN_SCALE, MAX_SCALE)
    largest = max((width * height for width, height in work.sizes), default=0)
    if largest * scale * scale > limits.max_upscaled_pixels:
        lowered = max(MIN_SCALE, int((limits.max_upscaled_pixels / largest) ** 0.5 * 100) / 100)
        fitting.note("scale", f"{scale:g}×", f"{lowered:g}×", "over_maximum")
        scale = lowered
    return work.model_copy(update={"scale": scale})


def _fit_exact_size(work: Upscale, size: tuple[int, int], limits: Limits, fitting: _Fitting) -> Upscale:
    width, height = size
    if min(size) < MIN_SIDE:
        raise BadValue("size", f"{width}×{height}", "too_small")
    ratio = (limits.max_upscaled_pixels / (width * height)) ** 0.5
    if ratio >= 1:
        return work
    lowered = int(width * ratio), int(height * ratio)
    fitting.note("size", f"{width}×{height}", f"{lowered[0]}×{lowered[1]}", "over_maximum")
    return work.model_copy(update={"size": lowered})


def _fit_second_steps(work: Txt2Img, limits: Limits, fitting: _Fitting) -> Txt2Img:
    """Those of the second pass are limited as those of the first; 0 = as many."""
    fix = work.highres_fix
    if fix is None:
        return work
    steps = fitting.whole("hr_steps", fix.steps, 0, limits.max_steps)
    return work.model_copy(update={"highres_fix": fix.model_copy(update={"steps": steps})})


def _fit_second_pass(work: Txt2Img, limits: Limits, fitting: _Fitting) -> Txt2Img:
    """Maxima are about the picture that comes out, so it is the scale that gives way."""
    if work.highres_fix is None:
        return work
    room = min(
        limits.max_width / work.width,
        limits.max_height / work.height,
        (limits.max_pixels / (work.width * work.height)) ** 0.5,
    )
    scale = work.highres_fix.scale
    if scale <= room:
        return work
    lowered = int(room * 100) / 100
    fitting.note("highres_fix", f"{scale:g}×", f"{lowered:g}×", "over_maximum")
    if lowered <= 1:
        return work.model_copy(update={"highres_fix": None})
    return work.model_copy(update={"highres_fix": work.highres_fix.model_copy(update={"scale": lowered})})


def _fit_batch(work: _D, limits: Limits, fitting: _Fitting) -> _D:
    if work.batch_count < 1 or work.batch_size < 1:
        raise BadValue("batch", f"{work.batch_count},{work.batch_size}", "too_small")
    if work.pictures <= limits.max_pictures:
        return work
    size = min(work.batch_size, limits.max_pictures)
    count = max(1, limits.max_pictures // size)
    fitting.note("batch", work.pictures, size * count, "over_maximum")
    return work.model_copy(update={"batch_size": size, "batch_count": count})
