"""/draw from a picture: what comes of it, and what is said to files that are none (rows G17, P10)."""

from pathlib import Path

from bot.demo.discord import LocalDiscord
from bot.demo.discord.model import Message, Upload
from bot.demo.webui import StandIn
from bot.imaging.metadata import read_parameters
from tests.acceptance.pictures import each_bad_file_is_refused, link_to, upload
from tests.harness import WAIT, easel, running_bot, settings_for
from tests.openapi import validator


async def test_a_picture_is_drawn_from_an_attachment(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        options = {"prompt": "a cat", "steps": 2, "strength": 0.4, "init_image": upload(size=(200, 100))}
        outcome = await world.ben.slash(world.drawing, "draw", options, timeout=WAIT)
        assert outcome.kind == "deferred"
        assert not outcome.ephemeral
        result = await world.result()
        assert result.pinged == {world.ben.id}
        (sent,) = result.attachments
        text = read_parameters(sent.data)
        assert text is not None
        assert "Denoising strength: 0.4" in text
        payload = world.stand_in.renders[-1].payload
        assert world.stand_in.renders[-1].kind == "img2img"
        assert payload["width"] == 2 * payload["height"]  # shaped as what it began with
        assert "strength 0.4" in result.text


async def test_the_size_that_was_typed_counts(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", init_image=upload(size=(200, 100)))
        await world.result()
        payload = world.stand_in.renders[-1].payload
        assert (payload["width"], payload["height"]) == (64, 64)


async def test_dice_on_a_drawn_picture_begin_with_the_same_one_after_a_restart(tmp_path: Path) -> None:
    async with LocalDiscord(validator=validator()) as discord:
        stand_in = StandIn(seconds_per_step=0.0, switch_seconds=0.0)
        await stand_in.start()
        settings = settings_for(discord, stand_in.url, tmp_path, {})
        ben, channel = discord.person("ben"), discord.channel("drawing")

        def results() -> list[Message]:
            return [m for m in channel.messages if m.attachments and not m.interaction]

        options = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "init_image": upload()}
        async with running_bot(settings, discord):
            await ben.slash(channel, "draw", options, timeout=WAIT)
            await discord.wait_for(lambda: bool(results()), timeout=WAIT)
        async with running_bot(settings, discord):
            await ben.click(results()[0], "🎲")
            await discord.wait_for(lambda: len(results()) == 2, timeout=WAIT)
        before, after = [request for request in stand_in.renders if request.kind == "img2img"]
        assert after.payload["seed"] != before.payload["seed"]
        assert {**after.payload, "seed": 1, "force_task_id": ""} == {
            **before.payload,
            "seed": 1,
            "force_task_id": "",
        }
        await stand_in.stop()
        assert discord.violations == []


async def test_a_file_that_is_no_still_picture_is_refused_with_the_cure(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await each_bad_file_is_refused(world, lambda file: world.draw("a cat", init_image=file))


async def test_what_hides_behind_a_picture_reaches_no_web_ui(tmp_path: Path) -> None:
    polyglot = Upload("in.png", upload().data + b"<script>alert(1)</script>")
    async with easel(tmp_path) as world:
        await world.draw("a cat", init_image=polyglot)
        await world.result()
        kept = next((tmp_path / "outputs" / "inputs").glob("*/*.png"))
        assert b"script" not in kept.read_bytes()


async def test_what_can_be_refused_from_memory_is_refused_before_the_picture_is_read(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        for wrong in ({"strength": -1.0}, {"sampler": "no such sampler"}):
            outcome = await world.draw("a cat", init_image=upload(), **wrong)
            assert (outcome.kind, outcome.ephemeral) == ("message", True)
        assert not (tmp_path / "outputs" / "inputs").exists()


async def test_a_strength_without_a_picture_is_said_to_mean_nothing(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.draw("a cat", strength=0.5)
        assert "for a picture to begin with" in outcome.message.text
        await world.result()
        assert world.stand_in.renders[-1].kind == "txt2img"


async def test_check_tells_what_would_be_sent_without_reading_the_picture(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.draw("a cat", init_image=upload(), check=True)
        assert outcome.ephemeral
        assert "init_images" in outcome.message.text + str([one.data for one in outcome.message.attachments])
        assert world.stand_in.renders == []


async def test_a_result_is_begun_with_by_the_link_of_its_message(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", batch="2")
        first = await world.result()
        link = link_to(world, world.drawing.id, first.id)
        outcome = await world.draw("a fox", world.chloe, more=f"link={link}, picture=2, resize_mode=fill")
        assert outcome.kind == "deferred"
        second = await world.result(2)
        assert second.pinged == {world.chloe.id}
        assert world.ben.mention in second.text
        assert world.stand_in.renders[-1].kind == "img2img"


async def test_a_file_and_a_link_at_once_are_refused(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await world.draw(
            "a cat", init_image=upload(), more="link=https://discord.com/channels/1/2/3"
        )
        assert outcome.ephemeral
        assert "one picture" in outcome.message.text
