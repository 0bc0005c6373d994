"""The client over real connections to servers that behave, and to servers that do not."""

import asyncio
import base64
import json
from typing import Any

import pytest

from bot.errors import (
    BadAnswer,
    Unauthorized,
)
from bot.webui import client as client_module
from bot.webui import responses
from bot.webui.api import Ask
from bot.webui.dialects import Dialect
from bot.webui.encoding import encode_picture
from bot.webui.endpoints import Endpoint
from tests.unit.webui import wires
from tests.unit.webui.recordings import recording
from tests.unit.webui.wires import client

SAMPLERS = recording("a1111/get_samplers").body
DRAWN = recording("a1111/txt2img_basic")


async def test_a_list_is_asked_for_and_parsed() -> None:
    async with wires.serving(wires.answer(SAMPLERS)) as server, client(server.url) as web_ui:
        samplers = await web_ui.samplers()
    assert [sampler.name for sampler in samplers][:2] == ["DPM++ 2M", "DPM++ SDE"]
    (request,) = server.received
    assert (request.method, request.target) == ("GET", "/sdapi/v1/samplers")


async def test_a_render_is_one_post_whose_answer_comes_unparsed() -> None:
    async with wires.serving(wires.answer(DRAWN.body)) as server, client(server.url) as web_ui:
        raw = await web_ui.txt2img({"prompt": "späße"})
        generation = await asyncio.to_thread(raw.parsed, responses.parse_generation)
    assert raw.size == len(DRAWN.body)
    assert generation.info.seed == 1
    (request,) = server.received
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {"prompt": "späße"}


async def test_user_and_password_are_sent_with_the_first_request() -> None:
    async with wires.serving(wires.answer(SAMPLERS)) as server:
        url = server.url.replace("http://", "http://us%40er:p%C3%A4ss%2Fw%20ord@")
        async with client(url) as web_ui:
            await web_ui.samplers()
    kind, encoded = server.received[0].headers["authorization"].split(" ")
    assert kind == "Basic"
    assert base64.b64decode(encoded).decode("utf-8") == "us@er:päss/w ord"


async def test_without_a_user_no_credentials_are_sent_and_no_compression_is_asked_for() -> None:
    async with wires.serving(wires.answer(SAMPLERS)) as server, client(server.url) as web_ui:
        await web_ui.samplers()
    assert "authorization" not in server.received[0].headers
    assert server.received[0].headers["accept-encoding"] == "identity"


async def test_a_path_in_the_address_goes_before_every_endpoint() -> None:
    async with wires.serving(wires.answer(b"null")) as server, client(f"{server.url}/sd/") as web_ui:
        await web_ui.skip()
    assert server.received[0].target == "/sd/sdapi/v1/skip"


async def test_progress_without_its_preview_says_so() -> None:
    body = recording("a1111/progress_idle").body
    async with wires.serving(wires.answer(body)) as server, client(server.url) as web_ui:
        progress = await web_ui.progress(preview=False)
    assert not progress.busy
    assert server.received[0].target == "/sdapi/v1/progress?skip_current_image=true"


async def test_a_large_picture_is_sent_whole() -> None:
    body = recording("a1111/png_info_generated").body
    image = encode_picture(bytes(3_000_000))
    async with wires.serving(wires.answer(body)) as server, client(server.url) as web_ui:
        info = await web_ui.png_info(image)
    assert info.info.startswith("a cat\nSteps: 2")
    assert json.loads(server.received[0].body) == {"image": image}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("schedulers", "schedulers", "a1111/get_schedulers"),
        ("upscalers", "upscalers", "a1111/get_upscalers"),
        ("latent_upscale_modes", "latent-upscale-modes", "a1111/get_latent-upscale-modes"),
        ("checkpoints", "sd-models", "a1111/get_sd-models"),
        ("vaes", "sd-vae", "a1111/get_sd-vae"),
        ("modules", "sd-modules", "forge/get_sd-modules"),
        ("hypernetworks", "hypernetworks", "a1111/get_hypernetworks"),
        ("face_restorers", "face-restorers", "a1111/get_face-restorers"),
        ("realesrgan_models", "realesrgan-models", "a1111/get_realesrgan-models"),
        ("styles", "prompt-styles", "forge/get_prompt-styles"),
        ("embeddings", "embeddings", "a1111/get_embeddings"),
        ("loras", "loras", "a1111/get_loras"),
        ("scripts", "scripts", "a1111/get_scripts"),
        ("script_info", "script-info", "a1111/get_script-info"),
        ("extensions", "extensions", "a1111/get_extensions"),
        ("memory", "memory", "a1111/get_memory"),
        ("cmd_flags", "cmd-flags", "a1111/get_cmd-flags"),
        ("options", "options", "a1111/get_options"),
    ],
)
async def test_every_list_has_its_method(method: str, path: str, body: str) -> None:
    async with wires.serving(wires.answer(recording(body).body)) as server, client(server.url) as web_ui:
        await getattr(web_ui, method)()
    assert [(request.method, request.target) for request in server.received] == [("GET", f"/sdapi/v1/{path}")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("interrupt", "interrupt"),
        ("skip", "skip"),
        ("refresh_checkpoints", "refresh-checkpoints"),
        ("refresh_vaes", "refresh-vae"),
        ("refresh_loras", "refresh-loras"),
        ("refresh_embeddings", "refresh-embeddings"),
        ("unload_checkpoint", "unload-checkpoint"),
        ("reload_checkpoint", "reload-checkpoint"),
    ],
)
async def test_every_order_has_its_method_and_no_body(method: str, path: str) -> None:
    async with wires.serving(wires.answer(b"{}")) as server, client(server.url) as web_ui:
        await getattr(web_ui, method)()
    (request,) = server.received
    assert (request.method, request.target, request.body) == ("POST", f"/sdapi/v1/{path}", b"")


async def test_options_are_set_and_a_task_is_asked_for_by_its_id() -> None:
    task = recording("a1111/ui_internal_progress_unknown").body
    replies = (wires.answer(b"null"), wires.answer(task))
    async with wires.serving(*replies) as server, client(server.url) as web_ui:
        await web_ui.set_options({"CLIP_stop_at_last_layers": 2})
        assert not (await web_ui.task_progress("job-7", seen_preview=3)).active
    assert [json.loads(request.body) for request in server.received] == [
        {"CLIP_stop_at_last_layers": 2},
        {"id_task": "job-7", "id_live_preview": 3, "live_preview": True},
    ]


async def test_a_caption_is_a_text_and_pictures_are_upscaled() -> None:
    replies = (
        wires.answer(b'{"caption": "a cat"}'),
        wires.answer(recording("a1111/extra_single_lanczos").body),
        wires.answer(recording("a1111/extra_batch").body),
        wires.answer(recording("a1111/img2img_basic").body),
    )
    async with wires.serving(*replies) as server, client(server.url) as web_ui:
        assert await web_ui.interrogate("iVBORw==") == "a cat"
        single = await web_ui.extra_single_image({"image": "iVBORw=="})
        assert len(single.parsed(responses.parse_extras_single).images) == 1
        batch = await web_ui.extra_batch_images({"imageList": []})
        assert len(batch.parsed(responses.parse_extras_batch).images) == 2
        drawn = await web_ui.img2img({"init_images": ["iVBORw=="]})
        assert len(drawn.parsed(responses.parse_img2img).results) == 1


def route(answers: dict[str, wires.Reply]) -> Any:
    """A server that answers by path and method, with A1111's 404 for the rest."""
    missing = wires.answer(b'{"detail":"Not Found"}', "404 Not Found")

    async def reply(writer: asyncio.StreamWriter) -> None:
        request = served[0].received[-1]
        await answers.get(f"{request.method} {request.target}", missing)(writer)

    served: list[wires.Server] = []
    return reply, served


async def probed(answers: dict[str, wires.Reply]) -> Any:
    reply, served = route(answers)
    async with wires.serving(reply) as server, client(server.url) as web_ui:
        served.append(server)
        found = await web_ui.probe()
    orders = ("interrupt", "skip", "refresh-checkpoints", "unload-checkpoint", "options")
    assert not [
        request for request in server.received if request.method == "POST" and request.target.endswith(orders)
    ]
    return found


async def test_a_web_ui_with_a_page_and_openapi_is_probed_in_four_requests() -> None:
    paths: dict[str, object] = {
        path: {"post": {}} for path in ("/sdapi/v1/txt2img", "/sdapi/v1/sd-vae", "/sdapi/v1/interrupt")
    }
    found = await probed(
        {
            "GET /sdapi/v1/options": wires.answer(recording("a1111/get_options").body),
            "GET /openapi.json": wires.answer(json.dumps({"paths": paths}).encode()),
            "POST /internal/progress": wires.answer(recording("a1111/ui_internal_progress_unknown").body),
        }
    )
    assert found.dialect is Dialect.A1111
    assert found.task_progress
    assert found.interrupt
    assert not found.png_info


async def test_a_web_ui_without_openapi_is_asked_path_by_path() -> None:
    found = await probed(
        {
            "GET /sdapi/v1/options": wires.answer(recording("sdcpp/get_options").body),
            "GET /sdapi/v1/samplers": wires.answer(recording("sdcpp/get_samplers").body),
            "GET /sdcpp/v1/capabilities": wires.answer(recording("sdcpp/sdcpp_caps").body),
            "POST /sdapi/v1/txt2img": wires.answer(b'{"error":"empty body"}', "400 Bad Request"),
            "GET /sdapi/v1/interrupt": wires.answer(b"", "405 Method Not Allowed"),
        }
    )
    assert found.dialect is Dialect.SDCPP
    assert found.endpoints == {
        Endpoint.OPTIONS, Endpoint.SAMPLERS, Endpoint.TXT2IMG, Endpoint.INTERRUPT, Endpoint.SDCPP_CAPABILITIES
    }  # fmt: skip
    assert not found.task_progress


async def test_a_wrong_password_shows_at_the_first_look() -> None:
    with pytest.raises(Unauthorized):
        await probed({"GET /sdapi/v1/options": wires.answer(b"", "401 Unauthorized")})


async def test_a_page_that_is_no_web_ui_is_told_at_the_first_look() -> None:
    with pytest.raises(BadAnswer, match="html"):
        await probed({"GET /sdapi/v1/options": wires.answer(b"<html>It works!</html>")})


def test_what_renders_waits_long_and_what_does_not_waits_briefly() -> None:
    slow = {endpoint for endpoint in Endpoint if endpoint.renders}
    assert {Endpoint.TXT2IMG, Endpoint.IMG2IMG, Endpoint.EXTRA_SINGLE, Endpoint.REFRESH_CHECKPOINTS} <= slow
    assert not {Endpoint.PROGRESS, Endpoint.INTERRUPT, Endpoint.SAMPLERS, Endpoint.PNG_INFO} & slow
    assert client_module._is_slow(Ask(method="POST", endpoint=Endpoint.OPTIONS))
    assert not client_module._is_slow(Ask(method="GET", endpoint=Endpoint.OPTIONS))
