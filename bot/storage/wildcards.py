"""The host's wildcard files: one list each, one line for each thing that its name may stand for."""

import logging
from collections.abc import Iterator
from pathlib import Path

from bot.model.templates import Wildcards, is_name

__all__ = ["read_wildcards"]

_log = logging.getLogger(__name__)

_MAX_FILES = 500
_MAX_BYTES = 2**20
"""Of one file."""
_MAX_LINES = 5_000
"""Of one file."""
_MAX_LINE = 1_000
"""Characters."""


def read_wildcards(folder: Path) -> Wildcards:
    """Every ``NAME.txt`` below ``folder``, at the start; ``sub/NAME.txt`` is ``sub/NAME``. Blocks.

    Empty lines and those that begin with "#" are left out. A file that cannot be read is logged and is not
    there; a folder that is not there holds nothing.
    """
    return Wildcards({name: lines for name, lines in _lists(folder) if lines})


def _lists(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for file in sorted(folder.rglob("*.txt"))[:_MAX_FILES]:
        name = file.relative_to(folder).with_suffix("").as_posix()
        if not is_name(name):
            _log.warning("a wildcard file has a name that no prompt can say", extra={"wildcard": name})
            continue
        try:
            with file.open("rb") as opened:
                text = opened.read(_MAX_BYTES).decode("utf-8-sig", "replace")
        except OSError as error:
            _log.warning("a wildcard file cannot be read", extra={"wildcard": name, "reason": error.strerror})
            continue
        yield name, _lines(text)


def _lines(text: str) -> tuple[str, ...]:
    lines = (line.strip() for line in text.splitlines()[:_MAX_LINES])
    return tuple(line for line in lines if line and not line.startswith("#") and len(line) <= _MAX_LINE)
