"""A picture is seen while it is drawn (row P3)."""

from pathlib import Path

from bot.demo.discord.model import Message
from bot.demo.webui import Fault, StandIn
from bot.model.preferences import Choices, Layer, Preferences
from tests.harness import World, easel


def slow() -> StandIn:
    """Its previews change at every step."""
    options = {"show_progress_every_n_steps": 1}
    return StandIn(seconds_per_step=0.0, switch_seconds=0.0, options=options)


async def drawn_halfway(world: World, *, spoiler: bool = False) -> Message:
    """The status message of a job that stands still at half of its steps."""
    world.stand_in.hold(at_step=10)
    outcome = await world.draw("a cat", steps=20, width=768, height=512, spoiler=spoiler)
    await world.stand_in.wait_busy()
    return outcome.message


async def test_the_unfinished_picture_is_shown_with_step_speed_and_time_left(tmp_path: Path) -> None:
    async with easel(tmp_path, stand_in=slow()) as world:
        message = await drawn_halfway(world)
        await world.until(lambda: message.shown_attachments)
        [preview] = message.shown_attachments
        assert preview.content_type == "image/webp"
        assert max(preview.width or 0, preview.height or 0) <= 512
        assert "step 9 of 20" in message.text
        world.stand_in.hold(at_step=15)
        await world.until(lambda: "steps/s" in message.text and "left" in message.text)
        assert "Cancel" in [button.label for button in message.buttons]
        world.stand_in.release()
        result = await world.result()
        assert [attachment.content_type for attachment in result.attachments] == ["image/png"]
        await world.until(lambda: message.deleted)


async def test_what_will_be_behind_a_spoiler_is_not_shown_before(tmp_path: Path) -> None:
    async with easel(tmp_path, stand_in=slow()) as world:
        message = await drawn_halfway(world, spoiler=True)
        await world.until(lambda: "45 %" in message.text)
        edits = len(message.edits)
        world.stand_in.hold(at_step=15)
        await world.until(lambda: len(message.edits) > edits)
        assert not message.attachments
        asked = [request.body for request in world.stand_in.requests if request.path == "/internal/progress"]
        assert asked
        assert not any(body["live_preview"] for body in asked)
        world.stand_in.release()
        await world.result()


async def test_a_person_or_a_channel_may_have_no_previews(tmp_path: Path) -> None:
    async with easel(tmp_path, stand_in=slow()) as world:
        none = Preferences(choices=Choices(preview=False))
        await world.app.services.preferences.put(Layer.CHANNEL, world.drawing.id, none)
        message = await drawn_halfway(world)
        await world.until(lambda: "45 %" in message.text)
        asked = [request.body for request in world.stand_in.requests if request.path == "/internal/progress"]
        assert not any(body["live_preview"] for body in asked)
        assert not message.attachments
        world.stand_in.release()
        await world.result()


async def test_a_host_may_show_progress_without_pictures(tmp_path: Path) -> None:
    async with easel(tmp_path, stand_in=slow(), EASEL__PREVIEW__PICTURES="false") as world:
        message = await drawn_halfway(world)
        await world.until(lambda: "45 %" in message.text)
        assert not message.attachments
        world.stand_in.release()
        await world.result()


async def test_a_preview_that_discord_holds_back_holds_up_no_result(tmp_path: Path) -> None:
    async with easel(tmp_path, stand_in=slow()) as world:
        message = await drawn_halfway(world)
        await world.until(lambda: message.shown_attachments)
        edit = world.discord.faults.hold("PATCH", r"/channels/\d+/messages/")
        world.stand_in.hold(at_step=15)
        await edit.reached()
        world.stand_in.release()
        await world.result()
        await world.until(lambda: message.deleted)
        edit.release()


async def test_a_preview_that_is_no_longer_true_is_never_sent(tmp_path: Path) -> None:
    async with easel(tmp_path, stand_in=slow(), EASEL__QUEUE__MAX_ATTEMPTS="1") as world:
        world.stand_in.faults.add(Fault(kind="no_images"))
        message = await drawn_halfway(world)
        await world.until(lambda: message.shown_attachments)
        world.stand_in.release()
        await world.until(lambda: "⚠️" in message.text)
        assert not message.attachments
