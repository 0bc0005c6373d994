"""All web UIs together: up and down, what they offer, the baseline they share, and what nobody may see."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.backends.backend import BackendStatus
from bot.backends.baseline import BASELINE_FACT
from bot.backends.catalog import ModelCatalog, Offer
from bot.backends.health import Backoff
from bot.backends.pool import BackendPool, BackendSpec
from bot.demo.webui.faults import Fault
from bot.demo.webui.library import Checkpoint, Library, default_library
from bot.demo.webui.standin import StandIn
from bot.errors import BadAnswer, Unauthorized, Unreachable
from tests.support import ManualClock, eventually
from tests.unit.backends.stage import PATIENCE, MemoryFacts, a_job, a_pool, a_runner, draw


@pytest.fixture
async def webui() -> AsyncIterator[StandIn]:
    async with StandIn(seconds_per_step=0.001, switch_seconds=0.0) as webui:
        yield webui


def _closed() -> StandIn:
    """A web UI that is not there yet: nothing listens at its address until it is started."""
    return StandIn(seconds_per_step=0.001, switch_seconds=0.0)


async def test_a_pool_opens_at_once_though_its_web_uis_are_down(tmp_path: Path) -> None:
    webui = _closed()
    await webui.start()
    await webui.stop()
    async with asyncio.timeout(PATIENCE), a_pool(tmp_path, webui.url) as pool:
        (first,) = pool.statuses()
        assert (first.name, first.up, first.error, first.dialect) == ("gpu1", False, None, "unknown")

        await eventually(lambda: pool.statuses()[0].error == Unreachable.code)
        assert not pool.any_up()

        await webui.start()
        await pool.runners[0].ready()
        assert pool.any_up()
        assert pool.statuses()[0].dialect == "a1111"
        await webui.stop()


async def test_probes_of_a_web_ui_that_is_down_come_less_and_less_often(tmp_path: Path) -> None:
    webui = _closed()
    await webui.start()
    await webui.stop()
    clock = ManualClock()
    backoff = Backoff(first=1, longest=30)
    async with asyncio.timeout(PATIENCE), a_pool(tmp_path, webui.url, clock=clock, backoff=backoff) as pool:
        await clock.until_asleep()
        started = pool.statuses()[0].since
        for seconds in (1, 2, 4, 8, 16, 30):
            clock.advance(seconds - 0.01)
            assert clock.sleepers == 1  # not a moment earlier
            clock.advance(0.01)
            assert clock.sleepers == 0
            await clock.until_asleep()
        assert pool.statuses()[0].since == started

        await webui.start()
        clock.advance(30)
        await pool.runners[0].ready()
        assert pool.statuses()[0].since == clock.now()
        await webui.stop()


async def test_one_of_two_is_enough(webui: StandIn, tmp_path: Path) -> None:
    gone = _closed()
    await gone.start()
    await gone.stop()
    async with asyncio.timeout(PATIENCE), a_pool(tmp_path, gone.url, webui.url) as pool:
        await pool.runners[1].ready()

        assert [(status.name, status.up) for status in pool.statuses()] == [("gpu1", False), ("gpu2", True)]
        assert pool.any_up()
        _, rendered = await draw(pool.runners[1], a_job())
        assert len(rendered.pictures) == 1


async def test_what_is_offered_is_known_as_soon_as_it_is_up(webui: StandIn, tmp_path: Path) -> None:
    catalog = ModelCatalog()
    heard: list[Offer] = []
    catalog.watch(heard.append)
    async with a_runner(tmp_path, webui.url, catalog=catalog):
        offer = catalog.offer()
        assert heard == [offer]
        assert catalog.offer_of("gpu1") == offer
        library = default_library()
        assert [c.model_name for c in offer.checkpoints] == [c.model_name for c in library.checkpoints]
        assert sorted(offer.vaes) == sorted(vae.file for vae in library.vaes)
        assert [lora.name for lora in offer.loras] == [lora.name for lora in library.loras]
        assert [style.name for style in offer.styles] == [style.name for style in library.styles]
        assert offer.hypernetworks == ("brushwork",)
        assert set(offer.embeddings) == {"calmColors", "cleanNegative", "xlNegative"}
        assert offer.face_restorers == ("CodeFormer", "GFPGAN")
        assert "Euler a" in [sampler.name for sampler in offer.samplers]
        assert "Karras" in [scheduler.shown for scheduler in offer.schedulers]
        assert offer.highres_upscalers[0] == "Latent"
        assert "Lanczos" in offer.highres_upscalers
        assert offer.options["CLIP_stop_at_last_layers"] == 1


async def test_no_folder_and_no_address_is_in_the_offer(webui: StandIn, tmp_path: Path) -> None:
    catalog = ModelCatalog()
    async with a_runner(tmp_path, webui.url, catalog=catalog):
        shown = repr(catalog.offer()) + repr(dict(catalog.offer().options))

    assert "/srv" not in shown
    assert "outputs/" not in shown
    assert webui.url.removeprefix("http://") not in shown
    assert "https://" not in shown


async def test_lists_are_read_again_every_few_minutes(webui: StandIn, tmp_path: Path) -> None:
    catalog, clock = ModelCatalog(), ManualClock()
    async with a_runner(tmp_path, webui.url, catalog=catalog, clock=clock, refresh_seconds=300):
        webui.disk.loras.clear()
        webui.machine.refresh_networks()
        for _ in range(9):
            await clock.until_asleep()
            clock.advance(30)
        await clock.until_asleep()
        assert catalog.offer().loras
        clock.advance(30)
        await eventually(lambda: not catalog.offer().loras)


async def test_lists_are_read_again_once_another_checkpoint_is_loaded(tmp_path: Path) -> None:
    """No embedding is known before the first one is in (NOTES 2.3)."""
    catalog, clock = ModelCatalog(), ManualClock()
    async with (
        StandIn(startup_seconds=0.2) as webui,
        a_runner(tmp_path, webui.url, catalog=catalog, clock=clock),
    ):
        assert catalog.offer().embeddings == ()
        await webui.wait_until(lambda: webui.machine.loaded is not None)
        await clock.until_asleep()
        clock.advance(30)
        await eventually(lambda: "calmColors" in catalog.offer().embeddings)


async def test_a_web_ui_that_goes_away_while_idle_is_noticed_within_half_a_minute(
    webui: StandIn, tmp_path: Path
) -> None:
    clock = ManualClock()
    async with asyncio.timeout(PATIENCE), a_pool(tmp_path, webui.url, clock=clock) as pool:
        await pool.runners[0].ready()
        await clock.until_asleep()
        await webui.stop()
        clock.advance(30)
        await eventually(lambda: not pool.any_up())


async def test_a_list_that_cannot_be_read_stays_as_it_was(webui: StandIn, tmp_path: Path) -> None:
    catalog, clock = ModelCatalog(), ManualClock()
    async with a_runner(tmp_path, webui.url, catalog=catalog, clock=clock) as runner:
        before = catalog.offer()
        webui.faults.add(Fault(kind="html", path="/sdapi/v1/sd-models"))
        seen = len(webui.requests)
        await clock.until_asleep()
        clock.advance(300)
        await clock.until_asleep()

        assert "/sdapi/v1/sd-models" in [log.path for log in webui.requests[seen:]]
        assert catalog.offer() == before
        await runner.ready()


async def test_a_web_ui_whose_options_cannot_be_read_is_not_used(webui: StandIn, tmp_path: Path) -> None:
    webui.faults.add(Fault(kind="html", path="/sdapi/v1/options"))
    clock = ManualClock()
    async with asyncio.timeout(PATIENCE), a_pool(tmp_path, webui.url, clock=clock) as pool:
        await clock.until_asleep()
        assert not pool.any_up()
        assert pool.statuses()[0].error == BadAnswer.code

        clock.advance(30)
        await pool.runners[0].ready()


async def test_the_checkpoint_that_is_loaded_shows(webui: StandIn, tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE), a_pool(tmp_path, webui.url) as pool:
        (runner,) = pool.runners
        await runner.ready()
        assert pool.statuses()[0].checkpoint == "daydream_v2"

        await draw(runner, a_job(checkpoint="xl_studioXL_v4"))
        assert pool.statuses()[0].checkpoint == "xl_studioXL_v4"


async def test_two_web_uis_draw_in_the_look_of_the_first(tmp_path: Path) -> None:
    facts = MemoryFacts()
    async with (
        StandIn(seconds_per_step=0.001, options={"eta_noise_seed_delta": 31337}) as first,
        StandIn(seconds_per_step=0.001, options={"eta_noise_seed_delta": 5}) as second,
    ):
        async with a_runner(tmp_path / "a", first.url, facts=facts) as runner:
            await draw(runner, a_job())
        async with a_runner(tmp_path / "b", second.url, facts=facts) as runner:
            answer, rendered = await draw(runner, a_job())

        assert answer.raw.status == 200
        assert rendered.notices == ()
        sent = [webui.renders[-1].payload["override_settings"] for webui in (first, second)]
        assert sent[0] == sent[1]
        assert sent[1]["eta_noise_seed_delta"] == 31337
        assert _pixels(tmp_path / "a") == _pixels(tmp_path / "b")


def _pixels(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.rglob("*.png"))]


async def test_next_month_the_look_is_still_that_of_the_first_contact(webui: StandIn, tmp_path: Path) -> None:
    facts = MemoryFacts()
    async with a_pool(tmp_path, webui.url, facts=facts) as pool:
        await pool.runners[0].ready()
        assert pool.baseline["CLIP_stop_at_last_layers"] == 1
        assert pool.baseline["sd_model_checkpoint"] == "daydream_v2.safetensors"

    webui.machine.options.stored["CLIP_stop_at_last_layers"] = 4.0
    webui.machine.options.stored["sd_model_checkpoint"] = "inkAndPaper_v1.safetensors"
    async with a_pool(tmp_path, webui.url, facts=facts) as pool:
        await pool.runners[0].ready()
        assert pool.baseline["CLIP_stop_at_last_layers"] == 1
        assert pool.baseline["sd_model_checkpoint"] == "daydream_v2.safetensors"
        _, rendered = await draw(pool.runners[0], a_job())

    assert rendered.notices == ()
    assert webui.renders[-1].model == "daydream_v2"


async def test_nothing_of_the_web_uis_own_options_is_changed(webui: StandIn, tmp_path: Path) -> None:
    async with a_runner(tmp_path, webui.url) as runner:
        await draw(runner, a_job())

    assert ("POST", "/sdapi/v1/options") not in [(log.method, log.path) for log in webui.requests]


async def test_the_baseline_of_another_kind_of_web_ui_is_filled_up(webui: StandIn, tmp_path: Path) -> None:
    """stable-diffusion.cpp follows no overrides, so its two options say nothing about the look."""
    facts = MemoryFacts()
    async with StandIn("sdcpp") as small, a_runner(tmp_path, small.url, facts=facts):
        assert BASELINE_FACT not in facts.values
    async with a_runner(tmp_path, webui.url, facts=facts):
        stored = facts.values[BASELINE_FACT]

    assert isinstance(stored, dict)
    assert stored["sd_model_checkpoint"] == "daydream_v2.safetensors"
    assert stored["randn_source"] == "GPU"


async def test_a_checkpoint_of_the_baseline_that_is_missing_elsewhere_is_told(tmp_path: Path) -> None:
    facts = MemoryFacts()
    other = Library(checkpoints=[Checkpoint(file="somethingElse.safetensors")])
    async with StandIn() as first, a_runner(tmp_path, first.url, facts=facts):
        pass
    async with (
        StandIn(seconds_per_step=0.001, library=other) as second,
        a_runner(tmp_path, second.url, facts=facts) as runner,
    ):
        _, rendered = await draw(runner, a_job())

    (notice,) = rendered.notices
    assert notice.code == "got_other_checkpoint"
    assert notice.data["got"] == "somethingElse"


async def test_user_and_password_are_sent_with_every_request(tmp_path: Path) -> None:
    async with StandIn(auth="easel:p@ss:word", seconds_per_step=0.001) as webui:
        url = webui.url.replace("http://", "http://easel:p%40ss%3Aword@")
        async with a_runner(tmp_path, url) as runner:
            _, rendered = await draw(runner, a_job())

    assert len(rendered.pictures) == 1
    assert 401 not in [log.status for log in webui.requests]


async def test_a_wrong_password_is_told_and_shown_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with StandIn(auth="easel:right") as webui:
        url = webui.url.replace("http://", "http://someone:hunter2@")
        spec = BackendSpec(name="gpu1", url=url)
        async with asyncio.timeout(PATIENCE), a_pool(tmp_path, url) as pool:
            await eventually(lambda: pool.statuses()[0].error == Unauthorized.code)
            shown = f"{spec!r} {pool!r} {pool.runners[0]!r} {pool.statuses()[0]!r} {caplog.text}"

    assert "a web UI cannot be used" in caplog.text
    records = [record for record in caplog.records if record.name.startswith("bot.")]
    shown += " ".join(str(vars(record)) for record in records)
    for secret in ("someone", "hunter2", webui.url.removeprefix("http://"), url):
        assert secret not in shown


async def test_a_status_has_no_place_for_an_address() -> None:
    assert set(BackendStatus.__dataclass_fields__) == {
        "name",
        "up",
        "since",
        "dialect",
        "checkpoint",
        "error",
        "circuit",
    }


async def test_the_same_trouble_is_logged_once_however_often_it_is_met(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    webui = _closed()
    await webui.start()
    await webui.stop()
    clock = ManualClock()
    async with asyncio.timeout(PATIENCE), a_pool(tmp_path, webui.url, clock=clock):
        for _ in range(5):
            await clock.until_asleep()
            clock.advance(30)
        await clock.until_asleep()

    assert [record.message for record in caplog.records].count("a web UI cannot be used") == 1


def test_two_web_uis_of_one_name_are_refused(tmp_path: Path) -> None:
    specs = [
        BackendSpec(name="gpu1", url="http://127.0.0.1:1"),
        BackendSpec(name="gpu1", url="http://[::1]:2"),
    ]
    with pytest.raises(ValueError, match="same name"):
        BackendPool(
            specs,
            catalog=ModelCatalog(),
            facts=MemoryFacts(),
            outputs=tmp_path,
            clock=ManualClock(),
        )


async def test_a_closed_pool_leaves_no_task_and_no_connection(webui: StandIn, tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with asyncio.timeout(PATIENCE), a_pool(tmp_path, webui.url) as pool:
        await pool.runners[0].ready()
        (task,) = pool.tasks

    assert task.cancelled()
    await eventually(lambda: asyncio.all_tasks() <= before)
