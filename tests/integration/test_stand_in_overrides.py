"""Checkpoints, options and overrides of the stand-in, with the traps of NOTES 2.5 and 3."""

import base64
import io
import json
from typing import Any

from bot.demo.webui import Checkpoint, Lora, StandIn
from tests.integration.stand_in_recordings import (
    GARBAGE,
    TINY_A,
    TINY_B,
    TINY_C,
    Client,
    library,
    opened,
    running,
)

_OPTIONS = "/sdapi/v1/options"
CLIP_SKIP = {"CLIP_stop_at_last_layers": 2}
TO_B = {"sd_model_checkpoint": "tinyB"}


def quick(**more: Any) -> StandIn:
    """A stand-in with the recorded server's files, in no hurry to wait."""
    installed = more.pop("library", None) or library(TINY_A, TINY_B, TINY_C, GARBAGE)
    return StandIn(seconds_per_step=0, switch_seconds=0, library=installed, **more)


async def loads(client: Client) -> int:
    """How many checkpoints were loaded so far."""
    return client.stand_in.machine.model_loads


async def test_an_override_of_the_checkpoint_is_restored_as_option_but_the_model_stays_loaded() -> None:
    async with running(quick()) as client:
        before = await loads(client)
        _, info = await client.txt2img(override_settings=TO_B)
        assert info["sd_model_name"] == "tinyB"
        options = await client.get(_OPTIONS)
        assert options["sd_model_checkpoint"].startswith("tinyA.safetensors")
        assert options["sd_checkpoint_hash"] == TINY_B.sha256
        _, info = await client.txt2img()
        assert info["sd_model_name"] == "tinyA"
        assert await loads(client) - before == 2


async def test_without_restoring_the_checkpoint_stays_for_everybody_after_one_load() -> None:
    async with running(quick()) as client:
        before = await loads(client)
        await client.txt2img(override_settings=TO_B, override_settings_restore_afterwards=False)
        _, info = await client.txt2img()
        assert info["sd_model_name"] == "tinyB"
        assert await loads(client) - before == 1


async def test_a_fresh_installation_never_takes_an_override_back() -> None:
    for fresh, expected in ((False, 1), (True, 2)):
        async with running(quick(fresh_install=fresh)) as client:
            await client.txt2img(override_settings=CLIP_SKIP)
            _, info = await client.txt2img()
            assert info["clip_skip"] == expected


async def test_an_unknown_checkpoint_vae_style_or_network_is_answered_with_something_else() -> None:
    async with running(quick()) as client:
        plain, _ = await client.txt2img()
        answer, info = await client.txt2img(
            override_settings={"sd_model_checkpoint": "nope", "sd_vae": "nope"}, styles=["nope"]
        )
        assert answer["images"] == plain["images"]
        assert (info["sd_model_name"], info["sd_vae_name"], info["styles"]) == ("tinyA", None, ["nope"])
        _, info = await client.txt2img(prompt="a cat <lora:nope:1>")
        assert "Lora hashes" not in info["infotexts"][0]
        assert info["prompt"] == "a cat <lora:nope:1>"


async def test_a_checkpoint_that_cannot_be_loaded_damages_the_loaded_one_until_another_is_loaded() -> None:
    async with running(quick()) as client:
        healthy, info = await client.txt2img(prompt="a tinyemb cat")
        assert "TI hashes" in info["infotexts"][0]
        await client.post(_OPTIONS, {"sd_model_checkpoint": "zz_garbage.safetensors"})
        assert (await client.get(_OPTIONS))["sd_model_checkpoint"].startswith("tinyA.safetensors")
        damaged, info = await client.txt2img(prompt="a tinyemb cat")
        assert damaged["images"] != healthy["images"]
        assert "TI hashes" not in info["infotexts"][0]
        await client.post(_OPTIONS, TO_B)
        await client.post(_OPTIONS, {"sd_model_checkpoint": "tinyA"})
        again, _ = await client.txt2img(prompt="a tinyemb cat")
        assert again["images"] == healthy["images"]


async def test_titles_have_no_hash_before_the_first_load() -> None:
    async with running(quick()) as client:
        titles = [row["title"] for row in await client.get("/sdapi/v1/sd-models")]
        assert titles[:2] == [f"tinyA.safetensors [{TINY_A.short_hash}]", "tinyB.safetensors"]
        await client.post(_OPTIONS, TO_B)
        row = (await client.get("/sdapi/v1/sd-models"))[1]
        assert (row["title"], row["hash"]) == (f"tinyB.safetensors [{TINY_B.short_hash}]", TINY_B.short_hash)


async def test_a_new_file_is_the_current_model_in_disguise_until_the_list_is_refreshed() -> None:
    async with running(quick()) as client:
        client.stand_in.disk.checkpoints.append(Checkpoint(file="new.safetensors"))
        override = {"sd_model_checkpoint": "new"}
        _, info = await client.txt2img(override_settings=override)
        assert info["sd_model_name"] == "tinyA"
        await client.post("/sdapi/v1/refresh-checkpoints")
        _, info = await client.txt2img(override_settings=override)
        assert info["sd_model_name"] == "new"


async def test_an_option_that_is_no_option_leaves_those_before_it_changed() -> None:
    async with running(quick()) as client:
        answered = await client.send("POST", _OPTIONS, {**CLIP_SKIP, "no_such_option": 1})
        assert (answered.status, answered.body["error"]) == (500, "KeyError")
        _, info = await client.txt2img()
        assert info["clip_skip"] == 2


async def test_comments_are_dropped_unless_the_request_says_otherwise() -> None:
    async with running(quick()) as client:
        answer, info = await client.txt2img(prompt="hex #ff0000 color")
        assert info["prompt"] == "hex \n"
        assert answer["parameters"]["prompt"] == "hex #ff0000 color"
        _, info = await client.txt2img(
            prompt="hex #ff0000 color", override_settings={"enable_prompt_comments": False}
        )
        assert info["prompt"] == "hex #ff0000 color"


async def test_a_lora_of_another_family_does_not_fit() -> None:
    installed = library(TINY_A)
    installed.loras.append(Lora(name="big", alias="big", family="sdxl"))
    async with running(quick(library=installed)) as client:
        body = {"prompt": "<lora:big:1>", "steps": 1, "width": 64, "height": 64}
        answered = await client.send("POST", "/sdapi/v1/txt2img", body)
        assert answered.status == 500
        assert "mat1 and mat2 shapes" in answered.body["errors"]


async def test_the_picture_s_chunk_is_the_infotext_in_info() -> None:
    async with running(quick()) as client:
        answer, info = await client.txt2img(prompt="кот, é", batch_size=2)
        for picture, text in zip(answer["images"], info["infotexts"], strict=True):
            assert opened(picture).info["parameters"] == text
        read = await client.post("/sdapi/v1/png-info", {"image": answer["images"][0]})
        assert read["info"] == info["infotexts"][0]


async def test_a_size_that_is_no_multiple_of_eight_is_told_as_asked_and_drawn_smaller() -> None:
    async with running(quick()) as client:
        answer, info = await client.txt2img(width=65)
        assert opened(answer["images"][0]).size == (64, 64)
        assert info["width"] == 65
        assert "Size: 65x64" in info["infotexts"][0]


async def test_saving_brings_a_grid_unless_the_request_overrides_that() -> None:
    async with running(quick()) as client:
        answer, info = await client.txt2img(batch_size=2, n_iter=2, save_images=True)
        assert (len(answer["images"]), info["index_of_first_image"], len(info["all_seeds"])) == (5, 1, 4)
        assert opened(answer["images"][0]).size == (128, 128)
        answer, info = await client.txt2img(
            batch_size=2, save_images=True, override_settings={"return_grid": False}
        )
        assert (len(answer["images"]), info["index_of_first_image"]) == (2, 0)


async def test_masks_are_answered_between_the_pictures_where_the_options_say_so() -> None:
    async with running(quick()) as client:
        first, _ = await client.txt2img()
        picture = first["images"][0]
        body = {
            "prompt": "x",
            "steps": 2,
            "width": 64,
            "height": 64,
            "init_images": [picture],
            "mask": picture,
            "override_settings": {"return_mask": True},
        }
        answer = await client.post("/sdapi/v1/img2img", body)
        assert len(answer["images"]) == 2
        assert len(json.loads(answer["info"])["all_seeds"]) == 1
        assert "parameters" not in opened(answer["images"][1]).info


async def test_only_the_masked_part_of_a_picture_is_painted_anew() -> None:
    async with running(quick()) as client:
        first, _ = await client.txt2img()
        start = opened(first["images"][0])
        mask = start.convert("L").point([0] * 256)
        mask.paste(255, (40, 40, 64, 64))
        mask_text = base64.b64encode(png(mask)).decode()
        body = {"prompt": "red", "seed": 5, "steps": 2, "width": 64, "height": 64, "denoising_strength": 0.9}
        body |= {"init_images": first["images"], "mask": mask_text, "mask_blur": 1}
        changed = opened((await client.post("/sdapi/v1/img2img", body))["images"][0])
        assert changed.crop((0, 0, 32, 32)).tobytes() == start.crop((0, 0, 32, 32)).tobytes()
        assert changed.crop((48, 48, 60, 60)).tobytes() != start.crop((48, 48, 60, 60)).tobytes()


def png(image: Any) -> bytes:
    """The picture's bytes."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


async def test_options_and_port_survive_a_restart() -> None:
    stand_in = quick()
    async with running(stand_in) as client:
        await client.post(_OPTIONS, CLIP_SKIP)
        url = stand_in.url
        await stand_in.stop()
        await stand_in.start()
        assert stand_in.url == url
        _, info = await client.txt2img()
        assert info["clip_skip"] == 2


async def test_at_a_slow_start_lists_are_answered_before_the_model_is_there() -> None:
    async with running(quick(startup_seconds=30)) as client:
        assert (await client.get(_OPTIONS))["sd_checkpoint_hash"] == ""
        assert await client.get("/sdapi/v1/embeddings") == {"loaded": {}, "skipped": {}}


async def test_a_caption_is_given_where_the_weights_are() -> None:
    async with running(quick()) as client:
        answer, _ = await client.txt2img(prompt="a red boat")
        body = {"image": answer["images"][0], "model": "clip"}
        assert "a red boat" in (await client.post("/sdapi/v1/interrogate", body))["caption"]
