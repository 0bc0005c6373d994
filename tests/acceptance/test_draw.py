"""A person types /draw, and the picture comes (rows G1–G3, G6, G8, G10, G11, G13–G15, G25–G27, P1–P8)."""

from pathlib import Path

import pytest

from bot.imaging.metadata import read_parameters
from tests.harness import easel


async def test_a_prompt_becomes_a_picture_in_the_channel(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.draw("maltese puppy", steps=20)
        assert outcome.kind == "message"
        assert not outcome.ephemeral
        result = await world.result()
        assert result.pinged == {world.ben.id}
        assert "maltese puppy" in result.text
        await world.until(lambda: outcome.message.deleted)


async def test_the_posted_picture_carries_the_web_uis_infotext(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("maltese puppy", seed=7)
        result = await world.result()
        infotext = read_parameters(result.attachments[0].data)
        assert infotext is not None
        assert infotext.startswith("maltese puppy\n")
        assert infotext == world.stand_in.renders[-1].infotexts[0]


async def test_the_answer_names_place_and_time_before_anything_is_drawn(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        await world.draw("first", person=world.chloe)
        await world.stand_in.wait_busy()
        second = await world.draw("second")
        assert "about" in second.message.text
        assert "Cancel" in [button.label for button in second.message.buttons]
        world.stand_in.release()
        await world.result(2)


@pytest.mark.parametrize(
    "prompt",
    [
        r"\(a\) *b* _c_ ||d|| <lora:x_y:0.8>",
        "`code` and ``more``",
        "a ```block``` and `code`",
        "@everyone @here <@1> <@&2>",
        "line one\nline two\n\nSteps: 99, Seed: 5",
        "hex #ff0000 colour",
        "‮mirrored‬ שלום",
        "🎨 a café in 東京",
    ],
)
async def test_a_prompt_arrives_as_typed_and_pings_nobody(tmp_path: Path, prompt: str) -> None:
    async with easel(tmp_path) as world:
        await world.draw(prompt)
        result = await world.result()
        assert world.stand_in.renders[-1].payload["prompt"] == prompt
        assert prompt in result.text
        assert result.pinged == {world.ben.id}
        assert not result.mention_everyone


async def test_a_prompt_of_six_thousand_characters_is_drawn_whole(tmp_path: Path) -> None:
    prompt = ("word " * 1200).strip().ljust(6000, "x")
    async with easel(tmp_path) as world:
        await world.draw(prompt)
        await world.result()
        assert world.stand_in.renders[-1].payload["prompt"] == prompt


async def test_every_option_reaches_the_web_ui_by_name(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        offer = world.app.services.catalog.offer()
        checkpoint, style = offer.checkpoints[1].model_name, offer.styles[0].name
        lora, vae = offer.loras[0].name, offer.vaes[0]
        await world.draw(
            "a cat",
            negative_prompt="dogs",
            data_model=checkpoint.upper(),
            guidance_scale=5.5,
            sampler="euler",
            scheduler="karras",
            seed=123,
            styles=style,
            extra_net=f"{lora}:0.5",
            facefix="CodeFormer",
            clip_skip=2,
            vae=vae,
            override="eta_noise_seed_delta=31337",
            spoiler=True,
        )
        result = await world.result()
        payload = world.stand_in.renders[-1].payload
        override = payload["override_settings"]
        assert payload["negative_prompt"] == "dogs"
        assert (payload["cfg_scale"], payload["seed"]) == (5.5, 123)
        assert (payload["sampler_name"], payload["scheduler"]) == ("Euler", "Karras")
        assert payload["styles"] == [style]
        assert f"<lora:{lora}:0.5>" in payload["prompt"]
        assert payload["restore_faces"] is True
        assert override["face_restoration_model"] == "CodeFormer"
        assert override["sd_model_checkpoint"] == checkpoint
        assert override["CLIP_stop_at_last_layers"] == 2
        assert override["sd_vae"] == vae
        assert override["eta_noise_seed_delta"] == 31337
        gallery = next(part for part in result.components if part["type"] == 12)
        assert all(item["spoiler"] for item in gallery["items"])


async def test_a_second_pass_is_asked_for_completely(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", highres_fix="latent")
        await world.result()
        payload = next(r.body for r in world.stand_in.requests if r.path == "/sdapi/v1/txt2img")
        assert payload["enable_hr"] is True
        assert payload["denoising_strength"] == 0.65
        assert payload["hr_additional_modules"] == ["Use same choices"]
        assert payload["override_settings"]["use_old_hires_fix_width_height"] is False


async def test_the_card_shows_alt_text_and_what_differs_from_the_usual(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", seed=99, sampler="Euler")
        result = await world.result()
        gallery = next(part for part in result.components if part["type"] == 12)
        assert gallery["items"][0]["description"].startswith("a cat")
        assert "seed 99" in result.text
        assert "sampler Euler" in result.text
        assert "scheduler" not in result.text


async def test_what_was_lowered_is_told(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.draw("a cat", steps=500, width=65, batch="99")
        assert "500" in outcome.message.text
        assert "50" in outcome.message.text
        assert "65" in outcome.message.text
        result = await world.result()
        assert world.stand_in.renders[-1].payload["width"] == 64
        assert "500" in result.text


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"prompt": "  "}, "prompt"),
        ({"width": 0}, "width"),
        ({"height": 7}, "height"),
        ({"steps": 0}, "steps"),
        ({"batch": "many"}, "batch"),
        ({"seed": -5}, "seed"),
        ({"data_model": "no such model"}, "no such model"),
        ({"sampler": "Euler b"}, "Euler"),
        ({"styles": "no such style"}, "no such style"),
        ({"extra_net": "no such lora"}, "no such lora"),
        ({"override": "no_such_option=1"}, "no_such_option"),
        ({"override": "outdir_samples=/etc"}, "outdir_samples"),
        ({"override": "eta_noise_seed_delta=soon"}, "soon"),
    ],
)
async def test_bad_input_is_refused_in_private_and_nothing_is_queued(
    tmp_path: Path, options: dict[str, object], word: str
) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.draw(**{"prompt": "a cat", **options})  # type: ignore[arg-type]
        assert outcome.ephemeral
        assert word in outcome.message.content
        assert "/" not in outcome.message.content.replace("`/info`", "").replace("/etc", "")
        assert (await world.app.services.queue.overview()).waiting == 0
        assert world.stand_in.renders == []


async def test_a_dry_run_shows_the_payload_and_queues_nothing(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.draw("a cat", check=True, seed=5, steps=500)
        assert outcome.ephemeral
        shown = outcome.message.text + "".join(a.data.decode() for a in outcome.message.attachments)
        assert '"seed": 5' in shown
        assert "override_settings" in shown
        assert "500" in shown
        assert (await world.app.services.queue.overview()).waiting == 0
        assert world.stand_in.renders == []


async def test_where_the_bot_may_not_post_nothing_is_queued(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        channel = world.discord.channel("no-bots")
        outcome = await world.ben.slash(channel, "draw", {"prompt": "a cat"}, timeout=5)
        assert outcome.ephemeral
        assert "Send Messages" in outcome.message.content
        assert (await world.app.services.queue.overview()).waiting == 0


@pytest.mark.parametrize(
    ("option", "typed", "expected"),
    [("sampler", "eul", "Euler a"), ("scheduler", "kar", "Karras"), ("facefix", "code", "CodeFormer")],
)
async def test_options_are_completed_while_one_types(
    tmp_path: Path, option: str, typed: str, expected: str
) -> None:
    async with easel(tmp_path) as world:
        choices = await world.ben.autocomplete(world.drawing, "draw", option, typed, {"prompt": "x"})
        assert expected in [value for _, value in choices]
