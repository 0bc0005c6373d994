"""From any picture's data to the request that draws it again here."""

import contextlib
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.catalog import Offer
from bot.errors import BadValue
from bot.imaging.infotext import parse
from bot.model.work import Refiner, Variation
from bot.webui.wire import Checkpoint, Lora, Sampler, Scheduler, Style
from cogs.rebuild import MOST_LOST, Rebuilt, rebuild
from config.settings import load
from tests.support import ROOT

SETTINGS = load(
    {
        "EASEL__DEFAULTS__NEGATIVE_PROMPT": "ugly",
        "EASEL__DEFAULTS__CLIP_SKIP": "2",
        "EASEL__DEFAULTS__SCHEDULER": "Karras",
        "EASEL__DEFAULTS__BATCH": "4",
    },
    None,
    dotenv=False,
)
DIGEST = "8521310b5f84"
OFFER = Offer(
    known=True,
    checkpoints=(
        Checkpoint(title="tinyA.safetensors [58793b75f1]", model_name="tinyA", hash="58793b75f1"),
        Checkpoint(title="new name.safetensors", model_name="new name", sha256="fa18a8b7d4" + "0" * 54),
        Checkpoint(title="random-sd15.safetensors", model_name="random-sd15"),
    ),
    samplers=tuple(Sampler(name=name) for name in ("Euler", "Euler a", "DPM++ 2M", "DDIM")),
    schedulers=(Scheduler(name="automatic", label="Automatic"), Scheduler(name="karras", label="Karras")),
    vaes=("tinyvae.vae.safetensors", "ae.safetensors"),
    modules=("clip_l.safetensors", "t5xxl_fp16.safetensors"),
    styles=(Style(name="cinematic", prompt="cinematic still of {prompt}, film grain"),),
    loras=(
        Lora(name="renamed", metadata={"sshs_model_hash": DIGEST + "0" * 52}),
        Lora(name="pixel", alias="pixel art"),
    ),
    face_restorers=("CodeFormer", "GFPGAN"),
    upscalers=("None", "Lanczos"),
    latent_upscale_modes=("Latent",),
    options={"eta_noise_seed_delta": 0.0, "randn_source": "GPU", "sigma_max": 0.0},
)
LINE = "Steps: 20, Sampler: Euler, Schedule type: Automatic, CFG scale: 7, Seed: 5, Size: 512x640"


def read(text: str, offer: Offer = OFFER) -> Rebuilt:
    return rebuild(parse(text), offer, SETTINGS)


def sample(name: str) -> Rebuilt:
    return read((ROOT / "tests" / "samples" / "infotexts" / f"{name}.txt").read_text(encoding="utf-8"))


def test_everything_that_draw_has_an_option_for_is_read() -> None:
    work = read(
        "a cat\nNegative prompt: a dog\n"
        "Steps: 33, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5.5, Seed: 12, Size: 512x768, "
        "Model hash: 58793b75f1, Model: tinyA, VAE: tinyvae.vae.safetensors, Clip skip: 3, "
        "Face restoration: GFPGAN, Denoising strength: 0.4, Hires upscale: 1.75, Hires steps: 9, "
        "Hires upscaler: Latent, RNG: CPU, Version: v1.10.1"
    ).work
    assert (work.prompt, work.negative_prompt, work.steps, work.cfg_scale) == ("a cat", "a dog", 33, 5.5)
    assert (work.sampler, work.scheduler, work.seed) == ("DPM++ 2M", "Karras", 12)
    assert (work.width, work.height, work.checkpoint) == (512, 768, "tinyA")
    assert (work.vae, work.clip_skip, work.face_restorer) == ("tinyvae.vae.safetensors", 3, "GFPGAN")
    fix = work.highres_fix
    assert fix is not None
    assert (fix.upscaler, fix.scale, fix.steps, fix.denoising_strength) == ("Latent", 1.75, 9, 0.4)
    assert work.override == {"randn_source": "CPU"}


def test_no_default_of_the_place_is_added_to_what_is_complete() -> None:
    rebuilt = read(f"a cat\n{LINE}")
    work = rebuilt.work
    assert (work.negative_prompt, work.clip_skip, work.scheduler, work.pictures) == ("", 1, "Automatic", 1)
    assert (work.styles, work.extra_networks, work.face_restorer, work.highres_fix) == ((), (), None, None)
    assert rebuilt.lost == ()


def test_a_style_that_is_in_the_prompt_is_not_put_there_twice() -> None:
    work = sample("a1111_txt2img_styles_two").work
    assert work.prompt == "cinematic still of a cat, film grain, oil painting, thick paint"
    assert work.styles == ()


@pytest.mark.parametrize(
    ("text", "checkpoint"),
    [
        ("Model hash: 58793b75f1, Model: called something else", "tinyA"),
        ("Model hash: fa18a8b7d4, Model: old name", "new name"),
        ("Model: tinyA", "tinyA"),
        ("Model: random-sd15.safetensors", "random-sd15"),
    ],
)
def test_a_checkpoint_is_known_by_its_hash_and_else_by_its_name(text: str, checkpoint: str) -> None:
    rebuilt = read(f"a cat\n{LINE}, {text}")
    assert rebuilt.work.checkpoint == checkpoint
    assert rebuilt.lost == ()


def test_a_lora_is_known_by_its_hash_whatever_it_was_called() -> None:
    work = read(f'a cat <lora:tinylora:0.8>\n{LINE}, Lora hashes: "tinylora: {DIGEST}"').work
    assert work.prompt == "a cat <lora:renamed:0.8>"
    assert work.extra_networks == ()


def test_a_lora_is_known_by_name_and_by_alias_and_keeps_its_weights() -> None:
    work = read(f"a <lora:PIXEL:1:0.5> b <lora:pixel art:2>\n{LINE}").work
    assert work.prompt == "a <lora:pixel:1:0.5> b <lora:pixel:2>"


def test_a_lora_that_nobody_has_is_taken_out_and_named() -> None:
    rebuilt = read(f"a cat<lora:secret:1>\n{LINE}")
    assert rebuilt.work.prompt == "a cat"
    assert rebuilt.lost == (("LoRA", "secret"),)


def test_what_cannot_be_had_here_is_named_and_left_to_the_host() -> None:
    rebuilt = read(
        "a cat\nSteps: 20, Sampler: Magic, CFG scale: 7, Seed: -5, Size: 8x8, Model: gone, VAE: lost.pt, "
        "Face restoration: None of these, Hires upscaler: Nothing, Hires upscale: 2, ENSD: 31337, "
        "Refiner: gone too [0123456789], ADetailer model: face_yolov8n.pt"
    )
    names = {name for name, _ in rebuilt.lost}
    assert names == {
        *("Size", "Sampler", "Model", "Seed", "Face restoration", "Hires upscaler", "VAE"),
        *("Refiner", "ADetailer model"),
    }
    work = rebuilt.work
    assert (work.sampler, work.checkpoint, work.vae) == (SETTINGS.defaults.sampler, None, None)
    assert work.override == {"eta_noise_seed_delta": 31337}


def test_the_details_of_more_are_read() -> None:
    work = read(
        f"a cat\n{LINE}, Variation seed: 77, Variation seed strength: 0.25, Refiner: tinyA [58793b75f1], "
        "Refiner switch at: 0.6, Tiling: True, Hires upscale: 1.5, Hires upscaler: Latent, "
        'Hires prompt: "a dog, a=b, hr_scale", Denoising strength: 0.45'
    ).work
    assert work.variation == Variation(seed=77, strength=0.25)
    assert work.refiner == Refiner(checkpoint="tinyA", switch_at=0.6)
    assert work.tiling
    assert work.highres_fix is not None
    assert (work.highres_fix.prompt, work.highres_fix.scale) == ("a dog, a=b, hr_scale", 1.5)


def test_old_pictures_have_the_scheduler_behind_the_sampler() -> None:
    work = read("a cat\nSteps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 5, Size: 512x512").work
    assert (work.sampler, work.scheduler) == ("DPM++ 2M", "Karras")


def test_forges_flux_has_its_guidance_elsewhere_and_its_vae_among_modules() -> None:
    rebuilt = read(
        "a cat\nSteps: 20, Sampler: Euler, Schedule type: Automatic, CFG scale: 1, Distilled CFG Scale: 3.5, "
        "Seed: 5, Size: 896x1152, Module 1: ae, Module 2: clip_l, Module 3: t5xxl_fp16, Version: f2.0.1"
    )
    assert rebuilt.work.cfg_scale == 3.5
    assert rebuilt.work.vae == "ae.safetensors"
    assert rebuilt.lost == ()


def test_sd_next_writes_its_fields_in_another_order() -> None:
    rebuilt = read(
        "a cat\nNegative prompt: a dog\nSteps: 20, Size: 1024x768, Seed: 5, Sampler: Euler a, CFG scale: 6, "
        "Model: tinyA, Model hash: 58793b75f1, App: SD.Next, Version: 1a2b3c4, Parser: native, "
        "Operations: txt2img"
    )
    work = rebuilt.work
    assert (work.width, work.height, work.sampler, work.checkpoint) == (1024, 768, "Euler a", "tinyA")
    assert rebuilt.lost == ()


def test_stable_diffusion_cpp_has_its_own_words_for_the_second_pass() -> None:
    fix = sample("sdcpp_txt2img_hr").work.highres_fix
    assert fix is not None
    assert (fix.upscaler, fix.scale, fix.denoising_strength) == ("Latent", 2.0, 0.6)


def test_a_second_pass_of_an_exact_size_becomes_the_nearest_scale() -> None:
    fix = sample("a1111_txt2img_hr_resize").work.highres_fix
    assert fix is not None
    assert (fix.upscaler, fix.scale) == ("Latent", 2.0)


def test_too_much_is_lowered_and_told_as_anything_typed_is() -> None:
    request = read(f"a cat\n{LINE.replace('20', '150').replace('512x640', '4096x512')}").request
    assert [item.field for item in request.adjustments] == ["steps", "width"]


def test_data_without_a_prompt_asks_for_nothing() -> None:
    with pytest.raises(BadValue):
        sample("a1111_txt2img_prompt_empty")


def test_while_no_web_ui_has_answered_names_are_taken_as_they_are() -> None:
    rebuilt = read(f"a <lora:x:1>\n{LINE}, Model: whatever, VAE: some.vae.pt", Offer())
    assert (rebuilt.work.checkpoint, rebuilt.work.vae) == ("whatever", "some.vae.pt")
    assert rebuilt.work.prompt == "a <lora:x:1>"


KEYS = st.sampled_from(
    (
        *("Steps", "Sampler", "Size", "Seed", "CFG scale", "Hires upscaler", "Hires upscale", "Hires resize"),
        *("Clip skip", "VAE", "Module 1", "ENSD", "Model", "Denoising strength", "Lora hashes", "Odd"),
    )
)
VALUES = st.one_of(
    st.sampled_from(
        ["Latent", "1e999", "-1", "0", "99999999999999999999", "1x1", "96x128", "nan", "2.5", ""]
    ),
    st.text(max_size=20),
)


@given(st.text(min_size=1).filter(lambda text: text.strip() != ""), st.lists(st.tuples(KEYS, VALUES)))
def test_no_data_breaks_it(prompt: str, fields: list[tuple[str, str]]) -> None:
    info = dataclasses.replace(parse(""), prompt=prompt, fields=tuple(fields))
    with contextlib.suppress(BadValue):  # about a prompt that is nothing but LoRAs nobody has
        rebuilt = rebuild(info, OFFER, SETTINGS)
        assert len(rebuilt.lost) <= MOST_LOST
        assert rebuilt.work.pictures == 1
