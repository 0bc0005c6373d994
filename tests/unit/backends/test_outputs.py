"""Where pictures lie, and that they are whole there."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.outputs import PictureFolder
from bot.errors import StorageError
from bot.imaging.codec import PictureKind

NEW_YEAR_2026 = 1_767_225_600.0
"""2026-01-01T00:00:00Z"""


def _write(folder: PictureFolder, data: bytes = b"picture", **changes: object) -> str:
    values: dict[str, object] = {
        "job_id": "0123456789abcdef",
        "created_at": NEW_YEAR_2026,
        "attempt": 1,
        "index": 0,
        "kind": PictureKind.PNG,
    }
    return folder.write(data=data, **(values | changes))  # type: ignore[arg-type]


def test_a_picture_lies_under_the_day_its_job_was_made_on_in_utc(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)

    assert _write(folder) == "2026/01/01/0123456789abcdef-0.png"
    assert _write(folder, created_at=NEW_YEAR_2026 - 1) == "2025/12/31/0123456789abcdef-0.png"
    assert (tmp_path / "2026/01/01/0123456789abcdef-0.png").read_bytes() == b"picture"


def test_the_name_ends_as_the_bytes_are(tmp_path: Path) -> None:
    assert _write(PictureFolder(tmp_path), kind=PictureKind.JPEG, index=3).endswith("-3.jpg")
    assert _write(PictureFolder(tmp_path), kind=PictureKind.WEBP, index=3).endswith("-3.webp")


def test_a_second_attempt_replaces_the_first_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    _write(folder, b"first", attempt=1)
    name = _write(folder, b"second", attempt=2)

    assert (tmp_path / name).read_bytes() == b"second"
    assert [path.name for path in (tmp_path / "2026/01/01").iterdir()] == [Path(name).name]


def test_a_picture_that_cannot_be_stored_leaves_no_half_file(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    blocked = tmp_path / "2026/01/01/0123456789abcdef-0.png"
    blocked.mkdir(parents=True)  # a folder where the file should be: the rename fails

    with pytest.raises(StorageError):
        _write(folder)

    assert list(blocked.parent.iterdir()) == [blocked]


def test_a_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError) as told:
        _write(PictureFolder(tmp_path))

    assert told.value.reason == "full"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@given(job_id=st.text(min_size=1).filter(lambda text: not (text.isascii() and text.isalnum())))
def test_no_name_is_made_of_anything_but_letters_and_digits(job_id: str) -> None:
    with pytest.raises(ValueError, match="job id"):
        _write(PictureFolder(Path("never-made")), job_id=job_id)

    assert not Path("never-made").exists()


def test_pictures_are_taken_away_and_nothing_else(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path / "outputs")
    file = folder.write(job_id="a1", created_at=0.0, attempt=1, index=0, kind=PictureKind.PNG, data=b"x")
    beside = tmp_path / "notes.txt"
    beside.write_text("kept")

    folder.remove([file, file, "../notes.txt", "1970/01/01/../../../../notes.txt", ""])

    assert not (tmp_path / "outputs" / file).exists()
    assert beside.read_text() == "kept"
