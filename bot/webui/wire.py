"""Everything a web UI answers, as frozen records.

Tolerant of what a server adds or leaves out (unknown keys are ignored, a missing or null field has its
default) and strict about size: no text or list is taken beyond its bound.
"""

import re
from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from bot.webui.listings import (
    Checkpoint,
    Embedding,
    Embeddings,
    Extension,
    FaceRestorer,
    Hypernetwork,
    LatentUpscaleMode,
    Lora,
    Memory,
    Module,
    RealEsrgan,
    Sampler,
    Scheduler,
    ScriptArgument,
    ScriptInfo,
    Scripts,
    Style,
    Upscaler,
    Vae,
)
from bot.webui.records import Name, Names, Numbers, Record, Text, Texts

__all__ = [
    "Checkpoint",
    "CmdFlags",
    "Embedding",
    "Embeddings",
    "Extension",
    "ExtrasAnswer",
    "FaceRestorer",
    "Generation",
    "GenerationInfo",
    "Hypernetwork",
    "LatentUpscaleMode",
    "Lora",
    "Memory",
    "Module",
    "Options",
    "PngInfo",
    "Progress",
    "ProgressState",
    "RealEsrgan",
    "Result",
    "Sampler",
    "Scheduler",
    "ScriptArgument",
    "ScriptInfo",
    "Scripts",
    "Style",
    "TaskProgress",
    "Upscaler",
    "Vae",
]


class GenerationInfo(Record):
    """What was really drawn (``info`` of an answer): A1111's 32 keys, or sdcpp's fewer."""

    prompt: Text = ""
    all_prompts: Texts = ()
    negative_prompt: Text = ""
    all_negative_prompts: Texts = ()
    seed: int = -1
    all_seeds: Numbers = ()
    """One per picture asked for; after an interrupt there are fewer pictures (NOTES 2.7)."""
    subseed: int = -1
    all_subseeds: Numbers = ()
    subseed_strength: float = 0.0
    width: int = 0
    """Pixels of the first pass, as asked: 65 where the picture is 64 wide (NOTES 2.5)."""
    height: int = 0
    sampler_name: Name | None = None
    cfg_scale: float | None = None
    steps: int | None = None
    batch_size: int = 1
    restore_faces: bool = False
    face_restoration_model: Name | None = None
    sd_model_name: Name | None = None
    sd_model_hash: Name | None = None
    sd_vae_name: Name | None = None
    sd_vae_hash: Name | None = None
    seed_resize_from_w: int = -1
    seed_resize_from_h: int = -1
    denoising_strength: float | None = None
    extra_generation_params: dict[Name, JsonValue] = Field(default_factory=dict)
    index_of_first_image: int = Field(default=0, ge=0)
    """1 where a grid stands first (NOTES 2.2)."""
    infotexts: Texts = ()
    """One per picture of the answer, the grid included."""
    styles: Names = ()
    job_timestamp: Name = ""
    clip_skip: int | None = None
    is_using_inpainting_conditioning: bool = False
    version: Name = ""


class Result(BaseModel):
    """One picture that was asked for: no grid, no mask, no ControlNet map."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    image: memoryview = Field(repr=False)
    """Base64 text, a view into the answer."""
    seed: int
    subseed: int
    infotext: Text
    """Empty if the web UI gave none."""


class Generation(BaseModel):
    """The answer of txt2img or img2img."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    images: tuple[memoryview, ...] = Field(repr=False)
    """All pictures in the answer's order, as base64 text: views into the answer, which they keep alive."""
    info: GenerationInfo
    parameters: dict[str, JsonValue] = Field(default_factory=dict, repr=False)
    """The request as the web UI understood it; says nothing about what was drawn (NOTES 2.1)."""

    @property
    def results(self) -> tuple[Result, ...]:
        """The pictures asked for: from ``index_of_first_image`` on, at most one for each seed."""
        info = self.info
        first = info.index_of_first_image
        seeds = info.all_seeds or (info.seed,)
        return tuple(
            Result(
                image=image,
                seed=seed,
                subseed=info.all_subseeds[number] if number < len(info.all_subseeds) else info.subseed,
                infotext=info.infotexts[first + number] if first + number < len(info.infotexts) else "",
            )
            for number, (image, seed) in enumerate(zip(self.images[first:], seeds, strict=False))
        )


class ExtrasAnswer(BaseModel):
    """The answer of extra-single-image or extra-batch-images."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    images: tuple[memoryview, ...] = Field(repr=False)
    """Base64 text, one per picture sent, in the same order."""
    html_info: Text = ""


class ProgressState(Record):
    """The state of the running job; idle, it keeps numbers of the last one (NOTES 2.6)."""

    skipped: bool = False
    interrupted: bool = False
    stopping_generation: bool = False
    job: Name = ""
    job_count: int = 0
    """-1 at the start of a job; its number of passes later."""
    job_timestamp: Name = ""
    job_no: int = 0
    sampling_step: int = 0
    sampling_steps: int = 0


class _WithPreview(Record):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    progress: float | None = None
    """0 to 1; never waits for 1 to come: the last value seen is below it (NOTES 2.6)."""
    preview: memoryview | None = Field(default=None, repr=False)
    """Base64 text of a picture, latent-sized unless the host chose full previews."""
    textinfo: Text | None = None

    @field_validator("progress", mode="after")
    @classmethod
    def _within_its_bounds(cls, value: float | None) -> float | None:
        return None if value is None else min(max(value, 0.0), 1.0)


class Progress(_WithPreview):
    """The answer of /progress. It does not say whose job it shows (NOTES 2.6)."""

    progress: float = 0.0
    eta_relative: float = 0.0
    """Seconds that are left; of no worth at the start of a job."""
    state: ProgressState = ProgressState()

    @property
    def busy(self) -> bool:
        """Whether some job is running."""
        return self.state.job_count != 0 or self.state.job != ""


class TaskProgress(_WithPreview):
    """The answer of /internal/progress for one task. An unknown id is not active, queued or completed."""

    active: bool = False
    queued: bool = False
    completed: bool = False
    eta: float | None = None
    """Seconds that are left."""
    id_live_preview: int = -1


class CmdFlags(Record):
    """The command line of the web UI, without what is secret in it: it answers ``api_auth`` in clear."""

    values: dict[Name, JsonValue] = Field(default_factory=dict, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _without_secrets(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {"values": {key: inner for key, inner in value.items() if not _is_secret(str(key))}}


class PngInfo(Record):
    """The answer of /png-info."""

    info: Text = ""
    """The infotext; empty if the picture has none."""
    items: dict[Name, JsonValue] = Field(default_factory=dict)
    """Other text chunks."""
    parameters: dict[Name, JsonValue] = Field(default_factory=dict)
    """The fields of the infotext with the defaults filled in, mostly as texts."""


class Options(Mapping[str, JsonValue]):
    """The answer of /options. Whole numbers come back as floats once they were stored (NOTES 2.3)."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, JsonValue]) -> None:
        self._values = {key: value for key, value in values.items() if not _is_secret(key)}

    def __getitem__(self, key: str) -> JsonValue:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Options of {len(self)} keys>"

    @property
    def checkpoint(self) -> str:
        """What the option says; after an override that was restored another one is loaded (NOTES 2.3)."""
        return str(self.get("sd_model_checkpoint") or "")

    @property
    def loaded_sha256(self) -> str:
        """The sha256 of the checkpoint that is loaded; empty until one is."""
        return str(self.get("sd_checkpoint_hash") or "")


_SECRET = re.compile(
    r"(^|_)(auth|passw(or)?d|secret|apikey|api_key|ngrok|keyfile|certfile)(_|$)|(^|_)token$", re.IGNORECASE
)


def _is_secret(key: str) -> bool:
    return _SECRET.search(key) is not None
