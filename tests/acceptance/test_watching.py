"""What the host sees: health, readiness, metrics, and one line per finished job (row O6)."""

import logging
from pathlib import Path

import aiohttp
import pytest

from tests.harness import easel


async def test_the_endpoints_tell_what_happened(tmp_path: Path) -> None:
    async with easel(tmp_path, HTTP_BIND="127.0.0.1:0") as world, aiohttp.ClientSession() as client:
        base = f"http://{world.app.health_address}"
        await world.draw("a cat", batch="2")
        await world.result()
        await world.until(lambda: len(world.bot_messages()) == 1)
        async with client.get(f"{base}/healthz") as answer:
            assert answer.status == 200
        async with client.get(f"{base}/readyz") as answer:
            assert await answer.json() == {"ready": True, "checks": {"discord": True, "database": True}}
        async with client.get(f"{base}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        assert "easel_pictures_total 2.0" in lines
        assert 'easel_jobs_total{state="delivered"} 1.0' in lines
        assert 'easel_webui_up{webui="webui-1"} 1.0' in lines
        assert "easel_queue_pictures 0.0" in lines
        assert "easel_acknowledge_seconds_count 1.0" in lines


async def test_one_line_per_finished_job_has_the_facts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with easel(tmp_path) as world:
            await world.draw("a secret wish")
            await world.result()
            await world.until(lambda: len(world.bot_messages()) == 1)
    [line] = [record for record in caplog.records if record.message == "job finished"]
    facts = vars(line)
    assert facts["state"] == "delivered"
    assert facts["backend"] == "webui-1"
    assert facts["pictures"] == 1
    assert "a secret wish" not in str(facts)
