"""Web UIs and Discord fail; nothing that waits is lost, the person is told, and the bot lives on."""

from pathlib import Path

import pytest

from bot.demo.webui import Fault, StandIn
from bot.demo.webui.faults import FaultKind
from bot.imaging.metadata import read_parameters
from tests.harness import easel

TXT2IMG = "/sdapi/v1/txt2img"


@pytest.mark.parametrize("kind", ["500", "reset", "truncated", "html", "no_images", "corrupt_png", "refuse"])
async def test_a_passing_fault_of_the_web_ui_costs_only_time(tmp_path: Path, kind: FaultKind) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.faults.add(Fault(kind=kind, path=TXT2IMG, times=1))
        await world.draw("a cat")
        assert "a cat" in (await world.result()).text


@pytest.mark.parametrize(("kind", "word"), [("oom", "memory"), ("nan", "model"), ("shapes", "model")])
async def test_a_request_that_cannot_be_drawn_is_told_with_its_cure(
    tmp_path: Path, kind: FaultKind, word: str
) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.faults.add(Fault(kind=kind, path=TXT2IMG, times=9))
        outcome = await world.draw("a cat")
        await world.until(lambda: "⚠️" in outcome.message.text)
        assert word in outcome.message.text
        assert "127.0.0.1" not in outcome.message.text
        posts = [request for request in world.stand_in.requests if request.path == TXT2IMG]
        assert len(posts) == 1


async def test_a_fault_that_stays_fails_the_job_and_not_the_next_one(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__QUEUE__MAX_ATTEMPTS="1") as world:
        world.stand_in.faults.add(Fault(kind="500", path=TXT2IMG, times=1))
        outcome = await world.draw("first")
        await world.until(lambda: "⚠️" in outcome.message.text)
        await world.draw("second")
        assert "second" in (await world.result()).text


async def test_a_picture_without_its_chunk_gets_it(tmp_path: Path) -> None:

    async with easel(tmp_path) as world:
        world.stand_in.faults.add(Fault(kind="no_parameters", path=TXT2IMG, times=1))
        await world.draw("a cat in 東京", seed=3)
        text = read_parameters((await world.result()).attachments[0].data)
        assert text is not None
        assert text.startswith("a cat in 東京\n")


async def test_another_model_than_asked_is_told(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.faults.add(Fault(kind="wrong_model", path=TXT2IMG, times=1))
        model = world.app.services.catalog.offer().checkpoints[0].model_name
        await world.draw("a cat", data_model=model)
        assert "instead of" in (await world.result()).text


async def test_a_web_ui_that_is_down_keeps_the_job_until_it_is_back(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.stand_in.stop()
        outcome = await world.draw("a cat")
        assert outcome.kind == "message"
        await world.stand_in.start()
        assert "a cat" in (await world.result()).text


@pytest.mark.parametrize("status", [500, 503])
async def test_a_passing_fault_of_discord_delays_the_result(tmp_path: Path, status: int) -> None:
    async with easel(tmp_path) as world:
        world.discord.faults.add("POST", r"/channels/\d+/messages", status=status, times=1)
        await world.draw("a cat")
        await world.result()
        assert len(world.results()) == 1


async def test_discord_refusing_a_size_gets_it_smaller(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.discord.faults.add("POST", r"/channels/\d+/messages", status=413, code=40005, times=1)
        await world.draw("a cat", width=512, height=512)
        result = await world.result()
        assert result.attachments[0].filename.endswith(".webp")


async def test_a_closed_channel_sends_the_result_by_direct_message(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.discord.faults.add("POST", rf"/channels/{world.drawing.id}/messages", status=403, code=50013)
        await world.draw("a cat")
        channel = world.discord.dm(world.ben)
        await world.until(lambda: world.results(channel))
        assert "a cat" in world.results(channel)[0].text


async def test_nowhere_to_deliver_ends_the_job_and_the_bot_lives_on(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.discord.faults.add("POST", r"/channels/\d+/messages", status=403, code=50013, times=2)
        outcome = await world.draw("first")
        await world.until(lambda: "⚠️" in outcome.message.text)
        await world.draw("second")
        assert "second" in (await world.result()).text


async def test_a_status_message_that_somebody_deleted_is_not_missed(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        outcome = await world.draw("a cat")
        await world.stand_in.wait_busy()
        await world.ada.delete(outcome.message)
        world.stand_in.release()
        assert "a cat" in (await world.result()).text


async def test_too_many_waiting_is_refused_with_the_limit(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__QUEUE__WAITING_PER_PERSON="2") as world:
        world.stand_in.hold()
        await world.draw("running")
        await world.stand_in.wait_busy()
        await world.draw("one")
        await world.draw("two")
        refused = await world.draw("three")
        assert refused.ephemeral
        assert "2" in refused.message.content
        other = await world.draw("other", person=world.chloe)
        assert not other.ephemeral
        world.stand_in.release()
        await world.result(4)


async def test_a_picture_above_the_servers_limit_goes_as_webp_and_the_png_stays(tmp_path: Path) -> None:

    large = StandIn(picture_bytes=11 * 2**20, render_seconds=0.0)
    async with easel(tmp_path, stand_in=large) as world:
        await world.draw("a cat", width=2048, height=2048)
        result = await world.result()
        attachment = result.attachments[0]
        assert attachment.filename.endswith(".webp")
        assert len(attachment.data) <= 10 * 2**20
        assert (read_parameters(attachment.data) or "").startswith("a cat")
        kept = list((tmp_path / "outputs").rglob("*.png"))
        assert [path.stat().st_size > 10 * 2**20 for path in kept] == [True]


async def test_a_channel_that_vanished_sends_the_result_by_direct_message(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        await world.draw("a cat")
        await world.stand_in.wait_busy()
        world.discord.remove_channel(world.drawing)
        world.stand_in.release()
        channel = world.discord.dm(world.ben)
        await world.until(lambda: world.results(channel))
        assert "a cat" in world.results(channel)[0].text


async def test_a_person_who_left_still_leaves_a_picture_in_the_channel(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        dora = world.discord.add_person("dora")
        await world.draw("a cat", person=dora)
        await world.stand_in.wait_busy()
        world.discord.remove_person(dora)
        world.stand_in.release()
        assert "a cat" in (await world.result()).text


async def test_discords_rate_limits_delay_and_lose_nothing(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.discord.strict_rate_limits = True
        for number in range(7):
            await world.draw(f"cat {number}")
        await world.result(7)
        drawn = {number for number in range(7) for m in world.results() if f"\ncat {number}\n" in m.text}
        assert drawn == set(range(7))
        assert len(world.results()) == 7


async def test_a_wrong_password_keeps_the_job_and_shows_no_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    guarded = StandIn(seconds_per_step=0.0, switch_seconds=0.0, auth="easel:right")
    async with easel(tmp_path, stand_in=guarded, known=False, userinfo="easel:wrong-secret") as world:
        outcome = await world.draw("a cat")
        assert not outcome.ephemeral
        await guarded.wait_until(lambda: any(request.status == 401 for request in guarded.requests))
        assert (await world.app.services.queue.overview()).waiting == 1
        [status] = world.app.services.pool.statuses()
        assert (status.up, status.error) == (False, "webui_unauthorized")
    assert "wrong-secret" not in caplog.text


async def test_a_web_ui_that_hangs_is_given_up_in_time_and_asked_again(tmp_path: Path) -> None:
    async with easel(
        tmp_path,
        EASEL__WEBUI__FIRST_BYTE_SECONDS="0.5",
        EASEL__WEBUI__TOTAL_SECONDS="2",
        EASEL__WEBUI__IDLE_SECONDS="0.5",
    ) as world:
        world.stand_in.faults.add(Fault(kind="hang", path=TXT2IMG, times=1))
        await world.draw("a cat")
        assert "a cat" in (await world.result()).text
