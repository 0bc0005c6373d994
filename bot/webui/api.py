"""Every endpoint of the API as a typed method, without any I/O: ``exchange`` is whoever moves the bytes."""

import abc
import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from pydantic import JsonValue

from bot.errors import BadAnswer, InvalidRequest, ServerError, Unsupported, WebUIError
from bot.webui import payloads, responses, wire
from bot.webui.dialects import Capabilities, Probe, capabilities
from bot.webui.encoding import encode
from bot.webui.endpoints import Endpoint

__all__ = ["Ask", "RawAnswer", "WebUIAPI"]

_T = TypeVar("_T")

SMALL = 64 * 1024
"""Bytes. A larger answer is parsed in a thread: JSON of this size takes a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: ``body`` is JSON text, or None for a request without a body."""

    method: Literal["GET", "POST"]
    endpoint: Endpoint
    body: bytes | None = field(default=None, repr=False)
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAnswer:
    """An answer as it came, not yet looked at. Joining and parsing a large one belongs in a thread::

    raw = await client.txt2img(payload)
    generation = await asyncio.to_thread(raw.parsed, parse_generation)
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    chunks: list[bytes] = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return sum(map(len, self.chunks))

    def body(self) -> bytes:
        """The chunks as one. Releases the GIL for large ones, so that a thread helps."""
        return self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)

    def parsed(self, parser: responses.Parser[_T]) -> _T:
        """What ``parser`` makes of it; raises what the parser raises."""
        return parser(self.status, self.headers, self.body())


class WebUIAPI(abc.ABC):
    """The API of one web UI. Every method raises ``WebUIError``; none is ever repeated by itself.

    Those that render give the answer unparsed, since parsing is for a thread that the caller chooses.
    """

    @abc.abstractmethod
    async def exchange(self, ask: Ask) -> RawAnswer:
        """Send one request once and read its answer whole, within the limits of time and size.

        Any status is an answer. Raises ``Unreachable``, ``ConnectionLost``, ``TimedOut``, ``BadAnswer``.
        """

    async def post_encoded(self, endpoint: Endpoint, body: bytes) -> RawAnswer:
        """POST what ``encode`` made, perhaps in a thread."""
        return await self.exchange(Ask(method="POST", endpoint=endpoint, body=body))

    async def post(self, endpoint: Endpoint, payload: Mapping[str, JsonValue]) -> RawAnswer:
        """Send a payload; one with pictures is encoded in a thread."""
        if endpoint.takes_pictures:
            return await self.post_encoded(endpoint, await asyncio.to_thread(encode, payload))
        return await self.post_encoded(endpoint, encode(payload))

    async def txt2img(self, payload: Mapping[str, JsonValue]) -> RawAnswer:
        """Render; parse with ``responses.parse_generation``."""
        return await self.post(Endpoint.TXT2IMG, payload)

    async def img2img(self, payload: Mapping[str, JsonValue]) -> RawAnswer:
        """Render from pictures; parse with ``responses.parse_img2img``."""
        return await self.post(Endpoint.IMG2IMG, payload)

    async def extra_single_image(self, payload: Mapping[str, JsonValue]) -> RawAnswer:
        """Upscale one picture; parse with ``responses.parse_extras_single``."""
        return await self.post(Endpoint.EXTRA_SINGLE, payload)

    async def extra_batch_images(self, payload: Mapping[str, JsonValue]) -> RawAnswer:
        """Upscale several pictures; parse with ``responses.parse_extras_batch``."""
        return await self.post(Endpoint.EXTRA_BATCH, payload)

    async def png_info(self, image: str) -> wire.PngInfo:
        """The infotext of a picture, given as base64 text."""
        payload = payloads.png_info(image)
        return await _read(await self.post(Endpoint.PNG_INFO, payload), responses.parse_png_info)

    async def interrogate(self, image: str, model: str = "clip") -> str:
        """What a picture, given as base64 text, shows. ``BadAnswer("no_caption")`` without weights."""
        payload = payloads.interrogate(image, model)
        return await _read(await self.post(Endpoint.INTERROGATE, payload), responses.parse_caption)

    async def progress(self, *, preview: bool = True) -> wire.Progress:
        """How far the running job is, whosever it is."""
        query = "skip_current_image=false" if preview else "skip_current_image=true"
        ask = Ask(method="GET", endpoint=Endpoint.PROGRESS, query=query)
        return await _read(await self.exchange(ask), responses.parse_progress)

    async def task_progress(
        self, task_id: str, *, seen_preview: int = -1, preview: bool = True
    ) -> wire.TaskProgress:
        """How far the job sent with ``force_task_id`` is; ``Unsupported`` where the page is not served."""
        payload = payloads.task_progress(task_id, seen_preview=seen_preview, want_preview=preview)
        return await _read(await self.post(Endpoint.TASK_PROGRESS, payload), responses.parse_task_progress)

    async def interrupt(self) -> None:
        """Stop whatever runs now, whosever it is; its request answers 200 with what there is (NOTES 2.7)."""
        await self._order(Endpoint.INTERRUPT)

    async def skip(self) -> None:
        """Go on to the next picture of the running job."""
        await self._order(Endpoint.SKIP)

    async def options(self) -> wire.Options:
        """All options and their current values."""
        return await self._get(Endpoint.OPTIONS, responses.parse_options)

    async def set_options(self, values: Mapping[str, JsonValue]) -> None:
        """Change options for everybody; a checkpoint is loaded before it answers (NOTES 2.3)."""
        raw = await self.post(Endpoint.OPTIONS, payloads.options(values))
        await _read(raw, responses.parse_nothing(Endpoint.OPTIONS))

    async def cmd_flags(self) -> wire.CmdFlags:
        """The web UI's command line without its secrets."""
        return await self._get(Endpoint.CMD_FLAGS, responses.parse_cmd_flags)

    async def samplers(self) -> tuple[wire.Sampler, ...]:
        """All samplers."""
        return await self._get(Endpoint.SAMPLERS, responses.parse_samplers)

    async def schedulers(self) -> tuple[wire.Scheduler, ...]:
        """All schedulers; ``Unsupported`` before A1111 1.9."""
        return await self._get(Endpoint.SCHEDULERS, responses.parse_schedulers)

    async def upscalers(self) -> tuple[wire.Upscaler, ...]:
        """All upscalers, those whose weights were never downloaded included."""
        return await self._get(Endpoint.UPSCALERS, responses.parse_upscalers)

    async def latent_upscale_modes(self) -> tuple[wire.LatentUpscaleMode, ...]:
        """The upscalers that only the hires fix has."""
        return await self._get(Endpoint.LATENT_UPSCALE_MODES, responses.parse_latent_upscale_modes)

    async def checkpoints(self) -> tuple[wire.Checkpoint, ...]:
        """All checkpoints as of the last refresh."""
        return await self._get(Endpoint.CHECKPOINTS, responses.parse_checkpoints)

    async def vaes(self) -> tuple[wire.Vae, ...]:
        """All VAEs; ``Unsupported`` in Forge, which has ``modules``."""
        return await self._get(Endpoint.VAES, responses.parse_vaes)

    async def modules(self) -> tuple[wire.Module, ...]:
        """Forge's VAEs and text encoders."""
        return await self._get(Endpoint.MODULES, responses.parse_modules)

    async def hypernetworks(self) -> tuple[wire.Hypernetwork, ...]:
        """All hypernetworks."""
        return await self._get(Endpoint.HYPERNETWORKS, responses.parse_hypernetworks)

    async def face_restorers(self) -> tuple[wire.FaceRestorer, ...]:
        """All face restorers, with or without their weights."""
        return await self._get(Endpoint.FACE_RESTORERS, responses.parse_face_restorers)

    async def realesrgan_models(self) -> tuple[wire.RealEsrgan, ...]:
        """The Real-ESRGAN upscalers."""
        return await self._get(Endpoint.REALESRGAN_MODELS, responses.parse_realesrgan_models)

    async def styles(self) -> tuple[wire.Style, ...]:
        """All prompt styles."""
        return await self._get(Endpoint.STYLES, responses.parse_styles)

    async def embeddings(self) -> wire.Embeddings:
        """All textual inversions; none until a checkpoint is loaded."""
        return await self._get(Endpoint.EMBEDDINGS, responses.parse_embeddings)

    async def loras(self) -> tuple[wire.Lora, ...]:
        """All LoRAs."""
        return await self._get(Endpoint.LORAS, responses.parse_loras)

    async def refresh_checkpoints(self) -> None:
        """Look for new files; waits for the running job (NOTES 2.7)."""
        await self._order(Endpoint.REFRESH_CHECKPOINTS)

    async def refresh_vaes(self) -> None:
        """Look for new files; waits for the running job."""
        await self._order(Endpoint.REFRESH_VAES)

    async def refresh_loras(self) -> None:
        """Look for new files."""
        await self._order(Endpoint.REFRESH_LORAS)

    async def refresh_embeddings(self) -> None:
        """Look for new files."""
        await self._order(Endpoint.REFRESH_EMBEDDINGS)

    async def unload_checkpoint(self) -> None:
        """Free the GPU's memory."""
        await self._order(Endpoint.UNLOAD_CHECKPOINT)

    async def reload_checkpoint(self) -> None:
        """Load the checkpoint again."""
        await self._order(Endpoint.RELOAD_CHECKPOINT)

    async def scripts(self) -> wire.Scripts:
        """The names of all scripts."""
        return await self._get(Endpoint.SCRIPTS, responses.parse_scripts)

    async def script_info(self) -> tuple[wire.ScriptInfo, ...]:
        """The controls of all scripts."""
        return await self._get(Endpoint.SCRIPT_INFO, responses.parse_script_info)

    async def extensions(self) -> tuple[wire.Extension, ...]:
        """The extensions that were installed."""
        return await self._get(Endpoint.EXTENSIONS, responses.parse_extensions)

    async def memory(self) -> wire.Memory:
        """Memory of the machine and of its GPU."""
        return await self._get(Endpoint.MEMORY, responses.parse_memory)

    async def probe(self) -> Capabilities:
        """What this web UI can do, asked of itself without changing anything.

        Raises what keeps it from being used at all: ``Unreachable``, ``TimedOut``, ``Unauthorized``, or what
        /options fails with.
        """
        options = await _perhaps(self.options(), (Unsupported,))
        paths = await _perhaps(self._get(Endpoint.OPENAPI, responses.parse_openapi))
        statuses = {} if paths is not None else await self._statuses()
        sdcpp = Ask(method="GET", endpoint=Endpoint.SDCPP_CAPABILITIES)
        statuses[Endpoint.SDCPP_CAPABILITIES] = (await self.exchange(sdcpp)).status
        task = await _perhaps(self.task_progress("easel-probe", preview=False))
        return capabilities(
            Probe(
                statuses=statuses,
                paths=paths,
                options=frozenset(options or ()),
                task_progress=task is not None,
            )
        )

    async def _statuses(self) -> dict[Endpoint, int]:
        """The status of a harmless request to every path, one after the other.

        A GET is a 405 where only POST is taken. stable-diffusion.cpp says 404 to that, so what wants a body
        gets a POST without one: a 400 or 422 by everybody who serves it (NOTES 2.4, 4). An order such as
        interrupt would be followed, and gets none.
        """
        skipped = (Endpoint.OPENAPI, Endpoint.TASK_PROGRESS, Endpoint.SDCPP_CAPABILITIES)
        return {
            endpoint: (await self.exchange(_harmless(endpoint))).status
            for endpoint in Endpoint
            if endpoint not in skipped
        }

    async def _get(self, endpoint: Endpoint, parser: responses.Parser[_T]) -> _T:
        return await _read(await self.exchange(Ask(method="GET", endpoint=endpoint)), parser)

    async def _order(self, endpoint: Endpoint) -> None:
        raw = await self.exchange(Ask(method="POST", endpoint=endpoint))
        await _read(raw, responses.parse_nothing(endpoint))


async def _read(raw: RawAnswer, parser: responses.Parser[_T]) -> _T:
    if raw.size <= SMALL:
        return raw.parsed(parser)
    return await asyncio.to_thread(raw.parsed, parser)


def _harmless(endpoint: Endpoint) -> Ask:
    wants_body = endpoint is Endpoint.TXT2IMG or endpoint.takes_pictures
    return Ask(method="POST" if wants_body else "GET", endpoint=endpoint)


_USELESS = (Unsupported, ServerError, InvalidRequest, BadAnswer)


async def _perhaps(answer: Awaitable[_T], without: tuple[type[WebUIError], ...] = _USELESS) -> _T | None:
    """What was answered, or None for the errors ``without``: by default not served, or broken there."""
    try:
        return await answer
    except without:
        return None
