"""From a web UI's answer to pictures ready to be uploaded: how long, and how long the event loop stands.

Run as ``python -m tests.benchmarks.finishing``. Two tables:

1. One 1024² PNG and a batch of four, from the chunks in which the answer came to bytes that carry their
   infotext, against the way of the web UI's own API guide and of aiyabot: ``json.loads``,
   ``base64.b64decode``, decode with Pillow, ask ``/png-info`` for the text, encode again with it. The
   ``/png-info`` is that of another process over loopback, which decodes the base64, opens the picture with
   Pillow and reads its text, as the web UI does. Both ways take turns, so that they meet the same noise.
2. How late a ticker of 1 ms is while eight pictures of 2048² and at least 5 MB are finished in threads.
"""

import asyncio
import base64
import contextlib
import io
import json
import multiprocessing
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection

import aiohttp
from aiohttp import web
from PIL import Image, PngImagePlugin

from bot.imaging.codec import PictureLimits
from bot.imaging.finish import AT_ONCE, FinishedPicture, finish_picture
from bot.imaging.metadata import read_parameters
from bot.webui.responses import parse_generation

CHUNK = 64 * 1024
"""Bytes that aiohttp hands over at once: its read buffer."""

MIB = 1024 * 1024
IDLE = "nothing goes on"
UNBOUNDED = "all at once"
INFOTEXT = (
    "maltese puppy in a basket, soft light, 35mm\nNegative prompt: blurry\nSteps: 30, Sampler: Euler a, "
    "Schedule type: Automatic, CFG scale: 7.0, Seed: {seed}, Size: {side}x{side}, Model hash: 6ce0161689, "
    "Model: v1-5-pruned-emaonly, Version: v1.10.1"
)

Chunks = list[bytes]


def draw(side: int, noise: float, seed: int, infotext: str | None) -> bytes:
    """A PNG of soft colours under fine noise, which packs about as well as a rendered picture."""
    source = random.Random(seed)
    colours = Image.frombytes("RGB", (32, 32), source.randbytes(32 * 32 * 3))
    grain = Image.frombytes("RGB", (side, side), source.randbytes(side * side * 3))
    picture = Image.blend(colours.resize((side, side), Image.Resampling.BICUBIC), grain, noise)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=_text(infotext) if infotext else None)
    return out.getvalue()


def _text(infotext: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", infotext)
    return info


def answer(pictures: Sequence[bytes], infotexts: Sequence[str], side: int) -> Chunks:
    """What the web UI sends for them, in the pieces in which aiohttp hands it over."""
    seeds = list(range(1, len(pictures) + 1))
    info = {
        "prompt": "maltese puppy in a basket, soft light, 35mm",
        "all_prompts": ["maltese puppy in a basket, soft light, 35mm"] * len(pictures),
        "seed": 1,
        "all_seeds": seeds,
        "all_subseeds": seeds,
        "width": side,
        "height": side,
        "sampler_name": "Euler a",
        "steps": 30,
        "index_of_first_image": 0,
        "infotexts": list(infotexts),
        "version": "v1.10.1",
    }
    images = [base64.b64encode(picture).decode() for picture in pictures]
    body = json.dumps({"images": images, "parameters": {}, "info": json.dumps(info)}).encode()
    return [body[at : at + CHUNK] for at in range(0, len(body), CHUNK)]


def easel_in_thread(chunks: Chunks) -> list[FinishedPicture]:
    """All that Easel does with an answer."""
    generation = parse_generation(200, {}, b"".join(chunks))
    limits = PictureLimits()
    return [finish_picture(result.image, result.infotext, limits) for result in generation.results]


async def easel(chunks: Chunks) -> list[bytes]:
    """As the runner of a back end calls it."""
    return [finished.data for finished in await asyncio.to_thread(easel_in_thread, chunks)]


async def incumbent(session: aiohttp.ClientSession, png_info: str, chunks: Chunks) -> list[bytes]:
    """The usual way. Where ``/png-info`` finds no text, it takes that of the answer."""
    parsed = json.loads(b"".join(chunks))
    infotexts = json.loads(parsed["info"])["infotexts"]
    done: list[bytes] = []
    for encoded, infotext in zip(parsed["images"], infotexts, strict=True):
        picture = Image.open(io.BytesIO(base64.b64decode(encoded)))
        question = {"image": "data:image/png;base64," + encoded}
        async with session.post(png_info, json=question) as response:
            reply = await response.json()
        out = io.BytesIO()
        picture.save(out, "PNG", pnginfo=_text(reply["info"] or infotext))
        done.append(out.getvalue())
    return done


async def _png_info(request: web.Request) -> web.Response:
    question = await request.json()
    picture = Image.open(io.BytesIO(base64.b64decode(question["image"].partition(",")[2])))
    info = picture.info.get("parameters", "")
    return web.json_response({"info": info, "items": {}, "parameters": {}})


async def _serve(pipe: Connection) -> None:
    app = web.Application(client_max_size=64 * MIB)
    app.router.add_post("/sdapi/v1/png-info", _png_info)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(runner.addresses[0][1])
    await asyncio.to_thread(pipe.recv)
    await runner.cleanup()


def serve_png_info(pipe: Connection) -> None:
    """The body of the other process: sends its port, and ends at the first thing it is sent."""
    asyncio.run(_serve(pipe))


@contextlib.asynccontextmanager
async def png_info_server() -> AsyncIterator[str]:
    """The address of ``/png-info`` in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve_png_info, args=(theirs,), daemon=True)
    process.start()
    try:
        port = await asyncio.to_thread(ours.recv)
        yield f"http://127.0.0.1:{port}/sdapi/v1/png-info"
    finally:
        ours.send("stop")
        await asyncio.to_thread(process.join, 10)


async def _seconds(call: Callable[[], Awaitable[list[bytes]]]) -> float:
    start = time.perf_counter()
    await call()
    return time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the first table."""

    name: str
    chunks: Chunks
    target: int
    """How many times faster than the incumbent it is to be."""


def cases() -> list[Case]:
    """One picture and four, with and without their own chunk."""
    texts = [INFOTEXT.format(seed=seed, side=1024) for seed in range(1, 5)]
    carrying = [draw(1024, 0.06, seed, text) for seed, text in enumerate(texts)]
    lacking = [draw(1024, 0.06, seed, None) for seed in range(4)]
    return [
        Case("1 PNG with its chunk", answer(carrying[:1], texts[:1], 1024), 50),
        Case("4 PNGs with their chunk", answer(carrying, texts, 1024), 50),
        Case("1 PNG, spliced", answer(lacking[:1], texts[:1], 1024), 30),
        Case("4 PNGs, spliced", answer(lacking, texts, 1024), 30),
    ]


async def compare(rounds: int) -> None:
    """Print the first table."""
    print(f"{'answer':26}{'MB':>6}{'Easel ms':>11}{'incumbent ms':>15}{'ratio':>9}{'target':>9}")
    async with png_info_server() as address, aiohttp.ClientSession() as session:
        for case in cases():
            chunks = case.chunks
            for done in (await easel(chunks), await incumbent(session, address, chunks)):
                assert all(read_parameters(png) for png in done), "a way that loses the text proves nothing"
            ours: list[float] = []
            theirs: list[float] = []
            for _ in range(rounds):
                theirs.append(await _seconds(partial(incumbent, session, address, chunks)))
                ours += [await _seconds(partial(easel, chunks)) for _ in range(5)]
            us, them = statistics.median(ours), statistics.median(theirs)
            size = sum(map(len, chunks)) / 1e6
            print(
                f"{case.name:26}{size:6.1f}{us * 1e3:11.2f}{them * 1e3:15.1f}{them / us:8.0f}x"
                f"{'>=' + str(case.target):>8}x"
            )


async def lateness(work: Awaitable[object]) -> tuple[list[float], float]:
    """(how late each tick of 1 ms was in seconds while ``work`` went on, how long that took)."""
    task = asyncio.ensure_future(work)
    late: list[float] = []
    start = time.perf_counter()
    while not task.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        late.append(time.perf_counter() - before - 0.001)
    await task
    return late, time.perf_counter() - start


async def _finish_all(answers: Sequence[Chunks], at_once: int) -> None:
    slots = asyncio.Semaphore(at_once)

    async def finish(chunks: Chunks) -> list[bytes]:
        async with slots:
            return await easel(chunks)

    done = await asyncio.gather(*map(finish, answers))
    assert sum(map(len, done)) == 8


def _stalling() -> dict[str, Callable[[], Awaitable[object]]]:
    """What goes on beside the ticker, by the name of its line."""
    texts = [INFOTEXT.format(seed=seed, side=2048) for seed in range(1, 9)]
    work: dict[str, Callable[[], Awaitable[object]]] = {IDLE: partial(asyncio.sleep, 0.5)}
    for name, inside in (("with their chunk", texts), ("spliced", [None] * 8)):
        pictures = [draw(2048, 0.04, seed, text) for seed, text in enumerate(inside)]
        assert min(map(len, pictures)) >= 5_000_000
        eight = [answer([picture], [text], 2048) for picture, text in zip(pictures, texts, strict=True)]
        one = [answer(pictures, texts, 2048)]
        work[f"8 answers, {name}"] = partial(_finish_all, eight, AT_ONCE)
        work[f"1 answer of 8, {name}"] = partial(_finish_all, one, AT_ONCE)
        work[f"8 answers, {name}, {UNBOUNDED}"] = partial(_finish_all, eight, 8)
    return work


async def stalls(rounds: int) -> None:
    """Print the second table. The lines without a target are there to compare with."""
    head = ("event loop while", "longest ms", "p99 ms", "median ms", "took ms", "target")
    print("\n{:38}{:>12}{:>9}{:>11}{:>9}{:>9}".format(*head))
    stalling = _stalling()
    results: dict[str, list[tuple[list[float], float]]] = {name: [] for name in stalling}
    for _ in range(rounds):
        for name, work in stalling.items():
            results[name].append(await lateness(work()))
    for name, measured in results.items():
        late = sorted(tick for ticks, _ in measured for tick in ticks)
        took = statistics.median(seconds for _, seconds in measured)
        target = "" if name == IDLE or name.endswith(UNBOUNDED) else "<20 ms"
        print(
            f"{name:38}{late[-1] * 1e3:12.1f}{late[int(len(late) * 0.99)] * 1e3:9.1f}"
            f"{statistics.median(late) * 1e3:11.2f}{took * 1e3:9.0f}{target:>9}"
        )


async def main() -> None:
    """Both tables."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    await compare(rounds)
    await stalls(rounds)


if __name__ == "__main__":
    asyncio.run(main())
