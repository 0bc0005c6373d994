"""Which options of a web UI change the picture, what they are without a word said, and what people may set.

An option that a request does not send is whatever somebody left in the web UI, or what the request before
sent: a fresh install restores no override (NOTES 3.6). So all of them are sent, every time, from the host's
baseline.
"""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from pydantic import JsonValue

from bot.errors import BadValue, NotAllowed, UnknownName
from bot.webui.names import match_name, nearest

__all__ = [
    "ALLOWED_OVERRIDES",
    "FIXED",
    "FORCED",
    "allowed_overrides",
    "baseline_from_options",
    "changes_picture",
    "check_override",
]

ALLOWED_OVERRIDES: tuple[str, ...] = (
    "sd_vae",
    "CLIP_stop_at_last_layers",
    "eta_*",
    "randn_source",
    "emphasis",
    "face_restoration_model",
    "code_former_weight",
    "sd_lora",
    "sd_noise_schedule",
    "sgm_noise_multiplier",
    "s_churn",
    "s_tmin",
    "s_tmax",
    "s_noise",
    "s_min_uncond*",
    "sigma_*",
    "rho",
    "uni_pc_*",
    "beta_dist_*",
    "skip_early_cond",
    "token_merging_*",
    "pad_cond_uncond*",
    "img2img_fix_steps",
    "img2img_color_correction",
    "initial_noise_multiplier",
    "img2img_extra_noise",
    "use_old_*",
    "sd_vae_encode_method",
    "sd_vae_decode_method",
    "enable_prompt_comments",
    # Not in the list of the design, and the picture differs by them all the same:
    "ddim_discretize",
    "always_discard_next_to_last_sigma",
    "no_dpmpp_sde_batch_determinism",
    "hires_fix_use_firstpass_conds",
    "enable_batch_seeds",
    "comma_padding_backtrack",
)
"""The options that change the picture, as patterns: the baseline, and what ``override`` takes by default."""

FORCED: Mapping[str, JsonValue] = {
    "sd_lora": "None",
    "enable_prompt_comments": False,
    "lora_add_hashes_to_infotext": True,
    "textual_inversion_add_hashes_to_infotext": True,
}
"""What wins over the baseline, and only a request's own override wins over.

No LoRA behind people's backs; "#" begins no comment (NOTES 2.5); and the infotext names each network that was
really applied, which is how a missing one is noticed.
"""

FIXED: Mapping[str, JsonValue] = {
    "use_old_hires_fix_width_height": False,
    "return_grid": False,
    "return_mask": False,
    "return_mask_composite": False,
}
"""What nothing wins over: else ``hr_scale`` is ignored with 200, and grids and masks come back as well."""

_WHOLE_NUMBERS = frozenset(
    {"CLIP_stop_at_last_layers", "eta_noise_seed_delta", "uni_pc_order", "comma_padding_backtrack"}
)
"""Where 1.5 breaks the request: "bad operand type", "slice indices must be integers" (NOTES 2.4)."""

_BOUNDS: Mapping[str, tuple[float, float]] = {
    "CLIP_stop_at_last_layers": (1, 12),
    "code_former_weight": (0, 1),
    "token_merging_ratio": (0, 0.9),
    "token_merging_ratio_img2img": (0, 0.9),
    "token_merging_ratio_hr": (0, 0.9),
    "skip_early_cond": (0, 1),
    "uni_pc_order": (1, 50),
    "comma_padding_backtrack": (0, 74),
}
"""The sliders of A1111's own settings page. Any other number may have at most ``_LARGEST``."""

_LARGEST = 2.0**53

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "emphasis": ("None", "Ignore", "Original", "No norm"),
    "randn_source": ("GPU", "CPU", "NV"),
    "sd_noise_schedule": ("Default", "Zero Terminal SNR"),
    "uni_pc_variant": ("bh1", "bh2", "vary_coeff"),
    "uni_pc_skip_type": ("time_uniform", "time_quadratic", "logSNR"),
    "ddim_discretize": ("uniform", "quad"),
    "sd_vae_encode_method": ("Full", "TAESD"),
    "sd_vae_decode_method": ("Full", "TAESD"),
}
"""What A1111 offers there; it takes anything else with 200 for the default."""

_NEVER = re.compile(
    r"(^|_)(dir|dirs|outdir|path|paths|file|files|filename|save|saved|format|font|url|key|auth|token|password|"
    r"secret|api|useragent|log|temp|directories|checkpoint|localization|extensions|profiling|training)(_|$)"
    r"|^outdir|^samples_|^grid_|^save_|^api_|^interrogate_|^ui_|^js_|^hidden_|^quicksettings",
    re.IGNORECASE,
)
"""Paths, file names, saving, addresses, keys, what is loaded, and the page itself: closed whatever
the host adds. The checkpoint has an option of its own in every command."""

Scalar = bool | int | float | str
_SCALARS = (bool, int, float, str)

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


def changes_picture(key: str) -> bool:
    """Whether ``key`` is one of ``ALLOWED_OVERRIDES``."""
    return any(fnmatchcase(key, pattern) for pattern in ALLOWED_OVERRIDES)


def allowed_overrides(options: Iterable[str], extra_allowed: Collection[str] = ()) -> tuple[str, ...]:
    """The keys of ``options`` that people may override, in the web UI's order: for autocompletion."""
    return tuple(key for key in options if _is_allowed(key, extra_allowed))


def baseline_from_options(options: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The picture-changing part of /options, with the checkpoint and Forge's modules.

    Whole numbers come back as floats once they were stored, and a float breaks CLIP skip, so they are made
    whole again. A checkpoint loses its hash: "tinyA.safetensors" is known to every web UI that has the file,
    "tinyA.safetensors [58793b75f1]" only to those that have loaded it (NOTES 2.3).
    """
    baseline = {key: _whole(value) for key, value in options.items() if changes_picture(key)}
    checkpoint = options.get("sd_model_checkpoint")
    if isinstance(checkpoint, str) and checkpoint:
        baseline["sd_model_checkpoint"] = re.sub(r" \[[0-9a-f]{8,64}\]$", "", checkpoint)
    modules = options.get("forge_additional_modules")
    if isinstance(modules, list):
        baseline["forge_additional_modules"] = [module for module in modules if isinstance(module, str)]
    return baseline


def check_override(
    key: str,
    value_text: str,
    options: Mapping[str, JsonValue],
    extra_allowed: Collection[str] = (),
    choices: Mapping[str, Sequence[str]] | None = None,
) -> tuple[str, JsonValue]:
    """(key, value) of one ``key=value`` as typed: the web UI's own key, the value of the option's own type.

    ``options``: the web UI's /options, whose current values tell the types. ``extra_allowed``: keys that the
    host adds. ``choices``: the names that an option such as sd_vae or face_restoration_model may have, from
    the web UI's lists. Raises ``UnknownName`` (kind "option", or the key itself for a value that is no
    choice), ``NotAllowed``, ``BadValue`` (reason: not_a_number, not_a_whole_number, out_of_range,
    not_a_boolean, too_long, wrong_type).
    """
    allowed = allowed_overrides(options, extra_allowed)
    try:
        known = match_name("option", key, options)
    except UnknownName as error:
        raise UnknownName("option", error.given, nearest(key, allowed)) from None
    if known not in allowed:
        raise NotAllowed(known, nearest(known, allowed))
    return known, _typed(known, value_text.strip(), options[known], {**_CHOICES, **(choices or {})})


def settable_options(options: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """The keys that the host may change from Discord: no paths, names of files, addresses or keys, and only
    texts, numbers and switches. What is loaded has a command of its own.
    """
    return tuple(
        key
        for key, value in options.items()
        if _NEVER.search(key) is None and not key.endswith("_explanation") and isinstance(value, _SCALARS)
    )


def check_option(key: str, text: str | None, options: Mapping[str, JsonValue]) -> tuple[str, Scalar]:
    """(the web UI's own key, ``text`` as the type of its present value; without a text, that value).

    Raises ``UnknownName``, ``NotAllowed`` and ``BadValue`` as ``check_override``.
    """
    allowed = settable_options(options)
    try:
        known = match_name("option", key, options)
    except UnknownName as error:
        raise UnknownName("option", error.given, nearest(key, allowed)) from None
    present = options[known]
    if known not in allowed or not isinstance(present, _SCALARS):
        raise NotAllowed(known, nearest(known, allowed))
    return known, present if text is None else _typed(known, text.strip(), present, _CHOICES)


def _is_allowed(key: str, extra_allowed: Collection[str]) -> bool:
    if key in FIXED:
        return False
    return changes_picture(key) or (key in extra_allowed and _NEVER.search(key) is None)


def _typed(key: str, text: str, current: JsonValue, choices: Mapping[str, Sequence[str]]) -> Scalar:
    if len(text) > 200:
        raise BadValue(key, text[:200], "too_long")
    if isinstance(current, bool):
        return _boolean(key, text)
    if isinstance(current, int | float):
        return _number(key, text)
    if isinstance(current, str) or (current is None and key in choices):
        return match_name(key, text, choices[key]) if key in choices else text
    raise BadValue(key, text, "wrong_type")


def _boolean(key: str, text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise BadValue(key, text, "not_a_boolean")


def _number(key: str, text: str) -> int | float:
    try:
        value = float(text)
    except ValueError:
        raise BadValue(key, text, "not_a_number") from None
    if not math.isfinite(value):
        raise BadValue(key, text, "not_a_number")
    if key in _WHOLE_NUMBERS and not value.is_integer():
        raise BadValue(key, text, "not_a_whole_number")
    lowest, highest = _BOUNDS.get(key, (-_LARGEST, _LARGEST))
    if not lowest <= value <= highest:
        raise BadValue(key, text, "out_of_range")
    return int(value) if value.is_integer() else value


def _whole(value: JsonValue) -> JsonValue:
    return int(value) if isinstance(value, float) and value.is_integer() else value
