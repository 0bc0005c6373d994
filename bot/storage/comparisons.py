"""Tables of pictures whose sheet is still due, durable."""

from pydantic import JsonValue, ValidationError

from bot.errors import StorageError
from bot.model.comparison import Comparison
from bot.storage.facts import Facts

_PREFIX = "comparison:"


class Comparisons:
    """By the id of their group. One that is here is not posted yet."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    async def get(self, group: str) -> Comparison | None:
        """None = there is none, or it is done with. Raises StorageError."""
        value = await self._facts.get(_PREFIX + group)
        return None if value is None else _read(value)

    async def open(self) -> list[str]:
        """The groups of all that are due. Raises StorageError."""
        return [name.removeprefix(_PREFIX) for name in await self._facts.under(_PREFIX)]

    async def put(self, group: str, comparison: Comparison) -> None:
        """Raises StorageError."""
        await self._facts.put(_PREFIX + group, comparison.model_dump(mode="json"))

    async def forget(self, group: str) -> None:
        """It is done with. Raises StorageError."""
        await self._facts.forget(_PREFIX + group)


def _read(value: JsonValue) -> Comparison:
    try:
        return Comparison.model_validate(value)
    except ValidationError as error:
        raise StorageError(reason="corrupt") from error
