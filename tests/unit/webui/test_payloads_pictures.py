"""What is sent with pictures in it: img2img, extras, png-info, interrogate."""

from collections.abc import Callable

import pytest

from bot.errors import BadValue
from bot.model.work import HighresFix
from bot.webui import payloads
from tests.unit.webui.asking import (
    A1111,
    BASELINE,
    changed,
)

IMAGE = "iVBORw0KGgoAAAANSUhEUg=="


def test_img2img_has_the_pages_own_defaults_for_a_mask() -> None:
    sent = payloads.img2img(
        changed(highres_fix=HighresFix(upscaler="Latent")),
        [IMAGE],
        baseline=BASELINE,
        capabilities=A1111,
        task_id="t",
        dedicated=True,
        denoising_strength=0.5,
        inpaint=payloads.Inpaint(mask=IMAGE),
    )
    expected = {
        "init_images": [IMAGE],
        "denoising_strength": 0.5,
        "resize_mode": 0,
        "include_init_images": False,
        "mask": IMAGE,
        "mask_blur": 4,
        "inpainting_fill": 1,
        "inpaint_full_res": False,
        "inpaint_full_res_padding": 32,
        "inpainting_mask_invert": 0,
        "force_task_id": "t",
    }
    assert {key: sent[key] for key in expected} == expected
    assert "enable_hr" not in sent


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1/x", "https://a.example", "file:///etc/passwd", "", "data:image/png;base64,AAAA"],
)
def test_no_address_is_ever_sent_in_place_of_a_picture(text: str) -> None:
    builders: list[Callable[[], object]] = [
        lambda: payloads.png_info(text),
        lambda: payloads.interrogate(text),
        lambda: payloads.extra_single(text, payloads.Upscale()),
        lambda: payloads.extra_batch([IMAGE, text], payloads.Upscale()),
    ]
    for build in builders:
        with pytest.raises(BadValue, match="wrong_type"):
            build()


def test_upscaling_to_a_size_is_another_mode_than_by_a_factor() -> None:
    by_factor = payloads.extra_single(IMAGE, payloads.Upscale(upscaler="Lanczos", scale=3))
    assert (by_factor["resize_mode"], by_factor["upscaling_resize"], by_factor["image"]) == (0, 3, IMAGE)
    to_size = payloads.extra_single(IMAGE, payloads.Upscale(upscaler="Lanczos", size=(100, 60)))
    assert to_size["resize_mode"] == 1
    assert (to_size["upscaling_resize_w"], to_size["upscaling_resize_h"]) == (100, 60)


def test_each_picture_of_a_batch_has_a_name_of_its_own_making() -> None:
    sent = payloads.extra_batch([IMAGE, IMAGE], payloads.Upscale())
    assert sent["imageList"] == [{"data": IMAGE, "name": "0.png"}, {"data": IMAGE, "name": "1.png"}]
