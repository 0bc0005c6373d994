"""What is to be drawn, as frozen values of JSON parts: what a job stores, and what a payload is built from.

Names are already the web UI's own exact names here (sampler "Euler a", not "euler a"): whoever builds a value
has matched them first. ``model_dump_json`` and ``model_validate_json`` are the stored form.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

MAX_SEED = 2**32 - 1
"""Largest seed that is drawn by us. Web UIs take up to 2^63 - 1 and fail at 2^64 (NOTES 2.4)."""


class Frozen(BaseModel):
    """A value: no field changes, unknown fields are a mistake; a change is ``model_copy(update=…)``."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ExtraNetwork(Frozen):
    """A LoRA, hypernetwork or embedding, by the web UI's name, with its multiplier."""

    kind: Literal["lora", "hypernet", "embedding"]
    name: str
    weight: float = 0.85


class HighresFix(Frozen):
    """The second pass. The final size is ``scale`` times the first."""

    upscaler: str
    scale: float = 1.5
    steps: int = 0
    """0 = as many as the first pass."""
    denoising_strength: float = 0.5


class Txt2Img(Frozen):
    """One text-to-image request, complete: two equal values draw the same pictures."""

    kind: Literal["txt2img"] = "txt2img"
    prompt: str
    negative_prompt: str = ""
    checkpoint: str | None = None
    """``model_name`` as /sd-models gives it (titles change, NOTES 2.3). None = the host's baseline."""
    vae: str | None = None
    """``model_name`` of /sd-vae, "Automatic" or "None" (explicitly no VAE). None = the host's baseline."""
    sampler: str = "Euler a"
    scheduler: str = "Automatic"
    """Label as /schedulers gives it."""
    steps: int = 30
    width: int = 512
    """Pixels, a multiple of 8."""
    height: int = 512
    """Pixels, a multiple of 8."""
    cfg_scale: float = 7.0
    seed: int
    """Drawn before the job is stored, so never -1. Picture k of the job has seed + k."""
    clip_skip: int = 1
    styles: tuple[str, ...] = ()
    extra_networks: tuple[ExtraNetwork, ...] = ()
    face_restorer: str | None = None
    """Name as /face-restorers gives it. None = no restoring."""
    highres_fix: HighresFix | None = None
    batch_count: int = 1
    """How often the web UI draws (its n_iter)."""
    batch_size: int = 1
    """Pictures drawn at once."""
    override: dict[str, JsonValue] = Field(default_factory=dict)
    """Further options of the web UI for this request alone, names and types already checked."""

    @property
    def pictures(self) -> int:
        """How many results are asked for."""
        return self.batch_count * self.batch_size

    @property
    def final_size(self) -> tuple[int, int]:
        """(width, height) in pixels after the second pass."""
        if self.highres_fix is None:
            return self.width, self.height
        scale = self.highres_fix.scale
        return int(self.width * scale) // 8 * 8, int(self.height * scale) // 8 * 8


class Adjustment(Frozen):
    """A value that was changed on the way in, and is told to the person."""

    field: str
    asked: str
    given: str
    reason: str
    """A short word that the catalogue knows: over_maximum, multiple_of_8, …"""


class Notice(Frozen):
    """Something that the person is told with the result: ``code`` names the message, ``data`` fills it."""

    code: str
    data: dict[str, JsonValue] = Field(default_factory=dict)


class Request(Frozen):
    """What one job is asked to do and how the result is to be shown."""

    work: Txt2Img
    spoiler: bool = False
    adjustments: tuple[Adjustment, ...] = ()


class Origin(Frozen):
    """Where a request came from and where its result goes. Ids are Discord snowflakes."""

    guild_id: int | None
    channel_id: int
    user_id: int
    locale: str = "en-US"
    """Discord's locale of the person."""
    guild_locale: str | None = None
    filesize_limit: int = 10 * 1024 * 1024
    """Bytes per uploaded file in this place."""
    after_user_id: int | None = None
    """Whose picture this one was made from, when it was another person's."""
