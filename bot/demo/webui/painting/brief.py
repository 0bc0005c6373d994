"""What a picture is painted from: everything that the request and the server's settings say about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Two equal briefs give the same pixels; a change of any field shows.

    ``width`` and ``height`` are pixels. ``seed`` places things, ``subseed`` moves them by
    ``subseed_strength`` (0 to 1).
    """

    prompt: str
    negative_prompt: str = ""
    seed: int
    subseed: int = 0
    subseed_strength: float = 0.0
    width: int
    height: int
    steps: int = 20
    cfg_scale: float = 7.0
    sampler: str = "Euler a"
    scheduler: str = "Automatic"
    model: str = ""
    """Hash of the checkpoint."""
    manner: str = "oil"
    """How the checkpoint paints: see ``painting.manners``."""
    clip_skip: int = 1
    vae: str = ""
    networks: tuple[tuple[str, float], ...] = ()
    """LoRAs and hypernetworks with their weights."""
    embeddings: tuple[str, ...] = ()
    face_restorer: str = ""
    tiling: bool = False
    second_pass: str = ""
    """Upscaler, steps and strength of a second pass, which adds detail; empty for none."""
    settings: str = ""
    """Other options that change pictures (eta, ENSD, token merging …), as a text."""
    damaged: bool = False
    """The model's prompt machinery is broken (NOTES 3.7)."""
