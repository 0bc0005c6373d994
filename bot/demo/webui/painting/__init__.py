"""Paints pictures from prompts without a model: deterministic, quick, and meant to be nice to look at."""

from bot.demo.webui.painting.brief import Brief
from bot.demo.webui.painting.studio import paint

__all__ = ["Brief", "paint"]
