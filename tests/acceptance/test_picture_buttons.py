"""What a person does with a picture that is there: the gallery, a copy, the panel behind More… (B6)."""

from pathlib import Path

from bot.demo.discord import LocalDiscord
from bot.demo.discord.model import Message
from bot.demo.discord.parts import walk
from bot.demo.webui import StandIn
from tests.harness import WAIT, easel, running_bot, settings_for
from tests.openapi import validator


async def test_a_favourite_goes_to_the_gallery_once_with_credit_and_a_link(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__GALLERY__CHANNELS="#gallery") as world:
        gallery = world.discord.channel("gallery")
        await world.draw("a cat")
        result = await world.result()
        outcome = await world.chloe.click(result, "⭐")
        assert outcome.ephemeral
        await world.until(lambda: world.results(gallery))
        (post,) = world.results(gallery)
        assert post.attachments[0].data == result.attachments[0].data
        assert world.ben.mention in post.text
        assert f"/{result.id}" in post.text
        assert post.pinged == frozenset()
        again = await world.ben.click(result, "⭐")
        assert "already" in again.message.text
        assert len(world.results(gallery)) == 1


async def test_two_who_like_it_at_once_make_one_post(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__GALLERY__CHANNELS="#gallery") as world:
        gallery = world.discord.channel("gallery")
        await world.draw("a cat")
        result = await world.result()
        held = world.discord.hold_response("POST", rf"/channels/{gallery.id}/messages")
        first = await world.ben.click(result, "⭐")
        second = await world.chloe.click(result, "⭐")
        assert "already" in second.message.text
        held.release()
        await world.until(lambda: "now" in first.message.text)
        assert len(world.results(gallery)) == 1


async def test_a_spoiler_is_a_spoiler_in_the_gallery_and_in_a_copy(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__GALLERY__CHANNELS="#gallery") as world:
        gallery = world.discord.channel("gallery")
        await world.draw("a cat", spoiler=True)
        result = await world.result()
        await world.ben.click(result, "⭐")
        await world.until(lambda: world.results(gallery))
        panel = (await world.ben.click(result, "More…")).message
        await world.ben.click(panel, "✉️")
        direct = world.discord.dm(world.ben)
        await world.until(lambda: world.results(direct))
        for post in (*world.results(gallery), *world.results(direct)):
            (shown,) = [part for part in post.components if part["type"] == 12]
            assert [item["spoiler"] for item in shown["items"]] == [True]


async def test_a_favourite_where_there_is_no_gallery_is_told_so(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        outcome = await world.ben.click(await world.result(), "⭐")
        assert outcome.ephemeral
        assert "no gallery" in outcome.message.text


async def test_a_favourite_that_could_not_be_posted_may_be_tried_again(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__GALLERY__CHANNELS="#gallery") as world:
        gallery = world.discord.channel("gallery")
        await world.draw("a cat")
        result = await world.result()
        world.discord.faults.add("POST", rf"/channels/{gallery.id}/messages", status=403)
        refused = await world.ben.click(result, "⭐")
        await world.until(lambda: "permission" in refused.message.text.lower() or refused.followups)
        await world.ben.click(result, "⭐")
        await world.until(lambda: world.results(gallery))


async def test_of_a_batch_the_picture_is_asked_for(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__GALLERY__CHANNELS="#gallery") as world:
        gallery = world.discord.channel("gallery")
        await world.draw("a cat", batch="3")
        result = await world.result()
        question = await world.ben.click(result, "⭐")
        assert question.ephemeral
        assert [button.label for button in question.message.buttons] == ["1", "2", "3"]
        await world.ben.click(question.message, "2")
        await world.until(lambda: world.results(gallery))
        assert world.results(gallery)[0].attachments[0].data == result.attachments[1].data


async def test_a_copy_of_one_of_a_batch_comes_as_a_direct_message(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", batch="2")
        result = await world.result()
        panel = (await world.chloe.click(result, "More…")).message
        assert panel.ephemeral
        await world.chloe.select(panel, "Which picture?", ["1"])
        await world.chloe.click(panel, "✉️")
        direct = world.discord.dm(world.chloe)
        await world.until(lambda: world.results(direct))
        (copy,) = world.results(direct)
        assert copy.attachments[0].data == result.attachments[1].data


async def test_closed_direct_messages_are_told(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.ben.user.accepts_direct_messages = False
        await world.draw("a cat")
        panel = (await world.ben.click(await world.result(), "More…")).message
        outcome = await world.ben.click(panel, "✉️")
        await world.until(lambda: "direct messages" in outcome.message.text)
        assert outcome.ephemeral


async def test_a_picture_that_is_not_there_any_more_is_told(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__GALLERY__CHANNELS="#gallery") as world:
        await world.draw("a cat")
        result = await world.result()
        for part in walk(result.components):
            if "custom_id" in part:  # as if the job had been pruned
                _, action, _, *rest = part["custom_id"].split(":")
                part["custom_id"] = ":".join(["e1", action, "0" * 15 + "1", *rest])
        for button in ("⭐", "More…", "🖋️", "🪄", "⬆️"):
            outcome = await world.ben.click(result, button)
            assert outcome.ephemeral
            assert "not there any more" in outcome.message.text, button


async def test_panels_of_an_earlier_process_go_on_working(tmp_path: Path) -> None:
    stand_in = StandIn(seconds_per_step=0.0, switch_seconds=0.0)
    await stand_in.start()
    async with LocalDiscord(validator=validator()) as discord:
        settings = settings_for(discord, stand_in.url, tmp_path, {})
        ben, channel = discord.person("ben"), discord.channel("drawing")

        def results() -> list[Message]:
            return [one for one in channel.messages if one.attachments and not one.interaction]

        async with running_bot(settings, discord):
            await ben.slash(channel, "draw", {"prompt": "a cat", "steps": 2, "batch": "2"}, timeout=WAIT)
            await discord.wait_for(lambda: bool(results()), timeout=WAIT)
            more = (await ben.click(results()[0], "More…")).message
            which = (await ben.click(results()[0], "🪄")).message
        async with running_bot(settings, discord):
            await ben.select(more, "Which picture?", ["1"])
            await ben.click(more, "✉️")
            direct = discord.dm(ben)
            await discord.wait_for(lambda: bool(direct.messages), timeout=WAIT)
            assert direct.messages[0].attachments[0].data == results()[0].attachments[1].data
            assert (await ben.click(which, "1")).kind == "update"
            await ben.click(which, "Vary a lot")
            await discord.wait_for(lambda: len(results()) == 2, timeout=WAIT)
        assert discord.violations == []
    await stand_in.stop()
