"""What the host says of models and always-on scripts (rows G4, G23, G26)."""

import json
from pathlib import Path

from bot.demo.webui import StandIn
from tests.harness import World, easel

TABLES = """
[[model]]
name = "{model}"
shown = "Old master"
activator = "oldmaster style"
steps = 3
width = 64
height = 96

[[recipe]]
name = "faces"
facefix = true
scripts = '{{"ADetailer": {{"args": [true, false, {{"ad_model": "face_yolov8n.pt"}}]}}}}'

[[recipe]]
name = "lines"
scripts = '{{"ControlNet": {{"args": [{{"enabled": true, "module": "canny", "image": "{image}"}}]}}}}'
"""
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP438CAFWEXHbQSAKmzX8FBxi1QAAAAAElFTkSuQmCC"


def told(folder: Path, stand_in: StandIn) -> None:
    """A host who describes the second model of the web UI, and two recipes."""
    (folder / "config").mkdir()
    model = sorted(stand_in.disk.checkpoints, key=lambda one: one.file)[1].file
    text = TABLES.format(model=model, image=DOT)
    (folder / "config" / "local.toml").write_text(text, encoding="utf-8")


def painter(*extensions: str) -> StandIn:
    return StandIn(seconds_per_step=0.0, switch_seconds=0.0, extensions=extensions)


async def choices(world: World, option: str, typed: str) -> list[object]:
    return [value for _, value in await world.ben.autocomplete(world.drawing, "draw", option, typed)]


async def test_a_model_is_asked_for_by_its_display_name_and_brings_its_own(tmp_path: Path) -> None:
    stand_in = painter()
    told(tmp_path, stand_in)
    async with easel(tmp_path, stand_in=stand_in) as world:
        offered = await choices(world, "data_model", "old")
        options = {"prompt": "a cat", "data_model": "old master", "batch": "1"}
        outcome = await world.ben.slash(world.drawing, "draw", options, timeout=5)
        await world.result()

        assert offered == ["Old master"]
        payload = world.stand_in.renders[-1].payload
        assert payload["prompt"] == "oldmaster style, a cat"
        assert (payload["steps"], payload["width"], payload["height"]) == (3, 64, 96)
        assert "oldmaster style" in outcome.message.text


async def test_a_model_like_flux_gets_its_own_guidance_and_no_negative_prompt(tmp_path: Path) -> None:
    forge = StandIn("forge", seconds_per_step=0.0, switch_seconds=0.0)
    model = forge.disk.checkpoints[0]
    (tmp_path / "config").mkdir()
    table = f'[[model]]\nname = "{model.file}"\nfamily = "flux"\n'
    (tmp_path / "config" / "local.toml").write_text(table, encoding="utf-8")
    async with easel(tmp_path, stand_in=forge) as world:
        outcome = await world.draw(
            "a cat", data_model=model.model_name, guidance_scale=3.5, negative_prompt="dogs"
        )
        await world.result()

        payload = world.stand_in.renders[-1].payload
        assert (payload["cfg_scale"], payload["distilled_cfg_scale"]) == (1.0, 3.5)
        assert payload["negative_prompt"] == ""
        assert "ignores negative prompts" in outcome.message.text


async def test_a_recipe_is_offered_and_sent_where_its_script_is(tmp_path: Path) -> None:
    stand_in = painter("adetailer")
    told(tmp_path, stand_in)
    async with easel(tmp_path, stand_in=stand_in) as world:
        offered = await choices(world, "facefix", "fac") + await choices(world, "more", "recipe=")
        await world.draw("a face", facefix="faces")
        await world.result()
        missing = await world.draw("a cat", more="recipe=lines")

        assert offered == ["faces", "recipe=faces"]
        assert "ADetailer model: face_yolov8n.pt" in world.stand_in.renders[-1].infotexts[0]
        assert missing.ephemeral
        assert "lines" in missing.message.content


async def test_without_the_script_it_is_not_offered(tmp_path: Path) -> None:
    stand_in = painter()
    told(tmp_path, stand_in)
    async with easel(tmp_path, stand_in=stand_in) as world:
        assert "faces" not in await choices(world, "facefix", "")
        assert await choices(world, "more", "recipe=") == []
        assert (await world.draw("a face", facefix="faces")).ephemeral


async def test_pictures_that_a_script_adds_are_no_results(tmp_path: Path) -> None:
    stand_in = painter("controlnet")
    told(tmp_path, stand_in)
    async with easel(tmp_path, stand_in=stand_in) as world:
        await world.draw("a cat", more="recipe=lines", batch="2")
        result = await world.result()

        assert len(result.attachments) == 2
        sent = [request.body for request in world.stand_in.requests if request.path == "/sdapi/v1/txt2img"][
            -1
        ]
        assert json.loads(json.dumps(sent))["alwayson_scripts"]["ControlNet"]["args"][0]["module"] == "canny"
        assert "ControlNet 0" in world.stand_in.renders[-1].infotexts[0]
