"""Everything that real web UIs answered is parsed to the right value or to the right error."""

import base64
import itertools
import json
from typing import Any

import pytest

from bot.errors import (
    BadAnswer,
    CheckpointFailed,
    InvalidRequest,
    ServerError,
    Unauthorized,
    UnknownOption,
    Unsupported,
    WebUIError,
)
from bot.webui import responses, wire
from bot.webui.endpoints import Endpoint
from tests.unit.webui.recordings import Recording, raw, recording, recordings, several

PARSERS: dict[tuple[str, str], responses.Parser[Any]] = {
    ("POST", Endpoint.TXT2IMG): responses.parse_generation,
    ("POST", Endpoint.IMG2IMG): responses.parse_img2img,
    ("POST", Endpoint.EXTRA_SINGLE): responses.parse_extras_single,
    ("POST", Endpoint.EXTRA_BATCH): responses.parse_extras_batch,
    ("POST", Endpoint.PNG_INFO): responses.parse_png_info,
    ("POST", Endpoint.INTERROGATE): responses.parse_caption,
    ("GET", Endpoint.PROGRESS): responses.parse_progress,
    ("POST", Endpoint.TASK_PROGRESS): responses.parse_task_progress,
    ("GET", Endpoint.OPTIONS): responses.parse_options,
    ("GET", Endpoint.CMD_FLAGS): responses.parse_cmd_flags,
    ("GET", Endpoint.SAMPLERS): responses.parse_samplers,
    ("GET", Endpoint.SCHEDULERS): responses.parse_schedulers,
    ("GET", Endpoint.UPSCALERS): responses.parse_upscalers,
    ("GET", Endpoint.LATENT_UPSCALE_MODES): responses.parse_latent_upscale_modes,
    ("GET", Endpoint.CHECKPOINTS): responses.parse_checkpoints,
    ("GET", Endpoint.VAES): responses.parse_vaes,
    ("GET", Endpoint.MODULES): responses.parse_modules,
    ("GET", Endpoint.HYPERNETWORKS): responses.parse_hypernetworks,
    ("GET", Endpoint.FACE_RESTORERS): responses.parse_face_restorers,
    ("GET", Endpoint.REALESRGAN_MODELS): responses.parse_realesrgan_models,
    ("GET", Endpoint.STYLES): responses.parse_styles,
    ("GET", Endpoint.EMBEDDINGS): responses.parse_embeddings,
    ("GET", Endpoint.LORAS): responses.parse_loras,
    ("GET", Endpoint.SCRIPTS): responses.parse_scripts,
    ("GET", Endpoint.SCRIPT_INFO): responses.parse_script_info,
    ("GET", Endpoint.EXTENSIONS): responses.parse_extensions,
    ("GET", Endpoint.MEMORY): responses.parse_memory,
}
ANYTHING_ELSE = responses.parse_nothing(Endpoint.OPTIONS)
"""For what answers nothing of worth, and for paths that are not ours."""

BY_STATUS: dict[int, type[WebUIError]] = {
    307: BadAnswer,
    400: InvalidRequest,
    401: Unauthorized,
    404: Unsupported,
    405: Unsupported,
    422: InvalidRequest,
    500: ServerError,
}

EXCEPTIONS: dict[type[WebUIError], tuple[str, ...]] = {
    # 500 about something in the request, and 404 by a route that exists
    InvalidRequest: (
        "a1111/extra_single_bad_upscaler",
        "a1111/extra_single_garbage",
        "a1111/extra_single_lowercase_upscaler",
        "a1111/extra_single_no_image",
        "a1111/img2img_init_garbage",
        "a1111/img2img_init_https_url",
        "a1111/img2img_init_notimage",
        "a1111/img2img_init_url",
        "a1111/img2img_mask_garbage",
        "a1111/img2img_no_init",
        "a1111/img2img_two_inits_bs1",
        "a1111/interrogate_no_image",
        "a1111/interrogate_unknown_model",
        "a1111/png_info_empty",
        "a1111/png_info_garbage",
        "a1111/png_info_text",
        "a1111/txt2img_hr_bad_upscaler",
        "a1111/txt2img_sampler_UniPC",
        "a1111/txt2img_seed_huge64",
        "a1111/txt2img_steps_neg",
        "forge/extra_single_bad",
        "forge/img2img_garbage",
        "forge/img2img_no_init",
        "forge/png_info_garbage",
        "sdcpp/txt2img_bad_json",
        "sdcpp/txt2img_prompt_number",
        "sdcpp/txt2img_seed_null",
        "sdcpp/txt2img_seed_str",
    ),
    CheckpointFailed: (
        "a1111/nomodel_options_post",
        "a1111/nomodel_txt2img",
        "a1111/nomodel_txt2img_again",
        "a1111/options_post_model_unknown",
        "a1111/options_post_model_unknown_with_others",
        "a1111/txt2img_override_model_garbage",
        "a1111/txt2img_refiner_unknown",
        "forge/options_post_model_unknown",
    ),
    UnknownOption: (
        "a1111/options_post_partial_then_unknown",
        "a1111/options_post_unknown_key",
        "a1111/txt2img_override_unknown_key",
        "forge/options_post_unknown_key",
        "forge/txt2img_override_unknown_key",
    ),
    # 200, and yet nothing to use
    BadAnswer: (
        "a1111/auth_ui_",  # the page
        "a1111/interrogate_clip",  # "<error>"
        "a1111/options_preflight",  # "OK"
        "a1111/txt2img_send_images_false",
        "forge/interrogate",
        "sdcpp/root",
    ),
}
BY_NAME = {name: kind for kind, names in EXCEPTIONS.items() for name in names}


def expected_error(case: Recording) -> type[WebUIError] | None:
    return BY_NAME.get(case.name) or BY_STATUS.get(case.status)


def parse(case: Recording) -> Any:
    parser = PARSERS.get((case.method, case.path), ANYTHING_ELSE)
    return parser(case.status, case.headers, case.body)


FAILING = [case for case in recordings() if expected_error(case)]
ANSWERED = [case for case in recordings() if not expected_error(case)]


def test_all_recordings_are_here() -> None:
    """303 + 9 + 75 + 52 files; the servers' own openapi.json are left out."""
    assert len(recordings()) + len(several()) == 303 + 9 + 75 + 52
    assert set(BY_NAME) <= {case.name for case in recordings()}


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.name)
def test_a_failure_is_told_as_what_it_is(case: Recording) -> None:
    with pytest.raises(WebUIError) as caught:
        parse(case)
    assert type(caught.value) is expected_error(case)


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.name)
def test_an_answer_is_parsed_and_nothing_of_it_is_lost(case: Recording) -> None:
    value = parse(case)
    if isinstance(value, wire.Generation):
        check_generation(value, case.answered)
    elif isinstance(value, wire.ExtrasAnswer):
        sent = case.answered["images"] if "images" in case.answered else [case.answered["image"]]
        assert [bytes(image).decode() for image in value.images] == sent
    elif isinstance(value, wire.Progress):
        assert value.state.model_dump() == case.answered["state"]
        assert preview(value) == case.answered["current_image"]
    elif isinstance(value, wire.Options):
        assert dict(value) == case.answered
    elif isinstance(value, tuple):
        names = [entry.get("name", entry.get("model_name")) for entry in case.answered]
        kept = [name for name in names if not str(name).startswith("-----")]
        assert [getattr(entry, "name", None) or getattr(entry, "model_name", "") for entry in value] == kept


def check_generation(value: wire.Generation, answered: dict[str, Any]) -> None:
    assert [bytes(image).decode() for image in value.images] == answered["images"]
    info = json.loads(answered["info"])
    first = info.get("index_of_first_image", 0)
    count = min(len(answered["images"]) - first, len(info["all_seeds"]))
    assert len(value.results) == count > 0
    for number, result in enumerate(value.results):
        assert result.image is value.images[first + number]
        assert result.seed == info["all_seeds"][number]
        assert result.infotext == info["infotexts"][first + number]
    told = value.info.model_dump()
    for key in info:
        expected = info[key] if not isinstance(info[key], list) else tuple(info[key])
        assert told[key] == expected or expected is None, key


def preview(value: wire.Progress | wire.TaskProgress) -> str | None:
    return None if value.preview is None else bytes(value.preview).decode()


@pytest.mark.parametrize(
    ("name", "problems"),
    [
        ("a1111/txt2img_steps_str_bad", (("steps", "value is not a valid integer"),)),
        ("a1111/txt2img_prompt_list", (("prompt", "str type expected"),)),
        ("a1111/extra_batch_noname", (("imageList.0.name", "field required"),)),
        ("a1111/txt2img_script_xyz_unknown", (("", "Script 'nope script' not found"),)),
        ("a1111/img2img_no_init", (("", "Init image not found"),)),
        (
            "forge/txt2img_steps_str_bad",
            (("steps", "Input should be a valid integer, unable to parse string as an integer"),),
        ),
        ("forge/img2img_no_init", (("", "Init image not found"),)),
        ("sdcpp/txt2img_prompt_empty", (("", "prompt required"),)),
        ("sdcpp/txt2img_width0", (("", "width and height must be positive"),)),
    ],
)
def test_what_was_wrong_with_a_request_is_told_field_by_field(
    name: str, problems: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(recording(name))
    assert caught.value.problems == problems


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("a1111/txt2img_steps0", "ZeroDivisionError", "integer division or modulo by zero"),
        ("a1111/txt2img_prompt_null", "AssertionError", ""),
        ("a1111/txt2img_avif_format", "HTTPException", "Invalid image format"),
        ("forge/txt2img_hr", "TypeError", "argument of type 'NoneType' is not iterable"),
        ("forge/txt2img_prompt_null", "AssertionError", ""),
    ],
)
def test_the_servers_own_words_are_kept_for_the_log(name: str, error: str, text: str) -> None:
    with pytest.raises(ServerError) as caught:
        parse(recording(name))
    assert (caught.value.status, caught.value.error, caught.value.text) == (500, error, text)


def test_a_missing_endpoint_is_named() -> None:
    with pytest.raises(Unsupported) as caught:
        parse(recording("sdcpp/post_png-info"))
    assert caught.value.endpoint == "png-info"


def test_the_password_on_the_command_line_is_never_kept() -> None:
    case = recording("a1111/cmd-flags_with_auth")
    secret = case.answered["api_auth"]
    flags = parse(case)
    assert secret
    assert "api_auth" not in flags.values
    assert secret not in repr(flags.model_dump())
    assert flags.values["no_half"] is True


def test_a_broken_answer_of_forge_with_its_whole_command_line_keeps_none_of_it() -> None:
    with pytest.raises(ServerError) as caught:
        parse(recording("forge/get_cmd-flags"))
    assert caught.value.error == "ResponseValidationError"
    assert "gradio_auth" not in str(caught.value)


def test_the_grid_of_saved_pictures_is_no_result() -> None:
    generation = parse(recording("a1111/txt2img_batch2_iter2_save_images_true"))
    assert len(generation.images) == 5
    assert len(generation.results) == 4
    assert all(f"Seed: {result.seed}," in result.infotext for result in generation.results)


def test_a_grid_of_a_script_is_no_result() -> None:
    generation = parse(recording("a1111/txt2img_script_prompt_matrix"))
    assert (len(generation.images), len(generation.results)) == (5, 4)


def test_after_an_interrupt_there_are_fewer_pictures_and_each_has_its_own_seed() -> None:
    generation = parse(recording("a1111/interrupt_n_iter4_in_second"))
    assert len(generation.info.all_seeds) == 4
    assert [result.seed for result in generation.results] == list(generation.info.all_seeds[:2])


def test_with_a_variation_the_seeds_stay_and_the_subseeds_count_up() -> None:
    generation = parse(recording("a1111/txt2img_subseed"))
    assert len({result.seed for result in generation.results}) == 1
    first = generation.results[0].subseed
    assert [result.subseed for result in generation.results] == [
        first + number for number in range(len(generation.results))
    ]


def test_the_pictures_are_pngs_once_decoded() -> None:
    for result in parse(recording("forge/txt2img_batch2_iter2")).results:
        assert base64.b64decode(result.image).startswith(b"\x89PNG\r\n")


@pytest.mark.parametrize("name", sorted(name for name in several() if "progress_running" in name))
def test_every_poll_of_a_running_job_is_progress_between_0_and_1(name: str) -> None:
    recorded = raw(name)
    polls = [*recorded["polls"], recorded["one_poll_whole"]]
    for poll in polls:
        answered = poll["body"]
        value = responses.parse_progress(poll["status"], {}, json.dumps(answered).encode())
        assert 0 <= value.progress <= 1
        assert value.busy is (answered["state"]["job"] != "")
        assert preview(value) == answered["current_image"]


def test_the_progress_of_a_task_is_told_by_its_id() -> None:
    states = []
    for poll in raw("a1111/ui_internal_progress_force_task_id"):
        for which in ("first", "second"):
            value = responses.parse_task_progress(200, {}, json.dumps(poll[which]).encode())
            states.append((which, value.active, value.queued, value.completed))
            sent = poll[which]["live_preview"]
            assert preview(value) == (sent and sent.removeprefix("data:image/png;base64,"))
    assert ("first", True, False, False) in states
    assert ("second", False, True, False) in states
    assert ("first", False, False, True) in states


def test_an_unknown_task_is_not_active_queued_or_completed() -> None:
    value = parse(recording("a1111/ui_internal_progress_unknown"))
    assert (value.active, value.queued, value.completed, value.progress) == (False, False, False, None)


def test_an_idle_web_ui_is_not_busy_though_it_remembers_an_interrupt() -> None:
    value = parse(recording("a1111/progress_idle_after_idle_interrupt"))
    assert value.state.interrupted
    assert not value.busy


def test_right_after_start_no_checkpoint_is_loaded_yet() -> None:
    steps = raw("a1111/startup")
    options = wire.Options({"sd_model_checkpoint": steps[2][1], "sd_checkpoint_hash": steps[2][2]})
    assert options.checkpoint == "tinyA.safetensors [58793b75f1]"
    assert options.loaded_sha256 == ""
    embeddings = responses.parse_embeddings(200, {}, json.dumps(steps[3][1]).encode())
    assert embeddings.loaded == {}


def test_compressed_answers_come_only_when_asked_for() -> None:
    recorded = raw("a1111/gzip_txt2img_headers")
    assert ["content-encoding", "gzip"] in recorded["headers"]
    plain = recording("a1111/txt2img_basic")
    assert "content-encoding" not in plain.headers


def test_requests_are_answered_one_after_the_other() -> None:
    """Why one request at a time is sent: five sent at once end one after the other, in order."""
    ends = [seconds for seconds, *_ in raw("a1111/concurrency")["five"]]
    assert ends == sorted(ends)
    assert all(later - earlier > 1 for earlier, later in itertools.pairwise(ends))


def test_the_recordings_of_several_interactions_are_all_read_here() -> None:
    read = {"concurrency", "gzip_txt2img_headers", "startup", "ui_internal_progress_force_task_id"}
    assert {name for name in several() if "progress_running" not in name} == {
        f"a1111/{name}" for name in read
    }
