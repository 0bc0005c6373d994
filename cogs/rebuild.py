"""From the generation data of any picture to what would have to be typed to draw it again.

The data is complete: what it does not name was not there, so no default style, LoRA, negative prompt or face
restorer of the place is added to it. Names are taken only if a web UI here has them; models and LoRAs are
known by their hashes too, since people rename files. What cannot be had is listed, for the person to see.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.backends.catalog import Offer
from bot.errors import BadValue, NotAllowed, UnknownName
from bot.imaging.infotext import Infotext
from bot.model.limits import MAX_CFG_SCALE, MAX_CLIP_SKIP, MIN_SIDE
from bot.model.prompts import MAX_ITEMS, NOTHING
from bot.model.work import Request, Txt2Img
from bot.webui.names import AUTOMATIC, find_name, match_checkpoint, match_name, match_sampler, match_scheduler
from bot.webui.overrides import check_override
from cogs.options import LARGEST_SEED, build_request
from cogs.present import plain
from cogs.typed import Typed
from config.settings import Settings

__all__ = ["Rebuilt", "rebuild"]

MOST_LOST = 12
"""Of what cannot be had; more does not help anybody."""

_LONGEST_VALUE = 100
_LEAST_HASH = 8
"""Digits by which a model is known; pictures have ten, old ones eight of another sum."""

_LARGEST_SCALE = 8

_SIZE = re.compile(r"([0-9]{1,6})x([0-9]{1,6})")

_TAG = re.compile(r"<lora:([^:<>]{1,200})((?::[^<>]{0,100})?)>")

_OPTIONS: Mapping[str, str] = {
    "ENSD": "eta_noise_seed_delta",
    "Eta": "eta_ancestral",
    "Eta DDIM": "eta_ddim",
    "RNG": "randn_source",
    "Emphasis": "emphasis",
    "Noise Schedule": "sd_noise_schedule",
    "SGM noise multiplier": "sgm_noise_multiplier",
    "Sigma churn": "s_churn",
    "Sigma tmin": "s_tmin",
    "Sigma tmax": "s_tmax",
    "Sigma noise": "s_noise",
    "NGMS": "s_min_uncond",
    "Schedule max sigma": "sigma_max",
    "Schedule min sigma": "sigma_min",
    "Schedule rho": "rho",
    "Token merging ratio": "token_merging_ratio",
    "Token merging ratio hr": "token_merging_ratio_hr",
    "Discard penultimate sigma": "always_discard_next_to_last_sigma",
    "Pad conds": "pad_cond_uncond",
    "Skip Early CFG": "skip_early_cond",
    "UniPC variant": "uni_pc_variant",
    "UniPC skip type": "uni_pc_skip_type",
    "UniPC order": "uni_pc_order",
}
"""What an infotext calls the options that change the picture. A1111 1.10, modules/shared_options.py."""

_READ = frozenset(
    {
        *("Steps", "Sampler", "Schedule type", "CFG scale", "Distilled CFG Scale", "Seed", "Size"),
        *("Model", "Model hash", "VAE", "VAE hash", "Clip skip", "Face restoration"),
        *("Hires upscale", "Hires upscaler", "Hires scale", "Hires steps", "Hires resize", "Hires prompt"),
        *("Denoising strength", "Refiner", "Refiner switch at", "Tiling"),
        *("Variation seed", "Variation seed strength"),
        *("Lora hashes", "TI hashes", "Hashes", "Hypernet", "LoRA hashes", "LoRA networks"),
        *("Version", "App", "User", "Backend", "Operations", "Parser", "SDCPP", "Batch size", "Batch pos"),
        *("Civitai resources", "Civitai metadata", "Created Date", "Guidance", "Hires CFG Scale"),
        *("Hires Module 1", "VAE Encoder", "VAE Decoder"),
    }
)
"""Fields that are read here, or that say nothing about how to draw it again."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a picture's data asks for here."""

    typed: Typed
    """As a person would type it into /draw, every name known."""
    request: Request
    """The same within the limits, with the details that /draw itself has no option for."""
    lost: tuple[tuple[str, str], ...]
    """(what the data calls it, its value) of everything that cannot be had here."""

    @property
    def work(self) -> Txt2Img:
        """What is to be drawn."""
        work = self.request.work
        assert isinstance(work, Txt2Img)  # noqa: S101 - /draw without a picture makes nothing else
        return work


def rebuild(info: Infotext, offer: Offer, settings: Settings) -> Rebuilt:
    """What would draw a picture with this data. Raises ``BadValue`` for data without a prompt."""
    reading = _Reading(info, offer, settings)
    typed = reading.typed()
    request = build_request(typed, offer, settings)
    return Rebuilt(typed=typed, request=request, lost=tuple(reading.lost[:MOST_LOST]))


class _Reading:
    """Reads one infotext, field by field."""

    def __init__(self, info: Infotext, offer: Offer, settings: Settings) -> None:
        self._info = info
        self._offer = offer
        self._settings = settings
        self.lost: list[tuple[str, str]] = []

    def typed(self) -> Typed:
        info = self._info
        width, height = self._size()
        sampler, scheduler = self._sampler()
        upscaler = self._upscaler()
        typed = Typed(
            prompt=self._with_local_names(info.prompt),
            negative_prompt=self._with_local_names(info.negative_prompt) or NOTHING,
            data_model=self._checkpoint(),
            steps=self._within("Steps", info.steps, 1, None),
            width=width,
            height=height,
            guidance_scale=self._guidance(),
            sampler=sampler,
            scheduler=scheduler,
            seed=self._within("Seed", info.seed, 0, LARGEST_SEED),
            styles=NOTHING,  # their texts are in the prompts already
            extra_net=NOTHING,
            facefix=self._face_restorer(),
            highres_fix=upscaler or NOTHING,
            clip_skip=self._within("Clip skip", info.clip_skip, 1, MAX_CLIP_SKIP) or 1,
            vae=self._vae(),
            batch="1",
            override=self._override(),
            more=", ".join(self._more(second_pass=upscaler is not None)) or None,
        )
        self._lose_the_rest()
        return typed

    def _lose(self, name: str, value: object) -> None:
        self.lost.append((name[:_LONGEST_VALUE], str(value)[:_LONGEST_VALUE]))

    def _had(self, name: str, given: str, match: Callable[[], _T], otherwise: _T) -> _T:
        """``match()``; ``otherwise``, and noted, where nobody here has it."""
        try:
            return match()
        except (UnknownName, BadValue, NotAllowed):
            self._lose(name, given)
            return otherwise

    def _within(self, name: str, value: _T, low: float, high: float | None) -> _T | None:
        if not isinstance(value, int | float):
            return None
        if value < low or (high is not None and value > high):
            self._lose(name, value)
            return None
        return value

    def _number(self, name: str) -> float | None:
        try:
            return float(self._info.get(name) or "")
        except ValueError:
            return None

    def _size(self) -> tuple[int | None, int | None]:
        size = self._info.size
        if size is None:
            return None, None
        if min(size) < MIN_SIDE or max(size) > 10**6:
            self._lose("Size", f"{size[0]}×{size[1]}")
            return None, None
        return size

    def _guidance(self) -> float | None:
        """Forge writes two for models like Flux, of which the other is 1 unless somebody insists."""
        distilled = self._number("Distilled CFG Scale")
        plain = self._info.cfg_scale
        if distilled is not None and (plain is None or plain == 1):
            return self._within("Distilled CFG Scale", distilled, 1, MAX_CFG_SCALE)
        if distilled is not None:
            self._lose("Distilled CFG Scale", f"{distilled:g}")
        return self._within("CFG scale", plain, 1, MAX_CFG_SCALE)

    def _checkpoint(self) -> str | None:
        name, digest = self._info.model, (self._info.model_hash or "").lower()
        for checkpoint in self._offer.checkpoints:
            known = {(checkpoint.hash or "").lower(), (checkpoint.sha256 or "").lower()[: len(digest)]}
            if len(digest) >= _LEAST_HASH and digest in known:
                return checkpoint.model_name
        if name is None:
            return None
        if not self._offer.known:
            return name
        checkpoints = self._offer.checkpoints
        return self._had("Model", name, lambda: match_checkpoint(name, checkpoints).model_name, None)

    def _vae(self) -> str | None:
        modules = [self._info.get(f"Module {number}") for number in range(1, 10)]
        named = [name for name in (self._info.get("VAE"), *modules) if name]
        found: str | None = None
        for name in named:
            vae = self._one_vae(name)
            if vae is not None:
                found = vae
            elif _stem(name) not in {_stem(module) for module in self._offer.modules}:
                self._lose("VAE", name)
        return found

    def _one_vae(self, name: str) -> str | None:
        if not self._offer.known:
            return name
        by_stem = {_stem(vae): vae for vae in self._offer.vaes}
        exact = find_name(name, [AUTOMATIC, "None", *self._offer.vaes])
        return exact or by_stem.get(_stem(name))

    def _sampler(self) -> tuple[str | None, str | None]:
        given, schedule = self._info.sampler, self._info.scheduler
        samplers, schedulers = self._offer.samplers, self._offer.schedulers
        if given is None or not samplers:
            return given, schedule
        try:
            choice = match_sampler(given, samplers, schedulers)
        except UnknownName:
            self._lose("Sampler", given)
            return None, None
        wanted = schedule or choice.scheduler or AUTOMATIC
        matched = self._had("Schedule type", wanted, lambda: match_scheduler(wanted, schedulers), AUTOMATIC)
        return choice.sampler, matched

    def _face_restorer(self) -> str:
        name = self._info.get("Face restoration")
        if not name:
            return NOTHING
        if not self._offer.known:
            return name
        return self._had(
            "Face restoration",
            name,
            lambda: match_name("face_restorer", name, self._offer.face_restorers),
            NOTHING,
        )

    def _upscaler(self) -> str | None:
        name = self._info.get("Hires upscaler")
        if name is None and self._info.get("Hires scale"):  # stable-diffusion.cpp's word for it
            name = self._info.get("Hires upscale")
        if name is None:
            strength = self._info.get("Denoising strength")
            if strength is not None:
                self._lose("Denoising strength", strength)
            return None
        if not self._offer.known:
            return name
        upscalers = self._offer.highres_upscalers
        return self._had("Hires upscaler", name, lambda: match_name("upscaler", name, upscalers), None)

    def _more(self, *, second_pass: bool) -> list[str]:
        """The details, a text last, since its commas are its own."""
        info = self._info
        values: list[tuple[str, object]] = []
        refiner = self._refiner()
        if refiner is not None:
            at = self._within("Refiner switch at", self._number("Refiner switch at"), 0, 1)
            values += [("refiner", refiner), ("refiner_at", at)]
        strength = self._within("Variation seed strength", self._number("Variation seed strength"), 0, 1)
        if strength:
            seed = self._within("Variation seed", self._number("Variation seed"), 0, LARGEST_SEED)
            values += [("variation_seed", None if seed is None else int(seed))]
            values += [("variation_strength", strength)]
        if info.get("Tiling") == "True":
            values.append(("tiling", "true"))
        return [f"{key}={_typed(value)}" for key, value in values if value is not None] + (
            self._second_pass() if second_pass else []
        )

    def _second_pass(self) -> list[str]:
        scale = self._number("Hires upscale") or self._number("Hires scale") or self._resized()
        steps = self._number("Hires steps")
        values: list[tuple[str, object]] = [
            ("hr_scale", self._within("Hires upscale", scale, 1, _LARGEST_SCALE)),
            ("hr_denoise", self._within("Denoising strength", self._info.denoising_strength, 0, 1)),
            ("hr_steps", int(steps) if steps and 0 < steps <= self._settings.limits.max_steps else None),
            ("hr_prompt", self._info.get("Hires prompt")),
        ]
        return [f"{key}={_typed(value)}" for key, value in values if value is not None]

    def _refiner(self) -> str | None:
        given = self._info.get("Refiner")
        if not given:
            return None
        if not self._offer.known:
            return given
        checkpoints = self._offer.checkpoints
        return self._had("Refiner", given, lambda: match_checkpoint(given, checkpoints).model_name, None)

    def _resized(self) -> float | None:
        """The scale that comes nearest to a second pass of an exact size."""
        asked, size = _SIZE.fullmatch(self._info.get("Hires resize") or ""), self._info.size
        if asked is None or size is None or 0 in size:
            return None
        return round(max(int(asked[1]) / size[0], int(asked[2]) / size[1]), 2) or None

    def _override(self) -> str:
        """The options that have changed the picture, as far as they are open to people here."""
        allowed = self._settings.override.extra_allowed
        pairs: list[str] = []
        for name, key in _OPTIONS.items():
            value = self._info.get(name)
            if value is None or len(pairs) >= MAX_ITEMS:
                continue

            def check(key: str = key, value: str = value) -> str:
                check_override(key, value, self._offer.options, allowed)
                return f"{key}={value}"

            pair = self._had(name, value, check, "")
            pairs += [pair] if pair else []
        return ", ".join(pairs) or NOTHING

    def _with_local_names(self, prompt: str) -> str:
        """LoRAs by the names they have here; those that nobody has are taken out, and noted."""
        if not self._offer.known:
            return prompt
        hashes = _hashes(self._info)
        return _TAG.sub(lambda tag: self._local_tag(tag, hashes), prompt)

    def _local_tag(self, tag: re.Match[str], hashes: Mapping[str, str]) -> str:
        given, loras = tag[1], self._offer.loras
        digest = hashes.get(given)
        by_hash = next((lora.name for lora in loras if digest and lora.short_hash == digest), None)
        aliases = {lora.alias: lora.name for lora in loras if lora.alias}
        found = find_name(given, [lora.name for lora in loras])
        other = find_name(given, aliases)
        name = by_hash or found or (aliases[other] if other else None)
        if name is None:
            self._lose("LoRA", given)
            return ""
        return f"<lora:{name}{tag[2]}>"

    def _lose_the_rest(self) -> None:
        """Whatever else the data says, such as a refiner, a variation seed or an extension's settings."""
        for name, value in self._info.fields:
            if name and name not in _READ and name not in _OPTIONS and not re.fullmatch(r"Module \d+", name):
                self._lose(name, value)


def _hashes(info: Infotext) -> dict[str, str]:
    """Twelve digits of each LoRA's sum by the name it has in the prompt: ``Lora hashes: "a: 12, b: 34"``."""
    pairs = (item.partition(": ") for item in (info.get("Lora hashes") or "").split(", "))
    return {name.strip(): digest.strip().lower()[:12] for name, colon, digest in pairs if colon}


def _typed(value: object) -> str:
    return plain(value) if isinstance(value, int | float) else str(value)


def _stem(name: str) -> str:
    """Without folder and ending, in lower case: "ae.safetensors" and "ae" are the same file."""
    file = name.replace("\\", "/").rsplit("/", 1)[-1].casefold()
    return re.sub(r"\.(safetensors|ckpt|pt|pth|sft|gguf|bin)$", "", file)
