"""img2img: the picture to begin with, the mask, and how a new picture comes out of both (NOTES 2.4, 2.9)."""

from collections.abc import Iterator

from PIL import Image, ImageChops, ImageFilter, ImageOps

from bot.demo.webui import pictures
from bot.demo.webui.answers import Crash, Refusal
from bot.demo.webui.painting import paint
from bot.demo.webui.painting.brief import Brief
from bot.demo.webui.settings import Options
from bot.demo.webui.validation import Payload
from bot.demo.webui.work import Work

_FILLS = {0: "fill", 2: "latent noise", 3: "latent nothing"}
_CROP, _FILL = 1, 2


def sampled_steps(work: Work) -> int:
    """Only the share of the steps that the strength says is run, and one more."""
    return int(min(float(work["denoising_strength"] or 0), 0.999) * work["steps"]) + 1


class Sources:
    """Init images and mask of one request, decoded."""

    def __init__(self, payload: Payload) -> None:
        """Slow for large pictures. Raises ``Refusal`` for what cannot be decoded."""
        self._payload = payload
        self._images = [_rgb(pictures.decode_base64(text)) for text in payload["init_images"]]
        mask = payload["mask"]
        self._mask = _mask(pictures.decode_base64(mask)) if mask else None

    @property
    def first(self) -> Image.Image | None:
        """The picture to begin with."""
        return self._images[0] if self._images else None

    def check(self) -> None:
        """Raises ``Crash`` for a number of pictures that does not fit the batch."""
        if not self._images:
            words = "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [0]"
            raise Crash("RuntimeError", words)
        batch = self._payload["batch_size"] or 1
        if len(self._images) > batch:
            words = f"bad number of images passed: {len(self._images)}; expecting {batch} or less"
            raise Crash("RuntimeError", words)

    @property
    def _blur(self) -> int:
        blur = self._payload["mask_blur"]
        return int(self._payload["mask_blur_x"] or 0) if blur is None else int(blur)

    def describe(self, work: Work) -> None:
        """What masks add to ``extra_generation_params``."""
        work.extra["Denoising strength"] = work["denoising_strength"]
        if self._mask is None:
            return
        if work["inpainting_mask_invert"]:
            work.extra["Mask mode"] = "Inpaint not masked"
        if self._blur > 0:
            work.extra["Mask blur"] = self._blur
        if work["inpaint_full_res"]:
            work.extra["Inpaint area"] = "Only masked"
            work.extra["Masked area padding"] = work["inpaint_full_res_padding"]
        if work["inpainting_fill"] in _FILLS:
            work.extra["Masked content"] = _FILLS[work["inpainting_fill"]]

    def shown_masks(self, options: Options) -> Iterator[Image.Image]:
        """Masks that the answer has between its pictures where the options say so."""
        if self._mask is None:
            return
        if options.flag("return_mask"):
            yield self._mask.convert("RGB")
        if options.flag("return_mask_composite"):
            yield self._images[0].copy()

    def repaint(self, brief: Brief, index: int) -> Image.Image:
        """A new picture out of init image ``index``. Runs in a thread."""
        init = self._images[index % len(self._images)]
        strength = max(0.0, min(1.0, float(self._payload["denoising_strength"] or 0)))
        if self._mask is not None:
            return self._inpainted(brief, init, strength)
        start = fitted(init, (brief.width, brief.height), int(self._payload["resize_mode"] or 0))
        return _repainted(start, paint(brief), strength)

    def _inpainted(self, brief: Brief, init: Image.Image, strength: float) -> Image.Image:
        """Only the white part of the mask changes; with "only masked" the init image keeps its size."""
        whole = not self._payload["inpaint_full_res"]
        start = (
            fitted(init, (brief.width, brief.height), int(self._payload["resize_mode"] or 0))
            if whole
            else init
        )
        mask = self._region(start.size)
        box = (0, 0, *start.size) if whole else self._box(mask)
        if box is None:
            return start
        size = (box[2] - box[0], box[3] - box[1])
        painted = paint(brief).resize(size, Image.Resampling.LANCZOS)
        changed = start.copy()
        changed.paste(_repainted(start.crop(box), painted, strength), box)
        return Image.composite(changed, start, mask.filter(ImageFilter.GaussianBlur(self._blur)))

    def _region(self, size: tuple[int, int]) -> Image.Image:
        assert self._mask is not None  # noqa: S101 — only called when there is one
        mask = self._mask.resize(size, Image.Resampling.LANCZOS)
        return ImageChops.invert(mask) if self._payload["inpainting_mask_invert"] else mask

    def _box(self, mask: Image.Image) -> tuple[int, int, int, int] | None:
        """The masked part with its padding; None if nothing is masked."""
        box = mask.getbbox()
        if box is None:
            return None
        edge = int(self._payload["inpaint_full_res_padding"] or 0) + self._blur
        return (
            max(0, box[0] - edge),
            max(0, box[1] - edge),
            min(mask.width, box[2] + edge),
            min(mask.height, box[3] + edge),
        )


def _rgb(image: Image.Image) -> Image.Image:
    """Transparent parts become white, as ``img2img_background_color`` is."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, layered).convert("RGB")
    return image.convert("RGB")


def _mask(image: Image.Image) -> Image.Image:
    """A mask with transparency is read from that, another one from its brightness."""
    if image.mode == "RGBA" and image.getextrema()[-1] != (255, 255):
        return image.split()[-1]
    return image.convert("L")


def fitted(image: Image.Image, size: tuple[int, int], mode: int) -> Image.Image:
    """``image`` at ``size``: cropped (1), with its edges continued (2), or stretched (all others)."""
    if mode == _CROP:
        return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    if mode == _FILL:
        inner = ImageOps.contain(image, size, Image.Resampling.LANCZOS)
        backdrop = image.resize(size, Image.Resampling.BICUBIC).filter(
            ImageFilter.GaussianBlur(max(size) / 20)
        )
        backdrop.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
        return backdrop
    return image.resize(size, Image.Resampling.LANCZOS)


def _repainted(start: Image.Image, painted: Image.Image, strength: float) -> Image.Image:
    """Little strength keeps the shapes of the start and takes the colours; much of it takes everything."""
    if strength <= 0:
        return start.copy()
    soft = start.filter(ImageFilter.GaussianBlur(max(start.size) * 0.012 * strength))
    painted = painted.convert("RGB")
    if painted.size != start.size:
        painted = painted.resize(start.size, Image.Resampling.LANCZOS)
    toned = ImageChops.soft_light(soft, painted)
    mixed = Image.blend(toned, painted, strength**1.5)
    return Image.blend(start, mixed, min(1.0, 0.35 + strength))


def sources_of(payload: Payload) -> Sources:
    """Raises ``Refusal`` 404 when there is no init image at all, and what ``Sources`` raises."""
    if payload["init_images"] is None:
        raise Refusal(404, "Init image not found")
    return Sources(payload)
