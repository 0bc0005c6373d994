"""Forge and stable-diffusion.cpp: the recordings of txt2img, img2img, options, models and errors."""

import asyncio
from typing import Any

import pytest

from bot.demo.webui import StandIn
from bot.demo.webui.dialects import DialectName
from tests.integration.stand_in_comparison import differences
from tests.integration.stand_in_recordings import (
    SD15,
    SD15_COPY,
    library,
    names_of,
    recording,
    running,
)

_OPTIONS, _TXT2IMG = "/sdapi/v1/options", "/sdapi/v1/txt2img"

FORGE_LEFT_OUT = {
    "get_script-info": "Forge's own scripts; Easel uses none of them",
    "png_info": "Forge's png-info adds Hires VAE/TE and drops Model; Easel reads only info there",
    "progress_running": "compared below, while something runs",
    "txt2img_interrupted": "its request was not recorded; interrupts are tested below",
}
FORGE_COMPARED = [name for name in names_of("forge") if name not in FORGE_LEFT_OUT]
SDCPP_LEFT_OUT = {
    "sdcpp_caps": "an endpoint of its own API, which Easel does not use",
    "v1_models": "an endpoint of another API, which Easel does not use",
}
SDCPP_COMPARED = [name for name in names_of("sdcpp") if name not in SDCPP_LEFT_OUT]

FORGE_BEFORE: dict[str, list[tuple[str, Any]]] = {
    "txt2img_after_options_model": [(_OPTIONS, {"sd_model_checkpoint": "random-sd15"})],
}
# Forge's server had clip skip 2 left over from a request when these were recorded (NOTES 3.6).
_CLIP_SKIP_2 = {
    "img2img_basic",
    "img2img_mask",
    "txt2img_after_options_model",
    "txt2img_after_override_model",
    "txt2img_hr_hr_additional_modules_empty",
    "txt2img_hr_hr_additional_modules_same",
    "txt2img_model_unknown",
    "txt2img_override_model",
}


def stand_in_for(dialect: DialectName) -> StandIn:
    """A server like the recorded one."""
    installed = library(SD15_COPY, SD15) if dialect == "forge" else library(SD15)
    installed.loras, installed.embeddings = [], []
    return StandIn(
        dialect, seconds_per_step=0, switch_seconds=0, with_ui=False, library=installed, weights=False
    )


@pytest.mark.parametrize("name", FORGE_COMPARED)
async def test_the_stand_in_answers_as_the_recorded_forge_did(name: str) -> None:
    async with running(stand_in_for("forge")) as client:
        if name in _CLIP_SKIP_2:
            await client.post(_OPTIONS, {"CLIP_stop_at_last_layers": 2})
        for path, body in FORGE_BEFORE.get(name, []):
            await client.post(path, body)
        known = recording("forge", name)
        assert differences(known, await client.repeat(known)) == []


@pytest.mark.parametrize("name", SDCPP_COMPARED)
async def test_the_stand_in_answers_as_the_recorded_stable_diffusion_cpp_did(name: str) -> None:
    async with running(stand_in_for("sdcpp")) as client:
        known = recording("sdcpp", name)
        assert differences(known, await client.repeat(known)) == []


async def test_a_running_forge_tells_its_progress_as_recorded() -> None:
    stand_in = stand_in_for("forge")
    async with running(stand_in) as client:
        await client.post(_OPTIONS, {"show_progress_every_n_steps": 1, "show_progress_type": "Approx cheap"})
        stand_in.hold(at_step=2)
        body = {"prompt": "a cat", "steps": 6, "width": 64, "height": 64, "n_iter": 2}
        render = asyncio.create_task(client.send("POST", _TXT2IMG, body), name="render")
        await stand_in.wait_busy()
        known = recording("forge", "progress_running")
        answered = await client.repeat(known)
        stand_in.release()
        assert (await render).status == 200
    assert differences(known, answered) == []
    assert answered.body["state"]["job"] == known.body["state"]["job"]


async def test_forge_loads_the_checkpoint_of_the_option_only_with_the_next_picture() -> None:
    async with running(stand_in_for("forge")) as client:
        await client.post(_OPTIONS, {"sd_model_checkpoint": "random-sd15"})
        assert (await client.get(_OPTIONS))["sd_model_checkpoint"] == "random-sd15"
        assert client.stand_in.machine.loaded == SD15_COPY
        _, info = await client.txt2img()
        assert info["sd_model_name"] == "random-sd15"


async def test_stable_diffusion_cpp_takes_the_batch_and_not_the_iterations() -> None:
    async with running(stand_in_for("sdcpp")) as client:
        answer, info = await client.txt2img(batch_size=2, n_iter=3)
        assert len(answer["images"]) == 2
        assert info["all_seeds"] == [1, 2]


async def test_an_init_image_that_is_none_is_silently_ignored_by_stable_diffusion_cpp() -> None:
    async with running(stand_in_for("sdcpp")) as client:
        plain, _ = await client.txt2img()
        body = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 1, "init_images": ["zzz"]}
        answer = await client.post("/sdapi/v1/img2img", body)
        assert answer["images"] == plain["images"]


def test_only_recordings_that_exist_are_left_out() -> None:
    assert set(FORGE_LEFT_OUT) <= set(names_of("forge"))
    assert set(SDCPP_LEFT_OUT) <= set(names_of("sdcpp"))
    assert _CLIP_SKIP_2 | set(FORGE_BEFORE) <= set(FORGE_COMPARED)
