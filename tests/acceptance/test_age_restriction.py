"""What is for adults is shown where that belongs, on every path that shows a picture or a prompt."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.demo.discord.model import Channel, Message, Revision
from bot.demo.discord.parts import walk
from bot.demo.discord.people import Outcome
from bot.demo.webui import StandIn
from bot.model.preferences import Layer
from cogs.preferring import with_value
from tests.harness import WAIT, World, easel

PROMPT = "a nude tree"
REFUSED = "age restriction"


@asynccontextmanager
async def drawn_for_adults(
    folder: Path, batch: str = "1", **changes: str
) -> AsyncIterator[tuple[World, Message]]:
    """A world in whose age-restricted channel there is such a picture."""
    async with easel(folder, given={"EASEL__POLICY__ADULT_WORDS": "nude", **changes}) as world:
        there = world.discord.channel("after-dark")
        options = {"prompt": PROMPT, "steps": 2, "width": 64, "height": 64, "batch": batch}
        await world.ben.slash(there, "draw", options, timeout=WAIT)
        await world.until(lambda: world.results(there))
        yield world, world.results(there)[0]


@asynccontextmanager
async def hidden_here(folder: Path, batch: str = "1") -> AsyncIterator[tuple[World, Message]]:
    """One in an ordinary channel of a host that hides them."""
    changes = {"EASEL__POLICY__ADULT_WORDS": "nude", "EASEL__POLICY__ADULT": "spoiler"}
    changes["EASEL__LIMITS__MAX_BATCH"] = "20"
    async with easel(folder, given=changes) as world:
        await world.draw(PROMPT, batch=batch)
        yield world, await world.result()


def link(message: Message, channel: Channel) -> str:
    guild = channel.guild
    return f"https://discord.com/channels/{guild.id if guild else '@me'}/{channel.id}/{message.id}"


def shows_hidden(message: Message | Revision) -> bool:
    """Pictures behind a spoiler, without a description, and the prompt behind one as well."""
    items = [item for part in walk(message.components) if part["type"] == 12 for item in part["items"]]
    described = any(PROMPT in (item.get("description") or "") for item in items)
    outside = "".join(message.text.split("||")[::2])
    return all(item["spoiler"] for item in items) and not described and "nude" not in outside


async def here(world: World, command: str, **options: object) -> Outcome:
    return await world.ben.slash(world.drawing, command, options, timeout=WAIT)


async def test_a_hidden_result_its_status_and_its_data_hide_the_prompt_too(tmp_path: Path) -> None:
    stand_in = StandIn(seconds_per_step=0.0, switch_seconds=0.0)
    async with easel(
        tmp_path,
        stand_in=stand_in,
        EASEL__POLICY__ADULT_WORDS="nude",
        EASEL__POLICY__ADULT="spoiler",
    ) as world:
        stand_in.hold(at_step=1)
        status = (await world.draw(PROMPT)).message
        await stand_in.wait_busy()
        await world.until(lambda: "Drawing" in status.text)
        assert shows_hidden(status)
        assert not status.attachments
        stand_in.release()
        result = await world.result()
        assert shows_hidden(result)
        assert all(not one.text or shows_hidden(one) for one in status.edits)
        data = (await world.chloe.click(result, "📋")).message
        assert PROMPT in data.text
        assert shows_hidden(data)


async def test_pages_of_a_sheet_and_full_files_are_hidden(tmp_path: Path) -> None:
    async with hidden_here(tmp_path, batch="12") as (world, result):
        assert shows_hidden(result)
        page = await world.chloe.click(result, "1–10")
        await world.until(lambda: page.message.attachments)
        assert shows_hidden(page.message)
        files = await world.chloe.menu("Download Batch", result, timeout=WAIT)
        await world.until(lambda: files.message.attachments)
        assert shows_hidden(files.message)


async def test_a_copy_comes_only_to_who_wants_such_messages(tmp_path: Path) -> None:
    async with drawn_for_adults(tmp_path) as (world, result):
        panel = (await world.ben.click(result, "More…")).message
        refused = await world.ben.click(panel, "✉️")
        assert "adult_messages" in refused.message.text
        assert world.results(world.discord.dm(world.ben)) == []
        await wants_them(world)
        await world.ben.click(panel, "✉️")
        await world.until(lambda: world.results(world.discord.dm(world.ben)))


async def wants_them(world: World) -> None:
    services, key = world.app.services, world.ben.id
    await services.preferences.change(Layer.PERSON, key, lambda now: with_value(now, "adult_messages", "yes"))


async def test_a_favourite_goes_to_no_ordinary_gallery(tmp_path: Path) -> None:
    async with drawn_for_adults(tmp_path, EASEL__GALLERY__CHANNELS="#gallery") as (world, result):
        outcome = await world.ben.click(result, "⭐")
        assert "no gallery" in outcome.message.text
        assert world.results(world.discord.channel("gallery")) == []


async def test_the_history_tells_nothing_of_it_in_an_ordinary_channel(tmp_path: Path) -> None:
    async with drawn_for_adults(tmp_path) as (world, _):
        page = (await here(world, "history")).message
        assert "nude" not in page.text
        assert REFUSED in (await world.ben.click(page, "📋")).message.text
        assert REFUSED in (await world.ben.click(page, "🎲")).message.text
        there = await world.ben.slash(world.discord.channel("after-dark"), "history", {}, timeout=WAIT)
        assert PROMPT in there.message.text


async def test_a_link_carries_it_into_no_ordinary_channel(tmp_path: Path) -> None:
    async with drawn_for_adults(tmp_path) as (world, result):
        address, drawn = link(result, world.discord.channel("after-dark")), len(world.stand_in.renders)
        attempts = [
            ("identify", {"link": address, "models": "none"}),
            ("identify", {"link": address}),
            ("upscale", {"link": address}),
            ("draw", {"prompt": "a tree", "more": f"link={address}"}),
            ("outpaint", {"prompt": "a tree", "link": address, "view": "zoom_2"}),
            ("inpaint", {"prompt": "a tree", "link": address, "area": "left"}),
        ]
        for command, options in attempts:
            outcome = await here(world, command, **options)
            await world.until(lambda outcome=outcome: REFUSED in said(outcome))  # type: ignore[misc]
        assert len(world.stand_in.renders) == drawn
        assert world.results() == []


def said(outcome: Outcome) -> str:
    """Everything that was answered."""
    return " ".join(one.text for one in (outcome.message, *outcome.followups))


async def test_boards_and_the_book_hold_no_prompt_of_it(tmp_path: Path) -> None:
    async with drawn_for_adults(tmp_path) as (world, result):
        book = world.discord.channel("gallery")
        await world.ada.slash(world.drawing, "server book", {"channel": book.id}, timeout=WAIT)
        await world.ada.slash(world.drawing, "queue", {"action": "board"}, timeout=WAIT)
        world.stand_in.hold()
        there = world.discord.channel("after-dark")
        await world.ben.slash(there, "draw", {"prompt": PROMPT, "steps": 2}, timeout=WAIT)
        await world.stand_in.wait_busy()
        panel = (await world.chloe.click(result, "More…")).message
        await world.chloe.click(panel, "🚩")
        await world.until(lambda: len(book.messages) >= 2)
        queue = (await here(world, "queue")).message
        assert "nude" not in "".join(queue.text.split("||")[::2])
        world.stand_in.release()
        for message in (*world.bot_messages(), *world.bot_messages(book)):
            assert "nude" not in message.text
            assert not message.attachments


async def test_a_table_hides_the_prompt_with_its_pictures(tmp_path: Path) -> None:
    async with hidden_here(tmp_path) as (world, _):
        asked = {"prompt": PROMPT, "x": "cfg=5, 9", "size": "64x64", "steps": 2}
        panel = (await here(world, "compare", **asked)).message
        await world.ben.click(panel, "Draw the table")
        await world.until(lambda: any("table is complete" in one.text for one in world.results()))
        assert all(shows_hidden(one) for one in world.results())
