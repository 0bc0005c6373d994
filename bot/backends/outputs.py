"""Pictures on disk. Everything here blocks: call it in a thread."""

import errno
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import StorageError
from bot.imaging.codec import PictureKind

__all__ = ["PictureFolder", "make_folder", "storage_errors", "write_whole"]

_REASONS = {
    "ENOSPC": "full",
    "EDQUOT": "full",
    "EROFS": "read_only",
    "EACCES": "read_only",
    "EPERM": "read_only",
}
"""By name, since not every system has all of them."""
_FILE = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9A-Za-z]{1,64}-[0-9]{1,6}\.[a-z]{1,5}")
_SAFE_ID = re.compile(r"[0-9A-Za-z]{1,64}")


class PictureFolder:
    """OUTPUT_DIR: ``<yyyy>/<mm>/<dd>/<job id>-<index>.png``, by the day (UTC) the job was made on.

    The same picture of the same job always has the same name, so that a second attempt leaves no double.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(
        self, *, job_id: str, created_at: float, attempt: int, index: int, kind: PictureKind, data: bytes
    ) -> str:
        """Store one picture durably; its path below the root, with forward slashes.

        The file appears under its name only when it is whole and on the disk. ``created_at`` is in seconds
        since 1970. Raises StorageError, and ValueError for an id that is none.
        """
        if not _SAFE_ID.fullmatch(job_id):
            raise ValueError("a job id has letters and digits only")
        day = datetime.fromtimestamp(created_at, UTC).strftime("%Y/%m/%d")
        folder = self._root / day
        name = f"{job_id}-{index}{kind.suffix}"
        with storage_errors():
            make_folder(folder, self._root)
            write_whole(folder / name, folder / f"{name}.{attempt}.part", data)
        return f"{day}/{name}"

    def remove(self, files: Iterable[str]) -> None:
        """Take pictures away, by what ``write`` gave; one that is not there is as good.

        What is no name of ours is left alone. Raises StorageError.
        """
        for file in filter(_FILE.fullmatch, files):
            with storage_errors():
                (self._root / file).unlink(missing_ok=True)


@contextmanager
def storage_errors() -> Iterator[None]:
    """What the disk complains of, as StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(reason=_REASONS.get(errno.errorcode.get(error.errno or 0, ""), "io")) from error


def make_folder(folder: Path, root: Path) -> None:
    """Make ``folder``, below ``root``, and make sure that a power cut does not take it away again."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for level in folder.parents:
        _sync_folder(level)
        if level == root:
            break


def write_whole(path: Path, part: Path, data: bytes) -> None:
    """Write a file by way of ``part``: under its name it is whole and on the disk, or not there."""
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Put a folder's names on the disk. Windows cannot open folders, and journals their changes itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
