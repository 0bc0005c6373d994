"""What the host knows of checkpoints, beside what the web UIs say: display names, families, defaults."""

import math
from collections.abc import Iterable, Mapping, Sequence

from bot.errors import UnknownName
from bot.model.families import Family, guess_family, native_side
from bot.webui.names import find_name, match_checkpoint, nearest
from bot.webui.wire import Checkpoint
from config.sections import ModelTable

__all__ = ["ModelList"]

_UNLISTED = ModelTable(name="-")
"""A checkpoint that the host says nothing of: offered, under its own name."""


class ModelList:
    """The ``[[model]]`` tables of the settings, by any name that a web UI has for the file."""

    def __init__(self, tables: Iterable[ModelTable] = ()) -> None:
        self._tables: Mapping[str, ModelTable] = {table.name.casefold(): table for table in tables}

    def about(self, checkpoint: Checkpoint) -> ModelTable:
        """What the host says of it."""
        names = (checkpoint.model_name, checkpoint.file, checkpoint.stem, checkpoint.hash or "")
        found = (self._tables.get(name.casefold()) for name in (*names, checkpoint.title) if name)
        return next((table for table in found if table is not None), _UNLISTED)

    def named(self, name: str, checkpoints: Iterable[Checkpoint]) -> Checkpoint | None:
        """The record of a ``model_name``, or of any name that a web UI takes for it."""
        return next((one for one in checkpoints if name == one.model_name or name in one.aliases), None)

    def shown(self, checkpoint: Checkpoint) -> str:
        """What people see and type."""
        return self.about(checkpoint).shown or checkpoint.model_name

    def offered(self, checkpoints: Iterable[Checkpoint], *, adult: bool = True) -> tuple[Checkpoint, ...]:
        """Those that may be drawn with; without those for adults where ``adult`` is False."""
        return tuple(
            one for one in checkpoints if (about := self.about(one)).offered and (adult or not about.adult)
        )

    def match(self, given: str, checkpoints: Sequence[Checkpoint]) -> Checkpoint:
        """An offered one by display name, else as the web UIs name it.

        Raises UnknownName; what is nearest is told in display names.
        """
        offered = self.offered(checkpoints)
        by_name = {self.shown(one): one for one in reversed(offered)}
        found = find_name(given, by_name)
        if found is not None:
            return by_name[found]
        try:
            return match_checkpoint(given, offered)
        except UnknownName as error:
            raise UnknownName(error.kind, error.given, nearest(given, by_name)) from None

    def family(self, checkpoint: Checkpoint) -> Family | None:
        """As the host says, else guessed; None = nobody knows."""
        about = self.about(checkpoint)
        return about.family or guess_family(
            checkpoint.model_name, checkpoint.file, short_hash=checkpoint.hash
        )

    def family_of(self, name: str, checkpoints: Iterable[Checkpoint]) -> Family | None:
        """The same for one that may not be listed, by its name alone then."""
        found = self.named(name, checkpoints)
        return self.family(found or Checkpoint(title=name, model_name=name))

    def side(self, checkpoint: Checkpoint) -> int | None:
        """Pixels of a side of a square of its own area; None = nobody knows."""
        about, family = self.about(checkpoint), self.family(checkpoint)
        if about.width is not None or about.height is not None:
            width, height = about.width or about.height or 0, about.height or about.width or 0
            return math.isqrt(width * height)
        return None if family is None else native_side(family)
