"""``python -m bot.demo.discord``: the local Discord as a process of its own.

Its first line on standard output is JSON: ``control_url``, ``api_url``, ``gateway_url``, ``token``,
``application_id``. It runs until it is interrupted.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from bot.demo.discord.api import Entry
from bot.demo.discord.control import Control
from bot.demo.discord.control_steering import Steering
from bot.demo.discord.server import LocalDiscord


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m bot.demo.discord", description="A local Discord.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 = any free one")
    parser.add_argument("--state-log", type=Path, help="append every request as a line of JSON to this file")
    given = parser.parse_args(arguments)
    with suppress(KeyboardInterrupt):
        if given.state_log is None:
            asyncio.run(_run(given.host, given.port, None))
        else:
            with given.state_log.open("a", encoding="utf-8") as log:
                asyncio.run(_run(given.host, given.port, log))
    return 0


async def _run(host: str, port: int, log: TextIO | None) -> None:
    discord = LocalDiscord(host, port)
    Control(discord).add_to(discord.web.router)
    Steering(discord).add_to(discord.web.router)
    if log is not None:
        discord.api.on_log = lambda entry: _write(log, entry)
    async with discord:
        sys.stdout.write(json.dumps(_addresses(discord)) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def _write(log: TextIO, entry: Entry) -> None:
    log.write(json.dumps(asdict(entry)) + "\n")
    log.flush()


def _addresses(discord: LocalDiscord) -> dict[str, str]:
    return {
        "control_url": f"{discord.url}/control",
        "api_url": discord.api_url,
        "gateway_url": discord.gateway_url,
        "token": discord.token,
        "application_id": str(discord.application_id),
    }


if __name__ == "__main__":
    sys.exit(main())
