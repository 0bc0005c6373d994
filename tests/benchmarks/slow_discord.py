"""The local Discord as a process of its own, whose uploads take their time.

``python -m tests.benchmarks.slow_discord --upload-seconds 0.3``; its first line is that of
``python -m bot.demo.discord``.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.demo.discord import LocalDiscord
from bot.demo.discord.control import Control
from bot.demo.discord.control_steering import Steering

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def serve(upload_seconds: float) -> None:
    """Until it is killed."""

    @web.middleware
    async def late(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.content_type == "multipart/form-data" and request.path.endswith("/messages"):
            await asyncio.sleep(upload_seconds)
        return response

    discord = LocalDiscord()
    discord.web.middlewares.append(late)
    Control(discord).add_to(discord.web.router)
    Steering(discord).add_to(discord.web.router)
    async with discord:
        addresses = {
            "control_url": f"{discord.url}/control",
            "api_url": discord.api_url,
            "gateway_url": discord.gateway_url,
            "token": discord.token,
        }
        sys.stdout.write(json.dumps(addresses) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--upload-seconds", type=float, default=0.3)
    asyncio.run(serve(parser.parse_args().upload_seconds))
