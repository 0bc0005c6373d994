"""What a web UI answered, as values or as the right error. Pure: every function takes what was received."""

from bot.webui.split import SplitAnswer, split_images

__all__ = ["SplitAnswer", "split_images"]
