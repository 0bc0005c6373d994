"""What is sent to one web UI for one piece of work, its pictures included."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from pydantic import JsonValue

from bot.backends.inputs import Inputs
from bot.backends.remote import KnownBackend
from bot.backends.tuned import Tuning
from bot.errors import Unsupported
from bot.imaging.canvas import fitted, fitted_mask
from bot.imaging.metadata import read_parameters
from bot.model.families import is_distilled
from bot.model.work import Describe, Drawing, Img2Img, Txt2Img, Upscale, Work
from bot.webui import payloads
from bot.webui.dialects import Capabilities
from bot.webui.encoding import encode_picture
from bot.webui.requests import endpoint_of
from bot.webui.wire import Checkpoint, Lora, Module

__all__ = ["Orders", "Sources"]

_NO_PICTURE = "AAAA"
"""In the place of a picture where nothing is sent."""

Payload = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The pictures that go with a request, as base64 text."""

    pictures: tuple[str, ...] = ()
    mask: str | None = None
    infotexts: tuple[str, ...] = ()
    """Of each picture; empty where it has none."""


class _Common(TypedDict):
    """What the payloads of txt2img and img2img both want to know."""

    baseline: Mapping[str, JsonValue]
    capabilities: Capabilities
    task_id: str
    dedicated: bool
    loras: Sequence[Lora]
    modules: Sequence[Module]
    distilled: bool


class Orders:
    """Makes the requests for ``backend``. Names are this web UI's already."""

    def __init__(self, backend: KnownBackend, inputs: Inputs, tuning: Tuning) -> None:
        self._backend = backend
        self._tuning = tuning
        self._inputs = inputs

    def require(self, work: Work) -> None:
        """Raise Unsupported where this web UI has no way to do it."""
        endpoint = endpoint_of(work)
        if not isinstance(work, Txt2Img) and not self._backend.capabilities.has(endpoint):
            raise Unsupported(endpoint.short)

    async def sources(self, work: Work) -> Sources:
        """The pictures of ``work``, read and made ready in threads. Raises InputGone and PictureError."""
        if isinstance(work, Img2Img):
            return await self._fitted(work)
        if isinstance(work, Upscale):
            data = [await self._inputs.get(one) for one in work.inputs]
            return await asyncio.to_thread(_with_infotexts, data)
        if isinstance(work, Describe):
            shown = await self._inputs.get(work.input)
            return Sources(pictures=(await asyncio.to_thread(encode_picture, shown),))
        return Sources()

    async def _fitted(self, work: Img2Img) -> Sources:
        """At the size that is drawn, so that every web UI begins with the same pixels."""
        init = await self._inputs.get(work.init)
        mask = None if work.inpaint is None else await self._inputs.get(work.inpaint.mask)
        return await asyncio.to_thread(_at_size, work, init, mask)

    def drawing(self, work: Txt2Img | Img2Img, task_id: str, sources: Sources) -> Payload:
        """The request of txt2img or img2img."""
        backend = self._backend
        common = _Common(
            baseline=backend.baseline.values,
            capabilities=backend.capabilities,
            task_id=task_id,
            dedicated=backend.dedicated,
            loras=backend.lists.loras or (),
            modules=backend.lists.modules or (),
            distilled=self._is_distilled(work),
        )
        if isinstance(work, Txt2Img):
            return payloads.txt2img(work, **common)
        return payloads.img2img(work, sources.pictures[0], sources.mask, **common)

    def upscaling(self, work: Upscale, sources: Sources) -> Payload:
        """The request of extra-single-image or extra-batch-images."""
        if len(work.inputs) == 1:
            return payloads.extra_single(sources.pictures[0], work)
        return payloads.extra_batch(sources.pictures, work)

    def dry(self, work: Work, task_id: str) -> Payload:
        """What would be sent, with placeholders for its pictures."""
        self.require(work)
        if isinstance(work, Upscale):
            return self.upscaling(work, Sources(pictures=(_NO_PICTURE,) * len(work.inputs)))
        if isinstance(work, Describe):
            return payloads.interrogate(_NO_PICTURE, work.models[0])
        masked = isinstance(work, Img2Img) and work.inpaint is not None
        return self.drawing(
            work, task_id, Sources(pictures=(_NO_PICTURE,), mask=_NO_PICTURE if masked else None)
        )

    def checkpoint_name(self, work: Drawing) -> str | None:
        """What is asked for, by the person or by the baseline; None where the web UI takes no such wish."""
        if work.checkpoint is not None or not self._backend.capabilities.knows("sd_model_checkpoint"):
            return work.checkpoint
        named = self._backend.baseline.values.get("sd_model_checkpoint")
        return named if isinstance(named, str) else None

    def _is_distilled(self, work: Drawing) -> bool:
        """Whether guidance goes out as ``distilled_cfg_scale``. No web UI tells."""
        name = self.checkpoint_name(work)
        known = self._backend.lists.checkpoints or ()
        return name is not None and is_distilled(self._tuning.now.models.family_of(name, known))

    def named(self, work: Work) -> Work:
        """The same with the checkpoint that it is drawn with where none is asked for."""
        if not isinstance(work, Drawing):
            return work
        return work.model_copy(update={"checkpoint": self.checkpoint(work)[0]})

    def checkpoint(self, work: Drawing) -> tuple[str | None, Checkpoint | None]:
        """The checkpoint that the answer is to name, and its record, if it is here."""
        name = self.checkpoint_name(work)
        record = None if name is None else self._backend.lists.checkpoint(name)
        return (record.model_name if record else name), record


def _at_size(work: Img2Img, init: bytes, mask: bytes | None) -> Sources:
    """Blocks."""
    size = work.width, work.height, work.resize_mode
    return Sources(
        pictures=(encode_picture(fitted(init, *size)),),
        mask=None if mask is None else encode_picture(fitted_mask(mask, *size)),
    )


def _with_infotexts(pictures: Sequence[bytes]) -> Sources:
    """Blocks."""
    return Sources(
        pictures=tuple(encode_picture(data) for data in pictures),
        infotexts=tuple(read_parameters(data) or "" for data in pictures),
    )
