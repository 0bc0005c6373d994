"""What a web UI has: models, samplers, styles, scripts … one record per entry of its lists."""

from pathlib import PurePosixPath

from pydantic import Field, JsonValue, field_validator

from bot.model.families import Family
from bot.webui.records import Name, Names, Record, Text

__all__ = [
    "Checkpoint",
    "Embedding",
    "Embeddings",
    "Extension",
    "FaceRestorer",
    "Hypernetwork",
    "LatentUpscaleMode",
    "Lora",
    "Memory",
    "Module",
    "RealEsrgan",
    "Sampler",
    "Scheduler",
    "ScriptArgument",
    "ScriptInfo",
    "Scripts",
    "Style",
    "Upscaler",
    "Vae",
]


class Sampler(Record):
    """One of /samplers."""

    name: Name
    aliases: Names = ()
    options: dict[Name, JsonValue] = Field(default_factory=dict)
    """A1111 has the strings "True" and "False" where Forge has booleans (NOTES 4)."""


class Scheduler(Record):
    """One of /schedulers."""

    name: Name
    label: Name = ""
    aliases: Names = ()
    default_rho: float = -1.0
    need_inner_model: bool = False

    @property
    def shown(self) -> str:
        """The name that people see and that a request carries."""
        return self.label or self.name


class Checkpoint(Record):
    """One of /sd-models. ``title`` changes when the file has been hashed, so it is no key (NOTES 2.3)."""

    title: Name
    model_name: Name
    hash: Name | None = None
    """First ten digits of ``sha256``; None until the file was loaded for the first time."""
    sha256: Name | None = None
    filename: Name = ""
    config: Name | None = None

    @property
    def file(self) -> str:
        """The title without its hash: the path below the folder of checkpoints."""
        return self.title.removesuffix(f" [{self.hash}]")

    @property
    def stem(self) -> str:
        """The file's name without folders and suffix; what ``info`` and infotexts call the model."""
        return _stem(self.filename or self.file)

    @property
    def aliases(self) -> frozenset[str]:
        """Every name by which the web UI itself finds it, exactly as written (NOTES 2.3)."""
        names = {self.title, self.file, self.model_name, self.stem}
        if self.hash:
            names |= {self.hash, f"{self.file} [{self.hash}]", f"{self.stem} [{self.hash}]"}
        if self.sha256:
            names.add(self.sha256)
        return frozenset(names)


class Vae(Record):
    """One of /sd-vae."""

    model_name: Name
    filename: Name = ""


class Module(Vae):
    """One of Forge's /sd-modules: a VAE or a text encoder, told apart by the folder it lies in."""

    @property
    def is_vae(self) -> bool:
        """True for a file in a folder named VAE."""
        folders = self.filename.replace("\\", "/").lower().split("/")[:-1]
        return "vae" in folders


class Lora(Record):
    """One of /loras. Of its metadata only the few entries that tell its family are kept."""

    name: Name
    alias: Name = ""
    path: Name = ""
    metadata: dict[str, Name] = Field(default_factory=dict)

    @field_validator("metadata", mode="before")
    @classmethod
    def _what_tells_the_family(cls, value: object) -> object:
        kept = (
            "ss_base_model_version",
            "ss_sd_model_name",
            "ss_output_name",
            "ss_v2",
            "modelspec.architecture",
            "sshs_model_hash",
        )
        if not isinstance(value, dict):
            return {}
        return {key: str(value[key])[:200] for key in kept if value.get(key) not in (None, "")}

    @property
    def short_hash(self) -> str | None:
        """As infotexts have it: twelve digits of the sum of its weights, which its trainer wrote into it."""
        return self.metadata.get("sshs_model_hash", "").lower()[:12] or None

    @property
    def family(self) -> Family | None:
        """What it was trained for, or None if its file does not say."""
        keys = ("ss_base_model_version", "modelspec.architecture")
        told = " ".join(self.metadata.get(key, "") for key in keys).lower()
        for family, marks in _FAMILY_MARKS:
            if any(mark in told for mark in marks):
                return family
        return "sd2" if self.metadata.get("ss_v2") == "True" else None


_FAMILY_MARKS: tuple[tuple[Family, tuple[str, ...]], ...] = (
    ("sdxl", ("sdxl", "stable-diffusion-xl")),
    ("sd3", ("sd3", "stable-diffusion-3", "stable-diffusion-v3")),
    ("flux", ("flux",)),
    ("sd2", ("sd_v2", "stable-diffusion-v2")),
    ("sd1", ("sd_v1", "sd_1.5", "stable-diffusion-v1")),
)
"""What kohya's trainer and the model specification write. https://github.com/Stability-AI/ModelSpec"""


class Hypernetwork(Record):
    """One of /hypernetworks."""

    name: Name
    path: Name = ""


class Embedding(Record):
    """A textual inversion. ``shape`` is the width of its vectors, which tells the family."""

    step: int | None = None
    sd_checkpoint: Name | None = None
    sd_checkpoint_name: Name | None = None
    shape: int = 0
    vectors: int = 0


class Embeddings(Record):
    """The answer of /embeddings: ``skipped`` do not fit the loaded checkpoint; empty until one is."""

    loaded: dict[Name, Embedding] = Field(default_factory=dict)
    skipped: dict[Name, Embedding] = Field(default_factory=dict)


class Style(Record):
    """One of /prompt-styles."""

    name: Name
    prompt: Text = ""
    negative_prompt: Text = ""


class Upscaler(Record):
    """One of /upscalers. ``model_path`` is an address while the weights have not been downloaded."""

    name: Name
    model_name: Name | None = None
    model_path: Name | None = None
    model_url: Name | None = None
    scale: float = 4.0


class LatentUpscaleMode(Record):
    """One of /latent-upscale-modes: the upscalers of the hires fix that work before decoding."""

    name: Name


class FaceRestorer(Record):
    """One of /face-restorers."""

    name: Name
    cmd_dir: Name | None = None


class RealEsrgan(Record):
    """One of /realesrgan-models."""

    name: Name
    path: Name | None = None
    scale: float = 4.0


class Scripts(Record):
    """The answer of /scripts: mostly lower-cased titles."""

    txt2img: Names = ()
    img2img: Names = ()


class ScriptArgument(Record):
    """One control of a script."""

    label: Name = ""
    value: JsonValue = None
    minimum: JsonValue = None
    maximum: JsonValue = None
    step: JsonValue = None
    choices: Names | None = None

    @field_validator("choices", mode="before")
    @classmethod
    def _as_texts(cls, value: object) -> object:
        return [str(choice) for choice in value] if isinstance(value, list) else value


class ScriptInfo(Record):
    """One of /script-info."""

    name: Name = ""
    is_alwayson: bool = False
    is_img2img: bool = False
    args: tuple[ScriptArgument, ...] = ()


class Extension(Record):
    """One of /extensions."""

    name: Name
    remote: Name = ""
    branch: Name = ""
    commit_hash: Name = ""
    version: Name = ""
    commit_date: int | Name = ""
    enabled: bool = True


class Memory(Record):
    """The answer of /memory, in bytes. ``cuda`` has only "error" on a machine without such a GPU."""

    ram: dict[Name, JsonValue] = Field(default_factory=dict)
    cuda: dict[Name, JsonValue] = Field(default_factory=dict)

    @property
    def tightest(self) -> tuple[int, int] | None:
        """(free, total) bytes of the GPU, or of the machine where it has none."""
        free, total = self.ram.get("free"), self.ram.get("total")
        if self.gpu is None and isinstance(free, int | float) and isinstance(total, int | float):
            return int(free), int(total)
        return self.gpu

    @property
    def gpu(self) -> tuple[int, int] | None:
        """(free, total) bytes of the GPU, or None if it is not told."""
        system = self.cuda.get("system")
        if not isinstance(system, dict):
            return None
        free, total = system.get("free"), system.get("total")
        if isinstance(free, int | float) and isinstance(total, int | float):
            return int(free), int(total)
        return None


def _stem(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).stem
