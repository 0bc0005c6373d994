"""tmp"""

from PIL import Image

from bot.demo.webui.painting.brief import Brief


def paint(brief: Brief) -> Image.Image:
    """tmp"""
    return Image.new("RGB", (brief.width, brief.height), (brief.seed % 255, 100, 100))
