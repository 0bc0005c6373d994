"""The contract tests that anybody can point at a real web UI, pointed at the stand-in."""

import asyncio
import sys
from pathlib import Path

from bot.demo.webui import StandIn

ROOT = Path(__file__).parents[3]


async def test_the_contract_holds_with_the_stand_in_over_basic_auth() -> None:
    async with StandIn("a1111", seconds_per_step=0, switch_seconds=0, auth="easel:pass@word") as stand_in:
        url = stand_in.url.replace("http://", "http://easel:pass%40word@")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "pytest", "tests/live", "-q", "-p", "no:cacheprovider", "--webui", url,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await asyncio.wait_for(process.communicate(), 60)
    told = output.decode("utf-8", "replace")
    assert process.returncode == 0, told
    assert "1 skipped" in told  # Forge's modules
    assert "pass%40word" not in told
