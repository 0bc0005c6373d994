"""The message that stays with a job is posted anew when too old to edit, and is not the only way to hear."""

import asyncio
from pathlib import Path

from bot.demo.webui import Fault
from bot.model.clock import SystemClock
from bot.queue.events import StateChanged, Subscription
from bot.queue.job import State
from tests.harness import easel

TXT2IMG = "/sdapi/v1/txt2img"
HOUR = 3600.0


class LaterClock(SystemClock):
    """The system's clock, moved on by as much as a test says."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        """Seconds since 1970, and some."""
        return super().now() + self.ahead


async def test_a_status_message_too_old_to_edit_is_posted_anew(tmp_path: Path) -> None:
    clock = LaterClock()
    async with easel(
        tmp_path, clock=clock, EASEL__QUEUE__KEEP_HOURS="24", EASEL__PREVIEW__PARTIAL="false"
    ) as world:
        world.stand_in.hold()
        outcome = await world.draw("a cat", steps=8)
        await world.stand_in.wait_busy()
        await world.until(lambda: "Drawing" in outcome.message.text)
        clock.ahead = 2 * HOUR
        world.discord.advance(2 * HOUR)
        await world.ben.click(outcome.message, "Cancel")
        world.stand_in.release()
        await world.until(lambda: outcome.message.deleted)
        await world.until(lambda: any("Cancelled" in message.text for message in world.bot_messages()))
        assert outcome.message.late_edits == 0


async def test_a_failure_is_told_though_the_status_message_was_deleted(tmp_path: Path) -> None:
    clock = LaterClock()
    async with easel(tmp_path, clock=clock, EASEL__QUEUE__MAX_ATTEMPTS="1") as world:
        world.stand_in.faults.add(Fault(kind="oom", path=TXT2IMG, times=1))
        world.stand_in.hold()
        outcome = await world.draw("a cat")
        await world.stand_in.wait_busy()
        await world.ada.delete(outcome.message)
        await world.until(lambda: outcome.message.deleted)
        clock.ahead = 60.0
        world.stand_in.release()
        await world.until(lambda: world.bot_messages())
        [told] = world.bot_messages()
        assert told.pinged == {world.ben.id}
        assert "memory" in told.text


async def test_a_failure_under_the_edit_of_a_deleted_status_message_is_told(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__QUEUE__MAX_ATTEMPTS="1") as world:
        world.stand_in.faults.add(Fault(kind="oom", path=TXT2IMG, times=1))
        world.stand_in.hold()
        edit = world.discord.faults.hold("PATCH", r"/channels/\d+/messages/")
        world.discord.faults.add("PATCH", r"/channels/\d+/messages/", status=404, code=10008)
        outcome = await world.draw("a cat")
        await edit.reached()
        await world.ada.delete(outcome.message)
        with world.app.services.queue.events.subscribe() as events:
            world.stand_in.release()
            await next_failure(events)
        edit.release()
        await world.until(lambda: world.bot_messages())
        [told] = world.bot_messages()
        assert told.pinged == {world.ben.id}
        assert "memory" in told.text


async def next_failure(events: Subscription) -> None:
    """Until a job has failed."""
    async with asyncio.timeout(10):
        async for event in events:
            if isinstance(event, StateChanged) and event.state is State.FAILED:
                return


async def test_no_view_stays_in_memory(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", batch="2")
        result = await world.result()
        for button in ("📋", "❌", "🎲"):
            await world.ben.click(result, button)
        await world.result(2)
        store = world.app.bot._connection._view_store
        assert store._views == {}
        assert store._modals == {}
