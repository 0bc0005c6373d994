"""Pictures that requests begin with: how long they take, and how long the event loop stands meanwhile.

Run as ``python -m tests.benchmarks.beginning [rounds]``. How late a ticker of 1 ms is while a photograph of
2048² is taken in, painted around, masked, made ready for a request of img2img and encoded: as cogs and back
ends do it, in threads. The last line encodes the same request with plain ``json.dumps``, for comparison. Of
each round the longest stall counts; the table has their median and the worst.
"""

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from bot.backends.inputs import Inputs
from bot.imaging.canvas import fitted, fitted_mask, outpainted
from bot.imaging.codec import PictureLimits
from bot.imaging.intake import checked
from bot.imaging.masks import region_mask
from bot.model.framing import zoom_out
from bot.model.limits import Limits
from bot.webui.encoding import encode, encode_picture
from tests.benchmarks.finishing import IDLE, draw, lateness

SIDE = 2048
PLAIN = "made a request by json.dumps"


def works(folder: Path) -> dict[str, Callable[[], Awaitable[object]]]:
    """What is measured, by name."""
    photograph = draw(SIDE, 0.04, 1, None)
    clean, inputs = checked(photograph, PictureLimits()).data, Inputs(folder)
    mask = region_mask(SIDE, SIDE, "centre")
    texts: dict[str, JsonValue] = {
        "init_images": [encode_picture(clean)],
        "mask": encode_picture(mask),
        "prompt": "a sea",
    }
    frame = zoom_out(SIDE, SIDE, 1.5, Limits())
    return {
        IDLE: partial(asyncio.sleep, 0.2),
        "taken in": partial(asyncio.to_thread, checked, photograph, PictureLimits()),
        "kept": partial(inputs.put, clean),
        "painted around": partial(asyncio.to_thread, outpainted, clean, frame),
        "fitted to 1024²": partial(asyncio.to_thread, fitted, clean, 1024, 1024, "crop"),
        "its mask fitted": partial(asyncio.to_thread, fitted_mask, mask, 1024, 1024, "crop"),
        "made base64": partial(asyncio.to_thread, encode_picture, clean),
        "made a request": partial(asyncio.to_thread, encode, texts),
        PLAIN: partial(asyncio.to_thread, json.dumps, texts),
    }


async def measured(rounds: int, folder: Path) -> None:
    """Print the table."""
    head = ("event loop while a picture is", "longest ms", "worst ms", "took ms", "target")
    print("{:40}{:>12}{:>10}{:>9}{:>9}".format(*head))
    for name, work in works(folder).items():
        found = [await lateness(work()) for _ in range(rounds)]
        longest = [max(ticks) * 1e3 for ticks, _ in found]
        took = statistics.median(seconds for _, seconds in found)
        target = "" if name in (IDLE, PLAIN) else "<20 ms"
        stall = f"{statistics.median(longest):12.1f}{max(longest):10.1f}"
        print(f"{name:40}{stall}{took * 1e3:9.0f}{target:>9}", flush=True)


def main() -> None:
    """Measure."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measured(rounds, Path(folder)))


if __name__ == "__main__":
    main()
