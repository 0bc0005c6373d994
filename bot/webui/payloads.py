"""Requests as JSON objects, built from frozen values. Pure; what is sent is decided here and nowhere else."""

import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from bot.errors import BadValue, UnknownName
from bot.model.work import (
    Drawing,
    ExtraNetwork,
    HighresFix,
    Img2Img,
    Inpaint,
    MaskedFill,
    Recipe,
    ResizeMode,
    Txt2Img,
    Upscale,
)
from bot.webui.dialects import Capabilities, Dialect
from bot.webui.names import AUTOMATIC, nearest
from bot.webui.overrides import (
    ALLOWED_OVERRIDES,
    FIXED,
    FORCED,
    allowed_overrides,
    baseline_from_options,
    check_override,
)
from bot.webui.sdcpp import sdcpp_drawing, sdcpp_txt2img
from bot.webui.wire import Lora, Module

__all__ = [
    "ALLOWED_OVERRIDES",
    "allowed_overrides",
    "baseline_from_options",
    "check_override",
    "extra_batch",
    "extra_single",
    "img2img",
    "interrogate",
    "options",
    "override_settings",
    "png_info",
    "prompt_with_networks",
    "task_progress",
    "txt2img",
]

Payload = dict[str, JsonValue]


_RESIZE_MODES: Mapping[ResizeMode, int] = {"stretch": 0, "crop": 1, "fill": 2}
_FILLS: Mapping[MaskedFill, int] = {"fill": 0, "original": 1, "latent noise": 2, "latent nothing": 3}
"""Both by their place in the web UI's lists (NOTES 2.2)."""


def txt2img(
    work: Txt2Img,
    *,
    baseline: Mapping[str, JsonValue],
    capabilities: Capabilities,
    task_id: str,
    dedicated: bool,
    loras: Sequence[Lora] = (),
    modules: Sequence[Module] = (),
    distilled: bool = False,
) -> Payload:
    """The request for ``work``.

    ``baseline``: what ``baseline_from_options`` gave on first contact. ``dedicated``: the web UI is Easel's
    alone, so that overrides need not be restored and the checkpoint is not loaded twice (NOTES 3.2).
    ``loras``: /loras, for the paths that stable-diffusion.cpp wants. ``modules``: Forge's /sd-modules.
    ``distilled``: the checkpoint is one like Flux, so guidance goes out as ``distilled_cfg_scale`` where that
    is understood. Raises ``UnknownName`` for what this web UI does not know and would ignore.
    """
    if capabilities.dialect is Dialect.SDCPP:
        return sdcpp_txt2img(work, loras)
    common = _drawing(work, baseline, capabilities, modules, distilled=distilled)
    own: Payload = {"force_task_id": task_id, "override_settings_restore_afterwards": not dedicated}
    return common | own | _hires(work.highres_fix)


def override_settings(
    work: Drawing,
    baseline: Mapping[str, JsonValue],
    capabilities: Capabilities,
    modules: Sequence[Module] = (),
) -> Payload:
    """Every picture-changing option that the web UI knows, every time (NOTES 3.6).

    Later wins: baseline, ``FORCED``, what the request says, its ``override``, ``FIXED``. Raises
    ``UnknownName`` for an override that this web UI does not know: it would answer 500 (NOTES 2.4).
    """
    for key in work.override:
        if not capabilities.knows(key):
            raise UnknownName("option", key, nearest(key, allowed_overrides(sorted(capabilities.options))))
    settings = dict(baseline) | dict(FORCED) | _asked_settings(work) | work.override | dict(FIXED)
    if capabilities.additional_modules:
        settings.pop("sd_vae", None)
        vae = work.override.get("sd_vae", work.vae)
        settings["forge_additional_modules"] = _modules(str(vae) if vae else None, baseline, modules)
    return {key: value for key, value in settings.items() if capabilities.knows(key)}


def prompt_with_networks(prompt: str, networks: Sequence[ExtraNetwork]) -> str:
    """The prompt with ``<lora:name:weight>``, ``<hypernet:name:weight>`` or ``(embedding:weight)`` appended.

    Of several with one name the last counts, and none is added that the prompt names already: a LoRA named
    twice would be applied twice.
    """
    merged = {(network.kind, network.name): network for network in networks}
    tags = [_tag(network) for network in merged.values() if not _is_named(network, prompt)]
    return " ".join(filter(None, [prompt, *tags]))


def img2img(
    work: Img2Img,
    init: str,
    mask: str | None = None,
    *,
    baseline: Mapping[str, JsonValue],
    capabilities: Capabilities,
    task_id: str,
    dedicated: bool,
    loras: Sequence[Lora] = (),
    modules: Sequence[Module] = (),
    distilled: bool = False,
) -> Payload:
    """The request for ``work`` as for ``txt2img``, with its picture, and its mask, as base64 text.

    Raises ``BadValue`` for a text that is no base64: the web UI would fetch an address.
    """
    if capabilities.dialect is Dialect.SDCPP:
        common = sdcpp_drawing(work, loras)
    else:
        common = _drawing(work, baseline, capabilities, modules, distilled=distilled)
        common |= {"force_task_id": task_id, "override_settings_restore_afterwards": not dedicated}
    own: Payload = {
        "init_images": [_base64(init)],
        "denoising_strength": work.strength,
        "resize_mode": _RESIZE_MODES[work.resize_mode],
        "include_init_images": False,
    }
    return common | own | _inpaint(work.inpaint, mask)


def extra_single(image: str, upscale: Upscale) -> Payload:
    """The request of extra-single-image, for a picture as base64 text."""
    return _upscale(upscale) | {"image": _base64(image)}


def extra_batch(images: Sequence[str], upscale: Upscale) -> Payload:
    """The request of extra-batch-images; the names, which the web UI insists on, are numbers."""
    listed: list[JsonValue] = [
        {"data": _base64(image), "name": f"{number}.png"} for number, image in enumerate(images)
    ]
    return _upscale(upscale) | {"imageList": listed}


def png_info(image: str) -> Payload:
    """The request of png-info."""
    return {"image": _base64(image)}


def interrogate(image: str, model: str = "clip") -> Payload:
    """The request of interrogate; ``model`` is "clip" or "deepdanbooru"."""
    return {"image": _base64(image), "model": model}


def options(values: Mapping[str, JsonValue]) -> Payload:
    """The request of POST /options. Keys are applied in order, up to the first unknown one (NOTES 2.4)."""
    return dict(values)


def task_progress(task_id: str, *, seen_preview: int = -1, want_preview: bool = True) -> Payload:
    """The request of /internal/progress; ``seen_preview``: ``id_live_preview`` of the last answer."""
    return {"id_task": task_id, "id_live_preview": seen_preview, "live_preview": want_preview}


def _drawing(
    work: Drawing,
    baseline: Mapping[str, JsonValue],
    capabilities: Capabilities,
    modules: Sequence[Module],
    *,
    distilled: bool,
) -> Payload:
    """What txt2img and img2img have in common."""
    sampler, scheduler = _sampler(work, capabilities)
    payload: Payload = {
        "prompt": prompt_with_networks(work.prompt, work.extra_networks),
        "negative_prompt": work.negative_prompt,
        "styles": list(work.styles),
        "sampler_name": sampler,
        "scheduler": scheduler,
        "steps": work.steps,
        "width": work.width,
        "height": work.height,
        "seed": work.seed,
        "n_iter": work.batch_count,
        "batch_size": work.batch_size,
        "restore_faces": work.face_restorer is not None,
        "tiling": work.tiling,
        "alwayson_scripts": _scripts(work.recipes),
        "override_settings": override_settings(work, baseline, capabilities, modules),
        "send_images": True,
        "save_images": False,
        "do_not_save_samples": True,
        "do_not_save_grid": True,
    }
    return payload | _guidance(work, distilled and capabilities.distilled_cfg) | _refined(work)


def _sampler(work: Drawing, capabilities: Capabilities) -> tuple[str, str]:
    """(sampler_name, scheduler). Before A1111 1.9 the scheduler was part of the sampler's name."""
    if not capabilities.endpoints or capabilities.schedulers or work.scheduler == AUTOMATIC:
        return work.sampler, work.scheduler
    return f"{work.sampler} {work.scheduler}", AUTOMATIC


def _guidance(work: Drawing, distilled: bool) -> Payload:
    """Forge's second pass has a guidance of its own: 1.0 unless said, not the first pass's (NOTES 4)."""
    if not distilled:
        return {"cfg_scale": work.cfg_scale, "hr_cfg": work.cfg_scale}
    return {
        "cfg_scale": 1.0,
        "hr_cfg": 1.0,
        "distilled_cfg_scale": work.cfg_scale,
        "hr_distilled_cfg": work.cfg_scale,
    }


def _scripts(recipes: Sequence[Recipe]) -> Payload:
    """Of two recipes for one script the last counts: it can run once."""
    return {name: arguments for recipe in recipes for name, arguments in recipe.scripts.items()}


def _refined(work: Drawing) -> Payload:
    """The refiner and the variation. The web UI's own "none" is a strength of 0 (NOTES 2.2)."""
    payload: Payload = {"subseed": -1, "subseed_strength": 0}
    if work.variation is not None:
        payload = {"subseed": work.variation.seed, "subseed_strength": work.variation.strength}
    if work.refiner is not None:
        payload |= {
            "refiner_checkpoint": work.refiner.checkpoint,
            "refiner_switch_at": work.refiner.switch_at,
        }
    return payload


def _hires(fix: HighresFix | None) -> Payload:
    """Without ``denoising_strength`` A1111, without ``hr_additional_modules`` Forge fails (NOTES 2.4, 4)."""
    if fix is None:
        return {"enable_hr": False}
    return {
        "enable_hr": True,
        "denoising_strength": fix.denoising_strength,
        "hr_scale": fix.scale,
        "hr_second_pass_steps": fix.steps,
        "hr_upscaler": fix.upscaler,
        "hr_prompt": fix.prompt,
        "hr_additional_modules": ["Use same choices"],
        "hr_resize_x": 0,
        "hr_resize_y": 0,
    }


def _asked_settings(work: Drawing) -> Payload:
    settings: Payload = {"CLIP_stop_at_last_layers": work.clip_skip}
    if work.checkpoint is not None:
        settings["sd_model_checkpoint"] = work.checkpoint
    if work.vae is not None:
        settings["sd_vae"] = work.vae
    if work.face_restorer is not None:
        settings["face_restoration_model"] = work.face_restorer
    return settings


def _modules(
    vae: str | None, baseline: Mapping[str, JsonValue], modules: Sequence[Module]
) -> list[JsonValue]:
    """The baseline's modules with the VAE replaced, each by its path on this web UI where it is listed."""
    kept = baseline.get("forge_additional_modules")
    names = [_file(str(entry)) for entry in kept] if isinstance(kept, list) else []
    listed = {module.model_name: module for module in modules}
    if vae is not None and vae != AUTOMATIC:
        names = [name for name in names if name not in listed or not listed[name].is_vae]
        names += [] if vae == "None" else [vae]
    return [(listed[name].filename or name) if name in listed else name for name in names]


def _file(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _tag(network: ExtraNetwork) -> str:
    if network.kind == "embedding":
        name = re.sub(r"([()\[\]\\])", r"\\\1", network.name)
        return name if network.weight == 1 else f"({name}:{network.weight:g})"
    return f"<{network.kind}:{network.name}:{network.weight:g}>"


def _is_named(network: ExtraNetwork, prompt: str) -> bool:
    name = re.escape(network.name)
    if network.kind == "embedding":
        return re.search(rf"(?<!\w){name}(?!\w)", prompt, re.IGNORECASE) is not None
    return re.search(rf"<{network.kind}:{name}[:>]", prompt) is not None


def _inpaint(inpaint: Inpaint | None, mask: str | None) -> Payload:
    if inpaint is None or mask is None:
        return {}
    return {
        "mask": _base64(mask),
        "mask_blur": inpaint.blur,
        "inpainting_fill": _FILLS[inpaint.fill],
        "inpaint_full_res": inpaint.only_masked,
        "inpaint_full_res_padding": inpaint.padding,
        "inpainting_mask_invert": int(inpaint.inverted),
    }


def _upscale(upscale: Upscale) -> Payload:
    width, height = upscale.size or (512, 512)
    return {
        "resize_mode": 0 if upscale.size is None else 1,
        "upscaling_resize": upscale.scale,
        "upscaling_resize_w": width,
        "upscaling_resize_h": height,
        "upscaling_crop": upscale.crop,
        "upscaler_1": upscale.upscaler,
        "upscaler_2": upscale.second_upscaler,
        "extras_upscaler_2_visibility": upscale.second_visibility,
        "gfpgan_visibility": upscale.gfpgan_visibility,
        "codeformer_visibility": upscale.codeformer_visibility,
        "codeformer_weight": upscale.codeformer_weight,
        "upscale_first": upscale.upscale_first,
        "show_extras_results": True,
    }


def _base64(text: str) -> str:
    """``text`` if it is base64: with a colon it might be an address, which the web UI would fetch."""
    head = text[:64]
    if not re.fullmatch(r"[A-Za-z0-9+/=]+", head):
        raise BadValue("image", head[:8], "wrong_type")
    return text
