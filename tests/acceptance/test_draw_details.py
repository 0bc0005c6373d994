"""Sizes by shape, what `more` says, models that the host describes (rows G4–G7, G9, G11, G12, G26)."""

from pathlib import Path
from typing import Any

import pytest

from tests.harness import World, easel


def sent(world: World) -> dict[str, Any]:
    """The newest request for a picture."""
    bodies = [request.body for request in world.stand_in.requests if request.path == "/sdapi/v1/txt2img"]
    return dict(bodies[-1])


async def test_a_shape_is_drawn_in_the_area_of_the_host(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__DEFAULTS__WIDTH="128", EASEL__DEFAULTS__HEIGHT="128") as world:
        await world.ben.slash(world.drawing, "draw", {"prompt": "a cat", "steps": 2, "size": "wide 16:9"})
        await world.result()

        assert (sent(world)["width"], sent(world)["height"]) == (168, 96)


async def test_more_reaches_the_web_ui_by_its_own_names(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        refiner = world.app.services.catalog.offer().checkpoints[1].model_name
        more = (
            f"refiner={refiner}, refiner_at=0.5, variation_seed=5, variation_strength=0.3, tiling=true, "
            "hr_scale=2, hr_steps=3, hr_denoise=0.4, hr_prompt=a dog, sharp"
        )
        await world.draw("a cat", highres_fix="Latent", seed=7, more=more)
        result = await world.result()

        payload = sent(world)
        assert (payload["refiner_checkpoint"], payload["refiner_switch_at"]) == (refiner, 0.5)
        assert (payload["seed"], payload["subseed"], payload["subseed_strength"]) == (7, 5, 0.3)
        assert payload["tiling"] is True
        assert (payload["hr_scale"], payload["hr_second_pass_steps"]) == (2, 3)
        assert (payload["denoising_strength"], payload["hr_prompt"]) == (0.4, "a dog, sharp")
        infotext = world.stand_in.renders[-1].infotexts[0]
        assert "Variation seed: 5" in infotext
        assert "Refiner switch at: 0.5" in infotext
        assert "hr_prompt=a dog, sharp" in result.text


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"more": "colour=red"}, "colour"),
        ({"more": "refiner=nobody"}, "nobody"),
        ({"more": "hr_scale=2"}, "highres_fix"),
        ({"size": "very big"}, "very big"),
    ],
)
async def test_what_more_and_size_cannot_mean_is_refused(
    tmp_path: Path, options: dict[str, object], word: str
) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.draw("a cat", **options)  # type: ignore[arg-type]

        assert outcome.ephemeral
        assert word in outcome.message.content
        assert world.stand_in.renders == []
