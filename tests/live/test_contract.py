"""What Easel counts on, asked of a real web UI."""

import base64
import struct

import pytest

from bot.errors import UnknownName, UnknownOption, WebUIError
from bot.model.work import HighresFix, Img2Img, Upscale
from bot.webui import names, payloads, responses
from bot.webui.differences import compare
from bot.webui.encoding import encode_picture
from bot.webui.endpoints import Endpoint
from bot.webui.overrides import FIXED, FORCED
from bot.webui.wire import Result
from tests.live.conftest import Live

PNG = b"\x89PNG\r\n\x1a\n"


def decoded(result: Result) -> bytes:
    return base64.b64decode(result.image, validate=True)


def pixels(data: bytes) -> tuple[int, int] | None:
    """(width, height) of a PNG, None for another kind."""
    if not data.startswith(PNG):
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


async def test_it_can_draw_and_says_what_else_it_can_do(live: Live) -> None:
    assert live.capabilities.has(Endpoint.TXT2IMG)
    assert live.capabilities.has(Endpoint.OPTIONS)


@pytest.mark.parametrize(
    ("endpoint", "method"),
    [
        (Endpoint.SAMPLERS, "samplers"),
        (Endpoint.SCHEDULERS, "schedulers"),
        (Endpoint.UPSCALERS, "upscalers"),
        (Endpoint.LATENT_UPSCALE_MODES, "latent_upscale_modes"),
        (Endpoint.CHECKPOINTS, "checkpoints"),
        (Endpoint.VAES, "vaes"),
        (Endpoint.MODULES, "modules"),
        (Endpoint.HYPERNETWORKS, "hypernetworks"),
        (Endpoint.FACE_RESTORERS, "face_restorers"),
        (Endpoint.REALESRGAN_MODELS, "realesrgan_models"),
        (Endpoint.STYLES, "styles"),
        (Endpoint.EMBEDDINGS, "embeddings"),
        (Endpoint.LORAS, "loras"),
        (Endpoint.SCRIPTS, "scripts"),
        (Endpoint.SCRIPT_INFO, "script_info"),
        (Endpoint.EXTENSIONS, "extensions"),
        (Endpoint.MEMORY, "memory"),
    ],
)
async def test_every_list_that_it_serves_is_understood(live: Live, endpoint: Endpoint, method: str) -> None:
    live.needs(endpoint)
    assert await getattr(live.client, method)() is not None


async def test_every_checkpoint_is_found_by_its_model_name_and_title(live: Live) -> None:
    live.needs(Endpoint.CHECKPOINTS)
    checkpoints = await live.client.checkpoints()
    for checkpoint in checkpoints:
        assert names.match_checkpoint(checkpoint.model_name, checkpoints) is not None
        assert checkpoint.title in checkpoint.aliases


async def test_one_picture_is_drawn_as_asked(live: Live) -> None:
    work = live.work()
    generation = await live.draw(work)
    (result,) = generation.results
    data = decoded(result)
    assert result.seed == work.seed
    assert f"Seed: {work.seed}," in result.infotext
    assert compare(work, generation.info, capabilities=live.capabilities, size=pixels(data)) == ()


async def test_the_same_request_twice_is_the_same_picture(live: Live) -> None:
    first, second = [(await live.draw(live.work())).results[0] for _ in range(2)]
    assert decoded(first) == decoded(second)


async def test_a_batch_has_a_seed_and_an_infotext_for_each_picture_and_no_grid(live: Live) -> None:
    work = live.work(batch_count=2, batch_size=2)
    generation = await live.draw(work)
    assert [result.seed for result in generation.results] == [5, 6, 7, 8]
    assert len(generation.images) == len(generation.results)
    assert all(f"Seed: {result.seed}," in result.infotext for result in generation.results)


async def test_a_prompt_with_a_number_sign_arrives_intact(live: Live) -> None:
    if not live.capabilities.knows("enable_prompt_comments"):
        pytest.skip("this web UI has no option for comments in prompts")
    work = live.work(prompt="hex #ff0000 color, späße 🎲")
    generation = await live.draw(work)
    assert generation.info.prompt == work.prompt
    assert compare(work, generation.info, capabilities=live.capabilities) == ()


async def test_the_second_pass_doubles_the_size(live: Live) -> None:
    live.needs(Endpoint.LATENT_UPSCALE_MODES)
    fix = HighresFix(upscaler="Latent", scale=2.0, denoising_strength=0.65)
    work = live.work(highres_fix=fix)
    (result,) = (await live.draw(work)).results
    assert pixels(decoded(result)) in ((128, 128), None)


async def test_an_unknown_sampler_is_refused_or_told(live: Live) -> None:
    work = live.work(sampler="No Such Sampler")
    try:
        generation = await live.draw(work)
    except WebUIError:
        return  # web UIs before 1.10 refuse it
    codes = [notice.code for notice in compare(work, generation.info, capabilities=live.capabilities)]
    assert codes == ["got_other_sampler"]


async def test_an_option_that_it_does_not_know_is_refused_by_us_and_by_it(live: Live) -> None:
    with pytest.raises(UnknownName):
        await live.draw(live.work(override={"no_such_option": 1}))
    if not live.capabilities.overrides:
        pytest.skip("this web UI follows no overrides")
    raw = await live.client.txt2img(
        {
            "prompt": "a cat",
            "steps": 2,
            "width": 64,
            "height": 64,
            "sampler_name": live.sampler,
            "override_settings": {"no_such_option": 1},
        }
    )
    with pytest.raises(UnknownOption):
        raw.parsed(responses.parse_generation)


async def test_it_reads_the_infotext_of_its_own_picture(live: Live) -> None:
    live.needs(Endpoint.PNG_INFO)
    (result,) = (await live.draw(live.work())).results
    info = await live.client.png_info(encode_picture(decoded(result)))
    assert info.info == result.infotext


async def test_progress_is_told(live: Live) -> None:
    live.needs(Endpoint.PROGRESS)
    assert 0 <= (await live.client.progress()).progress <= 1
    assert (await live.client.progress(preview=False)).preview is None


async def test_a_task_that_it_does_not_know_is_neither_active_nor_done(live: Live) -> None:
    live.needs(Endpoint.TASK_PROGRESS)
    task = await live.client.task_progress("easel-never-sent")
    assert (task.active, task.queued, task.completed) == (False, False, False)


async def test_a_task_that_has_ended_is_completed(live: Live) -> None:
    live.needs(Endpoint.TASK_PROGRESS)
    await live.draw(live.work())
    assert (await live.client.task_progress("easel-live-test")).completed


async def test_a_picture_is_enlarged(live: Live) -> None:
    live.needs(Endpoint.EXTRA_SINGLE)
    (result,) = (await live.draw(live.work())).results
    image = encode_picture(decoded(result))
    raw = await live.client.extra_single_image(
        payloads.extra_single(image, Upscale(inputs=("a",), upscaler="Lanczos"))
    )
    (enlarged,) = raw.parsed(responses.parse_extras_single).images
    assert pixels(base64.b64decode(enlarged)) in ((128, 128), None)


async def test_a_picture_is_drawn_from_a_picture(live: Live) -> None:
    live.needs(Endpoint.IMG2IMG)
    (result,) = (await live.draw(live.work())).results
    payload = payloads.img2img(
        Img2Img(**live.work().model_dump(exclude={"kind", "highres_fix"}), init="a", strength=0.5),
        encode_picture(decoded(result)),
        baseline=live.baseline,
        capabilities=live.capabilities,
        task_id="easel-live-test",
        dedicated=False,
    )
    generation = (await live.client.img2img(payload)).parsed(responses.parse_img2img)
    assert generation.results[0].seed == 5


async def test_its_options_are_what_they_were(live: Live) -> None:
    """A fresh install does not restore overrides (NOTES 3.6); there the fixture puts them back."""
    before = dict(await live.client.options())
    await live.draw(live.work(clip_skip=2))
    after = dict(await live.client.options())
    changed = {key for key in before if before[key] != after[key]}
    assert changed <= {"CLIP_stop_at_last_layers", *FORCED, *FIXED}
