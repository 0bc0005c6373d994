"""From a job to pictures on disk, through real HTTP to a stand-in web UI."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.backends.runner import BackendRunner
from bot.demo.webui.faults import Fault
from bot.demo.webui.standin import StandIn
from bot.errors import CorruptPicture, PictureTooLarge, UnknownName
from bot.imaging.codec import PictureLimits
from bot.model.work import ExtraNetwork, HighresFix
from bot.queue.protocols import Renderer
from tests.support import render
from tests.unit.backends.stage import FOLDER, a_job, a_runner, draw, sent_info, sent_pictures


@pytest.fixture
async def webui() -> AsyncIterator[StandIn]:
    async with StandIn(seconds_per_step=0.001, switch_seconds=0.0) as webui:
        yield webui


@pytest.fixture
async def runner(webui: StandIn, tmp_path: Path) -> AsyncIterator[BackendRunner]:
    async with a_runner(tmp_path, webui.url) as runner:
        yield runner


def _parameters(path: Path) -> str:
    """As Pillow, and so every web UI, reads them."""
    with Image.open(path) as picture:
        picture.load()
        return str(picture.info["parameters"])


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_the_file_is_byte_for_byte_what_the_web_ui_sent(runner: BackendRunner, tmp_path: Path) -> None:
    job = a_job("maltese puppy")
    answer, rendered = await draw(runner, job)

    (picture,) = rendered.pictures
    path = tmp_path / picture.file
    assert picture.file == f"{FOLDER}/{job.id}-0.png"
    assert path.read_bytes() == sent_pictures(answer)[0]
    assert _parameters(path) == picture.infotext == sent_info(answer)["infotexts"][0]
    assert picture.infotext.startswith("maltese puppy\n")
    assert (picture.kind, picture.width, picture.height) == ("png", 64, 64)
    assert picture.size == path.stat().st_size
    assert (picture.seed, picture.subseed, picture.index) == (7, None, 0)
    assert rendered.notices == ()
    assert not rendered.interrupted
    assert rendered.seconds > 0


async def test_a_runner_is_what_the_queue_calls_a_renderer(runner: BackendRunner) -> None:
    renderer: Renderer = runner  # for mypy, which compares every method
    answer = await render(renderer, a_job())

    assert renderer.name == "gpu1"
    with pytest.raises(TypeError):
        await renderer.finish(a_job(), object())
    assert (await renderer.finish(a_job(), answer)).pictures


async def test_a_batch_is_numbered_and_each_picture_has_its_own_seed(
    runner: BackendRunner, tmp_path: Path
) -> None:
    job = a_job(batch_count=2, batch_size=2, seed=40)
    answer, rendered = await draw(runner, job)

    assert [picture.seed for picture in rendered.pictures] == [40, 41, 42, 43]
    assert [(tmp_path / picture.file).read_bytes() for picture in rendered.pictures] == sent_pictures(answer)
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == [
        f"{job.id}-{index}.png" for index in range(4)
    ]


@pytest.mark.parametrize(
    "prompt",
    ["ein Mädchen mit Hut", "猫とネコ 🐈", "two\nlines", "hex #ff0000, Steps: 99", '"quoted", `code`'],
)
async def test_a_prompt_in_any_script_arrives_whole(
    runner: BackendRunner, tmp_path: Path, prompt: str
) -> None:
    _, rendered = await draw(runner, a_job(prompt))

    (picture,) = rendered.pictures
    assert picture.prompt == prompt
    assert _parameters(tmp_path / picture.file).startswith(prompt)
    assert rendered.notices == ()


async def test_styles_are_merged_into_the_prompt_that_is_kept(runner: BackendRunner) -> None:
    _, rendered = await draw(runner, a_job("a harbour", styles=("night scene",)))

    assert rendered.pictures[0].prompt == "a harbour, at night, moonlight"


async def test_a_picture_without_its_chunk_gets_the_infotext_of_the_answer(
    webui: StandIn, runner: BackendRunner, tmp_path: Path
) -> None:
    webui.faults.add(Fault(kind="no_parameters"))
    answer, rendered = await draw(runner, a_job("猫"))

    (picture,) = rendered.pictures
    (sent,) = sent_pictures(answer)
    path = tmp_path / picture.file
    assert _parameters(path) == picture.infotext == sent_info(answer)["infotexts"][0]
    with Image.open(path) as ours, Image.open(io.BytesIO(sent)) as theirs:
        assert "parameters" not in theirs.info
        assert ours.tobytes() == theirs.tobytes()
    assert rendered.notices == ()


async def test_without_chunk_and_infotext_the_web_ui_is_asked_once_more_and_the_person_is_told(
    webui: StandIn, runner: BackendRunner, tmp_path: Path
) -> None:
    webui.faults.add(Fault(kind="no_infotext"))
    _, rendered = await draw(runner, a_job())

    assert [log.path for log in webui.requests].count("/sdapi/v1/png-info") == 1
    assert [notice.code for notice in rendered.notices] == ["no_infotext"]
    assert rendered.pictures[0].infotext == ""
    assert (tmp_path / rendered.pictures[0].file).exists()


async def test_a_jpeg_is_kept_as_one_with_its_infotext(
    webui: StandIn, runner: BackendRunner, tmp_path: Path
) -> None:
    webui.faults.add(Fault(kind="jpeg"))
    answer, rendered = await draw(runner, a_job("a bay"))

    (picture,) = rendered.pictures
    assert (picture.kind, picture.file[-4:]) == ("jpeg", ".jpg")
    assert (tmp_path / picture.file).read_bytes() == sent_pictures(answer)[0]
    assert picture.infotext == sent_info(answer)["infotexts"][0]


async def test_a_grid_is_no_result(webui: StandIn, runner: BackendRunner) -> None:
    # Scripts put a grid first (NOTES 2.2); return_grid and save_images are ours and off.
    _, rendered = await draw(runner, a_job(batch_size=3, seed=5))

    assert [picture.seed for picture in rendered.pictures] == [5, 6, 7]
    assert webui.renders[-1].pictures == 3


async def test_a_picture_painted_by_another_checkpoint_is_told(webui: StandIn, runner: BackendRunner) -> None:
    webui.faults.add(Fault(kind="wrong_model"))
    _, rendered = await draw(runner, a_job(checkpoint="softPastel_v3"))

    (notice,) = rendered.notices
    assert notice.code == "got_other_checkpoint"
    assert notice.data["asked"] == "softPastel_v3"


async def test_the_checkpoint_of_the_baseline_is_compared_too(webui: StandIn, runner: BackendRunner) -> None:
    webui.faults.add(Fault(kind="wrong_model"))
    _, rendered = await draw(runner, a_job())

    assert [notice.code for notice in rendered.notices] == ["got_other_checkpoint"]


async def test_a_corrupt_picture_is_an_error_and_leaves_no_file(
    webui: StandIn, runner: BackendRunner, tmp_path: Path
) -> None:
    webui.faults.add(Fault(kind="corrupt_png"))
    job = a_job()
    answer = await render(runner, job)
    with pytest.raises(CorruptPicture):
        await runner.finish(job, answer)

    assert not _files(tmp_path)


async def test_a_picture_of_too_many_pixels_is_refused(webui: StandIn, tmp_path: Path) -> None:
    async with a_runner(tmp_path, webui.url, picture_limits=PictureLimits(max_pixels=1000)) as runner:
        job = a_job()
        answer = await render(runner, job)
        with pytest.raises(PictureTooLarge):
            await runner.finish(job, answer)


async def test_everything_that_can_be_named_arrives_under_its_exact_name(
    webui: StandIn, runner: BackendRunner
) -> None:
    job = a_job(
        checkpoint="xl_auroraXL_v1",
        vae="SDXL_crisp.vae.safetensors",
        sampler="dpm++ 2m",
        scheduler="karras",
        styles=("Watercolor",),
        face_restorer="gfpgan",
        highres_fix=HighresFix(upscaler="latent", scale=1.5, steps=2),
        extra_networks=(
            ExtraNetwork(kind="lora", name="xl_neonlights", weight=0.5),
            ExtraNetwork(kind="hypernet", name="BrushWork", weight=1),
            ExtraNetwork(kind="embedding", name="XLNegative", weight=1),
        ),
        clip_skip=2,
        override={"eta_noise_seed_delta": 31337},
    )
    _, rendered = await draw(runner, job)

    sent = webui.renders[-1].payload
    assert (sent["sampler_name"], sent["scheduler"]) == ("DPM++ 2M", "Karras")
    assert sent["styles"] == ["watercolor"]
    assert sent["hr_upscaler"] == "Latent"
    assert "<lora:xl_neonLights:0.5>" in sent["prompt"]
    assert "<hypernet:brushwork:1>" in sent["prompt"]
    assert "xlNegative" in sent["prompt"]
    settings = sent["override_settings"]
    assert settings["sd_model_checkpoint"] == "xl_auroraXL_v1"
    assert settings["sd_vae"] == "sdxl_crisp.vae.safetensors"
    assert settings["face_restoration_model"] == "GFPGAN"
    assert settings["CLIP_stop_at_last_layers"] == 2
    assert settings["eta_noise_seed_delta"] == 31337
    assert rendered.notices == ()
    assert (rendered.pictures[0].width, rendered.pictures[0].height) == (96, 96)


@pytest.mark.parametrize(
    ("kind", "work"),
    [
        ("checkpoint", {"checkpoint": "dreamshaper"}),
        ("sampler", {"sampler": "Euler z"}),
        ("scheduler", {"scheduler": "Karas"}),
        ("vae", {"vae": "nope.pt"}),
        ("style", {"styles": ("baroque",)}),
        ("face_restorer", {"face_restorer": "RestoreFormer"}),
        ("upscaler", {"highres_fix": HighresFix(upscaler="Nope")}),
        ("lora", {"extra_networks": (ExtraNetwork(kind="lora", name="nope"),)}),
        ("hypernetwork", {"extra_networks": (ExtraNetwork(kind="hypernet", name="nope"),)}),
        ("embedding", {"extra_networks": (ExtraNetwork(kind="embedding", name="nope"),)}),
        ("option", {"override": {"no_such_option": 1}}),
    ],
)
async def test_an_unknown_name_is_refused_and_nothing_is_sent(
    webui: StandIn, runner: BackendRunner, kind: str, work: dict[str, Any]
) -> None:
    with pytest.raises(UnknownName) as refused:
        await render(runner, a_job(**work))

    assert refused.value.kind == kind
    assert "/sdapi/v1/txt2img" not in [log.path for log in webui.requests]


async def test_a_near_miss_is_suggested(runner: BackendRunner) -> None:
    with pytest.raises(UnknownName) as refused:
        await render(runner, a_job(checkpoint="softPastel_v2"))

    assert refused.value.nearest[0] == "softPastel_v3"


@pytest.mark.parametrize("dialect", ["forge", "sdcpp"])
async def test_other_web_uis_draw_the_same_request(dialect: str, tmp_path: Path) -> None:
    async with (
        StandIn(dialect, seconds_per_step=0.001, switch_seconds=0.0) as webui,  # type: ignore[arg-type]
        a_runner(tmp_path, webui.url) as runner,
    ):
        job = a_job("a lighthouse, 灯台", sampler="Euler a", batch_count=2, batch_size=2)
        answer, rendered = await draw(runner, job)

        assert rendered.notices == ()
        assert [picture.seed for picture in rendered.pictures] == [7, 8, 9, 10]
        written = [(tmp_path / picture.file).read_bytes() for picture in rendered.pictures]
        assert written == sent_pictures(answer)


async def test_what_stable_diffusion_cpp_would_ignore_is_refused(tmp_path: Path) -> None:
    async with (
        StandIn("sdcpp", seconds_per_step=0.001) as webui,
        a_runner(tmp_path, webui.url) as runner,
    ):
        with pytest.raises(UnknownName) as refused:
            await render(runner, a_job(styles=("cinematic",)))

        assert refused.value.kind == "style"
        assert not webui.renders


async def test_the_same_job_again_leaves_the_same_files(runner: BackendRunner, tmp_path: Path) -> None:
    job = a_job()
    _, first = await draw(runner, job)
    _, second = await draw(runner, job)

    assert first.pictures == second.pictures
    assert len(list((tmp_path / FOLDER).iterdir())) == 1
