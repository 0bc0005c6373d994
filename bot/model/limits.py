"""What a place allows, and how a request is fitted into it.

Too much is lowered and told; too little, or what is no number at all, is refused with the reason.
"""

from dataclasses import dataclass, field

from bot.errors import BadValue
from bot.model.work import Adjustment, Frozen, Txt2Img

SIZE_STEP = 8
"""Web UIs round sizes down to a multiple of 8 and still report the size that was asked for (NOTES 2.4)."""
MIN_SIDE = 64
MAX_CLIP_SKIP = 12
MAX_CFG_SCALE = 30.0


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


def fit(work: Txt2Img, limits: Limits) -> tuple[Txt2Img, tuple[Adjustment, ...]]:
    """``work`` within ``limits``, and what had to be changed for it.

    Raises BadValue for values below their minimum.
    """
    fitting = _Fitting()
    changed = work.model_copy(
        update={
            "steps": fitting.whole("steps", work.steps, 1, limits.max_steps),
            "cfg_scale": fitting.number("guidance_scale", work.cfg_scale, 1.0, MAX_CFG_SCALE),
            "clip_skip": fitting.whole("clip_skip", work.clip_skip, 1, MAX_CLIP_SKIP),
            "width": fitting.side("width", work.width, limits.max_width),
            "height": fitting.side("height", work.height, limits.max_height),
        }
    )
    changed = _fit_area(changed, limits, fitting)
    changed = _fit_second_pass(changed, limits, fitting)
    changed = _fit_batch(changed, limits, fitting)
    return changed, tuple(fitting.adjustments)


def _fit_area(work: Txt2Img, limits: Limits, fitting: _Fitting) -> Txt2Img:
    pixels = work.width * work.height
    if pixels <= limits.max_pixels:
        return work
    ratio = (limits.max_pixels / pixels) ** 0.5
    width = max(MIN_SIDE, int(work.width * ratio) // SIZE_STEP * SIZE_STEP)
    height = max(MIN_SIDE, int(work.height * ratio) // SIZE_STEP * SIZE_STEP)
    fitting.note("size", f"{work.width}×{work.height}", f"{width}×{height}", "over_maximum")
    return work.model_copy(update={"width": width, "height": height})


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


def _fit_batch(work: Txt2Img, limits: Limits, fitting: _Fitting) -> Txt2Img:
    if work.batch_count < 1 or work.batch_size < 1:
        raise BadValue("batch", f"{work.batch_count},{work.batch_size}", "too_small")
    if work.pictures <= limits.max_pictures:
        return work
    size = min(work.batch_size, limits.max_pictures)
    count = max(1, limits.max_pictures // size)
    fitting.note("batch", work.pictures, size * count, "over_maximum")
    return work.model_copy(update={"batch_size": size, "batch_count": count})
