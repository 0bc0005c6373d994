"""A picture that is not finished: the live preview, and what an interrupt leaves (NOTES 2.6, 2.7)."""

from random import Random

from PIL import Image, ImageFilter

LATENT = 8
"""Pixels that one latent value covers, in each direction."""


def unfinished(image: Image.Image, share: float, seed: int, cell: int = LATENT) -> Image.Image:
    """``image`` when only ``share`` (0 to 1) of its steps were done: noise first, then large shapes.

    ``cell`` is how many pixels one latent value covers.
    """
    left = 1.0 - share
    if left <= 0:
        return image
    small = (max(1, image.width // cell), max(1, image.height // cell))
    # Sampling settles the large shapes early and the details late.
    radius = max(image.size) * 0.06 * left**1.6
    soft = image.convert("RGB").filter(ImageFilter.GaussianBlur(radius))
    random = Random(seed)  # noqa: S311 — noise to look at
    noise = Image.frombytes("RGB", small, random.randbytes(small[0] * small[1] * 3))
    # Full noise is hard on the eyes; a preview is there to be looked at.
    calmer = noise.resize(image.size, Image.Resampling.BICUBIC).point(
        [64 + value // 2 for value in range(256)] * 3
    )
    return Image.blend(soft, calmer, min(1.0, left**1.8))
