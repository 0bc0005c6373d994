"""How busy the bot keeps several web UIs, and how long one waits between an answer and its next request.

Run as ``python -m tests.benchmarks.pipeline``. The web UIs are stand-ins and processes of their own, and so
is the local Discord, which answers uploads late; the bot is this process. People ask by /draw while the queue
is paused; then it goes on, and the time runs until the last answer is in memory.

Two shares are printed. "in a request": the time between sending a request and its answer's last byte, over
all the time there was. "rendering": the seconds that the stand-ins were told to render (and to load models),
over the same; what is missing there is the gap, the way of the answer, and the stand-ins' own work, which
shares this machine's processors with the bot.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import App, open_app
from bot.model.tasks import TaskOwner
from bot.model.work import Txt2Img
from bot.queue.job import State
from bot.webui.client import WebUIClient
from bot.webui.endpoints import Endpoint
from config.settings import Settings, load
from tests.benchmarks.acknowledge import Discord, Usage, first_line, percentile, program, usage

MODELS = ("daydream_v2", "inkAndPaper_v1", "softPastel_v3")
"""Of the stand-in's library. Each web UI starts with the first."""
READY_SECONDS = 60.0
TARGET_BUSY = 0.98
TARGET_P50, TARGET_P95 = 0.005, 0.025


@dataclass(frozen=True, slots=True)
class Span:
    """One request, in seconds of ``time.perf_counter``."""

    sent: float
    answered: float


@dataclass(slots=True)
class Watch:
    """When each web UI was busy."""

    spans: dict[int, list[Span]] = field(default_factory=dict)
    """By the identity of its client."""

    @contextlib.contextmanager
    def watching(self) -> Any:
        """Note every request to /txt2img, just around the client's own call."""
        original = WebUIClient.post
        spans = self.spans

        async def timed(client: WebUIClient, endpoint: Endpoint, payload: dict[str, Any]) -> Any:
            sent = time.perf_counter()
            answer = await original(client, endpoint, payload)
            if endpoint is not Endpoint.TXT2IMG:
                return answer
            spans.setdefault(id(client), []).append(Span(sent, time.perf_counter()))
            return answer

        WebUIClient.post = timed  # type: ignore[method-assign, assignment]
        try:
            yield self
        finally:
            WebUIClient.post = original  # type: ignore[method-assign]

    @property
    def gaps(self) -> list[float]:
        """Between an answer and the next request to the same web UI."""
        return sorted(
            after.sent - before.answered for spans in self.spans.values() for before, after in pairwise(spans)
        )

    def share(self, end: float) -> float:
        """Of the time from the first request to ``end``, how much was spent in requests."""
        every = [span for spans in self.spans.values() for span in spans]
        whole = (end - min(span.sent for span in every)) * len(self.spans)
        return sum(span.answered - span.sent for span in every) / whole


@dataclass(frozen=True, slots=True)
class Result:
    """One run."""

    label: str
    seconds: float
    in_request: float
    rendering: float
    p50: float
    p95: float
    longest: float
    switches: int
    posted: int
    cpu_ms: float | None
    """Milliseconds of processor time that the bot used for each job."""


def settings_for(discord: dict[str, str], webuis: Sequence[str], folder: Path, room: int) -> Settings:
    """Everything below ``folder``; the pace of everything else as shipped."""
    environment = {
        "DISCORD_TOKEN": discord["token"],
        "DISCORD_API_URL": discord["api_url"],
        "DISCORD_GATEWAY_URL": discord["gateway_url"],
        "WEBUI_URLS": ",".join(webuis),
        "DATABASE_URL": f"sqlite:///{(folder / 'easel.db').as_posix()}",
        "OUTPUT_DIR": str(folder / "outputs"),
        "HTTP_BIND": "",
        "EASEL__QUEUE__WAITING_PER_PERSON": str(room),
        "EASEL__QUEUE__WAITING_TOTAL": str(room),
    }
    return load(environment, None, dotenv=False)


@contextlib.asynccontextmanager
async def scene(given: argparse.Namespace, switch_seconds: float) -> AsyncIterator[tuple[App, Discord]]:
    """The processes and the bot, connected, every web UI known."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        start = stack.enter_async_context
        late = ("--upload-seconds", str(given.upload_seconds))
        discord = await start(program("tests.benchmarks.slow_discord", *late, folder=folder))
        addresses = json.loads(await first_line(discord))
        pace = ("--picture-bytes", str(given.picture_bytes), "--render-seconds", str(given.render_seconds))
        switch = ("--switch-seconds", str(switch_seconds))
        webuis = [
            await start(program("bot.demo.webui", *pace, *switch, folder=folder))
            for _ in range(given.backends)
        ]
        urls = [await first_line(webui) for webui in webuis]
        session = await start(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        control = Discord(session, addresses["control_url"])
        settings = settings_for(addresses, urls, folder, given.jobs)
        app = await start(open_app(settings, guild_ready_timeout=0.0))
        tasks, stop = TaskOwner(), asyncio.Event()
        tasks.start(app.serve(stop), "serve")
        stack.push_async_callback(tasks.close)
        await control.get("ready", timeout=str(READY_SECONDS))
        await until(lambda: app.services.queue.dispatch.backends_up == given.backends)
        yield app, control


async def until(condition: Callable[[], bool]) -> None:
    """Look every 20 ms, for a while."""
    async with asyncio.timeout(600):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)


async def ask(control: Discord, jobs: int, people: int, models: int) -> None:
    """All the /draw, before anything is drawn."""
    names = [f"person{number}" for number in range(people)]
    for name in names:
        await control.post("people", {"name": name})
    for number in range(jobs):
        # Whatever comes round in step with the people would give each person one model.
        model = MODELS[(number // people + number) % models]
        options = {"prompt": f"maltese puppy {number}", "width": 1024, "height": 1024, "data_model": model}
        body = {"person": names[number % people], "channel": "drawing", "command": "draw", "options": options}
        outcome = await control.post("slash", body)
        if outcome["kind"] != "message" or outcome["ephemeral"]:
            raise RuntimeError(f"a /draw was refused: {outcome}")


def _blind(_work: Txt2Img) -> str:
    return ""


async def run(given: argparse.Namespace, label: str, models: int, *, affinity: bool = True) -> Result:
    """One table row."""
    switch_seconds = given.switch_seconds if models > 1 else 0.0
    async with scene(given, switch_seconds) as (app, control):
        if not affinity:
            app.services.pool.fleet.model_of = _blind  # type: ignore[method-assign, assignment]
        queue = app.services.queue
        queue.pause()
        await ask(control, given.jobs, given.people, models)
        watch = Watch()
        with watch.watching():
            before = usage_now()
            queue.resume()
            await until(lambda: sum(map(len, watch.spans.values())) == given.jobs)
            end = max(span.answered for spans in watch.spans.values() for span in spans)
            after = usage_now()
        rendered = [State.RUNNING, State.RENDERED]
        posted = given.jobs - len(await app.services.store.in_state(*rendered))
        await all_stored(app)
        done = await app.services.store.in_state(State.RENDERED, State.DELIVERED)
        switches = sum(1 for job in done if job.switch != 0)
        start = min(span.sent for spans in watch.spans.values() for span in spans)
        work = given.jobs * given.render_seconds + switches * switch_seconds
        cpu = None if before is None or after is None else after.cpu_seconds - before.cpu_seconds
        return Result(
            label=label,
            seconds=end - start,
            in_request=watch.share(end),
            rendering=work / ((end - start) * given.backends),
            p50=statistics.median(watch.gaps),
            p95=percentile(watch.gaps, 0.95),
            longest=watch.gaps[-1],
            switches=switches,
            posted=posted,
            cpu_ms=None if cpu is None else cpu / given.jobs * 1e3,
        )


async def all_stored(app: App) -> None:
    """Until every picture is on disk."""
    with app.services.queue.events.subscribe() as events:
        async with asyncio.timeout(60):
            while await app.services.store.in_state(State.RUNNING, State.WAITING):
                await anext(events)


def usage_now() -> Usage | None:
    """Of the bot, which is this process."""
    return usage(os.getpid())


def show(result: Result) -> None:
    """One row."""
    cpu = "–" if result.cpu_ms is None else f"{result.cpu_ms:.0f}"
    print(
        f"{result.label:40}{result.seconds:8.1f}{result.in_request:12.1%}{result.rendering:11.1%}"
        f"{result.p50 * 1e3:9.1f}{result.p95 * 1e3:9.1f}{result.longest * 1e3:9.1f}{result.switches:10}"
        f"{result.posted:8}{cpu:>9}",
        flush=True,
    )


def verdict(what: str, reached: bool, said: str) -> None:
    """One line about a target."""
    print(f"{'reached' if reached else 'MISSED':8}{what}: {said}")


async def compare(given: argparse.Namespace) -> None:
    """One model; three with affinity; three without."""
    print(
        f"{given.jobs} jobs of {given.people} people on {given.backends} web UIs, "
        f"{given.render_seconds:g} s and {given.picture_bytes / 1e6:g} MB each; uploads are answered after "
        f"{given.upload_seconds * 1e3:.0f} ms; {given.switch_seconds:g} s to load another model"
    )
    print(
        f"{'':40}{'seconds':>8}{'in request':>12}{'rendering':>11}{'gap p50':>9}{'p95':>9}{'max ms':>9}"
        f"{'switches':>10}{'posted':>8}{'bot ms':>9}"
    )
    one = await run(given, "one model", 1)
    show(one)
    if not given.one_model:
        show(await run(given, "three models", 3))
        show(await run(given, "three models, blind to what is loaded", 3, affinity=False))
    verdict("busy (in a request)", one.in_request >= TARGET_BUSY, f"{one.in_request:.1%}, target 98 %")
    verdict("gap p50", one.p50 < TARGET_P50, f"{one.p50 * 1e3:.1f} ms, target < 5 ms")
    verdict("gap p95", one.p95 < TARGET_P95, f"{one.p95 * 1e3:.1f} ms, target < 25 ms")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--backends", type=int, default=4)
    parser.add_argument("--render-seconds", type=float, default=1.0)
    parser.add_argument("--picture-bytes", type=int, default=1_500_000)
    parser.add_argument("--upload-seconds", type=float, default=0.3)
    parser.add_argument("--switch-seconds", type=float, default=2.0)
    parser.add_argument("--one-model", action="store_true", help="the first row alone")
    asyncio.run(compare(parser.parse_args()))


if __name__ == "__main__":
    main()
