"""Faults on request, as a client meets them."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from bot.demo.webui import Fault, FaultKind, StandIn
from tests.integration.stand_in_recordings import TINY_A, TINY_B, Client, library, opened, running

_TXT2IMG = "/sdapi/v1/txt2img"
_BODY = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 1}


def stand_in() -> StandIn:
    return StandIn(seconds_per_step=0, switch_seconds=0, library=library(TINY_A, TINY_B))


async def faulty(client: Client, kind: FaultKind) -> Any:
    """The answer to a render that meets the fault."""
    client.stand_in.faults.add(Fault(kind=kind))
    return await client.send("POST", _TXT2IMG, _BODY)


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("500", "RuntimeError", "went wrong"),
        ("oom", "OutOfMemoryError", "CUDA out of memory"),
        ("nan", "NansException", "NaN"),
        ("shapes", "RuntimeError", "mat1 and mat2 shapes"),
    ],
)
async def test_a_render_fails_in_the_web_ui_s_words_and_the_next_one_works(
    kind: FaultKind, error: str, words: str
) -> None:
    async with running(stand_in()) as client:
        answered = await faulty(client, kind)
        assert (answered.status, answered.body["error"]) == (500, error)
        assert words in answered.body["errors"]
        await client.txt2img()


@pytest.mark.parametrize("kind", ["reset", "truncated"])
async def test_an_answer_breaks_off_in_its_middle(kind: FaultKind) -> None:
    async with running(stand_in()) as client:
        with pytest.raises(aiohttp.ClientPayloadError):
            await faulty(client, kind)
        await client.txt2img()
        assert len(client.stand_in.renders) == 2, "it was rendered all the same"


async def test_a_connection_is_closed_without_an_answer() -> None:
    async with running(stand_in()) as client:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await faulty(client, "refuse")
        assert client.stand_in.renders == []


async def test_a_request_hangs_until_its_sender_gives_up_and_the_server_can_still_stop() -> None:
    async with running(stand_in()) as client:
        hanging = asyncio.create_task(faulty(client, "hang"), name="hanging")
        await client.stand_in.wait_until(lambda: len(client.stand_in.requests) == 1)
        await client.txt2img()
        assert not hanging.done()
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)


async def test_a_slow_answer_comes_late() -> None:
    async with running(stand_in()) as client:
        client.stand_in.faults.add(Fault(kind="slow", seconds=0.1, path="*"))
        await client.get("/sdapi/v1/options")
        log = client.stand_in.requests[0]
        assert log.finished is not None
        assert log.finished - log.started >= 0.1


async def test_an_answer_comes_in_pieces_and_is_whole() -> None:
    async with running(stand_in()) as client:
        client.stand_in.faults.add(Fault(kind="treacle", seconds=0.02, pieces=5))
        began = time.monotonic()
        answered = await client.send("POST", _TXT2IMG, _BODY)
        assert len(answered.body["images"]) == 1
        assert time.monotonic() - began >= 4 * 0.02


async def test_a_page_of_somebody_else_is_answered() -> None:
    async with running(stand_in()) as client:
        answered = await faulty(client, "html")
        assert (answered.status, answered.headers["content-type"].split(";")[0]) == (200, "text/html")


async def test_pictures_are_missing_broken_bare_or_of_another_format() -> None:
    async with running(stand_in()) as client:
        assert (await faulty(client, "no_images")).body["images"] == []
        with pytest.raises((OSError, SyntaxError)):
            opened((await faulty(client, "corrupt_png")).body["images"][0])
        bare = (await faulty(client, "no_parameters")).body
        assert "parameters" not in opened(bare["images"][0]).info
        assert len(json.loads(bare["info"])["infotexts"]) == 1
        mute = (await faulty(client, "no_infotext")).body
        assert "parameters" not in opened(mute["images"][0]).info
        assert json.loads(mute["info"])["infotexts"] == []
        assert opened((await faulty(client, "jpeg")).body["images"][0]).format == "JPEG"


async def test_another_model_paints_than_was_asked_for() -> None:
    async with running(stand_in()) as client:
        right, info = await client.txt2img()
        wrong = (await faulty(client, "wrong_model")).body
        assert json.loads(wrong["info"])["sd_model_name"] == "tinyB"
        assert info["sd_model_name"] == "tinyA"
        assert wrong["images"] != right["images"]


async def test_faults_count_off_and_mind_their_path() -> None:
    async with running(stand_in()) as client:
        client.stand_in.faults.add(Fault(kind="500", times=2))
        await client.get("/sdapi/v1/options")
        statuses = [(await client.send("POST", _TXT2IMG, _BODY)).status for _ in range(3)]
        assert statuses == [500, 500, 200]


async def test_every_request_is_noted_with_its_body_and_its_answer() -> None:
    async with running(stand_in()) as client:
        await client.txt2img(prompt="noted")
        await client.send("GET", "/nowhere")
        first, second = client.stand_in.requests
        assert (first.method, first.path, first.body["prompt"], first.status) == (
            "POST",
            _TXT2IMG,
            "noted",
            200,
        )
        assert (second.body, second.status) == (None, 404)
        assert first.finished is not None
        assert first.finished >= first.started


async def test_a_failed_render_is_no_render() -> None:
    async with running(stand_in()) as client:
        await faulty(client, "oom")
        _, info = await client.txt2img(force_task_id="mine")
        assert client.stand_in.renders[0].infotexts == tuple(info["infotexts"])
        assert [(render.task_id, render.model) for render in client.stand_in.renders] == [("mine", "tinyA")]
