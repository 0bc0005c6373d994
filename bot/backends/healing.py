"""Loading another checkpoint and back, which heals a model that a failed load has damaged (NOTES 3.7).

A failed load leaves the model that was loaded in place, answering 200, but without its prompt machinery:
other pixels for the same seed, embeddings ignored. Any other checkpoint that loads is sound again.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence

from pydantic import JsonValue

from bot.backends.backend import Backend
from bot.errors import BadAnswer, CheckpointFailed, ServerError, WebUIError
from bot.model.work import Txt2Img
from bot.webui.api import WebUIAPI
from bot.webui.endpoints import Endpoint
from bot.webui.responses import parse_generation
from bot.webui.wire import Checkpoint

__all__ = ["Healer", "Payload", "heal", "remedies"]

_log = logging.getLogger(__name__)

Payload = Callable[[Txt2Img], Mapping[str, JsonValue]]
"""What is sent for a piece of work."""

MOST_TRIED = 3
"""Checkpoints. Where none of three loads, it is not the files that are broken."""
_SIDE, _STEPS = 64, 1
"""The least picture there is: loading is what it is for."""


class Healer:
    """Notes what a failed load has done to ``backend``, and undoes it."""

    def __init__(self, backend: Backend, payload: Callable[[Txt2Img, str], Mapping[str, JsonValue]]) -> None:
        """``payload``: what is sent for a piece of work and the id of its task."""
        self.before: str | None = None
        """``model_name`` of what was loaded before the latest request was sent."""
        self._backend = backend
        self._payload = payload
        self._broken: frozenset[str] = frozenset()
        """Checkpoints that would not load."""

    def note(self, job_id: str, error: CheckpointFailed) -> None:
        """The model that was loaded may be damaged until another one is loaded."""
        backend = self._backend
        _log.warning("a checkpoint could not be loaded", extra={"backend": backend.name, "job": job_id})
        wanted = backend.loaded
        if wanted is not None and wanted != self.before:
            self._broken |= {wanted}
        backend.look_soon(Endpoint.REFRESH_CHECKPOINTS)
        if backend.capabilities.knows("sd_model_checkpoint"):
            backend.record_damage(error)
        else:
            backend.note_loaded(None)

    async def heal(self) -> None:
        """Load another checkpoint and the one from before. Where that cannot be, say so."""
        backend = self._backend
        known = backend.lists.checkpoints or ()
        others = remedies(known, self.before, self._broken)
        back = next((one for one in known if one.model_name == self.before), None)
        if back is None:  # what is damaged may be any of them, so two have to be loaded
            others, back = (others[:1], others[1]) if len(others) > 1 else ((), None)
        try:
            healed = await heal(backend.client, self._least, others, back)
        except WebUIError as error:
            facts = {"backend": backend.name, "error": error.code}
            _log.warning("a web UI could not be healed yet", extra=facts)
            backend.record_failure(error)
            return
        if healed is None:
            _log.warning(
                "a web UI is taken out: what is loaded there may be damaged; load another checkpoint there",
                extra={"backend": backend.name},
            )
            return
        _log.info(
            "a web UI has loaded another checkpoint and is sound again", extra={"backend": backend.name}
        )
        backend.record_healed(healed.model_name)

    def _least(self, work: Txt2Img) -> Mapping[str, JsonValue]:
        return self._payload(work, f"easel-healing-{secrets.token_hex(4)}")


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
