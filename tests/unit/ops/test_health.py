"""The endpoints over real HTTP."""

import asyncio
import logging
import socket

import aiohttp
import pytest

from bot.ops.health import Check, Health, serve
from bot.ops.metrics import Metrics
from config.values import HttpBind

ANY_PORT = HttpBind(host="127.0.0.1", port=0)


def health(**checks: Check) -> Health:
    return Health(Metrics(), checks, check_seconds=0.05)


async def get(bind: HttpBind | None, path: str) -> tuple[int, str, str]:
    assert bind is not None
    timeout = aiohttp.ClientTimeout(total=5)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(f"http://{bind.shown}{path}") as response,
    ):
        return response.status, response.headers["Content-Type"], await response.text()


async def test_alive_is_answered_whatever_the_checks_say() -> None:
    async with serve(ANY_PORT, health(discord=lambda: False)) as bind:
        status, _, body = await get(bind, "/healthz")

    assert (status, body) == (200, '{"alive": true}')


async def test_ready_when_every_check_holds() -> None:
    async def database() -> bool:
        await asyncio.sleep(0)
        return True

    async with serve(ANY_PORT, health(discord=lambda: True, database=database)) as bind:
        status, _, body = await get(bind, "/readyz")

    assert status == 200
    assert body == '{"ready": true, "checks": {"discord": true, "database": true}}'


async def test_not_ready_names_what_is_missing() -> None:
    async with serve(ANY_PORT, health(discord=lambda: False, database=lambda: True)) as bind:
        status, _, body = await get(bind, "/readyz")

    assert status == 503
    assert body == '{"ready": false, "checks": {"discord": false, "database": true}}'


async def test_a_check_that_raises_or_hangs_has_failed_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> bool:
        raise RuntimeError("no database")

    async def hanging() -> bool:
        return await asyncio.Event().wait()

    async with serve(ANY_PORT, health(database=broken, discord=hanging)) as bind:
        status, _, body = await get(bind, "/readyz")

    assert status == 503
    assert body == '{"ready": false, "checks": {"database": false, "discord": false}}'
    assert {vars(record)["check"] for record in caplog.records if "check" in vars(record)} == {
        "database",
        "discord",
    }


async def test_metrics_are_served_as_prometheus_reads_them() -> None:
    metrics = Metrics()
    metrics.rendered(3, 1.0)
    async with serve(ANY_PORT, Health(metrics, {})) as bind:
        status, content_type, body = await get(bind, "/metrics")

    assert status == 200
    assert content_type.startswith("text/plain; version=")
    assert "easel_pictures_total 3.0\n" in body


async def test_any_port_is_taken_and_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "bot.ops.health"):
        async with serve(ANY_PORT, health()) as bind:
            pass

    assert bind is not None
    assert bind.port > 0
    assert [vars(record)["url"] for record in caplog.records] == [f"http://127.0.0.1:{bind.port}"]


async def test_a_port_that_is_taken_is_a_warning_and_no_end(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with serve(HttpBind(host="127.0.0.1", port=port), health()) as bind:
            pass

    assert bind is None
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert vars(record)["bind"] == f"127.0.0.1:{port}"


async def test_switched_off_serves_nothing_and_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "bot.ops.health"):
        async with serve(None, health()) as bind:
            pass

    assert bind is None
    assert caplog.records == []


async def test_the_port_is_free_again_afterwards() -> None:
    async with serve(ANY_PORT, health()) as first:
        pass
    assert first is not None

    async with serve(first, health()) as second:
        assert second == first
