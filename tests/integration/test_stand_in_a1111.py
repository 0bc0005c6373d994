"""Every A1111 recording of an endpoint that Easel calls, sent to a stand-in in the same condition."""

import asyncio
from typing import Any

import pytest

from bot.demo.webui import StandIn
from tests.integration.stand_in_comparison import differences
from tests.integration.stand_in_recordings import (
    GARBAGE,
    TINY_A,
    TINY_B,
    TINY_C,
    Answered,
    Client,
    library,
    names_of,
    recording,
    running,
)

LEFT_OUT = {
    "auth_ui_file_config": "a file that the gradio page serves; Easel never asks for files",
    "create_embedding": "training is no endpoint that Easel calls",
    "create_hypernetwork": "training is no endpoint that Easel calls",
}
"""Recordings that are not compared, and why. Those of several requests have tests of their own."""

_OPTIONS, _TXT2IMG = "/sdapi/v1/options", "/sdapi/v1/txt2img"
_SMALL = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 1}
_TINY_B = {"sd_model_checkpoint": "tinyB"}

BEFORE: dict[str, list[tuple[str, Any]]] = {
    "get_sd-models": [(_OPTIONS, _TINY_B)],
    "options_post_model_title": [(_OPTIONS, _TINY_B), (_OPTIONS, {"sd_model_checkpoint": "tinyA"})],
    "options_get_after_bad_type": [(_OPTIONS, {"CLIP_stop_at_last_layers": "two"})],
    "options_get_after_fix": [
        (_OPTIONS, {"CLIP_stop_at_last_layers": "two"}),
        (_OPTIONS, {"CLIP_stop_at_last_layers": 1}),
    ],
    "options_after_model_override_restored": [(_TXT2IMG, {**_SMALL, "override_settings": _TINY_B})],
    "txt2img_after_override_model": [(_TXT2IMG, {**_SMALL, "override_settings": _TINY_B})],
    "txt2img_after_unload_reload": [
        ("/sdapi/v1/unload-checkpoint", {}),
        ("/sdapi/v1/reload-checkpoint", {}),
    ],
    "txt2img_jpg_format": [(_OPTIONS, {"samples_format": "jpg"})],
    "txt2img_webp_format": [(_OPTIONS, {"samples_format": "webp"})],
    "txt2img_avif_format": [(_OPTIONS, {"samples_format": "avif"})],
    "progress_preview_TAESD": [(_OPTIONS, {"show_progress_type": "TAESD"})],
    "progress_preview_Full": [(_OPTIONS, {"show_progress_type": "Full"})],
    "progress_preview_Approx_NN": [(_OPTIONS, {"show_progress_type": "Approx NN"})],
    "progress_preview_Approx_cheap": [(_OPTIONS, {"show_progress_type": "Approx cheap"})],
    "progress_running_full": [(_OPTIONS, {"show_progress_type": "Approx cheap"})],
    "progress_preview_disabled": [(_OPTIONS, {"live_previews_enable": False})],
    "ui_force_task_id_reused": [(_TXT2IMG, {**_SMALL, "force_task_id": "task(mine-1)"})],
}
"""What was sent to the server before, where that matters."""

FRESH_BEFORE: dict[str, list[tuple[str, Any]]] = {
    "txt2img_samples_format_after": [
        (_TXT2IMG, {**_SMALL, "override_settings": {"samples_format": "jpg"}}),
        (_TXT2IMG, {**_SMALL, "override_settings": {"CLIP_stop_at_last_layers": 2}}),
        (_TXT2IMG, {**_SMALL, "override_settings": {"sd_vae": "tinyvae.vae.safetensors"}}),
        (_TXT2IMG, {**_SMALL, "override_settings": {"enable_pnginfo": False}}),
    ],
}
# One server was asked all of them in a row, and kept what each of them had overridden (NOTES 3.6).
_LEAKED = FRESH_BEFORE["txt2img_samples_format_after"]
FRESH_BEFORE |= {
    "options_after_clipskip": _LEAKED[1:2],
    "txt2img_override_model": [_LEAKED[1]],
    "txt2img_after_override_model": [_LEAKED[1], (_TXT2IMG, {**_SMALL, "override_settings": _TINY_B})],
    "txt2img_override_jpg": [_LEAKED[1], _LEAKED[2]],
    "txt2img_override_nopnginfo": _LEAKED[:3],
    "txt2img_override_null": _LEAKED,
}

INTERRUPTS: dict[str, tuple[int, str]] = {
    "interrupt_single": (0, "interrupt"),
    "interrupt_hr_first_pass": (0, "interrupt"),
    "interrupt_n_iter4_in_first": (0, "interrupt"),
    "interrupt_n_iter4_in_second": (1, "interrupt"),
    "skip_n_iter3": (0, "skip"),
    "skip_n_iter4_in_second": (1, "skip"),
}
"""Renders that were cut short: in which iteration, and how."""

WHILE_RUNNING = {
    name for name in names_of("a1111") if name.startswith(("progress_preview", "progress_running"))
}


def stand_in_for(name: str, *, fresh: bool = False) -> StandIn:
    """A server like the one that gave this answer."""
    installed = library() if name.startswith("nomodel") else library(TINY_A, TINY_B, TINY_C, GARBAGE)
    if name.startswith("auth_none_loras"):
        installed = library(TINY_A)
    return StandIn(
        seconds_per_step=0,
        switch_seconds=0,
        auth="user:pass,user2:p2" if name.startswith("auth_") or name.endswith("with_auth") else None,
        with_ui=name.startswith(("ui_", "auth_ui_")),
        library=installed,
        weights=False,
        fresh_install=fresh,
        options={"show_progress_every_n_steps": 1},
    )


async def prepared(client: Client, before: list[tuple[str, Any]]) -> None:
    """Bring the server into the recorded one's condition."""
    for path, body in before:
        await client.post(path, body)


@pytest.mark.parametrize("name", [name for name in names_of("a1111") if name not in LEFT_OUT])
async def test_the_stand_in_answers_as_the_recorded_a1111_did(name: str) -> None:
    known = recording("a1111", name)
    stand_in = stand_in_for(name)
    async with running(stand_in) as client:
        await prepared(client, BEFORE.get(name, []))
        if name in WHILE_RUNNING:
            answered = await while_rendering(client, name)
        elif name in INTERRUPTS:
            answered = await cut_short(client, name)
        else:
            answered = await client.repeat(known)
    assert differences(known, answered) == []


@pytest.mark.parametrize("name", names_of("a1111_fresh_install"))
async def test_the_stand_in_answers_as_a_freshly_installed_a1111_did(name: str) -> None:
    known = recording("a1111_fresh_install", name)
    async with running(stand_in_for(name, fresh=True)) as client:
        await prepared(client, FRESH_BEFORE.get(name, []))
        answered = await client.repeat(known)
    assert differences(known, answered) == []


async def while_rendering(client: Client, name: str) -> Any:
    """The recorded request, sent while a render stands at its tenth step."""
    client.stand_in.hold(at_step=10)
    body = {**_SMALL, "steps": 60, "width": 128, "height": 128}
    render = asyncio.create_task(client.send("POST", _TXT2IMG, body), name="render")
    await client.stand_in.wait_busy()
    answered = await client.repeat(recording("a1111", name))
    client.stand_in.release()
    await client.post("/sdapi/v1/interrupt")
    await render
    return answered


async def cut_short(client: Client, name: str) -> Any:
    """The recorded render, interrupted or skipped at its fifth step."""
    job, how = INTERRUPTS[name]
    client.stand_in.hold(at_step=5, at_job=job)
    render = asyncio.create_task(client.repeat(recording("a1111", name)), name="render")
    await client.stand_in.wait_busy()
    await client.post(f"/sdapi/v1/{how}")
    client.stand_in.release()
    return await render


def test_only_recordings_that_exist_are_left_out_or_prepared() -> None:
    known = set(names_of("a1111"))
    assert set(LEFT_OUT) | set(BEFORE) | set(INTERRUPTS) <= known
    assert set(FRESH_BEFORE) <= set(names_of("a1111_fresh_install"))


def test_the_comparison_notices_every_kind_of_difference() -> None:
    known = recording("a1111", "txt2img_basic")
    answered = Answered(status=500, headers={}, body={"images": [], "info": "{}"})
    found = "\n".join(differences(known, answered))
    for part in (
        "status 500",
        "x-process-time",
        "content-type",
        "no parameters",
        "0 pictures",
        "info has no",
    ):
        assert part in found
