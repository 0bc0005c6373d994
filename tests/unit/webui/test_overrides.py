"""What of the options is the baseline, and what people may set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.errors import BadValue, NotAllowed, Refused, UnknownName
from bot.webui.overrides import (
    FIXED,
    allowed_overrides,
    baseline_from_options,
    changes_picture,
    check_override,
)
from bot.webui.wire import Options
from tests.unit.webui.recordings import recording

OPTIONS = Options(recording("a1111/get_options").answered)
FORGE = Options(recording("forge/get_options").answered)


@pytest.mark.parametrize(
    "key",
    [
        "sd_vae", "CLIP_stop_at_last_layers", "eta_noise_seed_delta", "randn_source", "emphasis",
        "face_restoration_model", "code_former_weight", "sd_lora", "sd_noise_schedule",
        "sgm_noise_multiplier", "eta_ddim", "eta_ancestral", "s_churn", "s_tmin", "s_tmax", "s_noise",
        "s_min_uncond", "sigma_min",
        "sigma_max", "rho", "uni_pc_variant", "uni_pc_order", "beta_dist_alpha", "skip_early_cond",
        "token_merging_ratio", "token_merging_ratio_hr", "pad_cond_uncond", "pad_cond_uncond_v0",
        "img2img_fix_steps", "img2img_color_correction", "initial_noise_multiplier", "img2img_extra_noise",
        "use_old_emphasis_implementation", "use_old_karras_scheduler_sigmas", "sd_vae_encode_method",
        "sd_vae_decode_method", "enable_prompt_comments",
    ],
)  # fmt: skip
def test_every_option_that_changes_the_picture_is_in_the_baseline(key: str) -> None:
    baseline = baseline_from_options(OPTIONS)
    assert baseline[key] == OPTIONS[key]


@pytest.mark.parametrize(
    "key",
    ["outdir_samples", "samples_save", "samples_format", "api_useragent", "sd_checkpoint_hash",
     "localization", "sd_vae_explanation", "sd_vae_checkpoint_cache", "save_init_img", "grid_save",
     "live_previews_enable"],
)  # fmt: skip
def test_what_does_not_change_the_picture_is_neither_in_the_baseline_nor_allowed(key: str) -> None:
    assert key in OPTIONS
    assert key not in baseline_from_options(OPTIONS)
    with pytest.raises(NotAllowed):
        check_override(key, "1", OPTIONS)


def test_the_baseline_has_whole_numbers_where_the_web_ui_has_stored_floats() -> None:
    baseline = baseline_from_options(OPTIONS)
    assert isinstance(OPTIONS["CLIP_stop_at_last_layers"], float)
    assert repr(baseline["CLIP_stop_at_last_layers"]) == "1"
    assert repr(baseline["beta_dist_alpha"]) == "0.6"


def test_the_checkpoint_of_the_baseline_has_no_hash_that_another_web_ui_might_not_know() -> None:
    assert OPTIONS.checkpoint == "tinyA.safetensors [58793b75f1]"
    assert baseline_from_options(OPTIONS)["sd_model_checkpoint"] == "tinyA.safetensors"
    assert "sd_model_checkpoint" not in baseline_from_options({"sd_model_checkpoint": ""})


def test_the_modules_of_forge_are_in_the_baseline() -> None:
    assert baseline_from_options(FORGE)["forge_additional_modules"] == []


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("eta_ancestral", "0.67", 0.67),
        ("ETA_ANCESTRAL", "0.67", 0.67),
        ("s_churn", " 2 ", 2),
        ("eta_noise_seed_delta", "31337", 31337),
        ("CLIP_stop_at_last_layers", "2", 2),
        ("clip_stop_at_last_layers", "2.0", 2),
        ("pad_cond_uncond", "true", True),
        ("pad_cond_uncond", "OFF", False),
        ("randn_source", "cpu", "CPU"),
        ("emphasis", "no norm", "No norm"),
        ("sd_noise_schedule", "zero terminal snr", "Zero Terminal SNR"),
        ("beta_dist_alpha", "1e-1", 0.1),
    ],
)
def test_a_value_gets_the_type_of_the_options_current_one(key: str, text: str, value: JsonValue) -> None:
    known, typed = check_override(key, text, OPTIONS)
    assert known in OPTIONS
    assert repr(typed) == repr(value)


@pytest.mark.parametrize(
    ("key", "text", "reason"),
    [
        ("eta_ancestral", "much", "not_a_number"),
        ("eta_ancestral", "", "not_a_number"),
        ("eta_ancestral", "nan", "not_a_number"),
        ("eta_ancestral", "inf", "not_a_number"),
        ("eta_ancestral", "1e300", "out_of_range"),
        ("CLIP_stop_at_last_layers", "1.5", "not_a_whole_number"),
        ("CLIP_stop_at_last_layers", "0", "out_of_range"),
        ("CLIP_stop_at_last_layers", "13", "out_of_range"),
        ("pad_cond_uncond", "maybe", "not_a_boolean"),
        ("sd_vae", "x" * 300, "too_long"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_the_reason(key: str, text: str, reason: str) -> None:
    with pytest.raises(BadValue) as caught:
        check_override(key, text, OPTIONS)
    assert (caught.value.field, caught.value.reason) == (key, reason)


def test_a_value_that_is_no_choice_is_refused_with_the_nearest_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        check_override("randn_source", "gpuu", OPTIONS)
    assert (caught.value.kind, caught.value.nearest) == ("randn_source", ("GPU", "CPU"))


def test_the_web_uis_own_lists_are_choices_too() -> None:
    choices = {"face_restoration_model": ["CodeFormer", "GFPGAN"]}
    assert check_override("face_restoration_model", "gfpgan", OPTIONS, choices=choices)[1] == "GFPGAN"
    with pytest.raises(UnknownName):
        check_override("face_restoration_model", "nope", OPTIONS, choices=choices)


def test_a_key_that_the_web_ui_does_not_know_is_refused_with_the_nearest_allowed_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        check_override("eta_ancestrl", "1", OPTIONS)
    assert caught.value.kind == "option"
    assert caught.value.nearest[0] == "eta_ancestral"
    assert all(changes_picture(key) for key in caught.value.nearest)


@pytest.mark.parametrize("key", ["hires_fix_refiner_pass", "inpainting_mask_weight"])
def test_the_host_may_add_keys(key: str) -> None:
    with pytest.raises(NotAllowed):
        check_override(key, "0.5", OPTIONS)
    assert check_override(key, "0.5", OPTIONS, {key})[0] == key


@pytest.mark.parametrize(
    "key",
    ["outdir_samples", "samples_format", "sd_model_checkpoint", "temp_dir", "font", "api_useragent",
     "samples_filename_pattern", "localization", "disabled_extensions", "profiling_filename", "save_txt",
     "interrogate_clip_dict_limit", "restore_config_state_file", "return_grid",
     "use_old_hires_fix_width_height"],
)  # fmt: skip
def test_paths_files_and_saving_stay_closed_even_if_the_host_adds_them(key: str) -> None:
    assert key in OPTIONS
    with pytest.raises(NotAllowed):
        check_override(key, "x", OPTIONS, {key})
    assert key not in allowed_overrides(OPTIONS, {key})


def test_a_list_cannot_be_typed() -> None:
    with pytest.raises(BadValue, match="wrong_type"):
        check_override("canvas_disabled_functions", "a", OPTIONS, {"canvas_disabled_functions"})


def test_what_is_suggested_is_what_is_taken() -> None:
    suggested = allowed_overrides(OPTIONS)
    assert suggested
    assert not set(suggested) & set(FIXED)
    for key in suggested:
        current = OPTIONS[key]
        text = str(current) if not isinstance(current, float) else f"{current:g}"
        assert check_override(key, text, OPTIONS)[0] == key


def test_with_stable_diffusion_cpp_nothing_is_suggested() -> None:
    assert allowed_overrides(recording("sdcpp/get_options").answered) == ()


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_typed_is_either_a_value_of_the_right_type_or_refused(key: str, text: str) -> None:
    try:
        known, value = check_override(key, text, OPTIONS)
    except Refused:
        return
    current = OPTIONS[known]
    assert changes_picture(known)
    assert isinstance(value, bool) is isinstance(current, bool)
    assert isinstance(value, str) is isinstance(current, str)


@given(
    st.sampled_from(allowed_overrides(OPTIONS)),
    st.text(max_size=40) | st.floats().map(str) | st.integers().map(str),
)
def test_any_value_of_a_known_key_is_taken_in_its_type_or_refused(key: str, text: str) -> None:
    try:
        _, value = check_override(key, text, OPTIONS)
    except Refused:
        return
    current = OPTIONS[key]
    assert isinstance(value, bool) is isinstance(current, bool)
    if isinstance(value, float | int):
        assert value - value == 0  # neither infinite nor NaN, which JSON cannot say
