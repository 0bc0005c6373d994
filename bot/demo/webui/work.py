"""One txt2img or img2img as the web UI understands it: names resolved, prompts styled, seeds counted out.

This is where the silent lies of NOTES 2.5 are told: an unknown sampler becomes DPM++ 2M, an unknown scheduler
Automatic, unknown styles and networks nothing, and the answer is 200.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.demo.webui import infotext
from bot.demo.webui.answers import Crash
from bot.demo.webui.dialects import Dialect, catalogue
from bot.demo.webui.library import Embedding, Library, Style
from bot.demo.webui.validation import Payload

Kind = Literal["txt2img", "img2img"]
_NETWORK = re.compile(r"<(lora|hypernet):([^:>]+)(?::([^:>]*))?[^>]*>")
_MAX_SEED = 2**32


def random_seed() -> int:
    """As ``-1`` asks for."""
    return secrets.randbelow(_MAX_SEED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """``scheduler`` is what the UI remembers, ``effective`` what is used when that is Automatic."""

    sampler: str
    scheduler: str
    effective: str


def sampling_of(dialect: Dialect, sampler_name: str | None, scheduler_name: str | None) -> Sampling:
    """Sampler and scheduler by exact name; the old style "DPM++ 2M Karras" is understood."""
    samplers = {one["name"]: one for one in catalogue(dialect, "samplers")}
    schedulers = catalogue(dialect, "schedulers")
    name = sampler_name or next(iter(samplers))
    label = _scheduler_label(schedulers, scheduler_name)
    if not scheduler_name or scheduler_name == "Automatic":
        name, label = _split_old_name(schedulers, name, label)
    name = name if name in samplers else next(iter(samplers))
    default = samplers[name]["options"].get("scheduler")
    default_label = _scheduler_label(schedulers, default)
    if label == default_label:
        label = "Automatic"
    return Sampling(sampler=name, scheduler=label, effective=default_label if label == "Automatic" else label)


def _scheduler_label(schedulers: list[dict[str, Any]], name: str | None) -> str:
    for one in schedulers:
        if name in {one["name"], one["label"]}:
            return str(one["label"])
    return "Automatic"


def _split_old_name(schedulers: list[dict[str, Any]], name: str, label: str) -> tuple[str, str]:
    for one in schedulers:
        for ending in (one["label"], one["name"], *(one["aliases"] or ())):
            if name.endswith(f" {ending}"):
                return name.removesuffix(f" {ending}"), str(one["label"])
    return name, label


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A ``<lora:name:0.8>`` in a prompt that is there: ``name`` as it was typed."""

    kind: Literal["lora", "hypernet"]
    name: str
    weight: float
    short_hash: str = ""
    family: str = ""


@dataclass(slots=True, kw_only=True)
class Work:
    """What is to be done. Lists have one entry per picture, ``batch_size * n_iter`` of them."""

    kind: Kind
    payload: Payload
    dialect: Dialect
    prompts: list[str]
    negative_prompts: list[str]
    seeds: list[int]
    subseeds: list[int]
    styles: list[str]
    sampling: Sampling
    networks: list[Network] = field(default_factory=list)
    embeddings: list[Embedding] = field(default_factory=list)
    """Those that the prompts use."""
    extra: dict[str, Any] = field(default_factory=dict)
    """``extra_generation_params`` of info."""

    def __getitem__(self, name: str) -> Any:
        """A field of the request."""
        return self.payload[name]

    @property
    def batch_size(self) -> int:
        """Pictures per iteration."""
        return int(self.payload["batch_size"])

    @property
    def iterations(self) -> int:
        """n_iter."""
        return int(self.payload["n_iter"])

    @property
    def hires(self) -> bool:
        """A second pass is asked for."""
        return self.kind == "txt2img" and bool(self.payload["enable_hr"])

    @property
    def passes(self) -> int:
        """Of each iteration."""
        return 2 if self.hires else 1

    @property
    def size(self) -> tuple[int, int]:
        """Pixels of the first pass: what was asked for, rounded down to multiples of 8."""
        return int(self.payload["width"]) // 8 * 8, int(self.payload["height"]) // 8 * 8

    @property
    def final_size(self) -> tuple[int, int]:
        """Pixels of the finished picture."""
        if not self.hires:
            return self.size
        x, y = int(self.payload["hr_resize_x"]), int(self.payload["hr_resize_y"])
        width, height = int(self.payload["width"]), int(self.payload["height"])
        if x <= 0 and y <= 0:
            scale = float(self.payload["hr_scale"])
            return int(width * scale) // 8 * 8, int(height * scale) // 8 * 8
        x, y = x or y * width // height, y or x * height // width
        return x // 8 * 8, y // 8 * 8


def numbers(payload: Payload, *names: str) -> None:
    """Fields that are counted with. Raises ``Crash`` for null, as the web UI's arithmetic does."""
    for name in names:
        if payload[name] is None:
            raise Crash("TypeError", "unsupported operand type(s) for *: 'NoneType' and 'int'")


def understand(kind: Kind, payload: Payload, dialect: Dialect, library: Library) -> Work:
    """Raises ``Crash`` as the first lines of the web UI's processing do."""
    if payload["prompt"] is None:
        raise Crash("AssertionError")
    numbers(payload, "batch_size", "n_iter", "width", "height", "steps", "cfg_scale", "subseed_strength")
    count = payload["batch_size"] * payload["n_iter"]
    if payload["batch_size"] < 1 or payload["n_iter"] < 1:
        raise Crash("IndexError", "list index out of range")
    chosen = payload["styles"] or []
    prompt, negative = _styled(payload["prompt"], payload["negative_prompt"] or "", chosen, library.styles)
    seeds, subseeds = _seeds(payload, count)
    return Work(
        kind=kind,
        payload=payload,
        dialect=dialect,
        prompts=[prompt] * count,
        negative_prompts=[negative] * count,
        seeds=seeds,
        subseeds=subseeds,
        styles=list(chosen),
        sampling=sampling_of(
            dialect, payload["sampler_name"] or payload["sampler_index"], payload["scheduler"]
        ),
    )


def _styled(prompt: str, negative: str, chosen: Sequence[str], styles: list[Style]) -> tuple[str, str]:
    known = {style.name: style for style in styles}
    for name in chosen:
        style = known.get(name)
        if style is not None:
            prompt = infotext.with_style(style.prompt, prompt)
            negative = infotext.with_style(style.negative_prompt, negative)
    return prompt, negative


def _seeds(payload: Payload, count: int) -> tuple[list[int], list[int]]:
    """With a variation all pictures share the seed and the variation's seed counts up (NOTES 2.2)."""
    seed = random_seed() if payload["seed"] in {None, -1} else int(payload["seed"])
    subseed = random_seed() if payload["subseed"] in {None, -1} else int(payload["subseed"])
    varied = payload["subseed_strength"] != 0
    return [seed if varied else seed + index for index in range(count)], [subseed + i for i in range(count)]


def strip_comments(work: Work) -> None:
    """Done unless the option ``enable_prompt_comments`` is off."""
    work.prompts = [infotext.without_comments(text) for text in work.prompts]
    work.negative_prompts = [infotext.without_comments(text) for text in work.negative_prompts]


def find_networks(prompt: str, library: Library) -> list[Network]:
    """The known LoRAs and hypernetworks that a prompt names. Unknown ones are not mentioned (NOTES 2.5)."""
    loras = {name: lora for lora in library.loras for name in (lora.name, lora.alias)}
    hypernetworks = {one.name for one in library.hypernetworks}
    found = []
    for kind, name, weight in _NETWORK.findall(prompt):
        lora = loras.get(name)
        if kind == "lora" and lora is not None:
            found.append(
                Network(
                    kind="lora",
                    name=name,
                    weight=_weight(weight),
                    short_hash=lora.short_hash,
                    family=lora.family,
                )
            )
        elif kind == "hypernet" and name in hypernetworks:
            found.append(Network(kind="hypernet", name=name, weight=_weight(weight)))
    return found


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError as error:
        raise Crash("ValueError", f"could not convert string to float: {text!r}") from error


def plain_prompt(prompt: str) -> str:
    """The prompt without its networks, as the model sees it."""
    return _NETWORK.sub("", prompt)


def names_word(prompt: str, word: str) -> bool:
    """The prompt has ``word`` in it, by itself."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", prompt, re.IGNORECASE) is not None


def fill_from_infotext(payload: Payload, given: Payload) -> None:
    """The ``infotext`` field fills what the request does not set; its model is not followed (NOTES 3.5)."""
    values = infotext.read(payload["infotext"])
    taken = {
        "prompt": values.get("Prompt"),
        "negative_prompt": values.get("Negative prompt"),
        "steps": _number(values.get("Steps"), int),
        "sampler_name": values.get("Sampler"),
        "scheduler": values.get("Schedule type", "Automatic"),
        "cfg_scale": _number(values.get("CFG scale"), float),
        "seed": _number(values.get("Seed"), int),
        "width": _number(values.get("Size-1"), int),
        "height": _number(values.get("Size-2"), int),
        "denoising_strength": _number(values.get("Denoising strength"), float),
        "override_settings": {},
        "hr_checkpoint_name": "Use same checkpoint",
        "hr_sampler_name": "Use same sampler",
        "hr_scheduler": "Use same scheduler",
    }
    for name, value in taken.items():
        if name in payload and name not in given and value is not None:
            payload[name] = value


def _number(text: object, kind: type[int] | type[float]) -> int | float | None:
    try:
        return kind(str(text))
    except ValueError:
        return None
