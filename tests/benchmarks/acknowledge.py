"""How long people wait for the first answer when many type /draw at once, and what the bot costs when idle.

Run as ``python -m tests.benchmarks.acknowledge``. The bot, the local Discord and the stand-in web UI are
processes of their own. While a job runs that does not end, so many /draw are sent at once, again and again
until the line is full, and once more. The times are the local Discord's: from handing an interaction to the
gateway to the answer that was accepted, so that the cost of asking for them does not count. Discord gives up
after 3 s.
"""

import argparse
import asyncio
import contextlib
import json
import math
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp

ROOT = Path(__file__).parents[2]
LONGER_THAN_THE_BENCHMARK = 36_000.0
WAIT = 60.0
"""Seconds that anything here may take at most."""
SETTLED = 0.05
"""Share of a core below which the bot counts as idle again."""
CHANNEL = "drawing"
TARGET_SECONDS = 1.0
TARGET_MB = 120.0


# processes


@contextlib.asynccontextmanager
async def program(
    module: str, *arguments: str, folder: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Process]:
    """``python -m module`` until the block ends. What it writes to standard error goes to a file."""
    log = folder / f"{module}.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
        )
    try:
        yield process
    except BaseException:
        sys.stderr.write(log.read_text(errors="replace")[-4000:])
        raise
    finally:
        if process.returncode is None:
            process.kill()  # what they would finish first is of no interest here
        await asyncio.wait_for(process.wait(), WAIT)


async def first_line(process: Process) -> str:
    """What it says when it is ready."""
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), WAIT)
    return line.decode().strip()


def bot_environment(discord: Mapping[str, str], webui: str, room: int) -> dict[str, str]:
    """The bot's, with everything under its own folder. ``room``: pictures that may wait in all."""
    return {
        "DISCORD_TOKEN": discord["token"],
        "DISCORD_API_URL": discord["api_url"],
        "DISCORD_GATEWAY_URL": discord["gateway_url"],
        "WEBUI_URLS": webui,
        "DATABASE_URL": "sqlite:///easel.db",
        "OUTPUT_DIR": "outputs",
        "HTTP_BIND": "",
        "EASEL__QUEUE__WAITING_PER_PERSON": str(room),
        "EASEL__QUEUE__WAITING_TOTAL": str(room),
    }


@dataclass(frozen=True, slots=True)
class Usage:
    """A process at one moment. Megabytes are millions of bytes."""

    megabytes: float
    peak: float
    cpu_seconds: float


def usage(pid: int) -> Usage | None:
    """What Linux says of a process; None where there is no ``/proc`` or no such process."""
    folder = Path("/proc") / str(pid)
    if not folder.is_dir():
        return None
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    resident, peak = (int(status[key].split()[0]) * 1024 / 1e6 for key in ("VmRSS", "VmHWM"))
    # The name, field 2, may hold anything but ends at the last bracket; utime and stime are 14 and 15.
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return Usage(resident, peak, ticks / os.sysconf("SC_CLK_TCK"))


async def cpu_share(pid: int, seconds: float) -> float | None:
    """Share of one core that a process uses during that time."""
    before, start = usage(pid), time.perf_counter()
    await asyncio.sleep(seconds)
    after, took = usage(pid), time.perf_counter() - start
    if before is None or after is None:
        return None
    return (after.cpu_seconds - before.cpu_seconds) / took


async def settle(pid: int) -> None:
    """Until the bot has done what a burst leaves behind: the edits of messages whose place has changed."""
    deadline = time.perf_counter() + WAIT
    while time.perf_counter() < deadline:
        share = await cpu_share(pid, 1.0)
        if share is None or share < SETTLED:
            return


@dataclass(frozen=True, slots=True)
class Cost:
    """What a burst took of the processors."""

    bot: float
    """Seconds of the bot's."""
    others: float
    """Share of the whole machine, 0 to 1, that went to programs that do not belong to the benchmark."""


class Meter:
    """``with Meter(bot, all pids) as meter``, then ``meter.cost``; None where there is no ``/proc``."""

    def __init__(self, bot: int, ours: Sequence[int]) -> None:
        self.cost: Cost | None = None
        self._bot = bot
        self._ours = ours
        self._before = self._read()

    def __enter__(self) -> Self:
        self._before = self._read()
        return self

    def __exit__(self, *_: object) -> None:
        before, after = self._before, self._read()
        if before is not None and after is not None:
            bot, ours, busy, total = (now - then for now, then in zip(after, before, strict=True))
            self.cost = Cost(bot, max(0.0, busy - ours) / total)

    def _read(self) -> tuple[float, float, float, float] | None:
        """Seconds: the bot's, all of ours, the machine's busy ones, and all that it had."""
        used = [usage(pid) for pid in (self._bot, *self._ours)]
        known = [one.cpu_seconds for one in used if one is not None]
        if len(known) < len(used):
            return None
        # user nice system idle iowait irq softirq steal: man 5 proc_stat. Guests are in user already.
        with Path("/proc/stat").open() as stat:
            ticks = [int(word) / os.sysconf("SC_CLK_TCK") for word in stat.readline().split()[1:9]]
        return known[0], sum(known[1:]), sum(ticks) - ticks[3] - ticks[4], sum(ticks)


# people


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one /draw."""

    seconds: float
    sent_at: float
    """Seconds; only differences mean something."""
    kind: str
    """"queued", "refused" or "none"."""


class Discord:
    """The control API of the local Discord."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Look or wait."""
        async with self._session.get(f"{self._url}/{path}", params=query) as response:
            return await _answer(response)

    async def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Act or steer."""
        async with self._session.post(f"{self._url}/{path}", json=body) as response:
            return await _answer(response)

    async def draw(self, person: str, number: int) -> Answer:
        """One /draw, until its first answer."""
        options = {"prompt": f"maltese puppy number {number}, soft light, 35mm", "steps": 20}
        body = {"person": person, "channel": CHANNEL, "command": "draw", "options": options}
        outcome = await self.post("slash", body)
        kind = "none"
        if outcome["kind"] == "message":
            kind = "refused" if outcome["ephemeral"] else "queued"
        # Milliseconds since 2015 are in every snowflake: discord.com/developers/docs/reference#snowflakes
        sent_at = (int(outcome["interaction_id"]) >> 22) / 1000
        return Answer(seconds=outcome["seconds"], sent_at=sent_at, kind=kind)


async def _answer(response: aiohttp.ClientResponse) -> dict[str, Any]:
    body: dict[str, Any] = await response.json()
    if response.status != 200:
        raise RuntimeError(f"the local Discord refused: {body}")
    return body


# the tables

HEAD = (
    ("line before", 13),
    ("queued", 8),
    ("refused", 9),
    ("no answer", 11),
    ("sent in", 9),
    ("p50", 8),
    ("p90", 8),
    ("p99", 8),
    ("max", 8),
    ("per s", 7),
    ("bot ms", 8),
    ("others", 8),
)
LEGEND = """\
All times in seconds, but "bot ms": milliseconds of processor time that the bot used for each answer.
"sent in": how long it took the local Discord to hand over the interactions of the burst.
"others": share of this machine that programs other than the four of the benchmark took meanwhile; where it is
not near 0 %, the times are theirs too."""


def row(cells: Sequence[object]) -> str:
    """One line of the table."""
    return "".join(str(cell).rjust(width) for cell, (_, width) in zip(cells, HEAD, strict=True))


def percentile(ordered: Sequence[float], share: float) -> float:
    """The least value that at least that share does not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def summary(before: int | str, answers: Sequence[Answer], cost: Cost | None) -> str:
    """One burst."""
    times = sorted(answer.seconds for answer in answers)
    kinds = [answer.kind for answer in answers]
    sent = sorted(answer.sent_at for answer in answers)
    took = max(answer.sent_at + answer.seconds for answer in answers) - sent[0]
    spread = (sent[-1] - sent[0], *(percentile(times, share) for share in (0.5, 0.9, 0.99)), times[-1])
    cells: list[object] = [before, *(kinds.count(kind) for kind in ("queued", "refused", "none"))]
    cells += [f"{value:.3f}" for value in spread] + [f"{len(answers) / took:.0f}"]
    if cost is None:
        return row([*cells, "–", "–"])
    return row([*cells, f"{cost.bot / len(answers) * 1e3:.2f}", f"{cost.others:.0%}"])


def show_usage(moment: str, now: Usage | None) -> None:
    """The bot's memory."""
    if now is None:
        print(f"{moment}: memory and processor time cannot be read here, where there is no /proc")
    else:
        print(f"{moment}: {now.megabytes:.1f} MB, {now.peak:.1f} MB at most")


def verdict(what: str, value: float, unit: str, target: float) -> str:
    """One line about a target."""
    return (
        f"{'reached' if value < target else 'MISSED':8}{what}: {value:.3g} {unit}, target < {target:g} {unit}"
    )


# the run


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything started and connected."""

    discord: Discord
    bot: int
    """Process id."""
    pids: tuple[int, ...]
    """Of all that belongs to the benchmark, itself included."""


@contextlib.asynccontextmanager
async def scene(room: int) -> AsyncIterator[Scene]:
    """``room``: pictures that may wait in all."""
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        start = stack.enter_async_context
        discord = await start(program("bot.demo.discord", folder=folder))
        addresses = json.loads(await first_line(discord))
        forever = ("--render-seconds", str(LONGER_THAN_THE_BENCHMARK))
        webui = await start(program("bot.demo.webui", *forever, folder=folder))
        environment = bot_environment(addresses, await first_line(webui), room)
        session = await start(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        control = Discord(session, addresses["control_url"])
        bot = await start(program("bot", "run", folder=folder, environment=environment))
        await control.get("ready", timeout=str(WAIT))
        yield Scene(control, bot.pid, (os.getpid(), discord.pid, webui.pid, bot.pid))


async def burst(at: Scene, people: Sequence[str], count: int, before: int | str) -> float:
    """Prints one row; returns the p99."""
    draws = [at.discord.draw(people[number % len(people)], number) for number in range(count)]
    with Meter(at.bot, at.pids) as meter:
        answers = await asyncio.gather(*draws)
    print(summary(before, answers, meter.cost), flush=True)
    await settle(at.bot)
    return percentile(sorted(answer.seconds for answer in answers), 0.99)


async def idle(at: Scene, watched: float) -> Usage | None:
    """The bot before anybody has asked for anything."""
    await settle(at.bot)
    share, now = await cpu_share(at.bot, watched), usage(at.bot)
    show_usage("idle after the start", now)
    if share is not None:
        print(f"idle: {share:.2%} of one core, over {watched:.0f} s")
    return now


async def begin(at: Scene, person: str) -> None:
    """A first job, which runs from then on."""
    await at.discord.draw(person, 0)
    await at.discord.get("wait", channel=CHANNEL, text="🎨", timeout=str(WAIT))


async def run(given: argparse.Namespace) -> None:
    """All of it."""
    count, people = given.interactions, [f"person{number}" for number in range(given.people)]
    async with scene(given.bursts * count) as at:
        for name in people:
            await at.discord.post("people", {"name": name})
        resting = await idle(at, given.idle_seconds)
        await begin(at, people[0])
        print(f"\n{count} /draw at once by {given.people} people while a job runs:")
        print(row([name for name, _ in HEAD]))
        befores = [*range(0, given.bursts * count, count), "full"]
        each = [await burst(at, people, count, before) for before in befores]
        print(LEGEND)
        show_usage("\nafter the bursts", usage(at.bot))
    print(verdict("p99 of the slowest burst", max(each), "s", TARGET_SECONDS))
    if resting is not None:
        print(verdict("idle memory", resting.megabytes, "MB", TARGET_MB))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--interactions", type=int, default=200, help="/draw in one burst")
    parser.add_argument("--bursts", type=int, default=5, help="until the line is full")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--idle-seconds", type=float, default=10.0, help="how long idling is watched")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
