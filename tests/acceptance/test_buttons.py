"""Buttons do what they say, for whom they may, also after a restart (rows B1, B3, B4, B5, P10)."""

import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.demo.discord import LocalDiscord
from bot.demo.webui import StandIn
from tests.harness import WAIT, easel, running_bot, settings_for
from tests.openapi import validator


async def test_again_draws_the_same_with_another_seed(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", seed=1, sampler="Euler")
        first = await world.result()
        outcome = await world.ben.click(first, "🎲")
        assert outcome.kind == "message"
        await world.result(2)
        before, after = (render.payload for render in world.stand_in.renders)
        assert after["seed"] != before["seed"]
        assert {**after, "seed": 1, "force_task_id": ""} == {**before, "force_task_id": ""}


async def test_again_by_somebody_else_is_their_own_job(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        first = await world.result()
        await world.chloe.click(first, "🎲")
        second = await world.result(2)
        assert second.pinged == {world.chloe.id}
        assert world.ben.mention in second.text


async def test_again_can_be_kept_to_the_owner_by_the_host(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__BUTTONS__RESTRICT_TO_OWNER="true") as world:
        await world.draw("a cat")
        outcome = await world.chloe.click(await world.result(), "🎲")
        assert outcome.ephemeral
        assert len(world.stand_in.renders) == 1


async def test_data_shows_the_infotext_and_a_line_to_send_again(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", seed=42)
        outcome = await world.chloe.click(await world.result(), "📋")
        assert outcome.ephemeral
        assert "Steps: 2" in outcome.message.text
        assert "/draw prompt:a cat" in outcome.message.text
        assert "seed:42" in outcome.message.text


async def test_data_too_long_for_a_message_comes_as_a_file(tmp_path: Path) -> None:
    prompt = "very " * 1000
    async with easel(tmp_path) as world:
        await world.draw(prompt)
        outcome = await world.ben.click(await world.result(), "📋")
        assert outcome.ephemeral
        assert prompt.strip() in outcome.message.attachments[0].data.decode()


async def test_the_owner_deletes_a_picture(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw()
        result = await world.result()
        await world.ben.click(result, "❌")
        await world.until(lambda: result.deleted)


async def test_deleting_a_batch_is_asked_for_first(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw(batch="2")
        result = await world.result()
        question = await world.ben.click(result, "❌")
        assert question.ephemeral
        assert not result.deleted
        await world.ben.click(question.message, "Delete all")
        await world.until(lambda: result.deleted)


async def test_another_persons_delete_and_cancel_are_refused(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw()
        result = await world.result()
        refused = await world.chloe.click(result, "❌")
        assert refused.ephemeral
        assert not result.deleted
        world.stand_in.hold()
        running = await world.draw()
        await world.stand_in.wait_busy()
        refused = await world.chloe.click(running.message, "Cancel")
        assert refused.ephemeral
        world.stand_in.release()
        await world.result(2)


async def test_a_moderator_may_delete_and_cancel(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw()
        result = await world.result()
        await world.ada.click(result, "❌")
        await world.until(lambda: result.deleted)
        world.stand_in.hold()
        running = await world.draw()
        await world.stand_in.wait_busy()
        await world.ada.click(running.message, "Cancel")
        world.stand_in.release()
        await world.until(lambda: "Cancelled" in running.message.text)


async def test_cancelling_a_waiting_job_takes_exactly_that_one(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        await world.draw("one")
        await world.stand_in.wait_busy()
        two, _ = await world.draw("two"), await world.draw("three")
        await world.ben.click(two.message, "Cancel")
        await world.until(lambda: "Cancelled" in two.message.text)
        assert two.message.buttons == []
        world.stand_in.release()
        await world.result(2)
        assert [render.payload["prompt"] for render in world.stand_in.renders] == ["one", "three"]


async def test_cancelling_a_running_job_stops_it_and_the_next_one_begins(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__PREVIEW__PARTIAL="false") as world:
        world.stand_in.hold()
        one = await world.draw("one", steps=40)
        await world.stand_in.wait_busy()
        await world.draw("two")
        await world.ben.click(one.message, "Cancel")
        world.stand_in.release()
        await world.until(lambda: "Cancelled" in one.message.text)
        result = await world.result()
        assert "two" in result.text
        assert len(world.results()) == 1


async def test_cancelling_what_is_done_says_so(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        for method in ("PATCH", "DELETE"):  # so that the button stays where it is
            world.discord.faults.add(method, r"/channels/\d+/messages/\d+", status=403, times=None)
        outcome = await world.draw()
        await world.result()
        late = await world.ben.click(outcome.message, "Cancel")
        assert late.ephemeral
        assert "already drawn" in late.message.text


async def test_buttons_work_after_a_restart(tmp_path: Path) -> None:
    async with LocalDiscord(validator=validator()) as discord:
        stand_in = StandIn(seconds_per_step=0.0, switch_seconds=0.0)
        await stand_in.start()
        settings = settings_for(discord, stand_in.url, tmp_path, {})
        ben, channel = discord.person("ben"), discord.channel("drawing")
        async with running_bot(settings, discord):
            await ben.slash(channel, "draw", {"prompt": "a cat", "steps": 2}, timeout=WAIT)
            await discord.wait_for(
                lambda: any(m.attachments and not m.interaction for m in channel.messages), timeout=WAIT
            )
        first = next(
            message for message in channel.messages if message.attachments and not message.interaction
        )
        async with running_bot(settings, discord):
            data = await ben.click(first, "📋")
            assert "Steps: 2" in data.message.text
            again = await ben.click(first, "🎲")
            assert again.kind == "message"
            await discord.wait_for(
                lambda: sum(1 for m in channel.messages if m.attachments and not m.interaction) == 2,
                timeout=WAIT,
            )
            await ben.click(first, "❌")
            await discord.wait_for(lambda: first.deleted, timeout=WAIT)
        await stand_in.stop()
        assert discord.violations == []


async def test_older_buttons_answer_after_another_jobs_cancel_is_gone(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("old")
        old = await world.result()
        world.stand_in.hold()
        running = await world.draw("new")
        await world.stand_in.wait_busy()
        await world.ben.click(running.message, "Cancel")
        world.stand_in.release()
        await world.until(lambda: running.message.buttons == [])
        assert (await world.ben.click(old, "📋")).ephemeral
        assert (await world.ben.click(old, "🎲")).kind == "message"


@pytest.mark.parametrize("broken", ["handler", "check"])
async def test_a_button_that_fails_says_so_with_a_reference(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("secret detail")

    def fail_check(*_: Any) -> None:
        raise RuntimeError("secret detail")

    async with easel(tmp_path) as world:
        await world.draw()
        result = await world.result()
        if broken == "handler":
            world.app.bot.presses["delete"] = fail
        else:
            monkeypatch.setattr(sys.modules["cogs.stablecog"], "require_owner", fail_check)
        with caplog.at_level(logging.ERROR):
            outcome = await world.ben.click(result, "❌")
        assert outcome.ephemeral
        assert "secret detail" not in outcome.message.content
        record = next(record for record in caplog.records if hasattr(record, "reference"))
        assert record.reference in outcome.message.content


async def test_a_button_of_a_job_that_is_gone_says_so(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw()
        result = await world.result()
        for part in result.components:
            for button in part.get("components", []):
                if str(button.get("custom_id", "")).startswith("e1:data:"):
                    button["custom_id"] = "e1:data:" + "0" * 16 + ":0"
        outcome = await world.ben.click(result, "📋")
        assert outcome.ephemeral
        assert "/draw" in outcome.message.content
