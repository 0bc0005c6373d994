"""What a prompt's wildcards and alternatives become, before it is queued."""

import asyncio

from bot.model.templates import Wildcards, expand, is_template, may_be_template
from bot.model.work import Adjustment, Drawing, Request

_SECONDS = 5.0
"""For all pictures of a request; what takes longer is drawn as it was typed."""


async def chosen(request: Request, wildcards: Wildcards) -> Request:
    """``request`` with a choice made for each picture, by its seed; a prompt without choices is left alone.

    A template that cannot be read is drawn as it was typed, and the person is told.
    """
    work = request.work
    if not isinstance(work, Drawing) or not may_be_template(work.prompt):
        return request
    prompts = await _in_time(work, wildcards)
    if prompts == ():
        return request
    if prompts is None:
        told = Adjustment(field="prompt", asked="", given="", reason="not_expanded")
        return request.model_copy(update={"adjustments": (*request.adjustments, told)})
    update = {"prompt": prompts[0], "prompts": prompts, "template": work.prompt}
    return request.model_copy(update={"work": work.model_copy(update=update)})


async def _in_time(work: Drawing, wildcards: Wildcards) -> tuple[str, ...] | None:
    try:
        async with asyncio.timeout(_SECONDS):
            return await asyncio.to_thread(_expanded, work, wildcards)
    except TimeoutError:
        return None


def _expanded(work: Drawing, wildcards: Wildcards) -> tuple[str, ...] | None:
    """Blocks. The same seed makes the same choices. Nothing where there is nothing to choose."""
    if not is_template(work.prompt, wildcards):
        return ()
    seed = work.seed if work.variation is None else work.variation.seed
    prompts = [expand(work.prompt, wildcards, seed + index) for index in range(work.pictures)]
    return tuple(prompt for prompt in prompts if prompt is not None) if all(prompts) else None
