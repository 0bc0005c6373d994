"""Several pictures of one request, within what Discord takes (rows P5 and P7)."""

from pathlib import Path

import pytest

from bot.demo.discord.model import Attachment, Message
from bot.demo.webui import StandIn
from bot.imaging.metadata import read_parameters
from bot.queue.job import State
from tests.harness import World, easel

MIB = 2**20


def galleries(message: Message) -> list[dict[str, object]]:
    """The items of all galleries of a message."""
    return [item for part in message.components if part["type"] == 12 for item in part["items"]]


def noisy(size: int) -> StandIn:
    """It answers with PNGs of about that many bytes."""
    return StandIn(picture_bytes=size, render_seconds=0.0, switch_seconds=0.0)


def labels(message: Message) -> list[str]:
    return [button.label or "" for button in message.buttons]


async def pressed(world: World, message: Message, button: str) -> Message:
    """The private answer to Ben's press, when it is complete."""
    outcome = await world.ben.click(message, button)
    assert outcome.ephemeral
    await world.until(lambda: not outcome.message.loading)
    return outcome.message


async def until_delivered(world: World) -> None:
    """The result is posted, and that is known."""
    await world.until(lambda: len(world.bot_messages()) == len(world.results()))


async def test_ten_pictures_come_as_one_gallery_as_they_were_drawn(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", batch="5,2")
        result = await world.result()
        assert len(galleries(result)) == len({attachment.data for attachment in result.attachments}) == 10
        assert all(attachment.content_type == "image/png" for attachment in result.attachments)
        assert "Full size" not in labels(result)


async def test_more_than_ten_come_as_a_sheet_with_pages_that_outlive_a_restart(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__LIMITS__MAX_BATCH="12") as world:
        await world.draw("a cat", batch="6,2", spoiler=True)
        result = await world.result()
        [sheet] = result.shown_attachments
        assert sheet.content_type == "image/webp"
        assert [item["spoiler"] for item in galleries(result)] == [True]
        assert labels(result)[:2] == ["1–10", "11–12"]
        await until_delivered(world)

        await world.app.bot.reload_extension("cogs.filecog")
        first, second = [await pressed(world, result, page) for page in ("1–10", "11–12")]
        assert (len(first.attachments), len(second.attachments)) == (10, 2)
        assert all(item["spoiler"] for page in (first, second) for item in galleries(page))
        files = [*first.attachments, *second.attachments]
        drawn = [text for render in world.stand_in.renders for text in render.infotexts]
        assert [read_parameters(file.data) for file in files] == drawn
        assert len(world.results()) == 1


async def test_a_page_whose_files_are_kept_no_longer_says_so(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__LIMITS__MAX_BATCH="11") as world:
        await world.draw("a cat", batch="11")
        result = await world.result()
        for file in (tmp_path / "outputs").rglob("*.png"):
            file.unlink()
        answer = await pressed(world, result, "1–10")
        assert "not there any more" in answer.content


@pytest.mark.parametrize(("tier", "reduced"), [(0, True), (2, False)])
async def test_a_picture_over_the_servers_limit_comes_as_webp_with_its_data(
    tmp_path: Path, tier: int, reduced: bool
) -> None:
    async with easel(tmp_path, stand_in=noisy(12 * MIB)) as world:
        assert world.drawing.guild is not None
        world.drawing.guild.premium_tier = tier
        await world.draw("a noisy cat", width=2048, height=2048)
        result = await world.result()
        [posted] = result.attachments
        assert posted.content_type == ("image/webp" if reduced else "image/png")
        assert posted.size <= world.drawing.guild.filesize_limit
        assert read_parameters(posted.data) == world.stand_in.renders[-1].infotexts[0]
        assert ("Full size" in labels(result)) is reduced


async def test_what_no_file_may_hold_here_is_told_by_the_button(tmp_path: Path) -> None:
    async with easel(tmp_path, stand_in=noisy(11 * MIB)) as world:
        await world.draw("a noisy cat", width=2048, height=2048)
        answer = await pressed(world, await world.result(), "Full size")
        assert not answer.attachments
        assert "11 MB" in answer.text
        assert "10 MB" in answer.text


async def test_many_large_ones_share_the_message_and_are_to_be_had_in_full_size(tmp_path: Path) -> None:
    limit = 3 * MIB
    async with easel(tmp_path, stand_in=noisy(MIB), EASEL__DELIVERY__MESSAGE_BYTE_LIMIT=str(limit)) as world:
        await world.draw("a noisy cat", width=640, height=640, batch="5", spoiler=True)
        result = await world.result()
        assert len(result.attachments) == 5
        assert total(result.attachments) <= limit
        await pressed(world, result, "Full size")
        await world.until(lambda: sum(len(one.attachments) for one in whole(world)) == 5)
        assert len(whole(world)) > 1
        assert all(total(one.attachments) <= limit for one in whole(world))
        kept = {file.read_bytes() for file in (tmp_path / "outputs").rglob("*.png")}
        assert {file.data for one in whole(world) for file in one.attachments} == kept
        assert all(item["spoiler"] for one in whole(world) for item in galleries(one))
        assert len(world.results()) == 1


def whole(world: World) -> list[Message]:
    """What only Ben sees."""
    return [one for one in world.drawing.visible_to(world.ben) if one.ephemeral]


def total(files: list[Attachment]) -> int:
    return sum(file.size for file in files)


async def test_one_that_discord_finds_too_large_all_the_same_is_sent_smaller(tmp_path: Path) -> None:
    async with easel(tmp_path, stand_in=noisy(MIB)) as world:
        world.discord.faults.add("POST", r"/channels/\d+/messages$", status=413, code=40005, times=1)
        await world.draw("a noisy cat", width=640, height=640)
        result = await world.result()
        assert result.attachments[0].size <= MIB // 2 + 2**16
        await until_delivered(world)
        assert len(await world.app.services.store.in_state(State.DELIVERED)) == 1
