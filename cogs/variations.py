"""From a request and a picture to the request for another one: what buttons and commands make of results.

Nothing here reads or writes anything. Pictures are named by the ids of inputs.
"""

from dataclasses import dataclass
from typing import Any

from bot.backends.catalog import Offer
from bot.errors import Gone
from bot.model.framing import Frame, shaped_like
from bot.model.limits import fit
from bot.model.work import (
    Adjustment,
    Drawing,
    HighresFix,
    Img2Img,
    Inpaint,
    Request,
    ResizeMode,
    Txt2Img,
    Variation,
)
from bot.queue.job import Job
from cogs.options import limits_of, new_seed
from cogs.sources import Given, Source
from config.settings import Settings

VARY_SUBTLE, VARY_STRONG = 0.15, 0.45
"""Shares of another seed's noise. At 0.15 the composition stays, from about 0.5 on it is another picture."""
REVARY_SUBTLE, REVARY_STRONG = 0.35, 0.6
"""How much is drawn anew where a picture itself is begun with."""
ENHANCE_STRENGTH = 0.35
"""Of drawing a picture anew at a larger size: enough for new detail, too little for another picture."""
BLEND_STRENGTH = 0.6
"""Of what was laid over each other: enough to make one picture of it."""
_OWN_FIELDS = frozenset({"kind", "highres_fix", "init", "strength", "resize_mode", "inpaint"})
"""Of Txt2Img and Img2Img, besides what they share."""


def one_of(job: Job, index: int) -> Request:
    """The request that draws exactly picture ``index`` of ``job`` again.

    Raises Gone for a picture that is not there, or that was not drawn.
    """
    picture = next((one for one in job.pictures if one.index == index), None)
    work = job.request.work
    if picture is None or not isinstance(work, Txt2Img | Img2Img):
        raise Gone
    changes: dict[str, object] = {"seed": picture.seed, "batch_count": 1, "batch_size": 1}
    if work.variation is not None and picture.subseed is not None:
        changes["variation"] = work.variation.model_copy(update={"seed": picture.subseed})
    if work.template is not None:
        changes |= {"prompt": work.prompt_of(index), "template": None, "prompts": ()}
    elif picture.prompt and len({one.prompt for one in job.pictures}) > 1:
        # An extension has given each its own; styles and networks are merged into it already.
        changes |= {"prompt": picture.prompt, "styles": (), "extra_networks": ()}
    return _asking(job.request, work.model_copy(update=changes), job.id, index)


def begun_with(
    request: Request,
    source: Source,
    settings: Settings,
    *,
    strength: float | None = None,
    resize_mode: ResizeMode | None = None,
    sized: bool = False,
    pixels: int | None = None,
    inpaint: Inpaint | None = None,
) -> Request:
    """``request`` begun with a picture. Raises BadValue.

    ``sized``: the width or the height was asked for. Where it was not, the result is shaped like the picture
    and has ``pixels``, or as many as it would have had.
    """
    work, limits = _drawing(request), limits_of(settings)
    size = work.width, work.height
    if not sized:
        size = shaped_like(source.width, source.height, pixels or size[0] * size[1], limits)
    started = Img2Img(
        **_shared(work),
        init=source.input,
        strength=settings.defaults.strength if strength is None else strength,
        resize_mode=resize_mode or "crop",
        inpaint=inpaint,
    ).model_copy(update={"width": size[0], "height": size[1]})
    dropped = _dropped_highres(work)
    return _fitted(request, started, settings, source, (*request.adjustments, *dropped))


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A picture to begin with, not read yet, and what was typed about it."""

    given: Given
    strength: float | None = None
    resize_mode: ResizeMode | None = None
    sized: bool = False

    def planned(self, request: Request, settings: Settings) -> Request:
        """What will be asked for, as far as it is known without the picture. Raises BadValue."""
        self.given.check()
        width, height = self.given.size
        return self.begun(request, Source(input="", data=b"", width=width, height=height), settings)

    def begun(self, request: Request, source: Source, settings: Settings) -> Request:
        """What is asked for now that the picture was read."""
        return begun_with(
            request,
            source,
            settings,
            strength=self.strength,
            resize_mode=self.resize_mode,
            sized=self.sized,
        )


def outpainting(
    request: Request, source: Source, frame: Frame, *, canvas: str, mask: str, settings: Settings
) -> Request:
    """``request`` painted around a picture that lies on ``canvas``. Both are ids of inputs of its size."""
    started = Img2Img(
        **_shared(_drawing(request)),
        init=canvas,
        strength=settings.defaults.outpaint_strength,
        inpaint=Inpaint(mask=mask, outside=True),
    ).model_copy(update={"width": frame.width, "height": frame.height})
    return _fitted(request, started, settings, source, ())


def varied(request: Request, strong: bool) -> Request | None:
    """The same picture a little, or quite, different: another seed's noise is mixed in.

    None where one is mixed in already, since there is room for one. ``revaried`` can.
    """
    work = _drawing(request)
    if work.variation is not None:
        return None
    variation = Variation(seed=new_seed(), strength=VARY_STRONG if strong else VARY_SUBTLE)
    return request.model_copy(update={"work": work.model_copy(update={"variation": variation})})


def revaried(request: Request, source: Source, strong: bool, settings: Settings) -> Request:
    """A picture drawn anew over itself with another seed, a little or a lot."""
    work = _drawing(request)
    started = Img2Img(
        **_shared(work),
        init=source.input,
        strength=REVARY_STRONG if strong else REVARY_SUBTLE,
    ).model_copy(update={"seed": new_seed(), "variation": None})
    size = shaped_like(source.width, source.height, source.width * source.height, limits_of(settings))
    changed = started.model_copy(update={"width": size[0], "height": size[1]})
    return _fitted(request, changed, settings, source, ())


def enhanced(request: Request, offer: Offer, settings: Settings) -> Request | None:
    """The same picture with a second pass at a larger size.

    None where that cannot be: it had a second pass, or began with a picture. ``redrawn_larger`` can.
    """
    work, defaults = request.work, settings.defaults
    if not isinstance(work, Txt2Img) or work.highres_fix is not None:
        return None
    upscaler = _upscaler(offer, defaults.enhance_upscaler)
    latent = upscaler in offer.latent_upscale_modes or upscaler.startswith("Latent")
    strength = defaults.highres_latent_strength if latent else defaults.highres_strength
    fix = HighresFix(upscaler=upscaler, scale=defaults.highres_scale, denoising_strength=strength)
    fitted, adjustments = fit(work.model_copy(update={"highres_fix": fix}), limits_of(settings))
    return request.model_copy(update={"work": fitted, "adjustments": adjustments})


def redrawn_larger(request: Request, source: Source, settings: Settings) -> Request:
    """A picture drawn anew at a larger size, so softly that it stays the same picture."""
    scale, limits = settings.defaults.highres_scale, limits_of(settings)
    pixels = round(source.width * scale) * round(source.height * scale)
    width, height = shaped_like(source.width, source.height, pixels, limits)
    started = Img2Img(**_shared(_drawing(request)), init=source.input, strength=ENHANCE_STRENGTH)
    changed = started.model_copy(update={"width": width, "height": height})
    return _fitted(request, changed, settings, source, ())


def blending(request: Request, canvas: Source, settings: Settings, strength: float | None) -> Request:
    """``request`` begun with pictures that were laid over each other, at the size of that canvas."""
    share = BLEND_STRENGTH if strength is None else strength
    started = Img2Img(**_shared(_drawing(request)), init=canvas.input, strength=share)
    changed = started.model_copy(update={"width": canvas.width, "height": canvas.height})
    return _fitted(request, changed, settings, canvas, request.adjustments)


def without_picture(request: Request, strength: float | None) -> Request:
    """``request``, which begins with none, and that a typed strength has no meaning for it."""
    if strength is None:
        return request
    told = Adjustment(field="strength", asked=f"{strength:g}", given="none", reason="needs_picture")
    return request.model_copy(update={"adjustments": (*request.adjustments, told)})


def with_new_seed(request: Request) -> Request:
    """The same with another seed."""
    return request.model_copy(update={"work": request.work.model_copy(update={"seed": new_seed()})})


def _asking(request: Request, work: Txt2Img | Img2Img, job_id: str, index: int) -> Request:
    update = {"work": work, "adjustments": (), "changes": (), "source": job_id, "source_picture": index}
    return request.model_copy(update=update)


def _fitted(
    request: Request,
    work: Img2Img,
    settings: Settings,
    source: Source,
    told: tuple[Adjustment, ...],
) -> Request:
    fitted, adjustments = fit(work, limits_of(settings))
    update: dict[str, object] = {"work": fitted, "adjustments": (*told, *adjustments), "changes": ()}
    if source.job is not None:
        spoiler = request.spoiler or source.job.request.spoiler
        update |= {"source": source.job.id, "source_picture": source.index, "spoiler": spoiler}
    return request.model_copy(update=update)


def _drawing(request: Request) -> Txt2Img | Img2Img:
    work = request.work
    if not isinstance(work, Txt2Img | Img2Img):
        raise Gone
    return work


def _shared(work: Drawing) -> dict[str, Any]:
    """The fields that text-to-image and image-to-image have in common."""
    return work.model_dump(exclude=set(_OWN_FIELDS))


def _dropped_highres(work: Txt2Img | Img2Img) -> tuple[Adjustment, ...]:
    if not isinstance(work, Txt2Img) or work.highres_fix is None:
        return ()
    asked = work.highres_fix.upscaler
    return (Adjustment(field="highres_fix", asked=asked, given="none", reason="not_with_picture"),)


def _upscaler(offer: Offer, wanted: str) -> str:
    """The host's choice where the web UIs have it; else one that every A1111 has."""
    listed = offer.highres_upscalers
    return next((name for name in (wanted, "Latent", "Lanczos") if name in listed), wanted)
