"""Answers that no recording has: cut short, of another shape, or from something that is no web UI."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    BadAnswer,
    CheckpointFailed,
    InvalidRequest,
    NotANumber,
    OutOfMemory,
    ServerError,
    ShapeMismatch,
    Unauthorized,
    Unsupported,
    WebUIError,
)
from bot.webui import responses, wire
from bot.webui.endpoints import Endpoint
from bot.webui.failures import failure
from tests.unit.webui.recordings import recording

PICTURE = base64.b64encode(bytes(range(256)) * 40).decode()
INFO: dict[str, Any] = {"seed": 7, "all_seeds": [7], "infotexts": ["a cat\nSteps: 2, Seed: 7"]}


def answer(**changes: object) -> bytes:
    whole = {"images": [PICTURE], "parameters": {"prompt": "a cat"}, "info": json.dumps(INFO)}
    return json.dumps(whole | changes).encode()


def generation(body: bytes) -> wire.Generation:
    return responses.parse_generation(200, {}, body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "truncated"),
        (answer()[:5_000], "truncated"),
        (answer()[:-1], "truncated"),
        (answer()[:-30], "truncated"),
        (b"<html>Bad Gateway</html>", "html"),
        (b"OK", "not_json"),
        (b'{"images": nonsense}', "not_json"),
        (b"[]", "wrong_shape"),
        (answer(images=[]), "no_images"),
        (answer(images=None), "no_images"),
        (answer(images=[None]), "no_images"),
        (answer(images=[""]), "no_images"),
        (answer(images="x"), "wrong_shape"),
        (answer(images=[5]), "wrong_shape"),
        (answer(images=["späße"]), "wrong_shape"),
        (answer(info=None), "wrong_shape"),
        (answer(info="nonsense"), "not_json"),
        (answer(info="[]"), "wrong_shape"),
        (answer(info=json.dumps({"seed": "seven"})), "wrong_shape"),
        (answer(info=json.dumps(INFO | {"index_of_first_image": -1})), "wrong_shape"),
        (answer(info=json.dumps(INFO | {"index_of_first_image": 1})), "no_images"),
        (answer(info=json.dumps(INFO | {"all_seeds": [1] * 5_000})), "wrong_shape"),
        (answer(info=json.dumps(INFO | {"prompt": "a" * 1_000_001})), "wrong_shape"),
        (b'{"info":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not_json"),
    ],
)
def test_a_success_that_is_none_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        generation(body)
    assert caught.value.reason == reason


def test_info_as_an_object_instead_of_a_text_is_read_as_well() -> None:
    assert generation(answer(info=INFO)).info.seed == 7


def test_pictures_beyond_the_seeds_are_no_results() -> None:
    value = generation(answer(images=[PICTURE] * 3, info=json.dumps(INFO | {"all_seeds": [7, 8]})))
    assert [result.seed for result in value.results] == [7, 8]


def test_without_a_list_of_seeds_the_one_seed_has_one_result() -> None:
    value = generation(answer(images=[PICTURE] * 3, info=json.dumps({"seed": 9})))
    assert [(result.seed, result.infotext) for result in value.results] == [(9, "")]


def test_a_negative_prompt_that_is_null_is_an_empty_one() -> None:
    assert generation(answer(info=json.dumps(INFO | {"negative_prompt": None}))).info.negative_prompt == ""


def test_pictures_of_extras_and_of_progress_are_views_into_the_answer() -> None:
    body = json.dumps({"html_info": "<p></p>", "image": PICTURE}).encode()
    extras = responses.parse_extras_single(200, {}, body)
    assert extras.images[0].obj is body
    body = json.dumps({"progress": 0.5, "current_image": PICTURE}).encode()
    preview = responses.parse_progress(200, {}, body).preview
    assert preview is not None
    assert preview.obj is body


def test_progress_beyond_its_bounds_is_cut_to_them() -> None:
    assert responses.parse_progress(200, {}, b'{"progress": 1.7}').progress == 1
    assert responses.parse_progress(200, {}, b'{"progress": -2}').progress == 0


def test_an_answer_without_active_is_no_progress_of_a_task() -> None:
    with pytest.raises(BadAnswer, match="wrong_shape"):
        responses.parse_task_progress(200, {}, b"{}")


def test_an_entry_of_the_wrong_shape_spoils_its_list() -> None:
    with pytest.raises(BadAnswer, match="wrong_shape"):
        responses.parse_samplers(200, {}, b'[{"name": "Euler"}, {"title": "x"}]')


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a": 1}', "wrong_shape"),
        (b'[{"name": "a"}', "truncated"),
        (b'[{"name": "a"},', "truncated"),
        (b'[{"name": "a"} {"name": "b"}]', "not_json"),
        (b"[1, 2, x]", "wrong_shape"),
        (b"<html>", "html"),
        (b"", "truncated"),
        (b"[" + b"{}," * 60_000 + b"{}]", "wrong_shape"),
    ],
)
def test_a_list_that_is_none_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        responses.parse_samplers(200, {}, body)
    assert caught.value.reason == reason


def test_a_list_longer_than_any_real_one_is_not_taken() -> None:
    with pytest.raises(BadAnswer, match="too_large"):
        responses.parse_latent_upscale_modes(200, {}, b"[" + b'{"name":"a"},' * 60_000 + b'{"name":"a"}]')


@given(st.lists(st.text(max_size=20), max_size=8), st.sampled_from([None, 0, 3]))
def test_a_list_is_read_entry_by_entry_as_json_would_read_it(names: list[str], indent: int | None) -> None:
    body = json.dumps([{"name": name} for name in names], indent=indent).encode()
    assert [mode.name for mode in responses.parse_latent_upscale_modes(200, {}, body)] == names


def test_of_a_loras_metadata_only_what_tells_its_family_is_kept() -> None:
    metadata = {"ss_base_model_version": "sdxl_base_v1-0", "ss_tag_frequency": {"a": {"cat": 1}}}
    body = json.dumps([{"name": "a", "path": "a.safetensors", "metadata": metadata}]).encode()
    (lora,) = responses.parse_loras(200, {}, body)
    assert lora.metadata == {"ss_base_model_version": "sdxl_base_v1-0"}


@pytest.mark.parametrize(
    ("metadata", "family"),
    [
        ({"ss_base_model_version": "sd_v1"}, "sd1"),
        ({"ss_base_model_version": "sdxl_base_v1-0"}, "sdxl"),
        ({"ss_base_model_version": "flux1"}, "flux"),
        ({"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}, "sdxl"),
        ({"modelspec.architecture": "flux-1-dev/lora"}, "flux"),
        ({"modelspec.architecture": "stable-diffusion-v1/lora"}, "sd1"),
        ({"ss_base_model_version": "sd_v2_768_v"}, "sd2"),
        ({"ss_v2": "True"}, "sd2"),
        ({"ss_output_name": "flux of time"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_family_of_a_lora_is_told_by_its_metadata(metadata: object, family: str | None) -> None:
    body = json.dumps([{"name": "a", "metadata": metadata}]).encode()
    assert responses.parse_loras(200, {}, body)[0].family == family


def test_the_lora_that_was_recorded_is_of_the_first_family() -> None:
    case = recording("a1111/get_loras")
    (lora,) = responses.parse_loras(case.status, case.headers, case.body)
    assert (lora.name, lora.alias, lora.family) == ("tinylora", "tinyLoraAlias", "sd1")


def test_the_dividers_of_forges_styles_are_dropped() -> None:
    case = recording("forge/get_prompt-styles")
    styles = responses.parse_styles(case.status, case.headers, case.body)
    assert styles[0].name == "cinematic"
    assert not [style for style in styles if style.name.startswith("---")]


def test_a_forge_module_is_a_vae_by_its_folder() -> None:
    body = json.dumps(
        [
            {"model_name": "ae.safetensors", "filename": "/srv/forge/models/VAE/ae.safetensors"},
            {"model_name": "clip_l.safetensors", "filename": "C:\\forge\\text_encoder\\clip_l.safetensors"},
        ]
    ).encode()
    assert [module.is_vae for module in responses.parse_modules(200, {}, body)] == [True, False]


def test_the_memory_of_a_gpu_is_free_and_total() -> None:
    told = {"ram": {"free": 1}, "cuda": {"system": {"free": 3.0, "used": 1, "total": 4}}}
    assert responses.parse_memory(200, {}, json.dumps(told).encode()).gpu == (3, 4)
    case = recording("a1111/get_memory")
    assert responses.parse_memory(case.status, case.headers, case.body).gpu is None


def test_options_with_a_secret_in_their_name_are_not_kept_and_tokens_of_prompts_are() -> None:
    options = wire.Options(
        {"hf_token": "x", "api_key": "y", "token_merging_ratio": 0, "disable_token_counters": 1}
    )
    assert set(options) == {"token_merging_ratio", "disable_token_counters"}


def test_openapi_tells_the_methods_of_each_path() -> None:
    body = json.dumps({"paths": {"/sdapi/v1/options": {"get": {}, "post": {}}}}).encode()
    assert responses.parse_openapi(200, {}, body) == {"/sdapi/v1/options": frozenset({"get", "post"})}


def a1111(error: str, text: str) -> bytes:
    return json.dumps({"error": error, "detail": "", "body": "", "errors": text}).encode()


def forge(error: str, text: str) -> bytes:
    return json.dumps({"error": error, "detail": "", "body": "", "message": text}).encode()


@pytest.mark.parametrize("shape", [a1111, forge])
@pytest.mark.parametrize(
    ("error", "text", "kind"),
    [
        ("OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has …", OutOfMemory),
        ("RuntimeError", "MPS backend out of memory (MPS allocated: 9.00 GB)", OutOfMemory),
        ("RuntimeError", "HIP out of memory. Tried to allocate 512.00 MiB", OutOfMemory),
        ("RuntimeError", "[alloc_cpu.cpp] DefaultCPUAllocator: not enough memory", OutOfMemory),
        ("NansException", "A tensor with NaNs was produced in Unet. This could be …", NotANumber),
        ("NansException", "A tensor with all NaNs was produced in VAE.", NotANumber),
        ("RuntimeError", "mat1 and mat2 shapes cannot be multiplied (154x768 and 2048x640)", ShapeMismatch),
        (
            "RuntimeError",
            "The size of tensor a (2048) must match the size of tensor b (768) at non-singleton dimension 1",
            ShapeMismatch,
        ),
        ("RuntimeError", "model 'a b.safetensors' not found", CheckpointFailed),
        ("AttributeError", "You do not have CLIP state dict!", CheckpointFailed),
        ("ValueError", "Failed to recognize model type!", CheckpointFailed),
        ("FileNotFoundError", "[Errno 2] No such file or directory: '/srv/x.safetensors'", CheckpointFailed),
        ("RuntimeError", "CUDA error: device-side assert triggered", ServerError),
        ("KeyError", "two 'words' here", ServerError),
    ],
)
def test_what_the_gpu_complains_of_is_told_apart(
    shape: Any, error: str, text: str, kind: type[ServerError]
) -> None:
    found = failure(Endpoint.TXT2IMG, 500, shape(error, text))
    assert type(found) is kind
    assert isinstance(found, ServerError)
    assert (found.error, found.text) == (error, text)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (502, b"<html><h1>502 Bad Gateway</h1></html>", ServerError),
        (503, b"", ServerError),
        (504, b"upstream timed out", ServerError),
        (429, b"", ServerError),
        (404, b"<html>nothing here</html>", Unsupported),
        (404, b'{"detail": "Model not found"}', InvalidRequest),
        (405, b'{"detail": "Method Not Allowed"}', Unsupported),
        (403, b"", Unauthorized),
        (413, b"", InvalidRequest),
        (301, b"", BadAnswer),
        (500, b"[1, 2]", ServerError),
        (500, b'{"error": 5, "errors": ["x"]}', ServerError),
        (422, b'{"detail": [5, {"loc": "x", "msg": 7}]}', InvalidRequest),
    ],
)
def test_a_proxy_in_between_is_understood(status: int, body: bytes, kind: type[WebUIError]) -> None:
    assert type(failure(Endpoint.TXT2IMG, status, body)) is kind


def test_a_huge_error_is_not_kept() -> None:
    found = failure(Endpoint.TXT2IMG, 500, a1111("RuntimeError", "x" * 50_000))
    assert isinstance(found, ServerError)
    assert len(found.text) == 2_000
    found = failure(Endpoint.TXT2IMG, 500, a1111("RuntimeError", "x" * 2_000_000))
    assert isinstance(found, ServerError)
    assert found.text == ""


@given(st.integers(300, 599), st.binary(max_size=200))
def test_any_status_with_any_body_is_some_error_of_ours(status: int, body: bytes) -> None:
    assert isinstance(failure(Endpoint.OPTIONS, status, body), WebUIError)
