"""Pictures that jobs begin with: kept once, and only found under their own ids."""

import asyncio
import os
from pathlib import Path

import pytest

from bot.backends.inputs import Inputs
from bot.errors import InputGone


def files_in(folder: Path) -> list[Path]:
    return [path for path in (folder / "inputs").rglob("*") if path.is_file()]


async def test_the_same_bytes_are_kept_once_and_their_age_begins_anew(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path)
    first = await inputs.put(b"a picture")
    (file,) = files_in(tmp_path)
    os.utime(file, (1000, 1000))

    assert await inputs.put(b"a picture") == first
    assert files_in(tmp_path) == [file]
    assert file.stat().st_mtime > 1000
    assert await Inputs(tmp_path).get(first) == b"a picture"


async def test_two_who_give_the_same_at_once_get_the_same_whole_file(tmp_path: Path) -> None:
    inputs, data = Inputs(tmp_path), os.urandom(1 << 20)
    ids = await asyncio.gather(*(inputs.put(data) for _ in range(8)))
    assert len(set(ids)) == 1
    assert await inputs.get(ids[0]) == data
    assert [path.suffix for path in files_in(tmp_path)] == [".png"]


async def test_a_jpeg_keeps_its_ending_and_is_found_by_its_id_alone(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path)
    input_id = await inputs.put(b"a photograph", "jpeg")
    assert [path.suffix for path in files_in(tmp_path)] == [".jpg"]
    assert await inputs.get(input_id) == b"a photograph"


@pytest.mark.parametrize("input_id", ["", "0" * 40, "../../etc/passwd", "a" * 41, "A" * 40, "/etc/passwd"])
async def test_what_was_never_put_is_gone(tmp_path: Path, input_id: str) -> None:
    with pytest.raises(InputGone):
        await Inputs(tmp_path).get(input_id)
