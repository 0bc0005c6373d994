"""The presets of people and servers, kept between starts."""

import asyncio
from collections.abc import Callable

from pydantic import ValidationError

from bot.errors import StorageError
from bot.model.presets import Shelf
from bot.storage.facts import Facts

__all__ = ["Presets", "of_guild", "of_person"]


def of_person(user_id: int) -> str:
    """Whose shelf it is."""
    return f"presets.person.{user_id}"


def of_guild(guild_id: int) -> str:
    """Whose shelf it is."""
    return f"presets.server.{guild_id}"


class Presets:
    """Shelves by owner, as ``of_person`` and ``of_guild`` name them."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._changing = asyncio.Lock()

    async def of(self, owner: str) -> Shelf:
        """All that one owner has. Raises StorageError."""
        try:
            return Shelf.model_validate(await self._facts.get(owner) or {})
        except ValidationError as error:
            raise StorageError(reason="corrupt") from error

    async def forget(self, owner: str) -> None:
        """Remove all that one owner has. Raises StorageError."""
        await self._facts.forget(owner)

    async def change(self, owner: str, change: Callable[[Shelf], Shelf]) -> Shelf:
        """Change a shelf and keep it, one after the other.

        Raises StorageError, and what ``change`` raises.
        """
        async with self._changing:
            shelf = change(await self.of(owner))
            if shelf.presets:
                await self._facts.put(owner, shelf.model_dump(mode="json"))
            else:
                await self._facts.forget(owner)
        return shelf
