"""What a web UI answered, as values or as the right error. Pure: no function here does any I/O.

Every ``parse_…`` takes ``(status, headers, body)`` and gives its value, or raises an error of ``bot.errors``:
``Unauthorized``, ``Unsupported``, ``InvalidRequest``, ``ServerError`` and its kinds, ``BadAnswer``. None of
them looks at the headers so far: content types lie, and the bytes do not.

The parsers of pictures belong in a thread when the body may be large:
``await asyncio.to_thread(parse_generation, status, headers, body)``.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

from pydantic import JsonValue

from bot.errors import BadAnswer
from bot.webui import wire
from bot.webui.decode import decode, decode_object, elements, record
from bot.webui.endpoints import Endpoint
from bot.webui.failures import failure
from bot.webui.records import MAX_PICTURES, Record
from bot.webui.split import SplitAnswer, split_images

__all__ = [
    "Parser",
    "SplitAnswer",
    "parse_caption",
    "parse_checkpoints",
    "parse_cmd_flags",
    "parse_embeddings",
    "parse_extensions",
    "parse_extras_batch",
    "parse_extras_single",
    "parse_face_restorers",
    "parse_generation",
    "parse_hypernetworks",
    "parse_img2img",
    "parse_latent_upscale_modes",
    "parse_loras",
    "parse_memory",
    "parse_modules",
    "parse_nothing",
    "parse_openapi",
    "parse_options",
    "parse_png_info",
    "parse_progress",
    "parse_realesrgan_models",
    "parse_samplers",
    "parse_schedulers",
    "parse_script_info",
    "parse_scripts",
    "parse_styles",
    "parse_task_progress",
    "parse_upscalers",
    "parse_vaes",
    "split_images",
]

_T = TypeVar("_T")
_R = TypeVar("_R", bound=Record)

Parser: TypeAlias = Callable[[int, Mapping[str, str], bytes], _T]
"""(status, headers with names in lower case, body) to a value."""


def parse_generation(status: int, headers: Mapping[str, str], body: bytes) -> wire.Generation:
    """The answer of txt2img. The pictures are views into ``body``; nothing of them is copied or decoded.

    Raises ``BadAnswer("no_images")`` if it has no result at all.
    """
    return _generation(Endpoint.TXT2IMG, status, body)


def parse_img2img(status: int, headers: Mapping[str, str], body: bytes) -> wire.Generation:
    """The answer of img2img, as ``parse_generation``."""
    return _generation(Endpoint.IMG2IMG, status, body)


def parse_extras_single(status: int, headers: Mapping[str, str], body: bytes) -> wire.ExtrasAnswer:
    """The answer of extra-single-image: one picture."""
    split, answer = _split(Endpoint.EXTRA_SINGLE, status, body)
    images = _pictures(split, [answer.get("image")])
    if not images:
        raise BadAnswer("no_images")
    return wire.ExtrasAnswer(images=images, html_info=_text(answer.get("html_info")))


def parse_extras_batch(status: int, headers: Mapping[str, str], body: bytes) -> wire.ExtrasAnswer:
    """The answer of extra-batch-images: as many pictures as were sent, so none is no error."""
    split, answer = _split(Endpoint.EXTRA_BATCH, status, body)
    images = _pictures(split, answer.get("images"))
    return wire.ExtrasAnswer(images=images, html_info=_text(answer.get("html_info")))


def parse_progress(status: int, headers: Mapping[str, str], body: bytes) -> wire.Progress:
    """The answer of /progress, its preview as base64 text."""
    split, answer = _split(Endpoint.PROGRESS, status, body)
    return record(wire.Progress, _with_preview(split, answer, "current_image"))


def parse_task_progress(status: int, headers: Mapping[str, str], body: bytes) -> wire.TaskProgress:
    """The answer of /internal/progress, its preview as base64 text without the ``data:`` prefix."""
    split, answer = _split(Endpoint.TASK_PROGRESS, status, body)
    if "active" not in answer:
        raise BadAnswer("wrong_shape")
    return record(wire.TaskProgress, _with_preview(split, answer, "live_preview"))


def parse_caption(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """The answer of interrogate. A1111 and Forge say "<error>" with 200 where the weights are missing."""
    _check(Endpoint.INTERROGATE, status, body)
    caption = _text(decode_object(body).get("caption"))
    if not caption or caption == "<error>":
        raise BadAnswer("no_caption")
    return caption


def parse_options(status: int, headers: Mapping[str, str], body: bytes) -> wire.Options:
    """The answer of GET /options."""
    _check(Endpoint.OPTIONS, status, body)
    return wire.Options(decode_object(body))


def parse_openapi(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, frozenset[str]]:
    """The methods of each path of /openapi.json: ``{"/sdapi/v1/options": {"get", "post"}}``."""
    _check(Endpoint.OPENAPI, status, body)
    paths = decode_object(body).get("paths")
    if not isinstance(paths, dict):
        raise BadAnswer("wrong_shape")
    return {path: frozenset(methods) for path, methods in paths.items() if isinstance(methods, dict)}


def parse_styles(status: int, headers: Mapping[str, str], body: bytes) -> tuple[wire.Style, ...]:
    """The answer of /prompt-styles without its dividers, whose prompts are both null (NOTES 4)."""
    _check(Endpoint.STYLES, status, body)
    return tuple(record(wire.Style, entry) for entry in elements(body) if not _is_divider(entry))


def _one(endpoint: Endpoint, kind: type[_R]) -> Parser[_R]:
    def parse(status: int, headers: Mapping[str, str], body: bytes) -> _R:
        _check(endpoint, status, body)
        return record(kind, decode_object(body))

    return parse


def _list(endpoint: Endpoint, kind: type[_R]) -> Parser[tuple[_R, ...]]:
    def parse(status: int, headers: Mapping[str, str], body: bytes) -> tuple[_R, ...]:
        _check(endpoint, status, body)
        return tuple(record(kind, entry) for entry in elements(body))

    return parse


def parse_nothing(endpoint: Endpoint) -> Parser[None]:
    """A parser for what answers null or ``{}``: interrupt, skip, the refreshing, POST /options."""

    def parse(status: int, headers: Mapping[str, str], body: bytes) -> None:
        _check(endpoint, status, body)
        if body:
            decode(body)

    return parse


parse_png_info = _one(Endpoint.PNG_INFO, wire.PngInfo)
parse_cmd_flags = _one(Endpoint.CMD_FLAGS, wire.CmdFlags)
parse_embeddings = _one(Endpoint.EMBEDDINGS, wire.Embeddings)
parse_scripts = _one(Endpoint.SCRIPTS, wire.Scripts)
parse_memory = _one(Endpoint.MEMORY, wire.Memory)
parse_samplers = _list(Endpoint.SAMPLERS, wire.Sampler)
parse_schedulers = _list(Endpoint.SCHEDULERS, wire.Scheduler)
parse_upscalers = _list(Endpoint.UPSCALERS, wire.Upscaler)
parse_latent_upscale_modes = _list(Endpoint.LATENT_UPSCALE_MODES, wire.LatentUpscaleMode)
parse_checkpoints = _list(Endpoint.CHECKPOINTS, wire.Checkpoint)
parse_vaes = _list(Endpoint.VAES, wire.Vae)
parse_modules = _list(Endpoint.MODULES, wire.Module)
parse_hypernetworks = _list(Endpoint.HYPERNETWORKS, wire.Hypernetwork)
parse_face_restorers = _list(Endpoint.FACE_RESTORERS, wire.FaceRestorer)
parse_realesrgan_models = _list(Endpoint.REALESRGAN_MODELS, wire.RealEsrgan)
parse_loras = _list(Endpoint.LORAS, wire.Lora)
parse_script_info = _list(Endpoint.SCRIPT_INFO, wire.ScriptInfo)
parse_extensions = _list(Endpoint.EXTENSIONS, wire.Extension)


def _check(endpoint: Endpoint, status: int, body: bytes) -> None:
    """Raise what a status other than success means."""
    if not 200 <= status < 300:
        raise failure(endpoint, status, body)


def _split(endpoint: Endpoint, status: int, body: bytes) -> tuple[SplitAnswer, dict[str, JsonValue]]:
    _check(endpoint, status, body)
    split = split_images(body)
    return split, decode_object(split.rest)


def _generation(endpoint: Endpoint, status: int, body: bytes) -> wire.Generation:
    split, answer = _split(endpoint, status, body)
    images = _pictures(split, answer.get("images"))
    if not images:
        raise BadAnswer("no_images")
    parameters = answer.get("parameters")
    generation = wire.Generation(
        images=images,
        info=_info(answer.get("info")),
        parameters=parameters if isinstance(parameters, dict) else {},
    )
    if not generation.results:
        raise BadAnswer("no_images")
    return generation


def _info(value: JsonValue) -> wire.GenerationInfo:
    """``info`` is JSON inside a JSON string (NOTES 2.1)."""
    if isinstance(value, str):
        value = decode_object(value.encode("utf-8", "surrogatepass"))
    if not isinstance(value, dict):
        raise BadAnswer("wrong_shape")
    return record(wire.GenerationInfo, value)


def _pictures(split: SplitAnswer, value: JsonValue) -> tuple[memoryview, ...]:
    """The pictures of a list; entries that are null or empty are no pictures."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_PICTURES:
        raise BadAnswer("wrong_shape")
    if not all(text is None or isinstance(text, str) for text in value):
        raise BadAnswer("wrong_shape")
    return tuple(split.picture(text) for text in value if isinstance(text, str) and text)


def _with_preview(split: SplitAnswer, answer: dict[str, JsonValue], key: str) -> dict[str, object]:
    preview = answer.get(key)
    found = split.picture(preview) if isinstance(preview, str) and preview else None
    return {**answer, "preview": found}


def _is_divider(entry: JsonValue) -> bool:
    return isinstance(entry, dict) and entry.get("prompt") is None and entry.get("negative_prompt") is None


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""
