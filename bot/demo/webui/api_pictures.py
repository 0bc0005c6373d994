"""Extras, png-info and interrogate (NOTES 2.9)."""

from typing import Any

from PIL import Image, ImageFilter, ImageStat

from bot.demo.webui import infotext, pictures
from bot.demo.webui.answers import Answer, Crash, Refusal, json_answer
from bot.demo.webui.dialects import catalogue
from bot.demo.webui.site import Call, Route, Routes, Site
from bot.demo.webui.validation import Payload

_LIMIT = 64_000_000
"""Pixels of an upscaled picture."""
_NEEDS_WEIGHTS = ("DAT", "ESRGAN", "LDSR", "R-ESRGAN", "ScuNET", "SwinIR")


async def _extra_single(site: Site, call: Call) -> Answer:
    payload = call.payload(site.dialect, "extra_single")
    async with site.machine.line:
        _check_upscalers(site, payload)
        html, made = await site.in_thread(_postprocess, site, payload, [payload["image"]])
    return json_answer({"html_info": html, "image": made[0]})


async def _extra_batch(site: Site, call: Call) -> Answer:
    payload = call.payload(site.dialect, "extra_batch")
    async with site.machine.line:
        _check_upscalers(site, payload)
        sources = [entry["data"] for entry in payload["imageList"]]
        html, made = await site.in_thread(_postprocess, site, payload, sources)
    return json_answer({"html_info": html, "images": made})


def _check_upscalers(site: Site, payload: Payload) -> None:
    """Exact and case-sensitive. The second one is only looked at where it is to be seen."""
    known = {one["name"] for one in catalogue(site.dialect, "upscalers")}
    wanted = [
        payload["upscaler_1"],
        payload["upscaler_2"] if payload["extras_upscaler_2_visibility"] > 0 else "None",
    ]
    for name in wanted:
        if name not in known:
            raise Crash("AssertionError", f"could not find upscaler named {name}")


def _postprocess(site: Site, payload: Payload, sources: list[Any]) -> tuple[str, list[str]]:
    """(html_info of the last picture, pictures in base64). Runs in a thread."""
    told: dict[str, Any] = {}
    made = []
    for source in sources:
        image = pictures.decode_base64(source)
        text, others = pictures.texts_of(image)
        if image.mode not in {"RGB", "RGBA"}:
            image = image.convert("RGB")
        image, told = _upscaled(site, payload, image)
        image = _faces(site, payload, image, told)
        shown = ", ".join(f"{key}: {value}" for key, value in told.items())
        texts = ({"parameters": text} if text else {}) | others | {"postprocessing": shown}
        made.append(pictures.encode_base64(pictures.encode_png(image, texts)))
    return f"<p>{', '.join(f'{key}: {value}' for key, value in told.items())}</p>", made


def _upscaled(site: Site, payload: Payload, image: Image.Image) -> tuple[Image.Image, dict[str, Any]]:
    name = payload["upscaler_1"]
    if name == "None":
        return image, {}
    told: dict[str, Any] = {}
    crops = payload["resize_mode"] == 1 and payload["upscaling_crop"]
    if payload["resize_mode"] == 1:
        wanted = (payload["upscaling_resize_w"], payload["upscaling_resize_h"])
        told["Postprocess upscale to"] = f"{wanted[0]}x{wanted[1]}"
        factor = max(wanted[0] / image.width, wanted[1] / image.height)
    else:
        factor = payload["upscaling_resize"]
        told["Postprocess upscale by"] = factor
    size = _target(image, factor, payload["resize_mode"])
    made = _resized(site, image, size, name)
    if crops:
        made = _cropped(made, wanted)
        told["Postprocess crop to"] = f"{wanted[0]}x{wanted[1]}"
    told["Postprocess upscaler"] = name
    return _second(site, payload, image, made, told), told


def _target(image: Image.Image, factor: float, mode: int) -> tuple[int, int]:
    """Multiples of 8, as upscalers make them."""
    width, height = int(image.width * factor), int(image.height * factor)
    if mode == 1:
        width, height = max(8, width // 8 * 8), max(8, height // 8 * 8)
    if width * height > _LIMIT:
        raise Crash("OutOfMemoryError", "CUDA out of memory. Tried to allocate 48.00 GiB.")
    return max(1, width), max(1, height)


def _resized(site: Site, image: Image.Image, size: tuple[int, int], name: str) -> Image.Image:
    """Upscalers whose weights are not there merely resize (NOTES 2.5)."""
    if name == "Nearest":
        return image.resize(size, Image.Resampling.NEAREST)
    made = image.resize(size, Image.Resampling.LANCZOS)
    if site.weights and name.startswith(_NEEDS_WEIGHTS):
        made = made.filter(ImageFilter.UnsharpMask(2.0, 90, 2))
    return made


def _cropped(image: Image.Image, wanted: tuple[int, int]) -> Image.Image:
    """The middle of it, on a canvas of exactly that size."""
    canvas = Image.new("RGB", wanted)
    canvas.paste(image, ((wanted[0] - image.width) // 2, (wanted[1] - image.height) // 2))
    return canvas


def _second(
    site: Site, payload: Payload, source: Image.Image, first: Image.Image, told: dict[str, Any]
) -> Image.Image:
    name, share = payload["upscaler_2"], payload["extras_upscaler_2_visibility"]
    if name == "None" or share <= 0:
        return first
    told["Postprocess upscaler 2"] = name
    return Image.blend(first, _resized(site, source, first.size, name).convert(first.mode), share)


def _faces(site: Site, payload: Payload, image: Image.Image, told: dict[str, Any]) -> Image.Image:
    restored = image
    if payload["gfpgan_visibility"] > 0:
        told["GFPGAN visibility"] = round(payload["gfpgan_visibility"], 3)
        restored = _smoothed(site, restored, payload["gfpgan_visibility"])
    if payload["codeformer_visibility"] > 0:
        told["CodeFormer visibility"] = round(payload["codeformer_visibility"], 3)
        told["CodeFormer weight"] = payload["codeformer_weight"]
        restored = _smoothed(site, restored, payload["codeformer_visibility"])
    return restored


def _smoothed(site: Site, image: Image.Image, share: float) -> Image.Image:
    """What a face restorer does to a face is a smoother skin and clearer edges."""
    if not site.weights:
        return image
    better = image.filter(ImageFilter.SMOOTH_MORE).filter(ImageFilter.UnsharpMask(3.0, 80, 3))
    return Image.blend(image, better, share)


async def _png_info(site: Site, call: Call) -> Answer:
    payload = call.payload(site.dialect, "png_info")
    image = await site.in_thread(pictures.decode_base64, payload["image"].strip())
    text, others = pictures.texts_of(image)
    values = infotext.pasted(text, site.machine.library)
    return json_answer({"info": text, "items": others, "parameters": values})


async def _interrogate(site: Site, call: Call) -> Answer:
    """Without weights CLIP answers 200 with an error for a caption, DeepDanbooru 500 (NOTES 2.4)."""
    payload = call.payload(site.dialect, "interrogate")
    image = await site.in_thread(pictures.decode_base64, payload["image"])
    async with site.machine.line:
        if payload["model"] == "clip":
            words = await site.in_thread(_caption, image) if site.weights else "<error>"
        elif payload["model"] == "deepdanbooru":
            if not site.weights:
                raise Crash("IndexError", "list index out of range")
            words = (await site.in_thread(_caption, image)).replace(" of ", ", ").replace(" with ", ", ")
        else:
            raise Refusal(404, "Model not found")
    return json_answer({"caption": words})


def _caption(image: Image.Image) -> str:
    """What can be said of a picture without a model: its own prompt if it tells it, its light and colour."""
    text, _ = pictures.texts_of(image)
    subject = str(infotext.read(text)["Prompt"]).split("\n")[0] if text else ""
    red, green, blue = ImageStat.Stat(image.convert("RGB").resize((16, 16))).mean
    light = "bright" if red + green + blue > 400 else "dark" if red + green + blue < 240 else "calm"
    tone = max((red, "warm red"), (green, "soft green"), (blue, "deep blue"))[1]
    return f"a {light} painting of {subject or 'abstract shapes'} with {tone} colors"


ROUTES: Routes = {
    "/sdapi/v1/extra-single-image": {"POST": Route(handler=_extra_single)},
    "/sdapi/v1/extra-batch-images": {"POST": Route(handler=_extra_batch)},
    "/sdapi/v1/png-info": {"POST": Route(handler=_png_info)},
    "/sdapi/v1/interrogate": {"POST": Route(handler=_interrogate)},
}
