"""Which pictures leave the disk, and which never do."""

import os
from pathlib import Path

import pytest

from bot.backends.pruning import Keep, Pruner, inputs_of, sweep
from bot.model.work import Describe, Img2Img, Inpaint, Txt2Img, Upscale
from bot.queue.memory import MemoryJobStore
from tests.support import PLENTY, ManualClock, a_request, an_origin, some_pictures

NOW = 1_790_000_000.0
DAY = 86_400.0
A_MONTH = Keep(seconds=30 * DAY, bytes=0, at_least_seconds=3600)
NAMES = ("0000000000000001", "0000000000000002", "0000000000000003")


def a_file(root: Path, path: str, *, days: float, size: int = 1000) -> Path:
    """A file that was written so many days ago."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x" * size)
    os.utime(file, (NOW - days * DAY, NOW - days * DAY))
    return file


def test_what_is_older_than_the_host_keeps_it_goes_with_its_empty_folder(tmp_path: Path) -> None:
    old = a_file(tmp_path, f"2026/01/02/{NAMES[0]}-0.png", days=31)
    attached = a_file(tmp_path, f"inputs/ab/{'ab' * 20}.png", days=31)
    unfinished = a_file(tmp_path, f"2026/01/03/{NAMES[1]}-0.png.1.part", days=31)
    young = a_file(tmp_path, f"2026/02/01/{NAMES[1]}-0.png", days=29)
    swept = sweep(tmp_path, A_MONTH, NOW, ())
    assert (swept.files, swept.bytes) == (3, 3000)
    assert not any(file.exists() for file in (old, attached, unfinished, old.parent, old.parent.parent))
    assert young.exists()
    assert tmp_path.exists()


@pytest.mark.parametrize(
    "path",
    [
        "notes.txt",
        "2026/01/02/notes.txt",
        f"favourites/{NAMES[0]}-0.png",
        f"2026/{NAMES[0]}-0.png",
        "demo/1.png",
    ],
)
def test_what_is_not_of_our_making_stays(tmp_path: Path, path: str) -> None:
    file = a_file(tmp_path, path, days=9999)
    assert sweep(tmp_path, A_MONTH, NOW, ()).files == 0
    assert file.exists()


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
def test_what_lies_behind_a_link_stays(tmp_path: Path) -> None:
    file = a_file(tmp_path, f"elsewhere/02/{NAMES[0]}-0.png", days=9999)
    (tmp_path / "outputs" / "2026").mkdir(parents=True)
    (tmp_path / "outputs" / "2026" / "01").symlink_to(tmp_path / "elsewhere")
    assert sweep(tmp_path / "outputs", A_MONTH, NOW, ()).files == 0
    assert file.exists()


def test_where_there_is_too_much_the_oldest_go_first(tmp_path: Path) -> None:
    files = [
        a_file(tmp_path, f"2026/01/0{day}/{name}-0.png", days=10 - day) for day, name in enumerate(NAMES, 1)
    ]
    sweep(tmp_path, Keep(seconds=0, bytes=2500, at_least_seconds=3600), NOW, ())
    assert [file.exists() for file in files] == [False, True, True]


def test_what_may_belong_to_a_job_that_is_not_known_yet_stays_whatever_there_is(tmp_path: Path) -> None:
    fresh = a_file(tmp_path, f"2026/01/02/{NAMES[0]}-0.png", days=0.5 / 24)
    sweep(tmp_path, Keep(seconds=60, bytes=1, at_least_seconds=3600), NOW, ())
    assert fresh.exists()


def test_nothing_goes_for_its_age_where_the_host_keeps_everything(tmp_path: Path) -> None:
    file = a_file(tmp_path, f"2026/01/02/{NAMES[0]}-0.png", days=9999)
    sweep(tmp_path, Keep(seconds=0, bytes=0, at_least_seconds=3600), NOW, ())
    assert file.exists()


async def test_a_picture_that_is_still_to_be_posted_stays_and_goes_when_it_was(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    store = MemoryJobStore(clock)
    job = await store.submit(a_request(), an_origin(), cost=100, admission=PLENTY)
    await store.claim("one")
    await store.set_rendered(job.id, some_pictures(1))
    file = a_file(tmp_path, f"2026/01/02/{job.id}-0.png", days=31)
    pruner = Pruner(tmp_path, lambda: A_MONTH, store, clock)
    await pruner.prune()
    assert file.exists()
    await store.set_delivered(job.id)
    await pruner.prune()
    assert not file.exists()


def test_the_inputs_of_every_kind_of_work_are_known() -> None:
    masked = Img2Img(prompt="a", seed=1, init="i", inpaint=Inpaint(mask="m"))
    assert inputs_of(Txt2Img(prompt="a", seed=1)) == ()
    assert inputs_of(Img2Img(prompt="a", seed=1, init="i")) == ("i",)
    assert inputs_of(masked) == ("i", "m")
    assert inputs_of(Upscale(inputs=("a", "b"))) == ("a", "b")
    assert inputs_of(Describe(input="d")) == ("d",)
