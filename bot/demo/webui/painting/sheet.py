"""The canvas of one picture and everything that its painters need to know."""

from dataclasses import dataclass
from random import Random

from bot.demo.webui.painting.brief import Brief
from bot.demo.webui.painting.palette import Palette
from bot.demo.webui.painting.words import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """``layout`` places things and depends on the seed; ``touch`` is for what may differ with every setting.

    ``detail`` is 1 for a picture of 20 steps.
    """

    width: int
    height: int
    scene: Scene
    palette: Palette
    layout: Random
    touch: Random
    detail: float
    brief: Brief

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.width, self.height

    @property
    def unit(self) -> float:
        """The shorter side in pixels: sizes of things are shares of it."""
        return float(min(self.width, self.height))

    def many(self, count: float) -> int:
        """``count`` at full detail and size, fewer on small or unfinished pictures."""
        size = min(1.0, self.width * self.height / 400_000)
        return max(1, round(count * self.detail * size))
