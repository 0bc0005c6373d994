"""What a render leaves behind, before it is encoded."""

from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from bot.demo.webui.library import Checkpoint

Picture = Image.Image | bytes
"""Bytes are a prepared PNG, whose text is still to be put in."""


@dataclass(slots=True, kw_only=True)
class Result:
    """Pictures with the text that goes into each (None for no chunk), and ``info``."""

    model: Checkpoint
    pictures: list[Picture] = field(default_factory=list)
    chunks: list[str | None] = field(default_factory=list)
    infotexts: list[str] = field(default_factory=list)
    info: dict[str, Any] = field(default_factory=dict)
    cut_short: bool = False
    """An interrupt or a skip came in between."""

    def add(self, picture: Picture, infotext: str, *, with_chunk: bool) -> None:
        """A finished picture."""
        self.pictures.append(picture)
        self.chunks.append(infotext if with_chunk else None)
        self.infotexts.append(infotext)

    def add_first(self, picture: Picture, infotext: str, chunk: str | None) -> None:
        """A sheet, which comes before all others."""
        self.pictures.insert(0, picture)
        self.chunks.insert(0, chunk)
        self.infotexts.insert(0, infotext)

    def add_mask(self, mask: Image.Image) -> None:
        """A picture that is no result and has no text."""
        self.pictures.append(mask)
        self.chunks.append(None)
