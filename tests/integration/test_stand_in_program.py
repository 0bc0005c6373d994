"""The stand-in as a program of its own."""

import asyncio
import signal
import sys

import aiohttp
import pytest

_COMMAND = (sys.executable, "-m", "bot.demo.webui", "--seconds-per-step", "0", "--picture-bytes", "20000")


async def started(*more: str) -> tuple[asyncio.subprocess.Process, str]:
    """(the process, its address)."""
    process = await asyncio.create_subprocess_exec(
        *_COMMAND, *more, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        return process, (await process.stdout.readline()).decode().strip()


async def test_it_prints_its_address_serves_and_ends_with_its_standard_input() -> None:
    process, url = await started("--auth", "user:pass")
    assert process.stdin is not None
    async with aiohttp.ClientSession(headers={"Authorization": "Basic dXNlcjpwYXNz"}) as session:
        body = {"prompt": "x", "steps": 1, "width": 128, "height": 128}
        async with session.post(f"{url}/sdapi/v1/txt2img", json=body) as response:
            assert response.status == 200
            assert len((await response.json())["images"]) == 1
    process.stdin.close()
    async with asyncio.timeout(10):
        assert await process.wait() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
async def test_it_ends_in_order_when_it_is_terminated() -> None:
    process, _ = await started("--dialect", "sdcpp")
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        assert await process.wait() == 0
