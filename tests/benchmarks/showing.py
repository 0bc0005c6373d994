"""What is shown of a picture: how long it takes to make, and how long the event loop stands meanwhile.

Run as ``python -m tests.benchmarks.showing [rounds]``. How late a ticker of 1 ms is while live previews are
made of PNGs of 2048² (the largest that a web UI sends) and of the usual small ones, while ten pictures of
2048² are made to fit one message, while a sheet or a labelled grid is made of sixteen, and while pictures of
people are taken in, put on canvases, fitted and blended: as the cogs do it, in threads. Of each round the
longest stall counts; the table has the least of them, which is the program's own part on a machine that has
other things to do, their median, and the worst.
"""

import asyncio
import io
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from PIL import Image

from bot.imaging.canvas import blended, fitted, outpainted
from bot.imaging.codec import PictureLimits
from bot.imaging.grid import xy_grid
from bot.imaging.intake import checked
from bot.model.framing import zoom_out
from bot.model.limits import Limits
from bot.queue.job import Picture
from cogs.previews import Previews
from cogs.uploads import Room, uploads
from tests.benchmarks.finishing import IDLE, INFOTEXT, draw, lateness

TAKEN = PictureLimits()
LIMITS = Room(file=10 * 2**20, total=24 * 2**20)


async def previews(sent: Sequence[bytes]) -> None:
    """One after the other, as the status messages are edited."""
    made = Previews()
    for one in sent:
        assert await made.of("job", one) is not None


async def posted(folder: Path, pictures: Sequence[Picture]) -> None:
    """What one message carries of them."""
    shown = await asyncio.to_thread(uploads, folder, "job", pictures, LIMITS)
    assert sum(len(one.data) for one in shown) <= LIMITS.total


async def taken_in(files: Sequence[bytes]) -> None:
    """Pictures that people give: checked, turned upright and written anew."""
    for data in files:
        assert (await asyncio.to_thread(checked, data, TAKEN)).width == 2048


async def painted_around(files: Sequence[bytes]) -> None:
    """Canvases and masks for painting around pictures."""
    frame = zoom_out(2048, 2048, 1.5, Limits(max_width=2048, max_height=2048))
    for data in files:
        assert (await asyncio.to_thread(outpainted, data, frame)).mask


async def fitted_to(files: Sequence[bytes]) -> None:
    """Pictures of another shape, and several laid over each other."""
    for data in files:
        assert await asyncio.to_thread(fitted, data, 2048, 1536, "fill")
    assert await asyncio.to_thread(blended, files[:5], 2048, 2048)


async def compared(cells: Sequence[bytes]) -> None:
    """A grid with labels."""
    labels = [str(number) for number in range(4)]
    assert await asyncio.to_thread(xy_grid, cells, labels, labels, LIMITS.file)


def as_kind(data: bytes, kind: str) -> bytes:
    """The same picture as another kind of file."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        picture.save(out, kind, quality=90)
    return out.getvalue()


def stored(folder: Path, count: int) -> list[Picture]:
    """PNGs of 2048² and at least 5 MB on disk."""
    found = []
    for index in range(count):
        text = INFOTEXT.format(seed=index, side=2048)
        data = draw(2048, 0.04, index, text)
        (folder / f"{index}.png").write_bytes(data)
        found.append(
            Picture(
                index=index,
                file=f"{index}.png",
                kind="png",
                width=2048,
                height=2048,
                size=len(data),
                seed=index,
                infotext=text,
            )
        )
    return found


def works(folder: Path) -> dict[str, Callable[[], Awaitable[object]]]:
    """What goes on beside the ticker, by the name of its line."""
    pictures = stored(folder, 16)
    large = [(folder / picture.file).read_bytes() for picture in pictures[:8]]
    small = [draw(256, 0.04, seed, None) for seed in range(8)]
    return {
        IDLE: partial(asyncio.sleep, 0.5),
        "8 previews of 2048²": partial(previews, large),
        "8 previews of 256²": partial(previews, small),
        "10 pictures of 2048² for one message": partial(posted, folder, pictures[:10]),
        "a sheet of 16 pictures of 2048²": partial(posted, folder, pictures),
        "4 PNGs of 2048² taken in": partial(taken_in, large[:4]),
        "4 JPEGs of 2048² taken in": partial(taken_in, [as_kind(one, "JPEG") for one in large[:4]]),
        "4 WebPs of 2048² taken in": partial(taken_in, [as_kind(one, "WEBP") for one in large[:4]]),
        "4 canvases of 2048² to paint around": partial(painted_around, large[:4]),
        "4 pictures fitted and 5 blended to 2048²": partial(fitted_to, large[:5]),
        "a labelled grid of 16 pictures of 2048²": partial(compared, [*large, *large]),
    }


async def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    head = ("event loop while", "least ms", "longest ms", "worst ms", "took ms", "target")
    print("{:40}{:>10}{:>12}{:>10}{:>9}{:>9}".format(*head))
    with tempfile.TemporaryDirectory() as folder:
        for name, work in works(Path(folder)).items():
            measured = [await lateness(work()) for _ in range(rounds)]
            longest = [max(ticks) * 1e3 for ticks, _ in measured]
            took = statistics.median(seconds for _, seconds in measured)
            target = "" if name == IDLE else "<20 ms"
            stall = f"{min(longest):10.1f}{statistics.median(longest):12.1f}{max(longest):10.1f}"
            print(f"{name:40}{stall}{took * 1e3:9.0f}{target:>9}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
