"""Loading another checkpoint and back, which heals a model that a failed load has damaged (NOTES 3.7).

A failed load leaves the model that was loaded in place, answering 200, but without its prompt machinery:
other pixels for the same seed, embeddings ignored. Any other checkpoint that loads is sound again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from pydantic import JsonValue

from bot.errors import BadAnswer, ServerError
from bot.model.work import Txt2Img
from bot.webui.api import WebUIAPI
from bot.webui.responses import parse_generation
from bot.webui.wire import Checkpoint

__all__ = ["Payload", "heal", "remedies"]

Payload = Callable[[Txt2Img], Mapping[str, JsonValue]]
"""What is sent for a piece of work."""

MOST_TRIED = 3
"""Checkpoints. Where none of three loads, it is not the files that are broken."""
_SIDE, _STEPS = 64, 1
"""The least picture there is: loading is what it is for."""


def remedies(
    checkpoints: Sequence[Checkpoint], damaged: str | None, broken: frozenset[str]
) -> tuple[Checkpoint, ...]:
    """Checkpoints to load instead of the one called ``damaged``, and not those that would not load."""
    unfit = broken | {damaged}
    return tuple(one for one in checkpoints if one.model_name not in unfit)[:MOST_TRIED]


async def heal(
    client: WebUIAPI, payload: Payload, others: Sequence[Checkpoint], back: Checkpoint | None
) -> Checkpoint | None:
    """Load one of ``others``, then ``back``. The one that is loaded then; None if nothing would load.

    By the override of a tiny picture, since that waits its turn behind whatever is being drawn, and leaves
    the option as people have set it where they use the web UI too. Raises WebUIError when the web UI itself
    fails.
    """
    for other in others:
        if not await _loads(client, payload, other):
            continue
        if back is None:
            return other
        if await _loads(client, payload, back):
            return back
        back = None  # it is broken, and what was loaded instead is damaged now
    return None


async def _loads(client: WebUIAPI, payload: Payload, checkpoint: Checkpoint) -> bool:
    """Whether a picture came back, drawn by ``checkpoint``: a web UI may go on with another (NOTES 2.5)."""
    work = Txt2Img(
        prompt="", seed=1, steps=_STEPS, width=_SIDE, height=_SIDE, checkpoint=checkpoint.model_name
    )
    raw = await client.txt2img(payload(work))
    try:
        info = (await asyncio.to_thread(raw.parsed, parse_generation)).info
    except (ServerError, BadAnswer):
        return False
    return any(name in checkpoint.aliases for name in (info.sd_model_hash, info.sd_model_name))
