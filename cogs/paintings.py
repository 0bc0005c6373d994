"""What has to be painted on before it can be asked for: canvases and masks, made in threads and kept."""

import asyncio
from collections.abc import Sequence
from typing import Literal, get_args

import discord

from bot.errors import BadValue
from bot.imaging.canvas import blended, outpainted
from bot.imaging.codec import PictureLimits
from bot.imaging.masks import REGIONS, Region, alpha_mask, given_mask, region_mask
from bot.model.framing import Frame, pan, shaped_like, square, zoom_out
from bot.model.limits import Limits
from bot.model.work import Request
from bot.queue.job import Job
from bot.services import Services
from cogs.options import limits_of
from cogs.sources import Source, from_job, taken_in
from cogs.variations import (
    blending,
    enhanced,
    one_of,
    outpainting,
    redrawn_larger,
    revaried,
    varied,
    with_new_seed,
)

View = Literal["zoom_1_5", "zoom_2", "left", "right", "up", "down", "square"]
"""What more of the world is to be seen: the camera steps back, looks aside, or sees as far in both ways."""
VIEWS: tuple[View, ...] = get_args(View)
AREAS = (*REGIONS, "alpha")
"""What can be named in place of a mask."""


def frame_of(width: int, height: int, view: View, limits: Limits) -> Frame:
    """The canvas for a picture of that size. Raises BadValue for a square that is one already."""
    match view:
        case "zoom_1_5":
            return zoom_out(width, height, 1.5, limits)
        case "zoom_2":
            return zoom_out(width, height, 2.0, limits)
        case "square":
            return square(width, height, limits)
        case "left" | "right" | "up" | "down":
            return pan(width, height, view, limits)


async def outpaint(services: Services, request: Request, source: Source, view: View) -> Request:
    """``request`` painted around a picture. Raises BadValue, PictureError and StorageError."""
    frame = frame_of(source.width, source.height, view, limits_of(services.settings))
    async with services.decoding:
        made = await asyncio.to_thread(outpainted, source.data, frame)
    canvas, mask = await services.inputs.put(made.canvas), await services.inputs.put(made.mask)
    return outpainting(request, source, frame, canvas=canvas, mask=mask, settings=services.settings)


async def around(services: Services, job: Job, index: int, view: View) -> Request:
    """More of the world around a result. Raises Gone, BadValue, PictureError and StorageError."""
    request = with_new_seed(one_of(job, index))
    return await outpaint(services, request, await from_job(services, job, index), view)


async def vary(services: Services, job: Job, index: int, *, strong: bool) -> Request:
    """A result once more, a little or quite different. Raises Gone, BadValue, PictureError, StorageError."""
    request = one_of(job, index)
    mixed = varied(request, strong)
    if mixed is not None and services.catalog.offer().options:  # stable-diffusion.cpp takes one seed only
        return mixed
    return revaried(request, await from_job(services, job, index), strong, services.settings)


async def enhance(services: Services, job: Job, index: int) -> Request:
    """A result once more, larger and with more detail. Raises Gone, BadValue, PictureError, StorageError."""
    request = one_of(job, index)
    second = enhanced(request, services.catalog.offer(), services.settings)
    if second is not None:
        return second
    return redrawn_larger(request, await from_job(services, job, index), services.settings)


async def blend(
    services: Services, request: Request, sources: Sequence[Source], strength: float | None
) -> Request:
    """``request`` begun with several pictures laid over each other, shaped like the first one.

    Raises BadValue, PictureError and StorageError.
    """
    first, work, limits = sources[0], request.work, limits_of(services.settings)
    width, height = getattr(work, "width", first.width), getattr(work, "height", first.height)
    width, height = shaped_like(first.width, first.height, width * height, limits)
    async with services.decoding:
        canvas = await asyncio.to_thread(blended, [one.data for one in sources], width, height)
    return blending(request, await taken_in(services, canvas), services.settings, strength)


async def area_mask(services: Services, source: Source, area: str, *, everything_but: bool) -> str:
    """A mask made of a word, as an input. Raises BadValue, NothingTransparent and StorageError."""
    region: Region | None = next((one for one in REGIONS if one == area), None)
    if region is not None:
        size = source.width, source.height
        data = await asyncio.to_thread(region_mask, *size, region, everything_but=everything_but)
    elif area == "alpha":
        data = await asyncio.to_thread(alpha_mask, source.data, _limits(services))
    else:
        raise BadValue("area", area, "wrong_type")
    return await services.inputs.put(data)


async def attached_mask(services: Services, source: Source, attachment: discord.Attachment) -> str:
    """A mask that was attached, as an input.

    Raises Refused, MaskMismatch, EmptyMask and other PictureErrors, and StorageError.
    """
    data = await services.fetcher.attachment(attachment.url, size_hint=attachment.size)
    async with services.decoding:
        clean = await asyncio.to_thread(given_mask, data, source.width, source.height, _limits(services))
    return await services.inputs.put(clean)


def _limits(services: Services) -> PictureLimits:
    return PictureLimits(max_pixels=services.settings.attachments.max_pixels)
