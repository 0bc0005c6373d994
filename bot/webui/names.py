"""Typed names against a web UI's own lists: in any case, by alias, and with the nearest ones for a wrong one.

Web UIs match exactly and take an unknown name with 200 for something else (NOTES 2.5), so whatever a person
typed goes through here before it is stored, sent or shown. Every function gives the web UI's exact name or
record, or raises ``UnknownName(kind, given, nearest)``.
"""

import difflib
import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from bot.errors import UnknownName
from bot.webui.wire import (
    Checkpoint,
    Embeddings,
    FaceRestorer,
    Hypernetwork,
    LatentUpscaleMode,
    Lora,
    Sampler,
    Scheduler,
    Style,
    Upscaler,
    Vae,
)

__all__ = [
    "AUTOMATIC",
    "SamplerChoice",
    "find_name",
    "match_checkpoint",
    "match_embedding",
    "match_face_restorer",
    "match_hypernetwork",
    "match_lora",
    "match_name",
    "match_sampler",
    "match_scheduler",
    "match_style",
    "match_upscaler",
    "match_vae",
    "nearest",
    "same_name",
]

AUTOMATIC = "Automatic"
"""The scheduler that leaves the choice to the sampler, and the VAE that leaves it to the checkpoint."""

MAX_GIVEN = 200
"""Characters of a typed name that are looked at and given back in the error."""

_COMPARED = 200
"""Names that are compared letter by letter with a wrong one: 15 µs each, on the event loop."""
_WITHOUT_SEPARATORS = str.maketrans("", "", " _-")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SamplerChoice:
    """``scheduler`` is None unless the typed name ended in one."""

    sampler: str
    scheduler: str | None = None


def match_sampler(
    given: str, samplers: Sequence[Sampler], schedulers: Sequence[Scheduler] = ()
) -> SamplerChoice:
    """A sampler by name or alias; a trailing scheduler is split off.

    "dpm++ 2m karras" is ``SamplerChoice("DPM++ 2M", "Karras")`` where no sampler has the whole name, as older
    pictures and habits have it. "Euler a" where only "euler_a" is listed (stable-diffusion.cpp) is that one.
    """
    by_name = _samplers_by_name(samplers)
    found = _find(given, by_name)
    if found is not None:
        return SamplerChoice(found)
    words = given.split()
    for cut in range(len(words) - 1, 0, -1):
        sampler = _find(" ".join(words[:cut]), by_name)
        scheduler = _find(" ".join(words[cut:]), _schedulers_by_name(schedulers))
        if sampler is not None and scheduler is not None:
            return SamplerChoice(sampler, scheduler)
    raise _unknown("sampler", given, [sampler.name for sampler in samplers])


def match_scheduler(given: str, schedulers: Sequence[Scheduler]) -> str:
    """The label of a scheduler, by label, name or alias. "Automatic" is always known."""
    found = _find(given, {AUTOMATIC: AUTOMATIC} | _schedulers_by_name(schedulers))
    if found is None:
        raise _unknown("scheduler", given, [AUTOMATIC, *(scheduler.shown for scheduler in schedulers)])
    return found


def match_checkpoint(given: str, checkpoints: Sequence[Checkpoint]) -> Checkpoint:
    """A checkpoint by model name, title, file name, stem or hash."""
    by_name: dict[str, Checkpoint] = {checkpoint.model_name: checkpoint for checkpoint in checkpoints}
    for checkpoint in checkpoints:
        for alias in sorted(checkpoint.aliases | {checkpoint.file.replace("\\", "/").rsplit("/", 1)[-1]}):
            by_name.setdefault(alias, checkpoint)
    found = _find(given, by_name)
    if found is None:
        raise _unknown("checkpoint", given, [checkpoint.model_name for checkpoint in checkpoints])
    return found


def match_vae(given: str, vaes: Sequence[Vae]) -> str:
    """A VAE of /sd-vae or /sd-modules by name, file name or stem. "Automatic" and "None" are always known."""
    by_name = {AUTOMATIC: AUTOMATIC, "None": "None"} | {vae.model_name: vae.model_name for vae in vaes}
    for vae in vaes:
        file = vae.filename.replace("\\", "/").rsplit("/", 1)[-1] or vae.model_name
        for alias in (file, file.rsplit(".", 1)[0], vae.model_name.rsplit(".", 1)[0]):
            by_name.setdefault(alias, vae.model_name)
    return _found("vae", given, by_name, [AUTOMATIC, "None", *(vae.model_name for vae in vaes)])


def match_lora(given: str, loras: Sequence[Lora]) -> Lora:
    """A LoRA by name or by the alias from its file."""
    by_name = {lora.name: lora for lora in loras}
    for lora in loras:
        by_name.setdefault(lora.alias or lora.name, lora)
    return _found("lora", given, by_name, [lora.name for lora in loras])


def match_style(given: str, styles: Sequence[Style]) -> str:
    """The name of a style."""
    return match_name("style", given, [style.name for style in styles])


def match_hypernetwork(given: str, hypernetworks: Sequence[Hypernetwork]) -> str:
    """The name of a hypernetwork."""
    return match_name("hypernetwork", given, [hypernetwork.name for hypernetwork in hypernetworks])


def match_embedding(given: str, embeddings: Embeddings) -> str:
    """The name of an embedding that is loaded, or that was skipped for another checkpoint."""
    return match_name("embedding", given, [*embeddings.loaded, *embeddings.skipped])


def match_face_restorer(given: str, restorers: Sequence[FaceRestorer]) -> str:
    """The name of a face restorer."""
    return match_name("face_restorer", given, [restorer.name for restorer in restorers])


def match_upscaler(given: str, upscalers: Sequence[Upscaler | LatentUpscaleMode]) -> str:
    """The name of an upscaler; for the hires fix give /latent-upscale-modes too. "None" is as listed."""
    return match_name("upscaler", given, [upscaler.name for upscaler in upscalers])


def match_name(kind: str, given: str, names: Iterable[str]) -> str:
    """``given`` as one of ``names`` has it: exact, or in another case, or with other separators."""
    listed = list(names)
    return _found(kind, given, {name: name for name in listed}, listed)


def find_name(given: str, names: Iterable[str]) -> str | None:
    """As ``match_name``, for those who look further: None, without a search for the nearest names."""
    return _find(given, {name: name for name in names})


def nearest(given: str, names: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """The names most like ``given``, best first: those that contain it, then those spelled alike."""
    wanted = given[:MAX_GIVEN].casefold()
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    inside = sorted((name for name in folded if wanted and wanted in name), key=len)
    alike = difflib.get_close_matches(wanted, _likeliest(wanted, folded), n=count, cutoff=0.5)
    return tuple(folded[name] for name in dict.fromkeys([*inside, *alike]))[:count]


def _likeliest(wanted: str, names: Iterable[str]) -> list[str]:
    """Of thousands of names those that share the most pairs of letters with ``wanted``."""
    listed = list(names)
    if len(listed) <= _COMPARED:
        return listed
    pairs = _pairs(wanted)
    return heapq.nlargest(_COMPARED, listed, key=lambda name: len(pairs.intersection(_pairs(name))))


def _pairs(text: str) -> set[tuple[str, str]]:
    return set(pairwise(text))


def same_name(one: str, other: str) -> bool:
    """Whether two names differ in case and separators at most: "Euler a" and "euler_a", "SGM Uniform"."""
    return _squeezed(one) == _squeezed(other)


def _found(kind: str, given: str, by_name: Mapping[str, _T], shown: Sequence[str]) -> _T:
    found = _find(given, by_name)
    if found is None:
        raise _unknown(kind, given, shown)
    return found


def _find(given: str, by_name: Mapping[str, _T]) -> _T | None:
    """The value whose name is ``given``: exactly, else in any case, else with any separators."""
    wanted = given.strip()
    if not wanted or len(wanted) > 1_000:
        return None
    for exact in (given, wanted):
        if exact in by_name:
            return by_name[exact]
    for form in (str.casefold, _squeezed):
        formed = form(wanted)
        for name, value in by_name.items():
            if form(name) == formed:
                return value
    return None


def _squeezed(name: str) -> str:
    folded = name.casefold()
    return folded.translate(_WITHOUT_SEPARATORS) or folded


def _unknown(kind: str, given: str, names: Iterable[str]) -> UnknownName:
    return UnknownName(kind, given[:MAX_GIVEN], nearest(given, names))


def _samplers_by_name(samplers: Sequence[Sampler]) -> dict[str, str]:
    by_name = {sampler.name: sampler.name for sampler in samplers}
    for sampler in samplers:
        for alias in sampler.aliases:
            by_name.setdefault(alias, sampler.name)
    return by_name


def _schedulers_by_name(schedulers: Sequence[Scheduler]) -> dict[str, str]:
    by_name = {scheduler.shown: scheduler.shown for scheduler in schedulers}
    for scheduler in schedulers:
        for alias in (scheduler.name, *scheduler.aliases):
            by_name.setdefault(alias, scheduler.shown)
    return by_name
