"""What is to be drawn, as frozen values of JSON parts: what a job stores, and what a payload is built from.

Names are already the web UI's own exact names here (sampler "Euler a", not "euler a"): whoever builds a value
has matched them first. ``model_dump_json`` and ``model_validate_json`` are the stored form.
"""

from typing import Annotated, Literal, Self

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
    prompt: str = ""
    """Of the second pass alone. Empty = the same as of the first."""


class Refiner(Frozen):
    """Another checkpoint that draws the last steps."""

    checkpoint: str
    """``model_name`` as /sd-models gives it."""
    switch_at: float = 0.8
    """After which part of the steps: 0.8 = the last fifth is the refiner's."""


class Variation(Frozen):
    """A second seed, whose noise is mixed in. Picture k of a job has its seed + k."""

    seed: int
    """Drawn before the job is stored, so never -1."""
    strength: float
    """0 = none of it, 1 = nothing else."""


class Recipe(Frozen):
    """Always-on scripts of the web UI under the name that the host gave them."""

    name: str
    scripts: dict[str, JsonValue]
    """``alwayson_scripts`` of the request: arguments by the name of the script."""


class Drawing(Frozen):
    """What text-to-image and image-to-image share. Complete: two equal values draw the same pictures."""

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
    batch_count: int = 1
    """How often the web UI draws (its n_iter)."""
    batch_size: int = 1
    """Pictures drawn at once."""
    refiner: Refiner | None = None
    variation: Variation | None = None
    tiling: bool = False
    """Opposite edges fit together."""
    recipes: tuple[Recipe, ...] = ()
    template: str | None = None
    """The prompt as it was typed, where ``prompt`` was chosen from its wildcards and alternatives."""
    prompts: tuple[str, ...] = ()
    """What was chosen for each picture; the first is ``prompt``. Empty = all have the same."""
    override: dict[str, JsonValue] = Field(default_factory=dict)
    """Further options of the web UI for this request alone, names and types already checked."""

    @property
    def pictures(self) -> int:
        """How many results are asked for."""
        return self.batch_count * self.batch_size

    def prompt_of(self, index: int) -> str:
        """The prompt of one picture."""
        return self.prompts[index] if index < len(self.prompts) else self.prompt

    @property
    def as_typed(self) -> Self:
        """With the template in place of what was chosen from it, so that it is chosen anew."""
        if self.template is None:
            return self
        return self.model_copy(update={"prompt": self.template, "template": None, "prompts": ()})

    @property
    def final_size(self) -> tuple[int, int]:
        """(width, height) in pixels of each result."""
        return self.width, self.height


class Txt2Img(Drawing):
    """Pictures from a text."""

    kind: Literal["txt2img"] = "txt2img"
    highres_fix: HighresFix | None = None

    @property
    def final_size(self) -> tuple[int, int]:
        """(width, height) in pixels after the second pass."""
        if self.highres_fix is None:
            return self.width, self.height
        scale = self.highres_fix.scale
        return int(self.width * scale) // 8 * 8, int(self.height * scale) // 8 * 8


MaskedFill = Literal["fill", "original", "latent noise", "latent nothing"]
"""What stands below the mask before it is drawn: smeared surroundings, the picture, noise, nothing."""

ResizeMode = Literal["stretch", "crop", "fill"]
"""How a picture of another shape is brought to the size that is drawn."""


class Inpaint(Frozen):
    """What of a picture is drawn anew. The defaults are those of the web UI's page; its API's own smear."""

    mask: str
    """Id of an input of the picture's size; white is drawn anew."""
    blur: int = 4
    """Pixels."""
    fill: MaskedFill = "original"
    only_masked: bool = False
    """Draw the masked part alone at the full size, and shrink it into its place."""
    padding: int = 32
    """Pixels around the mask that are seen, where only the masked part is drawn."""
    inverted: bool = False
    outside: bool = False
    """What is drawn lies around a picture: outpainting."""


class Img2Img(Drawing):
    """Pictures from a text and a picture."""

    kind: Literal["img2img"] = "img2img"
    init: str
    """Id of the input that is begun with."""
    strength: float = 0.75
    """How much is changed: 0 = nothing, 1 = everything."""
    resize_mode: ResizeMode = "crop"
    inpaint: Inpaint | None = None


class Upscale(Frozen):
    """What the Extras tab does with pictures: repair faces, scale; scale first if ``upscale_first``."""

    kind: Literal["upscale"] = "upscale"
    inputs: tuple[str, ...]
    """Ids of inputs. As many results."""
    sizes: tuple[tuple[int, int], ...] = ()
    """(width, height) in pixels of each input: what the time depends on."""
    upscaler: str = "None"
    """Name as /upscalers gives it. "None": the size stays as it is."""
    scale: float = 2.0
    size: tuple[int, int] | None = None
    """(width, height) in pixels, instead of ``scale``."""
    crop: bool = True
    """With ``size``: cut to exactly that, instead of covering it (NOTES 2.9)."""
    second_upscaler: str = "None"
    second_visibility: float = 0.0
    """0 to 1."""
    gfpgan_visibility: float = 0.0
    codeformer_visibility: float = 0.0
    codeformer_weight: float = 0.5
    """0 = strongest, 1 = least."""
    upscale_first: bool = False

    @property
    def pictures(self) -> int:
        """How many results are asked for."""
        return len(self.inputs)

    @property
    def final_sizes(self) -> tuple[tuple[int, int], ...]:
        """(width, height) in pixels of each result, as far as the inputs' sizes are known."""
        if self.upscaler == "None":
            return self.sizes
        if self.size is not None:
            return (self.size,) * len(self.inputs)
        return tuple((int(width * self.scale), int(height * self.scale)) for width, height in self.sizes)


DescribeModel = Literal["clip", "deepdanbooru"]
"""What reads a picture: CLIP writes a caption, DeepDanbooru a list of tags."""


class Describe(Frozen):
    """What is to be seen in a picture, in words."""

    kind: Literal["describe"] = "describe"
    input: str
    """Id of an input."""
    models: tuple[DescribeModel, ...] = ("clip",)

    @property
    def pictures(self) -> int:
        """What it counts for in the line: the texts of one picture."""
        return 1


Work = Annotated[Txt2Img | Img2Img | Upscale | Describe, Field(discriminator="kind")]
"""One piece of work. ``isinstance(work, Drawing)`` tells whether it has a prompt, a seed and a size."""


class Adjustment(Frozen):
    """A value that was changed on the way in, and is told to the person."""

    field: str
    asked: str
    given: str
    reason: str
    """A short word that the catalogue knows: over_maximum, multiple_of_8, …"""


class Change(Frozen):
    """A value that differs from the picture it was made from. Texts are only named, not shown."""

    field: str
    before: str | None = None
    after: str | None = None


class Notice(Frozen):
    """Something that the person is told with the result: ``code`` names the message, ``data`` fills it."""

    code: str
    data: dict[str, JsonValue] = Field(default_factory=dict)


class Group(Frozen):
    """Which cell of which table of pictures a job draws."""

    id: str
    cell: int
    """Row by row, from 0."""


class Request(Frozen):
    """What one job is asked to do and how the result is to be shown."""

    work: Work
    spoiler: bool = False
    adult: bool = False
    """It may show what belongs behind an age restriction."""
    held: bool = False
    """The result waits until a moderator has looked at it."""
    adjustments: tuple[Adjustment, ...] = ()
    preview: bool = True
    """Whether its person and its channel want to see it while it is drawn."""
    source: str | None = None
    """Id of the job that the picture to begin with came from, if it was one of ours."""
    source_picture: int | None = None
    """Its index there."""
    changes: tuple[Change, ...] = ()
    """What its person changed against the picture that it began with."""
    group: Group | None = None
    """The table that it was asked for with. What is made from its picture belongs to none."""

    @property
    def is_shown_early(self) -> bool:
        """Whether everybody may see the picture while it is drawn: never what is hidden or adult."""
        return self.preview and not self.spoiler and not self.adult

    @property
    def hides_text(self) -> bool:
        """Whether its prompt is hidden as its pictures are."""
        return self.adult and self.spoiler


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
