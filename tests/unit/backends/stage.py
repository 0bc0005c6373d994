"""What tests of back ends stand on: jobs, facts in memory, and a pool in front of stand-ins."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from bot.backends.catalog import ModelCatalog
from bot.backends.finishing import WebUIAnswer
from bot.backends.health import Backoff
from bot.backends.pool import BackendPool, BackendSpec
from bot.backends.runner import BackendRunner
from bot.errors import StorageError
from bot.model.clock import Clock, SystemClock
from bot.model.work import Origin, Request, Txt2Img
from bot.queue.events import Progressed
from bot.queue.job import Job, Rendered, State, new_id
from bot.webui.client import QUICK, Timeouts
from tests.support import render

CREATED_AT = 1_767_225_600.0
"""2026-01-01T00:00:00Z"""
FOLDER = "2026/01/01"
PATIENCE = 10.0
"""Seconds after which a test that waits has failed."""


class MemoryFacts:
    """Facts that last as long as the test. ``broken`` makes every access fail."""

    def __init__(self, values: Mapping[str, JsonValue] | None = None) -> None:
        self.values: dict[str, JsonValue] = dict(values or {})
        self.broken = False

    async def get(self, name: str) -> JsonValue:
        """The value, or None."""
        self._check()
        return self.values.get(name)

    async def put(self, name: str, value: JsonValue) -> None:
        """Keep it, as JSON would."""
        self._check()
        self.values[name] = json.loads(json.dumps(value))

    def _check(self) -> None:
        if self.broken:
            raise StorageError(reason="io")


def a_job(prompt: str = "a lighthouse", *, attempts: int = 1, **work: Any) -> Job:
    """A running job for one small picture."""
    values: dict[str, Any] = {"seed": 7, "steps": 4, "width": 64, "height": 64, "prompt": prompt}
    request = Request(work=Txt2Img(**(values | work)))
    return Job(
        id=new_id(CREATED_AT),
        state=State.RUNNING,
        request=request,
        origin=Origin(guild_id=1, channel_id=2, user_id=3),
        tag=0,
        cost=100,
        created_at=CREATED_AT,
        started_at=CREATED_AT,
        attempts=attempts,
    )


def a_pool(outputs: Path, *urls: str, **changes: Any) -> BackendPool:
    """A pool of gpu1, gpu2 … that asks often."""
    dedicated = changes.pop("dedicated", False)
    specs = [
        BackendSpec(name=f"gpu{number}", url=url, dedicated=dedicated) for number, url in enumerate(urls, 1)
    ]
    clock: Clock = SystemClock()
    values: dict[str, Any] = {
        "catalog": ModelCatalog(),
        "facts": MemoryFacts(),
        "outputs": outputs,
        "clock": clock,
        "timeouts": Timeouts(connect=2, first_byte=5, idle=2, total=8),
        "quick_timeouts": QUICK,
        "poll_seconds": 0.01,
        "backoff": Backoff(first=0.02, longest=0.1),
    }
    return BackendPool(specs, **(values | changes))


@asynccontextmanager
async def a_runner(outputs: Path, url: str, **changes: Any) -> AsyncIterator[BackendRunner]:
    """The runner of one web UI, once that is up."""
    async with asyncio.timeout(PATIENCE), a_pool(outputs, url, **changes) as pool:
        await pool.runners[0].ready()
        yield pool.runners[0]


async def draw(
    runner: BackendRunner, job: Job, report: Callable[[Progressed], None] | None = None
) -> tuple[WebUIAnswer, Rendered]:
    """Render and finish."""
    answer = await render(runner, job, report)
    assert isinstance(answer, WebUIAnswer)
    return answer, await runner.finish(job, answer)


def sent_pictures(answer: WebUIAnswer) -> list[bytes]:
    """The pictures of an answer, read in the plainest way there is."""
    return [base64.b64decode(text) for text in json.loads(answer.raw.body())["images"]]


def sent_info(answer: WebUIAnswer) -> dict[str, Any]:
    """``info`` of an answer, read in the plainest way there is."""
    info: dict[str, Any] = json.loads(json.loads(answer.raw.body())["info"])
    return info
