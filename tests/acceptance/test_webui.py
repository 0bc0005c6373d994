"""The host steers the web UIs: options, model, lists, memory, baseline (row S4)."""

from pathlib import Path

import pytest

from bot.demo.discord.model import Message
from bot.demo.discord.people import Person
from bot.demo.webui import StandIn
from tests.acceptance.test_host_control import webui
from tests.acceptance.test_reload import write
from tests.harness import WAIT, World, easel
from tests.support import eventually


async def told(world: World, order: str, person: Person | None = None, **given: str) -> Message:
    """The answer to an order, as soon as it says something."""
    outcome = await webui(world, order, person, **given)
    await world.until(lambda: outcome.message.content)
    return outcome.message


def asked(world: World, path: str) -> int:
    """How often the web UI was asked that."""
    return sum(request.method == "POST" and request.path == path for request in world.stand_in.requests)


async def test_an_option_is_shown_and_changed_as_the_type_that_it_has(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        options = world.stand_in.machine.options
        assert (
            "`CLIP_stop_at_last_layers` is `1"
            in (await told(world, "options get", key="clip_stop_at_last_layers")).content
        )
        changed = await told(world, "options set", key="CLIP_stop_at_last_layers", value="2")
        assert "is `2" in changed.content
        assert "/webui baseline" in changed.content
        assert options["CLIP_stop_at_last_layers"] == 2
        await told(world, "options set", key="show_progress_type", value="TAESD")
        assert options["show_progress_type"] == "TAESD"
        await told(world, "options set", key="live_previews_enable", value="off")
        assert options["live_previews_enable"] is False


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("CLIP_stop_at_last_layers", "many", "wants a number"),
        ("live_previews_enable", "perhaps", "true or false"),
        ("CLIP_stop_at_last_layerz", "2", "`CLIP_stop_at_last_layers`"),
        ("outdir_samples", "/tmp", "not open"),
        ("api_useragent", "me", "not open"),
    ],
)
async def test_what_cannot_be_set_is_refused_and_nothing_is_sent(
    tmp_path: Path, key: str, value: str, words: str
) -> None:
    async with easel(tmp_path) as world:
        refused = await told(world, "options set", key=key, value=value)
        assert words in refused.content
        assert asked(world, "/sdapi/v1/options") == 0


async def test_keys_are_suggested_with_what_they_say_and_only_to_the_host(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        offered = await world.ada.autocomplete(world.drawing, "webui options set", "key", "clip_stop")
        assert [value for _, value in offered] == ["CLIP_stop_at_last_layers"]
        assert offered[0][0].startswith("CLIP_stop_at_last_layers = 1")
        assert await world.ada.autocomplete(world.drawing, "webui options set", "key", "outdir") == []
        assert await world.ben.autocomplete(world.drawing, "webui options set", "key", "clip") == []


@pytest.mark.parametrize(
    ("order", "given"),
    [
        ("options set", {"key": "CLIP_stop_at_last_layers", "value": "2"}),
        ("options get", {"key": "CLIP_stop_at_last_layers"}),
        ("model", {"checkpoint": "tinyA"}),
        ("models", {}),
        ("refresh", {}),
        ("unload", {}),
        ("reload_checkpoint", {}),
        ("baseline", {"retake": "True"}),
    ],
)
async def test_steering_is_for_the_host(tmp_path: Path, order: str, given: dict[str, str]) -> None:
    async with easel(tmp_path) as world:
        before = len(world.stand_in.requests)
        values: dict[str, object] = {"retake": True} if "retake" in given else dict(given)
        refused = await world.ben.slash(world.drawing, f"webui {order}", values, timeout=WAIT)
        assert refused.ephemeral
        assert "Only the host" in refused.message.content
        assert all(one.method == "GET" for one in world.stand_in.requests[before:])


async def test_another_model_is_loaded_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        machine = world.stand_in.machine
        loaded = machine.loaded
        other = next(one for one in world.stand_in.disk.checkpoints if one != loaded and not one.broken)
        name = other.file.removesuffix(".safetensors")
        offered = await world.ada.autocomplete(world.drawing, "webui model", "checkpoint", name)
        assert name in [value for _, value in offered]
        assert f"`{name}` is loaded" in (await told(world, "model", checkpoint=name)).content
        assert machine.loaded == other
        assert "no model" in (await told(world, "model", checkpoint="nobody's")).content.lower()
        assert machine.loaded == other


async def test_new_files_are_found_and_memory_is_freed_and_filled(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        assert "models" in (await told(world, "refresh")).content
        assert asked(world, "/sdapi/v1/refresh-checkpoints") == asked(world, "/sdapi/v1/refresh-loras") == 1
        assert "memory is free" in (await told(world, "unload", webui="webui-1")).content
        assert world.stand_in.machine.loaded is None
        assert "loaded again" in (await told(world, "reload_checkpoint")).content
        assert world.stand_in.machine.loaded is not None


async def test_memory_is_not_freed_under_a_picture_that_is_being_drawn(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        world.stand_in.hold()
        await world.draw()
        await world.stand_in.wait_busy()
        assert "being drawn there" in (await told(world, "unload")).content
        assert asked(world, "/sdapi/v1/unload-checkpoint") == 0
        world.stand_in.release()
        await world.result()


async def test_the_baseline_is_shown_and_taken_anew_only_when_asked(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        shown = await told(world, "baseline")
        assert b"CLIP_stop_at_last_layers = 1" in shown.attachments[0].data
        await told(world, "options set", key="eta_noise_seed_delta", value="31337")
        await world.draw("before")
        await world.result()
        sent = [one.body for one in world.stand_in.requests if one.path.endswith("txt2img")]
        outcome = await world.ada.slash(world.drawing, "webui baseline", {"retake": True}, timeout=WAIT)
        await world.until(lambda: outcome.message.content)
        assert "Read anew from webui-1" in outcome.message.content
        assert b"eta_noise_seed_delta = 31337" in outcome.message.attachments[0].data
        await world.draw("after")
        await world.result(2)
        sent = [one.body for one in world.stand_in.requests if one.path.endswith("txt2img")]
        deltas = [body["override_settings"]["eta_noise_seed_delta"] for body in sent]
        assert deltas == [0, 31337]


async def test_changes_are_in_the_book_and_the_status_tells_the_memory(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        book = world.discord.channel("gallery")
        await world.ada.slash(world.drawing, "server book", {"channel": book.id}, timeout=WAIT)
        await told(world, "options set", key="live_previews_enable", value="no")
        await world.until(lambda: any("live_previews_enable" in m.content for m in world.bot_messages(book)))
        status = await webui(world, "status")
        await world.until(lambda: "memory free" in status.message.content)
        assert "127.0.0.1" not in status.message.content


async def test_a_web_ui_that_is_down_is_said_to_be(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.stand_in.stop()
        refused = await told(world, "refresh")
        assert "127.0.0.1" not in refused.content
        assert asked(world, "/sdapi/v1/refresh-checkpoints") == 0


async def test_one_web_ui_or_all_are_changed(tmp_path: Path) -> None:
    async with StandIn(seconds_per_step=0.0) as second, StandIn(seconds_per_step=0.0) as first:
        urls = f"{first.url},{second.url}"
        async with easel(tmp_path, stand_in=StandIn(seconds_per_step=0.0), WEBUI_URLS=urls) as world:
            await eventually(lambda: all(one.up for one in world.app.services.pool.statuses()))
            one = await told(world, "options set", key="eta_noise_seed_delta", value="7", webui="webui-2")
            assert "webui-2" in one.content
            assert (
                first.machine.options["eta_noise_seed_delta"],
                second.machine.options["eta_noise_seed_delta"],
            ) == (0, 7)
            both = await told(world, "options set", key="eta_noise_seed_delta", value="8")
            assert "webui-1" in both.content
            assert first.machine.options["eta_noise_seed_delta"] == 8


async def test_the_list_of_models_shows_what_the_settings_say_what_is_guessed_and_what_is_missing(
    tmp_path: Path,
) -> None:
    painter = StandIn(seconds_per_step=0.0, switch_seconds=0.0)
    first, second = painter.disk.checkpoints[:2]
    write(
        tmp_path,
        f'[[model]]\nname = "{first.file}"\nshown = "Old master"\nadult = true\nsteps = 7\nfamily = "sd1"\n'
        f'[[model]]\nname = "{second.file}"\noffered = false\n[[model]]\nname = "gone"\n',
    )
    async with easel(tmp_path, stand_in=painter) as world:
        shown = await told(world, "models")
        lines = shown.attachments[0].data.decode().splitlines()
        assert any("Old master" in line and "for adults" in line and "steps 7" in line for line in lines)
        assert any("not offered" in line for line in lines)
        assert any(line.startswith("gone: named in the settings") for line in lines)
        assert "/" not in "".join(lines).replace("w/", "")


async def test_the_status_tells_how_long_a_picture_takes_once_one_was_drawn(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        assert "a picture" not in (await webui(world, "status")).message.content
        await world.draw()
        await world.result()
        assert "a picture" in (await webui(world, "status")).message.content
