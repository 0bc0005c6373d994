"""What is sent with pictures in it: img2img, extras, png-info, interrogate."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.errors import BadValue
from bot.model.work import Img2Img, Inpaint, Upscale
from bot.webui import payloads
from tests.unit.webui.asking import A1111, BASELINE, SDCPP

IMAGE = "iVBORw0KGgoAAAANSUhEUg=="
MASK = "R0lGODlhAQABAIAAAP///w=="


def sent_for(work: Img2Img, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "baseline": BASELINE,
        "capabilities": A1111,
        "task_id": "t",
        "dedicated": True,
    }
    return payloads.img2img(work, IMAGE, MASK, **(given | changes))


def test_img2img_has_the_pages_own_defaults_for_a_mask() -> None:
    sent = sent_for(Img2Img(prompt="a cat", seed=1, init="a", strength=0.5, inpaint=Inpaint(mask="b")))
    expected = {
        "init_images": [IMAGE],
        "denoising_strength": 0.5,
        "resize_mode": 1,
        "include_init_images": False,
        "mask": MASK,
        "mask_blur": 4,
        "inpainting_fill": 1,
        "inpaint_full_res": False,
        "inpaint_full_res_padding": 32,
        "inpainting_mask_invert": 0,
        "force_task_id": "t",
    }
    assert {key: sent[key] for key in expected} == expected
    assert "enable_hr" not in sent


@pytest.mark.parametrize(("mode", "code"), [("stretch", 0), ("crop", 1), ("fill", 2)])
def test_how_a_picture_is_brought_to_size_goes_out_as_the_web_uis_number(mode: Any, code: int) -> None:
    sent = sent_for(Img2Img(prompt="a cat", seed=1, init="a", resize_mode=mode))
    assert sent["resize_mode"] == code
    assert "mask" not in sent


@pytest.mark.parametrize(
    ("fill", "code"), [("fill", 0), ("original", 1), ("latent noise", 2), ("latent nothing", 3)]
)
def test_what_stands_below_a_mask_goes_out_as_the_web_uis_number(fill: Any, code: int) -> None:
    sent = sent_for(Img2Img(prompt="a cat", seed=1, init="a", inpaint=Inpaint(mask="b", fill=fill)))
    assert sent["inpainting_fill"] == code


def test_stable_diffusion_cpp_gets_the_picture_and_none_of_what_it_ignores() -> None:
    work = Img2Img(prompt="a cat", seed=1, init="a", sampler="Euler a", strength=0.4)
    sent = sent_for(work, capabilities=SDCPP)
    assert (sent["init_images"], sent["denoising_strength"]) == ([IMAGE], 0.4)
    assert sent["sampler_name"] == "euler_a"
    assert "override_settings" not in sent


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1/x", "https://a.example", "file:///etc/passwd", "", "data:image/png;base64,AAAA"],
)
def test_no_address_is_ever_sent_in_place_of_a_picture(text: str) -> None:
    builders: list[Callable[[], object]] = [
        lambda: payloads.png_info(text),
        lambda: payloads.interrogate(text),
        lambda: payloads.extra_single(text, Upscale(inputs=("a",))),
        lambda: payloads.extra_batch([IMAGE, text], Upscale(inputs=("a",))),
    ]
    for build in builders:
        with pytest.raises(BadValue, match="wrong_type"):
            build()


def test_upscaling_to_a_size_is_another_mode_than_by_a_factor() -> None:
    by_factor = payloads.extra_single(IMAGE, Upscale(inputs=("a",), upscaler="Lanczos", scale=3))
    assert (by_factor["resize_mode"], by_factor["upscaling_resize"], by_factor["image"]) == (0, 3, IMAGE)
    to_size = payloads.extra_single(IMAGE, Upscale(inputs=("a",), upscaler="Lanczos", size=(100, 60)))
    assert to_size["resize_mode"] == 1
    assert (to_size["upscaling_resize_w"], to_size["upscaling_resize_h"]) == (100, 60)


def test_each_picture_of_a_batch_has_a_name_of_its_own_making() -> None:
    sent = payloads.extra_batch([IMAGE, IMAGE], Upscale(inputs=("a",)))
    assert sent["imageList"] == [{"data": IMAGE, "name": "0.png"}, {"data": IMAGE, "name": "1.png"}]
