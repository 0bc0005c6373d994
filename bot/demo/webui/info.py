"""``info`` of an answer, and the infotext of each picture (NOTES 2.1)."""

from typing import Any

from bot.demo.webui import infotext
from bot.demo.webui.library import Checkpoint, fingerprint
from bot.demo.webui.machine import Machine
from bot.demo.webui.result import Result
from bot.demo.webui.settings import Options
from bot.demo.webui.work import Work

_ENSD_SAMPLERS = {"Euler a", "DPM2 a", "DPM++ 2S a", "DPM fast", "DPM adaptive"}


def describe(machine: Machine, work: Work, model: Checkpoint, index: int) -> str:
    """The infotext of picture ``index``. ``model`` is what the text says has painted it."""
    fields = _fields(machine, work, model, index)
    return infotext.write(work.prompts[index], work.negative_prompts[index], fields)


def _fields(machine: Machine, work: Work, model: Checkpoint, index: int) -> dict[str, Any]:
    options = machine.options
    varied = work["subseed_strength"] != 0
    vae_hash, vae_name = vae_of(machine)
    return {
        "Steps": work["steps"],
        "Sampler": work.sampling.sampler,
        "Schedule type": work.sampling.scheduler,
        "CFG scale": work["cfg_scale"],
        "Image CFG scale": work.payload.get("image_cfg_scale"),
        "Seed": work.seeds[index],
        "Face restoration": options["face_restoration_model"] if work["restore_faces"] else None,
        "Size": f"{work['width']}x{work['height']}",
        "Model hash": model.short_hash if options.flag("add_model_hash_to_info") else None,
        "Model": model.stem if options.flag("add_model_name_to_info") else None,
        "VAE hash": vae_hash if options.flag("add_vae_hash_to_info") else None,
        "VAE": vae_name if options.flag("add_vae_name_to_info") else None,
        "Variation seed": work.subseeds[index] if varied else None,
        "Variation seed strength": work["subseed_strength"] if varied else None,
        "Seed resize from": _seed_resize(work),
        "Denoising strength": work.extra.get("Denoising strength"),
        **_settings(machine, work),
        **work.extra,
        "Version": machine.dialect.version if options.flag("add_version_to_infotext") else None,
    }


def _settings(machine: Machine, work: Work) -> dict[str, Any]:
    """What options have changed about the picture."""
    options = machine.options
    skip = clip_skip(machine)
    ensd = options["eta_noise_seed_delta"]
    source = options["randn_source"]
    return {
        "Clip skip": skip if skip > 1 else None,
        "ENSD": ensd if ensd and work.sampling.sampler in _ENSD_SAMPLERS else None,
        "Token merging ratio": options["token_merging_ratio"] or None,
        "RNG": source if source != "GPU" else None,
        "Tiling": "True" if tiling(machine, work) else None,
        **{f"Module {index + 1}": name for index, name in enumerate(modules(machine))},
    }


def tiling(machine: Machine, work: Work) -> bool:
    """The request's field, or the option where it says nothing."""
    asked = work["tiling"]
    return machine.options.flag("tiling") if asked is None else bool(asked)


def clip_skip(machine: Machine) -> int:
    """CLIP_stop_at_last_layers as the whole number that infotexts show."""
    return int(machine.options.number("CLIP_stop_at_last_layers"))


def modules(machine: Machine) -> list[str]:
    """Forge: the names of ``forge_additional_modules``."""
    if not machine.dialect.forge:
        return []
    chosen = machine.options["forge_additional_modules"] or []
    return [str(path).rsplit("/", 1)[-1].rsplit(".", 1)[0] for path in chosen]


def vae_of(machine: Machine) -> tuple[str | None, str | None]:
    """(hash, name) of the VAE in use; None for the checkpoint's own."""
    if machine.vae is None or machine.dialect.forge:
        return None, None
    return machine.vae.short_hash, machine.vae.file


def _seed_resize(work: Work) -> str | None:
    width, height = work["seed_resize_from_w"] or 0, work["seed_resize_from_h"] or 0
    return f"{width}x{height}" if width > 0 and height > 0 else None


def summary(machine: Machine, work: Work, result: Result, first: int) -> dict[str, Any]:
    """The ``info`` object. ``first`` is the index of the first picture that is no grid."""
    vae_hash, vae_name = vae_of(machine)
    faces = bool(work["restore_faces"])
    return {
        "prompt": work.prompts[0],
        "all_prompts": work.prompts,
        "negative_prompt": work.negative_prompts[0],
        "all_negative_prompts": work.negative_prompts,
        "seed": work.seeds[0],
        "all_seeds": work.seeds,
        "subseed": work.subseeds[0],
        "all_subseeds": work.subseeds,
        "subseed_strength": work["subseed_strength"],
        "width": work["width"],
        "height": work["height"],
        "sampler_name": work.sampling.sampler,
        "cfg_scale": work["cfg_scale"],
        "steps": work["steps"],
        "batch_size": work["batch_size"],
        "restore_faces": faces,
        "face_restoration_model": machine.options["face_restoration_model"] if faces else None,
        "sd_model_name": result.model.stem,
        "sd_model_hash": result.model.short_hash,
        "sd_vae_name": vae_name,
        "sd_vae_hash": vae_hash,
        "seed_resize_from_w": work["seed_resize_from_w"],
        "seed_resize_from_h": work["seed_resize_from_h"],
        "denoising_strength": work["denoising_strength"],
        "extra_generation_params": work.extra,
        "index_of_first_image": first,
        "infotexts": result.infotexts,
        "styles": work.styles,
        "job_timestamp": machine.state.job_timestamp,
        "clip_skip": clip_skip(machine),
        "is_using_inpainting_conditioning": False,
        "version": machine.dialect.version,
    }


def another_model(machine: Machine, right: Checkpoint) -> Checkpoint:
    """Another checkpoint than ``right``: one of the list, or one that nobody has heard of."""
    others = [one for one in machine.checkpoints if one != right and not one.broken]
    return (
        others[0] if others else Checkpoint(file=f"other_{fingerprint('model', right.file)[:4]}.safetensors")
    )


_PAINTED = (
    "eta_noise_seed_delta",
    "eta_ddim",
    "eta_ancestral",
    "s_churn",
    "s_tmin",
    "s_tmax",
    "s_noise",
    "sigma_min",
    "sigma_max",
    "rho",
    "randn_source",
    "emphasis",
    "token_merging_ratio",
    "pad_cond_uncond",
    "skip_early_cond",
    "sgm_noise_multiplier",
    "sd_noise_schedule",
    "uni_pc_variant",
    "uni_pc_order",
    "code_former_weight",
    "sd_hypernetwork",
    "sd_lora",
    "initial_noise_multiplier",
    "img2img_extra_noise",
    "sd_vae_decode_method",
    "always_discard_next_to_last_sigma",
    "use_old_emphasis_implementation",
    "use_old_karras_scheduler_sigmas",
    "beta_dist_alpha",
    "beta_dist_beta",
)


def changed_settings(options: Options) -> str:
    """The options that change pictures, where they are not at their defaults."""
    return " ".join(f"{name}={options[name]}" for name in _PAINTED if not options.is_default(name))
