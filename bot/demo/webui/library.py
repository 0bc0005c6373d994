"""The files a web UI finds in its folders: checkpoints, VAEs, LoRAs, embeddings, hypernetworks, styles.

A ``Library`` is what lies on the disk. The server reads it at its start and again when it is asked to
refresh, so a file that is added in between stays unknown until then, as with the real one (NOTES 2.5).
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

from bot.demo.webui.dialects import data

Family = Literal["sd1", "sdxl"]
_FOLDER = PurePosixPath("/srv/webui/models")
_EMBEDDINGS = PurePosixPath("/srv/webui/embeddings")


def fingerprint(kind: str, name: str) -> str:
    """A SHA-256 that stands for the content of a file which is not there."""
    return hashlib.sha256(f"stand-in {kind} {name}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One model file. ``file`` is its path below the models' folder, with ``/``.

    ``manner`` is how it paints, see ``painting.manners``. A ``broken`` one cannot be loaded (NOTES 3.7); a
    ``missing`` one was deleted since the last refresh.
    """

    file: str
    family: Family = "sd1"
    manner: str = "oil"
    broken: bool = False
    missing: bool = False
    digest: str = ""
    """A SHA-256 to show instead of one that is made up from the name."""

    @property
    def sha256(self) -> str:
        """64 hex digits."""
        return self.digest or fingerprint("checkpoint", self.file)

    @property
    def short_hash(self) -> str:
        """The 10 digits that titles and infotexts show."""
        return self.sha256[:10]

    @property
    def model_name(self) -> str:
        """``sub_tinyC`` for ``sub/tinyC.safetensors``."""
        return self.file.rsplit(".", 1)[0].replace("/", "_")

    @property
    def stem(self) -> str:
        """What infotexts call it: ``tinyC``."""
        return PurePosixPath(self.file).stem

    @property
    def path(self) -> str:
        """The whole path on the server."""
        return str(_FOLDER / "Stable-diffusion" / self.file)

    def title(self, *, hashed: bool) -> str:
        """The hash is only known once the file was loaded (NOTES 2.3)."""
        return f"{self.file} [{self.short_hash}]" if hashed else self.file

    def aliases(self, *, hashed: bool) -> set[str]:
        """Every name it answers to; matching is exact (NOTES 2.3)."""
        names = {self.file, self.model_name, self.stem}
        if not hashed:
            return names
        known = {self.short_hash, self.sha256, self.title(hashed=True)}
        return names | known | {f"{name} [{self.short_hash}]" for name in (self.model_name, self.stem)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vae:
    """A VAE file; the API calls its file name ``model_name``."""

    file: str

    @property
    def short_hash(self) -> str:
        """10 hex digits."""
        return fingerprint("vae", self.file)[:10]

    @property
    def path(self) -> str:
        """The whole path on the server."""
        return str(_FOLDER / "VAE" / self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lora:
    """A LoRA: usable by ``name`` and by ``alias``, with models of its own family only."""

    name: str
    alias: str
    family: Family = "sd1"
    base: str = "sd_v1"
    """``ss_base_model_version`` of its training."""
    trained_on: str = ""

    @property
    def short_hash(self) -> str:
        """12 hex digits, as infotexts show them."""
        return fingerprint("lora", self.name)[:12]

    @property
    def path(self) -> str:
        """The whole path on the server."""
        return str(_FOLDER / "Lora" / f"{self.name}.safetensors")

    @property
    def metadata(self) -> dict[str, str]:
        """What its training tool wrote into it."""
        return {
            "ss_sd_model_name": self.trained_on,
            "ss_output_name": self.alias,
            "ss_base_model_version": self.base,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """A textual inversion; loaded only beside a model of its family."""

    name: str
    family: Family = "sd1"
    vectors: int = 2
    shape: int = 768

    @property
    def short_hash(self) -> str:
        """12 hex digits."""
        return fingerprint("embedding", self.name)[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypernetwork:
    """A hypernetwork file."""

    name: str

    @property
    def path(self) -> str:
        """The whole path on the server."""
        return str(_FOLDER / "hypernetworks" / f"{self.name}.pt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A row of styles.csv. In ``prompt``, ``{prompt}`` is replaced; without it the style is appended."""

    name: str
    prompt: str
    negative_prompt: str = ""


@dataclass(slots=True, kw_only=True)
class Library:
    """Everything on the disk. Lists may be changed while the server runs; it notices when it is refreshed."""

    checkpoints: list[Checkpoint] = field(default_factory=list)
    vaes: list[Vae] = field(default_factory=list)
    loras: list[Lora] = field(default_factory=list)
    embeddings: list[Embedding] = field(default_factory=list)
    hypernetworks: list[Hypernetwork] = field(default_factory=list)
    styles: list[Style] = field(default_factory=list)


def default_library() -> Library:
    """What the demo's web UI has installed: five checkpoints of two families and something of everything."""
    rows: dict[str, list[dict[str, Any]]] = data("library")
    return Library(
        checkpoints=[Checkpoint(**row) for row in rows["checkpoints"]],
        vaes=[Vae(**row) for row in rows["vaes"]],
        loras=[Lora(**row) for row in rows["loras"]],
        embeddings=[Embedding(**row) for row in rows["embeddings"]],
        hypernetworks=[Hypernetwork(**row) for row in rows["hypernetworks"]],
        styles=[Style(**row) for row in rows["styles"]],
    )


def in_order(checkpoints: list[Checkpoint]) -> list[Checkpoint]:
    """As the web UI lists them: by name, the files of the folder before those of its subfolders."""
    return sorted(checkpoints, key=lambda one: (one.file.count("/"), one.file.lower()))


def embedding_path(name: str) -> str:
    """Where a new embedding is put."""
    return str(_EMBEDDINGS / f"{name}.pt")
