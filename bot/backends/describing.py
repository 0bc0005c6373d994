"""What a web UI says is to be seen in a picture."""

import logging
import time
from dataclasses import dataclass

from bot.errors import BadAnswer, NoCaption, OutOfMemory, ServerError
from bot.model.work import Describe, DescribeModel, Notice
from bot.webui.api import WebUIAPI

__all__ = ["DescribedAnswer", "describe"]

_log = logging.getLogger(__name__)

_LONGEST = 3000
"""Characters of one model's text: DeepDanbooru may list hundreds of tags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedAnswer:
    """What each model said."""

    notices: tuple[Notice, ...]
    """described (model, text) and not_described (model)."""
    seconds: float


async def describe(client: WebUIAPI, work: Describe, picture: str) -> DescribedAnswer:
    """Ask one model after the other about a picture, given as base64 text.

    Raises NoCaption if none can answer, and WebUIError.
    """
    started = time.monotonic()
    texts = {model: await _caption(client, picture, model) for model in work.models}
    if not any(texts.values()):
        raise NoCaption
    notices = tuple(_notice(model, text) for model, text in texts.items())
    return DescribedAnswer(notices=notices, seconds=time.monotonic() - started)


def _notice(model: DescribeModel, text: str) -> Notice:
    if not text:
        return Notice(code="not_described", data={"model": model})
    return Notice(code="described", data={"model": model, "text": text[:_LONGEST]})


async def _caption(client: WebUIAPI, picture: str, model: DescribeModel) -> str:
    """Empty where the model's weights are missing: CLIP says so in its way, DeepDanbooru by a 500."""
    try:
        return await client.interrogate(picture, model)
    except OutOfMemory:
        raise
    except (BadAnswer, ServerError) as error:
        if isinstance(error, BadAnswer) and error.reason != "no_caption":
            raise
        _log.info("a model that describes pictures does not answer", extra={"model": model})
        return ""
