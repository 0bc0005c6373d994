"""Which request a piece of work is."""

from bot.model.work import Describe, Img2Img, Upscale, Work
from bot.webui.endpoints import Endpoint

__all__ = ["endpoint_of"]


def endpoint_of(work: Work) -> Endpoint:
    """Where ``work`` is sent."""
    if isinstance(work, Upscale):
        return Endpoint.EXTRA_SINGLE if len(work.inputs) == 1 else Endpoint.EXTRA_BATCH
    if isinstance(work, Describe):
        return Endpoint.INTERROGATE
    return Endpoint.IMG2IMG if isinstance(work, Img2Img) else Endpoint.TXT2IMG
