"""What a result says (row P4)."""

from pathlib import Path

import pytest

from tests.acceptance.test_batches import galleries
from tests.harness import easel


async def test_a_long_prompt_is_folded_into_a_file(tmp_path: Path) -> None:
    prompt = "a cat with ```fences``` and " + "many words " * 200
    async with easel(tmp_path) as world:
        await world.draw(prompt, spoiler=True)
        result = await world.result()
        [file] = [part for part in result.components if part["type"] == 13]
        [text] = [one for one in result.shown_attachments if one.filename.endswith(".txt")]
        assert text.data.decode() == prompt
        assert file["spoiler"]
        assert "a cat with" in result.text
        assert len(result.text) < 1000


async def test_ten_pictures_leave_no_place_for_a_file_and_the_data_button_has_the_prompt(
    tmp_path: Path,
) -> None:
    prompt = "a cat with " + "many words " * 200
    async with easel(tmp_path) as world:
        await world.draw(prompt, batch="10")
        result = await world.result()
        assert len(galleries(result)) == len(result.attachments) == 10
        assert "many words" in result.text
        data = await world.ben.click(result, "📋")
        shown = data.message.text + "".join(one.data.decode() for one in data.message.attachments)
        assert prompt.strip() in shown


async def test_only_what_differs_from_the_usual_is_said(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__DEFAULTS__NEGATIVE_PROMPT="dogs") as world:
        await world.draw("a cat", sampler="Euler", negative_prompt="*rain*", seed=99)
        await world.draw("another cat", seed=7)
        await world.result(2)
        unusual, usual = world.results()
        assert "sampler Euler" in unusual.text
        assert "without `*rain*`" in unusual.text
        assert "seed 99" in unusual.text
        assert galleries(unusual)[0]["description"] == "a cat (seed 99, 64×64)"
        assert "sampler" not in usual.text
        assert "without" not in usual.text


@pytest.mark.parametrize("count", [1, 12])
async def test_a_card_with_everything_keeps_discords_limits(tmp_path: Path, count: int) -> None:
    async with easel(tmp_path, EASEL__LIMITS__MAX_BATCH="100") as world:
        offer = world.app.services.catalog.offer()
        await world.draw(
            "🎨 " * 349,
            negative_prompt="`" + "rain " * 1000,
            steps=5000,
            width=65,
            height=65,
            batch=str(count),
            styles=",".join(style.name for style in offer.styles),
            extra_net=f"{offer.loras[0].name}:0.123",
            override="eta_noise_seed_delta=31337, initial_noise_multiplier=0.77777",
        )
        result = await world.result()
        assert len(result.text.encode("utf-16-le")) // 2 <= 4000
        assert world.discord.violations == []
