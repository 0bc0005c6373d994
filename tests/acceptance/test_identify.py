"""/identify: a picture's data as fields and as a line to send, and what it shows (rows T2, T3, G24)."""

from pathlib import Path

import pytest
from PIL import PngImagePlugin

from bot.demo.discord.model import Message, Upload
from bot.demo.discord.people import Outcome
from bot.imaging.exif import build_user_comment
from tests.acceptance.pictures import bad_files, refusal, upload
from tests.harness import WAIT, World, easel
from tests.unit.imaging.make import encoded, picture

BAD = bad_files()
FOREIGN = (
    "a *cat* ||sat|| @everyone <lora:unknown:1>\nNegative prompt: a dog\nSteps: 7, Sampler: DPM++ 2M Karras, "
    "CFG scale: 5.5, Seed: 12, Size: 96x64, Model hash: 0000000000, Model: nobodys, Clip skip: 2, "
    "Mask blur: 4, Version: v1.10.1"
)


def carrying(text: str, kind: str = "PNG") -> Upload:
    """A picture that somebody else's web UI has drawn."""
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("parameters", text, zip=True)
        return Upload("in.png", encoded(picture(), "PNG", pnginfo=info))
    return Upload(f"in.{kind}", encoded(picture(), kind, exif=b"Exif\0\0" + build_user_comment(text)))


async def identify(world: World, models: str = "none", **options: object) -> Outcome:
    return await world.ben.slash(world.drawing, "identify", {"models": models, **options}, timeout=WAIT)


async def told(world: World, outcome: Outcome) -> Message:
    """The private answer, once it stands there."""
    await world.until(lambda: outcome.message.text)
    assert outcome.ephemeral
    return outcome.message


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_the_data_of_any_picture_is_shown_with_a_line_to_send(tmp_path: Path, kind: str) -> None:
    async with easel(tmp_path) as world:
        answer = await told(world, await identify(world, image=carrying(FOREIGN, kind)))
        assert "a *cat* ||sat|| @everyone" in answer.text
        assert "`CFG scale: 5.5`" in answer.text
        assert "/draw prompt:a *cat* ||sat|| @everyone negative_prompt:a dog steps:7" in answer.text
        assert "sampler:DPM++ 2M scheduler:Karras seed:12" in answer.text
        assert not answer.pinged
        for lost in ("LoRA: unknown", "Model: nobodys", "Mask blur: 4"):
            assert f"`{lost}`" in answer.text
        assert world.bot_messages() == []


async def test_what_was_read_fills_the_edit_panel_and_nothing_is_added(tmp_path: Path) -> None:
    text = "a cat\nSteps: 2, Sampler: Euler, Schedule type: Automatic, CFG scale: 7, Seed: 12, Size: 96x64"
    async with easel(
        tmp_path, EASEL__DEFAULTS__NEGATIVE_PROMPT="ugly", EASEL__DEFAULTS__CLIP_SKIP="3"
    ) as world:
        answer = await told(world, await identify(world, image=carrying(text)))
        panel = (await world.ben.click(answer, "🖋️")).message
        assert "a cat" in panel.text
        assert "seed 12" in panel.text
        await world.ben.click(panel, "🎨")
        await world.result()
        payload = world.stand_in.renders[-1].payload
        assert (payload["prompt"], payload["negative_prompt"], payload["seed"]) == ("a cat", "", 12)
        assert (payload["width"], payload["height"], payload["styles"]) == (96, 64, [])
        assert payload["override_settings"]["CLIP_stop_at_last_layers"] == 1


async def test_one_of_our_own_pictures_is_told_from_what_was_asked_for(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a lighthouse", seed=99, styles="cinematic")
        result = await world.result()
        guild = world.discord.world.guild
        link = f"https://discord.com/channels/{guild.id}/{world.drawing.id}/{result.id}"
        answer = await told(world, await identify(world, link=link))
        assert "prompt:a lighthouse" in answer.text
        assert "seed:99 styles:cinematic" in answer.text


async def test_what_only_a_web_ui_can_read_is_asked_of_it(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        answer = await told(world, await identify(world, image=upload()))
        assert "does not say" in answer.text
        assert [log.path for log in world.stand_in.requests].count("/sdapi/v1/png-info") == 1


async def test_data_too_long_for_a_message_comes_as_a_file(tmp_path: Path) -> None:
    prompt = "very long, " * 400
    text = f"{prompt}\nSteps: 2, Sampler: Euler, CFG scale: 7, Seed: 12, Size: 96x64"
    async with easel(tmp_path) as world:
        answer = await told(world, await identify(world, image=carrying(text)))
        (file,) = answer.attachments
        assert file.data.decode().startswith(text)


async def test_one_picture_has_to_be_given(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        both: dict[str, object] = {"image": upload(), "link": "https://discord.com/channels/1/2/3"}
        for options in ({"models": "clip"}, both):
            outcome = await world.ben.slash(world.drawing, "identify", options, timeout=WAIT)
            assert outcome.ephemeral
            assert "give one picture" in outcome.message.text


@pytest.mark.parametrize("kind", BAD)
async def test_a_file_that_is_no_still_picture_is_refused_with_the_cure(tmp_path: Path, kind: str) -> None:
    file, word = BAD[kind]
    async with easel(tmp_path) as world:
        outcome = await identify(world, image=file)
        await world.until(lambda: outcome.followups or outcome.message.text)
        assert word in (outcome.followups[-1] if outcome.followups else outcome.message).text.lower()


async def test_a_picture_is_described_by_a_job(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await identify(world, "both", image=carrying(FOREIGN))
        await world.until(lambda: outcome.followups)
        assert "a *cat*" in outcome.followups[0].text
        assert outcome.followups[0].ephemeral
        result = await world.result()
        assert result.pinged == {world.ben.id}
        assert "What CLIP sees" in result.text
        assert "What DeepDanbooru sees" in result.text
        await world.until(lambda: world.bot_messages() == [result])
        await world.ben.click(result, "❌")
        await world.until(lambda: result.deleted)


async def test_a_hidden_picture_stays_hidden_when_it_is_described(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await identify(world, "clip", image=upload(name="SPOILER_in.png"))
        (gallery,) = [part for part in (await world.result()).components if part["type"] == 12]
        assert [item["spoiler"] for item in gallery["items"]] == [True]


async def test_a_bad_file_is_refused_before_anything_is_queued(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await identify(world, "clip", image=BAD["an animation"][0])
        assert "moves" in await refusal(world, outcome)
