"""Pictures that jobs begin with, kept on disk under the sum of their bytes."""

import asyncio
import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from bot.backends.outputs import make_folder, storage_errors, write_whole
from bot.errors import InputGone
from bot.imaging.codec import PictureKind

__all__ = ["Inputs"]

_FOLDER = "inputs"
_ID = re.compile(r"[0-9a-f]{40}")
_ID_LENGTH = 40
"""Hexadecimal digits of SHA-256: 160 bits, so that no two pictures meet."""
_KINDS = tuple(PictureKind)


class Inputs:
    """``OUTPUT_DIR/inputs/<two digits>/<id>.png``. The same bytes are kept once.

    What is put has been checked and written anew before (``bot.imaging.intake``). A file's time of change is
    when it was last put, so that what is not used for long can be told.
    """

    def __init__(self, outputs: Path) -> None:
        self._outputs = outputs

    async def put(self, data: bytes, kind: str = PictureKind.PNG) -> str:
        """Keep a picture durably; its id. Raises StorageError."""
        return await asyncio.to_thread(self._put, data, PictureKind(kind))

    async def get(self, input_id: str) -> bytes:
        """The bytes of a picture. Raises InputGone and StorageError."""
        return await asyncio.to_thread(self._get, input_id)

    async def remove(self, input_ids: Iterable[str]) -> None:
        """Take pictures away; one that is not there is as good. Raises StorageError."""
        await asyncio.to_thread(self._remove, tuple(input_ids))

    def _remove(self, input_ids: Iterable[str]) -> None:
        for input_id in filter(_ID.fullmatch, input_ids):
            with storage_errors():
                for kind in _KINDS:
                    self._path(input_id, kind).unlink(missing_ok=True)

    def _put(self, data: bytes, kind: PictureKind) -> str:
        input_id = hashlib.sha256(data).hexdigest()[:_ID_LENGTH]
        path = self._path(input_id, kind)
        with storage_errors():
            if path.is_file():
                os.utime(path)
                return input_id
            make_folder(path.parent, self._outputs)
            # By its own thread's name, so that two who put the same do not write one file.
            write_whole(path, path.with_suffix(f".{os.urandom(4).hex()}.part"), data)
        return input_id

    def _get(self, input_id: str) -> bytes:
        if not _ID.fullmatch(input_id):
            raise InputGone
        with storage_errors():
            for kind in _KINDS:
                path = self._path(input_id, kind)
                if path.is_file():
                    return path.read_bytes()
        raise InputGone

    def _path(self, input_id: str, kind: PictureKind) -> Path:
        return self._outputs / _FOLDER / input_id[:2] / f"{input_id}{kind.suffix}"
