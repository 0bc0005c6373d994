"""/queue, /info and /help answer in private what one wants to know (rows P2, Q8; DESIGN 3)."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.discord.people import Outcome, Person
from bot.demo.webui import StandIn
from bot.demo.webui.library import default_library
from cogs.infocog import LISTS
from cogs.views.base import Press
from tests.harness import WAIT, World, easel

LONGEST_MESSAGE = 4000
"""Characters of all text of one message made of components."""


async def ask(world: World, command: str, person: Person | None = None, **options: object) -> Outcome:
    """A command that answers in private."""
    outcome = await (person or world.ben).slash(world.drawing, command, options, timeout=WAIT)
    assert outcome.kind == "message"
    assert outcome.ephemeral
    assert len(outcome.message.text) <= LONGEST_MESSAGE
    return outcome


async def crowd(world: World) -> None:
    """Chloe's job runs and stands still; two of Ben's wait."""
    world.stand_in.hold(at_step=2)
    await world.draw("first", person=world.chloe, steps=4)
    await world.stand_in.wait_busy()
    await world.draw("second")
    await world.draw("third", batch="2")


def labels(outcome: Outcome) -> list[str | None]:
    return [button.label for button in outcome.message.buttons]


async def test_an_empty_line_is_shown_without_buttons(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await ask(world, "queue")
        assert "Nobody is waiting" in outcome.message.text
        assert "turns" in outcome.message.text
        assert outcome.message.buttons == []


async def test_the_line_shows_ones_own_jobs_with_their_place_and_a_cancel_for_each(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await crowd(world)
        outcome = await ask(world, "queue")
        lines = outcome.message.text.splitlines()
        assert "3 pictures waiting, people in line: 1" in outcome.message.text
        assert [line.split()[0] for line in lines if "Waiting" in line] == ["1.", "2."]
        assert "second" in next(line for line in lines if line.startswith("1."))
        assert "1 picture of yours before it" in next(line for line in lines if line.startswith("2."))
        assert labels(outcome) == ["Cancel 1", "Cancel 2"]
        world.stand_in.release()
        await world.result(3)


async def test_the_line_shows_nobody_elses_prompts_and_no_buttons_for_them(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await crowd(world)
        outcome = await ask(world, "queue", world.ada)
        assert "second" not in outcome.message.text
        assert outcome.message.buttons == []
        world.stand_in.release()
        await world.result(3)


async def test_the_line_shows_how_far_the_running_job_is(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await crowd(world)
        running = (await world.app.services.queue.overview()).running[0]

        def known() -> bool:
            progress = world.app.services.queue.progress(running.id)
            return progress is not None and progress.fraction > 0

        await world.stand_in.wait_until(known, WAIT)
        outcome = await ask(world, "queue", world.chloe)
        running_line = next(line for line in outcome.message.text.splitlines() if line.startswith("🎨"))
        percent = int(running_line.split()[1])
        assert 0 < percent < 100
        assert labels(outcome) == ["Cancel 1"]
        world.stand_in.release()
        await world.result(3)


async def test_a_cancel_of_the_panel_takes_that_very_job_and_says_so(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await crowd(world)
        panel = await ask(world, "queue")
        answer = await world.ben.click(panel.message, "Cancel 1")
        assert answer.ephemeral
        assert "ancelled" in answer.message.text
        world.stand_in.release()
        await world.result(2)
        assert [render.payload["prompt"] for render in world.stand_in.renders] == ["first", "third"]


async def test_a_cancel_of_an_old_panel_says_that_it_is_too_late(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await crowd(world)
        panel = await ask(world, "queue")
        world.stand_in.release()
        await world.result(3)
        answer = await world.ben.click(panel.message, "Cancel 1")
        assert answer.ephemeral
        assert "already" in answer.message.text


async def test_more_own_jobs_than_one_row_of_buttons_holds_go_to_further_pages(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        for number in range(8):
            await world.draw(f"{number} " + "long " * 300)
        await world.stand_in.wait_busy()
        first = await ask(world, "queue")
        assert labels(first) == [*(f"Cancel {number}" for number in range(1, 6)), "", "1 of 2"]
        second = await world.ben.click(first.message, "1 of 2")
        assert second.kind == "update"
        assert labels(second) == ["Cancel 6", "Cancel 7", "Cancel 8", "", "2 of 2"]
        assert len(second.message.text) <= LONGEST_MESSAGE
        world.stand_in.release()
        await world.result(8)


async def test_the_line_names_who_waits_without_a_ping_and_without_their_prompts(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await crowd(world)
        outcome = await ask(world, "queue", world.ada)
        waiting = [line for line in outcome.message.text.splitlines() if line.startswith("`")]
        assert [line.split(" · ")[:2] for line in waiting] == [
            [f"`1` {world.ben.mention}", "1 picture"],
            [f"`2` {world.ben.mention}", "2 pictures"],
        ]
        assert world.chloe.mention in outcome.message.text
        assert outcome.message.pinged == set()
        world.stand_in.release()
        await world.result(3)


async def test_a_long_line_has_pages_that_also_turn_after_a_restart(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        for number in range(14):
            await world.draw(f"number {number}")
        await world.stand_in.wait_busy()
        panel = await ask(world, "queue", world.ada)
        assert sum(line.startswith("`") for line in panel.message.text.splitlines()) == 10
        world.app.bot.remove_dynamic_items(Press)  # as a new process knows nothing of earlier messages
        world.app.bot.add_dynamic_items(Press)
        later = await world.ada.click(panel.message, "1 of 2")
        numbers = [line.split()[0] for line in later.message.text.splitlines() if line.startswith("`")]
        assert numbers == ["`11`", "`12`", "`13`"]
        assert "number" not in later.message.text.replace("number of pictures", "")
        back = await world.ada.click(panel.message, "◀️")
        assert "`1`" in back.message.text
        world.stand_in.release()
        await world.result(14)


async def test_every_list_shows_what_the_web_ui_has(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        offer = world.app.services.catalog.offer()
        expected = {
            "checkpoints": offer.checkpoints[0].model_name,
            "samplers": "DPM++ 2M",
            "schedulers": "Karras",
            "styles": offer.styles[0].name,
            "extra_networks": offer.loras[0].name,
            "vaes": offer.vaes[0],
            "upscalers": "Latent",
            "webuis": "webui-1",
        }
        assert set(expected) == set(LISTS) - {"wildcards"}  # of the host's own, with tests of their own
        for what, name in expected.items():
            outcome = await ask(world, "info", what=what)
            assert f"`{name}`" in outcome.message.text.replace(" · ", "` · ")


async def test_a_list_is_searched_in_any_case_and_says_when_nothing_is_found(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        found = await ask(world, "info", what="samplers", search="EULER")
        assert "`Euler a`" in found.message.text
        assert "DDIM" not in found.message.text
        nothing = await ask(world, "info", what="samplers", search="no such @everyone")
        assert "Nothing found" in nothing.message.text
        assert not nothing.message.mention_everyone


async def test_a_list_that_is_too_long_is_cut_and_points_to_the_search(tmp_path: Path) -> None:
    library = default_library()
    library.loras[:] = [
        replace(library.loras[0], name=f"network_{number:04}_{'x' * 40}") for number in range(500)
    ]
    async with easel(
        tmp_path, stand_in=StandIn(library=library, seconds_per_step=0.0, switch_seconds=0.0)
    ) as world:
        outcome = await ask(world, "info", what="extra_networks")
        shown = outcome.message.text.count("- `")
        assert 20 < shown < 100
        total = int(outcome.message.text.splitlines()[0].rsplit(" ", 1)[1])
        assert total >= 500
        assert f"{total - shown} more" in outcome.message.text
        assert "`search`" in outcome.message.text
        late = await ask(world, "info", what="extra_networks", search="network_0499")
        assert late.message.text.count("- `") == 1


async def test_a_web_ui_that_went_down_is_shown_as_down_without_its_address(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        up = await ask(world, "info", what="webuis")
        assert "webui-1 · up" in up.message.text
        await world.stand_in.stop()
        await world.draw("finds out")
        statuses = world.app.services.pool.statuses
        await world.until(lambda: not statuses()[0].up)
        down = await ask(world, "info", what="webuis")
        assert "webui-1 · down" in down.message.text
        assert "127.0.0.1" not in up.message.text + down.message.text
        await world.stand_in.start()
        await world.result()


async def test_before_a_web_ui_has_answered_the_lists_say_so(tmp_path: Path) -> None:
    silent = StandIn()
    async with easel(tmp_path, stand_in=silent, known=False, WEBUI_URLS="http://127.0.0.1:1") as world:
        outcome = await ask(world, "info", what="checkpoints")
        assert "Nothing found" not in outcome.message.text
        assert "web UI" in outcome.message.text


async def test_help_names_every_command_and_an_example_to_copy(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        outcome = await ask(world, "help", world.ada)
        slash = [
            command for command in world.discord.world.commands.values() if command.definition["type"] == 1
        ]
        for command in slash:
            assert f"`/{command.name}`" in outcome.message.text
        assert "```\n/draw prompt: " in outcome.message.text


@pytest.mark.parametrize("locale", ["ar", "xx"])
async def test_a_language_without_a_catalogue_gets_english(tmp_path: Path, locale: str) -> None:
    async with easel(tmp_path) as world:
        world.ben.locale = locale
        assert "The line" in (await ask(world, "queue")).message.text
        assert "Models" in (await ask(world, "info")).message.text
        assert "Draw with words" in (await ask(world, "help")).message.text
        refused = await world.draw("  ")
        assert "it must say something" in refused.message.content
