"""What is sent to stable-diffusion.cpp."""

import pytest

from bot.errors import UnknownName
from bot.model.work import HighresFix, Txt2Img
from bot.webui.wire import Lora
from tests.unit.webui.asking import (
    SDCPP,
    changed,
    network,
    payload,
)
from tests.unit.webui.recordings import recording


def test_stable_diffusion_cpp_gets_what_it_reads_and_nothing_else() -> None:
    work = changed(
        sampler="DPM++ 2M SDE",
        scheduler="SGM Uniform",
        clip_skip=2,
        batch_count=2,
        batch_size=3,
        extra_networks=(network("x", 0.5),),
        highres_fix=HighresFix(upscaler="Latent", scale=2, steps=4, denoising_strength=0.6),
    )
    assert payload(work, capabilities=SDCPP, loras=[Lora(name="x", path="sub/x.safetensors")]) == {
        "prompt": "a cat",
        "negative_prompt": "",
        "sampler_name": "dpm++2m_sde",
        "scheduler": "sgm_uniform",
        "steps": 30,
        "width": 512,
        "height": 512,
        "cfg_scale": 7.0,
        "seed": 1,
        "batch_size": 6,
        "clip_skip": 2,
        "lora": [{"path": "sub/x.safetensors", "multiplier": 0.5}],
        "enable_hr": True,
        "hr_scale": 2,
        "hr_upscaler": "Latent",
        "hr_steps": 4,
        "denoising_strength": 0.6,
    }


def test_stable_diffusion_cpp_chooses_the_scheduler_where_none_is_asked_for() -> None:
    sent = payload(capabilities=SDCPP)
    assert sent["sampler_name"] == "euler_a"
    assert not {"scheduler", "clip_skip", "lora", "enable_hr", "override_settings"} & set(sent)


@pytest.mark.parametrize(
    "work",
    [
        changed(override={"eta_ancestral": 1}),
        changed(styles=("cinematic",)),
        changed(vae="x.safetensors"),
        changed(face_restorer="GFPGAN"),
        changed(extra_networks=(network("y"),)),
        changed(extra_networks=(network("x", kind="embedding"),)),
    ],
)
def test_what_stable_diffusion_cpp_would_silently_leave_out_is_refused(work: Txt2Img) -> None:
    with pytest.raises(UnknownName):
        payload(work, capabilities=SDCPP, loras=[Lora(name="x")])


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("Euler a", "euler_a"),
        ("DDIM", "ddim_trailing"),
        ("Align Your Steps", "ays"),
        ("KL Optimal", "kl_optimal"),
    ],
)
def test_names_are_respelt_for_stable_diffusion_cpp(name: str, spelt: str) -> None:
    listed = recording("sdcpp/get_samplers").answered + recording("sdcpp/get_schedulers").answered
    sent = payload(changed(sampler=name), capabilities=SDCPP)["sampler_name"]
    assert sent == spelt
    assert sent in [entry["name"] for entry in listed]
