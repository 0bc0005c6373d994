"""What a web UI drew instead of what it was asked for, and answered 200 (NOTES 2.5)."""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from bot.model.prompts import lora_names
from bot.model.work import Drawing, Notice
from bot.webui.dialects import Capabilities
from bot.webui.names import AUTOMATIC, same_name
from bot.webui.sdcpp import sdcpp_name
from bot.webui.wire import Checkpoint, GenerationInfo

__all__ = ["applied_networks", "compare", "drawn_scheduler"]

_HASHES = {"lora": "Lora hashes", "embedding": "TI hashes"}


def compare(
    work: Drawing,
    info: GenerationInfo,
    *,
    capabilities: Capabilities,
    checkpoint: Checkpoint | None = None,
    size: tuple[int, int] | None = None,
) -> tuple[Notice, ...]:
    """Everything that is other than asked.

    ``checkpoint``: the record of ``work.checkpoint``, or of the baseline's, from /sd-models, whose aliases
    and hash are compared; without it only names are. ``size``: (width, height) in pixels of the first result,
    which ``info`` does not tell. Whatever the web UI cannot tell is not noticed.

    Codes with ``asked`` and ``got``: got_other_sampler, got_other_scheduler, got_other_checkpoint,
    got_other_vae, got_other_size. With ``name``: lora_ignored, for embeddings as well. Bare: prompt_cut.
    """
    found = [
        *_sampler(work, info),
        *_scheduler(work, info),
        *_checkpoint(work, info, checkpoint),
        *_vae(work, info, capabilities),
        *_size(work, size),
        *_prompt(work, info),
    ]
    if capabilities.lora_hashes:
        found += [*_networks(work, info, "lora"), *_networks(work, info, "embedding")]
    return tuple(found)


def drawn_scheduler(info: GenerationInfo) -> str | None:
    """The scheduler that was used: only the infotext names it (NOTES 2.1). None if it does not."""
    named = info.extra_generation_params.get("Schedule type")
    return named if isinstance(named, str) else _field(info, "Schedule type")


def applied_networks(info: GenerationInfo, kind: str) -> frozenset[str]:
    """The names of the LoRAs (kind "lora") or embeddings ("embedding") whose hashes the infotext lists."""
    listed = info.extra_generation_params.get(_HASHES[kind])
    text = listed if isinstance(listed, str) else _field(info, _HASHES[kind]) or ""
    return frozenset(match.strip() for match in re.findall(r"(?:^|,)\s*([^:,]+):", text.strip('"')))


def _field(info: GenerationInfo, name: str) -> str | None:
    """A field of the last line of the first infotext; quoted where it has a comma in it."""
    last = info.infotexts[0].rsplit("\n", 1)[-1] if info.infotexts else ""
    match = re.search(rf'(?:^|, ){re.escape(name)}: ("(?:[^"\\]|\\.)*"|[^,]*)', last)
    return match.group(1) if match else None


def _notice(code: str, asked: JsonValue, got: JsonValue) -> Notice:
    return Notice(code=code, data={"asked": asked, "got": got})


def _sampler(work: Drawing, info: GenerationInfo) -> Iterator[Notice]:
    got = info.sampler_name
    if not got or (work.sampler == "default" and got == "NONE"):  # what sdcpp calls its default
        return
    joined = f"{work.sampler} {work.scheduler}"  # as before A1111 1.9
    if not (_is_same(work.sampler, got) or same_name(joined, got)):
        yield _notice("got_other_sampler", work.sampler, got)


def _scheduler(work: Drawing, info: GenerationInfo) -> Iterator[Notice]:
    got = drawn_scheduler(info)
    if work.scheduler != AUTOMATIC and got is not None and not _is_same(work.scheduler, got):
        yield _notice("got_other_scheduler", work.scheduler, got)


def _is_same(asked: str, got: str) -> bool:
    return same_name(asked, got) or same_name(sdcpp_name(asked), got)


def _checkpoint(work: Drawing, info: GenerationInfo, known: Checkpoint | None) -> Iterator[Notice]:
    asked = work.checkpoint or (known.model_name if known is not None else None)
    got = info.sd_model_name
    if asked is None or got is None:
        return
    stem = re.sub(r"\.(safetensors|ckpt|gguf|pt|sft)$", "", got)
    if known is not None and known.hash and info.sd_model_hash:
        same = known.hash == info.sd_model_hash
    elif known is not None:
        same = bool({got, stem} & known.aliases)
    else:
        same = asked in (got, stem) or asked.endswith(f"_{stem}")
    if not same:
        yield _notice("got_other_checkpoint", asked, stem)


def _vae(work: Drawing, info: GenerationInfo, capabilities: Capabilities) -> Iterator[Notice]:
    asked = work.vae
    got = info.sd_vae_name
    if asked is None or asked == AUTOMATIC or capabilities.additional_modules:
        return  # Forge's VAE is a module, which ``info`` does not name
    if got != (None if asked == "None" else asked):
        yield _notice("got_other_vae", asked, got or "None")


def _networks(work: Drawing, info: GenerationInfo, kind: str) -> Iterator[Notice]:
    asked = [network.name for network in work.extra_networks if network.kind == kind]
    if kind == "lora":
        asked += lora_names(work.prompt)
    applied = applied_networks(info, kind)
    for name in dict.fromkeys(asked):
        if name not in applied:
            yield Notice(code="lora_ignored", data={"name": name})


def _size(work: Drawing, size: tuple[int, int] | None) -> Iterator[Notice]:
    if size is not None and size != work.final_size:
        yield _notice("got_other_size", "{}×{}".format(*work.final_size), "{}×{}".format(*size))


def _prompt(work: Drawing, info: GenerationInfo) -> Iterator[Notice]:
    """Everything from "#" to the end of its line is missing where it is taken for a comment."""
    if info.prompt and "#" in work.prompt and "#" not in info.prompt:
        yield Notice(code="prompt_cut")
