"""⏭ goes on with the next picture of a running batch, and touches nothing else."""

from pathlib import Path

from bot.demo.discord.model import Message
from tests.harness import WAIT, World, easel

SKIP = "Next picture"


def labels(message: Message) -> list[str | None]:
    return [button.label for button in message.buttons]


async def running_batch(world: World) -> Message:
    """A batch of three that stands still in its first picture."""
    world.stand_in.hold(at_step=1)
    asked = await world.draw("a batch", steps=6, batch="3")
    await world.stand_in.wait_busy()
    await world.until(lambda: SKIP in labels(asked.message))
    return asked.message


def skipped(world: World) -> bool:
    return world.stand_in.machine.state.skipped


async def test_a_skip_leaves_one_picture_unfinished_and_draws_the_others(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await running_batch(world)
        answer = await world.ben.click(message, SKIP)
        assert answer.kind == "deferred"
        await world.until(lambda: "next picture" in answer.message.content)
        await world.stand_in.wait_until(lambda: world.stand_in.machine.state.job_no == 1, WAIT)
        world.stand_in.release()
        result = await world.result()
        assert len(result.attachments) == 3


async def test_only_the_owner_and_moderators_skip(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await running_batch(world)
        refused = await world.chloe.click(message, SKIP)
        assert refused.ephemeral
        assert not skipped(world)
        assert world.stand_in.machine.state.job_no == 0
        answer = await world.ada.click(message, SKIP)
        await world.until(lambda: "next picture" in answer.message.content)
        world.stand_in.release()
        await world.result()


async def test_a_skip_that_comes_too_late_leaves_the_job_that_runs_now_alone(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__PREVIEW__INTERVAL_SECONDS="3600") as world:
        world.stand_in.hold(at_step=1)
        first = await world.draw("first", steps=6, batch="2")
        await world.stand_in.wait_busy()
        job = (await world.app.services.queue.overview()).running[0]
        world.stand_in.release()
        await world.result()
        world.stand_in.hold(at_step=1)
        second = await world.draw("second", steps=6, batch="2")
        await world.stand_in.wait_busy()
        for part in second.message.components:
            for button in part.get("components", []):
                button["custom_id"] = f"e1:skip:{job.id}"
        answer = await world.ben.click(second.message, f"e1:skip:{job.id}")
        await world.until(lambda: "nothing to skip" in answer.message.content)
        assert not skipped(world)
        world.stand_in.release()
        await world.result(2)
        assert first.message.deleted


async def test_a_single_picture_has_no_skip(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold(at_step=1)
        asked = await world.draw(steps=6)
        await world.stand_in.wait_busy()
        await world.until(lambda: "Drawing" in asked.message.text)
        assert labels(asked.message) == ["Cancel"]
        world.stand_in.release()
        await world.result()
