"""/compare: a table of pictures along two axes, priced first, then drawn in the fair line (row G22)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.demo.discord import LocalDiscord
from bot.demo.discord.errors import NotPossible
from bot.demo.discord.model import Message
from bot.demo.discord.people import Outcome, Person
from bot.demo.webui import StandIn
from bot.demo.webui.faults import Fault
from tests.harness import WAIT, World, easel, offer_known, running_bot, settings_for
from tests.openapi import validator
from tests.unit.imaging.make import opened

DRAW = "Draw the table"


async def compare(world: World, person: Person | None = None, **options: Any) -> Outcome:
    quick = {"prompt": "a cat", "x": "cfg=5, 9", "size": "64x64", "steps": 2, **options}
    return await (person or world.ben).slash(world.drawing, "compare", quick, timeout=WAIT)


def sheets(world: World) -> list[Message]:
    """The tables in the channel."""
    return [message for message in world.results() if "table is complete" in message.text]


async def the_sheet(world: World) -> Message:
    await world.until(lambda: sheets(world))
    return sheets(world)[0]


def gallery(message: Message) -> dict[str, object]:
    part = next(part for part in message.components if part["type"] == 12)
    item: dict[str, object] = part["items"][0]
    return item


def drawn(world: World) -> list[tuple[float, str, int]]:
    """What differs, and what must not: of each picture the CFG scale, the sampler and the seed."""
    payloads = [render.payload for render in world.stand_in.renders]
    return [(one["cfg_scale"], one["sampler_name"], one["seed"]) for one in payloads]


async def test_a_table_is_priced_then_drawn_cell_by_cell_and_shown_as_one_sheet(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        question = await compare(world, y="sampler=euler a, ddim", seed=7, spoiler=True)
        assert question.ephemeral
        assert "4 (2 × 2)" in question.message.text
        assert "cfg 5 | cfg 9" in question.message.text
        assert "Euler a | DDIM" in question.message.text
        assert world.stand_in.renders == []

        await world.ben.click(question.message, DRAW)
        sheet = await the_sheet(world)

        samplers = ("Euler a", "DDIM")
        assert drawn(world) == [(cfg, sampler, 7) for sampler in samplers for cfg in (5.0, 9.0)]
        assert len(world.results()) == 5
        assert all(gallery(message)["spoiler"] for message in world.results())
        assert sheet.text.startswith(f"<@{world.ben.user.id}>")
        assert "cfg 5, cfg 9" in str(gallery(sheet)["description"])
        assert opened(sheet.attachments[0].data).size > (128, 128)
        assert not question.message.buttons


async def test_models_and_weights_can_be_compared_and_each_model_is_loaded_once(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        models, lora = ("daydream_v2", "inkAndPaper_v1"), "snowfall"
        question = await compare(world, x=f"model={', '.join(models)}", y=f"lora={lora}:0.4, 1")
        assert f"{lora} 0.4 | {lora} 1" in question.message.text
        await world.ben.click(question.message, DRAW)
        await the_sheet(world)

        payloads = [render.payload for render in world.stand_in.renders]
        assert [f"<lora:{lora}:" in one["prompt"] for one in payloads] == [True] * 4
        asked = [one["override_settings"]["sd_model_checkpoint"] for one in payloads]
        assert asked == sorted(asked, key=asked.index)
        assert len(set(asked)) == 2


async def test_a_cell_that_fails_is_empty_and_the_sheet_says_why(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.faults.add(Fault(kind="shapes"))
        question = await compare(world, y="steps=2, 3", size="256x256", seed=7)
        await world.ben.click(question.message, DRAW)
        sheet = await the_sheet(world)

        assert len(world.results()) == 4
        assert "cfg 5 · steps 2" in sheet.text
        assert "model" in sheet.text
        assert plain_share(sheet, 0.0, 0.0) > 0.1 > plain_share(sheet, 0.5, 0.5)


def plain_share(sheet: Message, left: float, top: float) -> float:
    """How much of a quarter of the sheet is of the grey of a cell without a picture."""
    picture = opened(sheet.attachments[0].data).convert("RGB")
    width, height = picture.size
    box = (int(left * width), int(top * height), int(width * (left + 0.5)), int(height * (top + 0.5)))
    parts = picture.crop(box).tobytes()
    grey = [abs(part - (45, 47, 52)[at % 3]) < 5 for at, part in enumerate(parts)]
    return sum(map(all, zip(grey[::3], grey[1::3], grey[2::3], strict=True))) * 3 / len(grey)


async def test_what_a_moderator_turned_down_is_not_on_the_sheet(tmp_path: Path) -> None:
    hold = {"EASEL__POLICY__ADULT_WORDS": "nude", "EASEL__POLICY__ADULT": "hold"}
    async with easel(tmp_path, given=hold) as world:
        place = world.discord.channel("gallery")
        await world.ada.slash(world.drawing, "server review", {"channel": place.id}, timeout=WAIT)
        table = await compare(world, prompt="a nude tree", x="cfg=5, 9", size="256x256", seed=1)
        await world.ben.click(table.message, DRAW)
        await world.until(lambda: len(world.results(place)) == 2)
        for question in world.results(place):
            assert not sheets(world)
            job = await world.app.services.store.get(question.buttons[0].custom_id.split(":")[2])
            first = job is not None and job.request.group is not None and job.request.group.cell == 0
            await world.ada.click(question, "❌" if first else "✅")
        sheet = await the_sheet(world)

        assert plain_share(sheet, 0.0, 0.3) > 0.1 > plain_share(sheet, 0.5, 0.3)
        assert "did not let it through" in sheet.text
        assert "||```\na nude tree\n```||" in sheet.text


async def test_a_table_outlives_restarts_and_its_sheet_comes_once(tmp_path: Path) -> None:
    async with (
        LocalDiscord(validator=validator()) as discord,
        StandIn(seconds_per_step=0.0, switch_seconds=0.0) as painter,
    ):
        slow = {"EASEL__DELIVERY__RETRY_FIRST_SECONDS": "60"}  # only the next process tries again
        settings = settings_for(discord, painter.url, tmp_path, slow)
        async with running_bot(settings, discord) as app:
            world = World(discord=discord, stand_in=painter, app=app)
            await offer_known(app)
            question = await compare(world, x="seed=1, 2")
        painter.hold(at_job=2)
        async with running_bot(settings, discord):
            await world.ben.click(question.message, DRAW)
            await world.result()
        async with running_bot(settings, discord):
            painter.release()
            await world.result(2)
            # The sheet is taken, and nobody hears so.
            discord.faults.add("POST", r"/channels/\d+/messages$", drop=True, after=True)
            await the_sheet(world)
        async with running_bot(settings, discord) as app:
            world = World(discord=discord, stand_in=painter, app=app)
            await world.until(lambda: discord.requests("GET", r"/channels/\d+/messages$"))
            await world.draw("a dog")
            await world.result(4)
            assert len(sheets(world)) == 1
            assert await app.services.comparisons.open() == []
        assert discord.violations == []


async def test_all_cells_or_none_and_never_twice(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__QUEUE__WAITING_PER_PERSON="3") as world:
        world.stand_in.hold()
        question = await compare(world, x="steps=1, 2, 3")
        await world.draw("one that runs")
        await world.until(lambda: world.app.services.queue.running)
        await world.draw("one that waits")
        refused = await world.ben.click(question.message, DRAW)
        assert "waiting" in refused.message.text
        assert (await world.app.services.queue.overview()).waiting == 1
        assert await world.app.services.comparisons.open() == []

        world.stand_in.release()
        await world.result(2)
        answers = await asyncio.gather(*(world.ben.click(question.message, DRAW) for _ in range(2)))
        await the_sheet(world)
        assert len(world.stand_in.renders) == 5
        assert sorted(answer.kind for answer in answers) == ["message", "update"]


async def test_the_sheet_belongs_to_its_person(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        question = await compare(world)
        with pytest.raises(NotPossible):
            await world.chloe.click(question.message, DRAW)
        await world.ben.click(question.message, DRAW)
        sheet = await the_sheet(world)

        refused = await world.chloe.click(sheet, "❌")
        assert refused.ephemeral
        assert not sheet.deleted
        await world.ben.click(sheet, "❌")
        await world.until(lambda: sheet.deleted)


async def test_what_is_made_of_a_cell_belongs_to_no_table(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        question = await compare(world)
        await world.ben.click(question.message, DRAW)
        await the_sheet(world)

        await world.ben.click(world.results()[0], "🎲")
        again = await world.result(4)
        job = await world.app.services.store.get(next(iter(again.buttons)).custom_id.split(":")[2])
        assert job is not None
        assert job.request.group is None


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"x": "colour=red, blue"}, "no axis `colour`"),
    ({"x": "cgf=5, 7"}, "`cfg`"),
    ({"x": "cfg="}, "its values"),
    ({"x": "cfg=5, warm"}, "a number"),
    ({"x": "steps=5, 7.5"}, "a whole number"),
    ({"x": "checkpoint=no such model, nor this"}, "no such model"),
    ({"x": "sampler=euler a, no such sampler"}, "no such sampler"),
    ({"x": "lora=0.5, 1"}, "name the LoRA"),
    ({"y": "guidance_scale=1, 2"}, "two different things"),
    ({"x": "steps=7"}, "two different values"),
    ({"x": "steps=1, 2, 3, 4, 5", "y": "seed=1, 2, 3, 4, 5"}, "25 pictures, and 20"),
    ({"x": "cfg=0, 1"}, "too little"),
    ({"prompt": "a kraken"}, "kraken"),
]


async def test_what_cannot_be_drawn_is_refused_at_once(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__POLICY__BLOCKED_WORDS="kraken") as world:
        for options, words in WRONG:
            outcome = await compare(world, **options)

            assert (outcome.kind, outcome.ephemeral) == ("message", True)
            assert words in outcome.message.text
            assert not outcome.message.buttons


async def test_axes_and_their_values_are_suggested(tmp_path: Path) -> None:
    async def offered(typed: str) -> list[str]:
        found = await world.ben.autocomplete(world.drawing, "compare", "x", typed, timeout=WAIT)
        return [value for _, value in found]

    async with easel(tmp_path) as world:
        assert "checkpoint=" in await offered("")
        assert await offered("sam") == ["sampler="]
        assert "sampler=DDIM" in await offered("sampler=dd")
        assert "sampler=DDIM, Euler a" in await offered("sampler=DDIM, eul")
        assert all(value.startswith("cfg=") for value in await offered("cfg="))


async def test_where_the_channel_is_closed_the_sheet_goes_where_its_pictures_went(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        question = await compare(world)
        await world.ben.click(question.message, DRAW)
        path = rf"/channels/{world.drawing.id}/messages$"
        world.discord.faults.add("POST", path, status=403, code=50001, times=None)
        world.stand_in.release()
        direct = world.discord.dm(world.ben)
        await world.until(lambda: len(world.results(direct)) == 3)

        assert "table is complete" in world.results(direct)[-1].text
        assert world.results() == []
