"""``python -m bot`` as a process of its own, with an environment of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.demo.discord import LocalDiscord
from config.sources import PREFIX
from tests.support import ROOT

PATIENCE_SECONDS = 40.0
"""How long a process may take at most. It starts in a second on a machine that has nothing else to do."""
_OURS = ("DISCORD_", "WEBUI_", "DATABASE_URL", "OUTPUT_DIR", "HTTP_BIND", "LOG_", PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a process."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Of standard error."""
        return self.err.splitlines()


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's own, without any setting of Easel but ``changes``."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_OURS)}
    for name in ("PYTHONIOENCODING", "PYTHONUTF8", "DISPLAY", "WAYLAND_DISPLAY"):
        kept.pop(name, None)
    return kept | {"PYTHONPATH": str(ROOT)} | dict(changes)


def settings_of(discord: LocalDiscord, **changes: str) -> dict[str, str]:
    """The environment of a bot that is to meet the local Discord and no web UI."""
    own = {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "WEBUI_URLS": "http://127.0.0.1:9",
        "HTTP_BIND": "",
    }
    return own | changes


@asynccontextmanager
async def started(
    folder: Path, *arguments: str, **variables: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """``python -m bot`` with ``arguments``, its outputs to be read; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *arguments),
        cwd=folder,
        env=environment(variables),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def ended(process: asyncio.subprocess.Process, encoding: str = "utf-8") -> Ended:
    """Wait for its end."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, err = await process.communicate()
    code = process.returncode
    assert code is not None
    return Ended(code=code, out=out.decode(encoding), err=err.decode(encoding))


async def run(folder: Path, *arguments: str, encoding: str = "utf-8", **variables: str) -> Ended:
    """``python -m bot`` from its start to its end."""
    async with started(folder, *arguments, **variables) as process:
        return await ended(process, encoding)
