"""Requests to enlarge pictures: from the button, the menu and the command."""

from collections.abc import Sequence

from bot.backends.catalog import Offer
from bot.model.limits import fit
from bot.model.prompts import says_nothing
from bot.model.work import Request, Upscale
from bot.services import Services
from bot.webui.names import match_name
from cogs.options import limits_of
from cogs.sources import Source, with_infotext
from config.settings import Settings

_ALWAYS_THERE = ("R-ESRGAN 4x+", "Lanczos")
"""What every A1111 has."""


def usual_upscaler(offer: Offer, settings: Settings) -> str:
    """The host's choice where the web UIs have it, else one that they have."""
    listed = [name for name in offer.upscalers if not says_nothing(name)]
    wanted = (settings.defaults.upscaler, *_ALWAYS_THERE, *listed)
    return next((name for name in wanted if name in listed), settings.defaults.upscaler)


def upscaler_named(given: str, offer: Offer) -> str:
    """A typed upscaler by the web UI's own name. Raises UnknownName."""
    listed = [name for name in offer.upscalers if not says_nothing(name)]
    return match_name("upscaler", given, listed) if offer.known else given.strip()[:200]


async def usual_upscaling(services: Services, sources: Sequence[Source], *, spoiler: bool) -> Request:
    """These pictures enlarged as the host usually has it. Raises BadValue, StorageError."""
    settings = services.settings
    upscaler = usual_upscaler(services.catalog.offer(), settings)
    work = Upscale(inputs=(), upscaler=upscaler, scale=settings.defaults.upscale)
    kept = [await with_infotext(services, source) for source in sources]
    return upscaling(kept, work, settings, spoiler=spoiler)


def upscaling(sources: Sequence[Source], work: Upscale, settings: Settings, *, spoiler: bool) -> Request:
    """``work`` done to these pictures, within the limits. Raises BadValue."""
    sizes = tuple((source.width, source.height) for source in sources)
    inputs = tuple(source.input for source in sources)
    asked = work.model_copy(update={"inputs": inputs, "sizes": sizes})
    fitted, adjustments = fit(asked, limits_of(settings))
    first = sources[0]
    return Request(
        work=fitted,
        spoiler=spoiler,
        adjustments=adjustments,
        source=None if first.job is None else first.job.id,
        source_picture=first.index,
    )
