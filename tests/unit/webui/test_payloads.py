"""What is sent for a request."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.errors import UnknownName
from bot.model.work import ExtraNetwork, HighresFix, Txt2Img
from bot.webui import payloads
from bot.webui.dialects import Capabilities, Dialect
from bot.webui.encoding import encode, encode_picture
from bot.webui.endpoints import Endpoint
from bot.webui.overrides import FIXED, FORCED, allowed_overrides, baseline_from_options
from tests.unit.webui.asking import (
    A1111,
    BASELINE,
    ENDPOINTS,
    FORGE,
    FORGE_OPTIONS,
    MODULES,
    OPTIONS,
    changed,
    network,
    payload,
    settings,
)
from tests.unit.webui.recordings import recording


def test_a_plain_request_has_everything_that_is_always_sent() -> None:
    sent = payload(changed(negative_prompt="blurry", batch_count=2, batch_size=3, styles=("cinematic",)))
    sent.pop("override_settings")
    assert sent == {
        "prompt": "a cat",
        "negative_prompt": "blurry",
        "styles": ["cinematic"],
        "sampler_name": "Euler a",
        "scheduler": "Automatic",
        "steps": 30,
        "width": 512,
        "height": 512,
        "cfg_scale": 7.0,
        "hr_cfg": 7.0,
        "seed": 1,
        "n_iter": 2,
        "batch_size": 3,
        "restore_faces": False,
        "tiling": False,
        "alwayson_scripts": {},
        "subseed": -1,
        "subseed_strength": 0,
        "enable_hr": False,
        "override_settings_restore_afterwards": True,
        "force_task_id": "task-1",
        "send_images": True,
        "save_images": False,
        "do_not_save_samples": True,
        "do_not_save_grid": True,
    }


def test_overrides_are_left_in_place_only_on_a_web_ui_that_is_ours_alone() -> None:
    assert payload(dedicated=True)["override_settings_restore_afterwards"] is False


def test_what_the_request_says_wins_over_the_baseline() -> None:
    work = changed(checkpoint="tinyB", vae="None", clip_skip=2, face_restorer="GFPGAN")
    sent = payload(work)
    assert sent["restore_faces"] is True
    assert sent["override_settings"] == {
        **BASELINE,
        **{key: value for key, value in {**FORCED, **FIXED}.items() if key in OPTIONS},
        "sd_model_checkpoint": "tinyB",
        "sd_vae": "None",
        "CLIP_stop_at_last_layers": 2,
        "face_restoration_model": "GFPGAN",
    }


def test_what_the_request_does_not_say_is_the_hosts_look() -> None:
    baseline = BASELINE | {"sd_vae": "tinyvae", "eta_ancestral": 0.5, "sd_lora": "behind your back"}
    sent = settings(baseline=baseline)
    assert sent["sd_model_checkpoint"] == "tinyA.safetensors"
    assert (sent["sd_vae"], sent["eta_ancestral"]) == ("tinyvae", 0.5)
    assert sent["sd_lora"] == "None"


def test_a_sign_in_a_prompt_that_would_be_a_comment_arrives_intact_where_the_option_is_known() -> None:
    work = changed(prompt="hex #ff0000 color, tag")
    assert payload(work)["prompt"] == "hex #ff0000 color, tag"
    assert settings(work)["enable_prompt_comments"] is False
    unaware = Capabilities(
        dialect=Dialect.A1111, endpoints=ENDPOINTS, options=frozenset(OPTIONS) - {"enable_prompt_comments"}
    )
    assert "enable_prompt_comments" not in settings(work, capabilities=unaware)


def test_a_typed_override_wins_over_everything_but_what_keeps_the_results_straight() -> None:
    work = changed(
        override={"eta_ancestral": 0, "CLIP_stop_at_last_layers": 3, "enable_prompt_comments": True}
    )
    sent = settings(work)
    assert sent["eta_ancestral"] == 0
    assert sent["CLIP_stop_at_last_layers"] == 3
    assert sent["enable_prompt_comments"] is True
    assert settings(changed(override={"return_grid": True}))["return_grid"] is False


def test_an_override_that_this_web_ui_does_not_know_is_refused_before_it_answers_500() -> None:
    with pytest.raises(UnknownName) as caught:
        payload(changed(override={"eta_ancestrl": 1}))
    assert caught.value.nearest[0] == "eta_ancestral"


def test_the_second_pass_has_all_its_fields_always() -> None:
    fix = HighresFix(upscaler="Latent", scale=2, steps=7, denoising_strength=0.65)
    sent = payload(changed(highres_fix=fix))
    expected = {
        "enable_hr": True,
        "denoising_strength": 0.65,
        "hr_scale": 2,
        "hr_second_pass_steps": 7,
        "hr_upscaler": "Latent",
        "hr_additional_modules": ["Use same choices"],
        "hr_resize_x": 0,
        "hr_resize_y": 0,
    }
    assert {key: sent[key] for key in expected} == expected
    assert sent["override_settings"]["use_old_hires_fix_width_height"] is False


def test_before_schedulers_were_a_field_they_are_part_of_the_samplers_name() -> None:
    old = Capabilities(
        dialect=Dialect.A1111, endpoints=ENDPOINTS - {Endpoint.SCHEDULERS}, options=frozenset(OPTIONS)
    )
    sent = payload(changed(sampler="DPM++ 2M", scheduler="Karras"), capabilities=old)
    assert sent["sampler_name"] == "DPM++ 2M Karras"
    assert payload(capabilities=old)["sampler_name"] == "Euler a"


@pytest.mark.parametrize(
    ("prompt", "networks", "expected"),
    [
        ("a cat", [], "a cat"),
        ("a cat", [network("x")], "a cat <lora:x:0.85>"),
        ("a cat", [network("x", 1.0), network("h", -0.5, "hypernet")], "a cat <lora:x:1> <hypernet:h:-0.5>"),
        ("a cat", [network("x", 0.2), network("x", 0.9)], "a cat <lora:x:0.9>"),
        ("a cat <lora:x:0.3>", [network("x")], "a cat <lora:x:0.3>"),
        ("a cat <lora:x2:0.3>", [network("x")], "a cat <lora:x2:0.3> <lora:x:0.85>"),
        ("a cat <hypernet:x:1>", [network("x")], "a cat <hypernet:x:1> <lora:x:0.85>"),
        ("a cat", [network("emb", 1.0, "embedding")], "a cat emb"),
        ("a cat", [network("emb", 0.5, "embedding")], "a cat (emb:0.5)"),
        ("a cat", [network("emb (v2)", 1.0, "embedding")], r"a cat emb \(v2\)"),
        ("an EMB cat", [network("emb", 0.5, "embedding")], "an EMB cat"),
        ("a member", [network("emb", 1.0, "embedding")], "a member emb"),
        ("", [network("x")], "<lora:x:0.85>"),
    ],
)
def test_networks_are_appended_to_the_prompt_once(
    prompt: str, networks: list[ExtraNetwork], expected: str
) -> None:
    assert payloads.prompt_with_networks(prompt, networks) == expected


def test_forge_gets_its_vae_as_a_module_by_its_path_there() -> None:
    baseline = baseline_from_options(FORGE_OPTIONS)
    sent = settings(baseline=baseline, capabilities=FORGE, modules=MODULES)
    assert sent["forge_additional_modules"] == [
        "/here/VAE/ae.safetensors",
        "/here/text_encoder/clip_l.safetensors",
    ]
    assert "sd_vae" not in sent


@pytest.mark.parametrize(
    ("vae", "modules"),
    [
        ("other.safetensors", ["/here/text_encoder/clip_l.safetensors", "/here/VAE/other.safetensors"]),
        ("None", ["/here/text_encoder/clip_l.safetensors"]),
        ("Automatic", ["/here/VAE/ae.safetensors", "/here/text_encoder/clip_l.safetensors"]),
    ],
)
def test_another_vae_in_forge_leaves_the_text_encoders(vae: str, modules: list[str]) -> None:
    baseline = baseline_from_options(FORGE_OPTIONS)
    for work in (changed(vae=vae), changed(override={"sd_vae": vae})):
        sent = settings(work, baseline=baseline, capabilities=FORGE, modules=MODULES)
        assert sent["forge_additional_modules"] == modules


def test_a_distilled_model_gets_its_guidance_where_it_reads_it() -> None:
    sent = payload(changed(cfg_scale=3.5), capabilities=FORGE, distilled=True)
    guidance = {key: sent[key] for key in ("cfg_scale", "distilled_cfg_scale", "hr_cfg", "hr_distilled_cfg")}
    assert guidance == {"cfg_scale": 1.0, "distilled_cfg_scale": 3.5, "hr_cfg": 1.0, "hr_distilled_cfg": 3.5}
    assert payload(changed(cfg_scale=3.5), distilled=True)["cfg_scale"] == 3.5


def test_only_fields_that_the_real_servers_know_are_sent() -> None:
    """Checked against what they echo; one of Forge alone is ignored by A1111 (NOTES 4)."""
    for dialect, capabilities in (("a1111", A1111), ("forge", FORGE)):
        known = set(recording(f"{dialect}/txt2img_basic").answered["parameters"])
        fix = HighresFix(upscaler="Latent")
        sent = set(payload(changed(highres_fix=fix), capabilities=capabilities, distilled=True))
        assert sent - known <= ({"hr_cfg", "hr_additional_modules"} if dialect == "a1111" else set())


def test_a_body_is_utf8_json_and_lone_surrogates_do_not_break_it() -> None:
    assert json.loads(encode({"prompt": "späße 🎲\n"})) == {"prompt": "späße 🎲\n"}
    assert json.loads(encode({"prompt": "a\ud800b"})) == {"prompt": "a?b"}


def test_a_picture_becomes_base64_text() -> None:
    assert encode_picture(b"\x89PNG") == "iVBORw=="


works = st.builds(
    Txt2Img,
    prompt=st.text(max_size=40),
    negative_prompt=st.text(max_size=40),
    checkpoint=st.none() | st.text(max_size=20),
    vae=st.sampled_from([None, "None", "Automatic", "ae.safetensors"]),
    clip_skip=st.integers(1, 12),
    seed=st.integers(0, 2**53),
    batch_count=st.integers(1, 4),
    batch_size=st.integers(1, 4),
    face_restorer=st.sampled_from([None, "GFPGAN"]),
    highres_fix=st.none() | st.builds(HighresFix, upscaler=st.text(max_size=10)),
    extra_networks=st.lists(
        st.builds(
            ExtraNetwork, kind=st.sampled_from(["lora", "hypernet", "embedding"]), name=st.text(max_size=8)
        ),
        max_size=3,
    ).map(tuple),
    override=st.dictionaries(
        st.sampled_from(allowed_overrides(OPTIONS)), st.integers(0, 3) | st.booleans(), max_size=3
    ),
)


@given(works, st.booleans())
def test_whatever_is_asked_every_option_is_in_every_request(work: Txt2Img, dedicated: bool) -> None:
    sent = payload(work, dedicated=dedicated)
    always = {key for key in {*BASELINE, *FORCED, *FIXED} if key in OPTIONS}
    assert set(sent["override_settings"]) == always
    assert sent["override_settings_restore_afterwards"] is not dedicated
    assert type(sent["restore_faces"]) is bool
    assert type(sent["tiling"]) is bool
    assert sent["n_iter"] * sent["batch_size"] == work.pictures
    assert sent["enable_hr"] == ("denoising_strength" in sent) == ("hr_additional_modules" in sent)
    assert json.loads(encode(sent)) is not None


@given(works)
def test_two_requests_on_one_web_ui_override_the_same_options(work: Txt2Img) -> None:
    assert set(settings(work)) == set(settings())


@given(st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8), max_size=4))
def test_only_known_options_leave_the_house(baseline: dict[str, JsonValue]) -> None:
    assert set(settings(baseline=baseline)) <= set(OPTIONS)


@given(works)
def test_no_network_is_named_twice(work: Txt2Img) -> None:
    prompt = payloads.prompt_with_networks("a cat", work.extra_networks)
    tags = re.findall(r"<(?:lora|hypernet):[^<>:]*:[^<>]*>", prompt)
    assert len(tags) == len(set(tags))


@given(st.text(max_size=200), st.lists(st.binary(max_size=50), max_size=3))
def test_a_body_with_pictures_is_the_same_json_as_one_of_plain_texts(
    prompt: str, pictures: list[bytes]
) -> None:
    texts = [encode_picture(data) for data in pictures]
    payload: dict[str, Any] = {"prompt": prompt, "init_images": list(texts), "deep": {"mask": texts[:1]}}
    plain = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
    assert encode(payload) == plain
