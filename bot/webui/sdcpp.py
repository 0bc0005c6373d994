"""The request of txt2img as stable-diffusion.cpp understands it.

It reads other fields than A1111 (no n_iter, no styles, no override_settings; LoRAs as paths in a field of
their own) and answers 200 to everything else (NOTES 4).
https://github.com/leejet/stable-diffusion.cpp/blob/master/examples/server/routes_sdapi.cpp
"""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.errors import UnknownName
from bot.model.work import Drawing, HighresFix, Txt2Img
from bot.webui.names import AUTOMATIC, nearest
from bot.webui.wire import Lora

__all__ = ["refuse_ignored", "sdcpp_drawing", "sdcpp_name", "sdcpp_txt2img"]

_NAMES = {
    "DDIM": "ddim_trailing",
    "Align Your Steps": "ays",
    "Align Your Steps GITS": "gits",
    AUTOMATIC: "default",
}
"""Where lower case and underscores do not make one name of the other."""


def sdcpp_txt2img(work: Txt2Img, loras: Sequence[Lora] = ()) -> dict[str, JsonValue]:
    """The request for ``work``; ``loras`` is /loras, for their paths. Raises as ``sdcpp_drawing``."""
    return sdcpp_drawing(work, loras) | _hires(work.highres_fix)


def sdcpp_drawing(work: Drawing, loras: Sequence[Lora] = ()) -> dict[str, JsonValue]:
    """What txt2img and img2img have in common.

    Raises as ``refuse_ignored``, and for networks other than LoRAs.
    """
    refuse_ignored(work)
    payload: dict[str, JsonValue] = {
        "prompt": work.prompt,
        "negative_prompt": work.negative_prompt,
        "sampler_name": sdcpp_name(work.sampler),
        "steps": work.steps,
        "width": work.width,
        "height": work.height,
        "cfg_scale": work.cfg_scale,
        "seed": work.seed,
        "batch_size": work.pictures,
    }
    if work.scheduler != AUTOMATIC:
        payload["scheduler"] = sdcpp_name(work.scheduler)
    if work.clip_skip > 1:
        payload["clip_skip"] = work.clip_skip
    return payload | _loras(work, loras)


def sdcpp_name(name: str) -> str:
    """A1111's name of a sampler or scheduler in its spelling: "DPM++ 2M SDE" is "dpm++2m_sde"."""
    return _NAMES.get(name) or name.lower().replace("++ ", "++").replace(" ", "_")


def refuse_ignored(work: Drawing) -> None:
    """Raises ``UnknownName`` for what ``work`` names and the server would silently leave out."""
    for key in work.override:
        raise UnknownName("option", key)
    for style in work.styles:
        raise UnknownName("style", style)
    if work.vae not in (None, AUTOMATIC):
        raise UnknownName("vae", str(work.vae))
    if work.face_restorer is not None:
        raise UnknownName("face_restorer", work.face_restorer)
    if work.refiner is not None:
        raise UnknownName("checkpoint", work.refiner.checkpoint)
    for recipe in work.recipes:
        raise UnknownName("recipe", recipe.name)
    if work.variation is not None or work.tiling:
        raise UnknownName("detail", "variation_strength" if work.variation else "tiling")


def _loras(work: Drawing, loras: Sequence[Lora]) -> dict[str, JsonValue]:
    paths = {lora.name: lora.path or lora.name for lora in loras}
    merged = {network.name: network for network in work.extra_networks}
    for network in merged.values():
        if network.kind != "lora" or (paths and network.name not in paths):
            kind = "hypernetwork" if network.kind == "hypernet" else network.kind
            raise UnknownName(kind, network.name, nearest(network.name, paths))
    if not merged:
        return {}
    return {
        "lora": [{"path": paths.get(name, name), "multiplier": merged[name].weight} for name in merged],
    }


def _hires(fix: HighresFix | None) -> dict[str, JsonValue]:
    if fix is None:
        return {}
    return {
        "enable_hr": True,
        "hr_scale": fix.scale,
        "hr_upscaler": fix.upscaler,
        "hr_steps": fix.steps,
        "denoising_strength": fix.denoising_strength,
    }
