"""What people, channels, roles and servers prefer, and the rules of servers, kept between starts."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from bot.errors import BadValue, StorageError
from bot.model.preferences import Layer, Preferences
from bot.model.rules import Rules
from bot.model.work import Frozen
from bot.storage.facts import Facts

_Kept = TypeVar("_Kept", bound=Frozen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where somebody stands: whose words count for them, the general ones first."""

    user_id: int
    guild_id: int | None = None
    places: tuple[int, ...] = ()
    """A thread's parent, then the thread itself; or just the channel."""
    roles: tuple[int, ...] = ()
    """Those of the person, the lowest first."""

    @property
    def layers(self) -> tuple[tuple[Layer, int], ...]:
        """In the order of ``Merged.of``."""
        server = () if self.guild_id is None else ((Layer.SERVER, self.guild_id),)
        channels = tuple((Layer.CHANNEL, place) for place in self.places)
        roles = tuple((Layer.ROLE, role) for role in self.roles)
        return (*server, *channels, *roles, (Layer.PERSON, self.user_id))


class PreferenceBook:
    """All layers but the host's. What an older version stored and this one does not know counts as unsaid."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._changing = asyncio.Lock()

    async def of(self, layer: Layer, owner_id: int) -> Preferences:
        """What one layer says. ``owner_id``: the server, channel, role or person. Raises StorageError."""
        return _read(Preferences, await self._facts.get(_name(layer, owner_id)))

    async def put(self, layer: Layer, owner_id: int, preferences: Preferences) -> None:
        """Remember it in place of what was there. Raises StorageError."""
        await self._keep(_name(layer, owner_id), preferences)

    async def change(
        self, layer: Layer, owner_id: int, change: Callable[[Preferences], Preferences]
    ) -> Preferences:
        """What comes of a change, kept; two at once both count. Raises StorageError, and as ``change``."""
        async with self._changing:
            changed = change(await self.of(layer, owner_id))
            await self.put(layer, owner_id, changed)
        return changed

    async def layers_for(self, standing: Standing) -> Sequence[tuple[Layer, Preferences]]:
        """What counts for somebody, in the order of ``Merged.of``, in one look. Raises StorageError."""
        wanted = standing.layers
        found = await self._facts.several([_name(layer, owner) for layer, owner in wanted])
        return [
            (layer, _read(Preferences, found[name]))
            for layer, owner in wanted
            if (name := _name(layer, owner)) in found
        ]

    async def rules(self, guild_id: int | None) -> Rules:
        """The rules of a server; none where there is no server. Raises StorageError."""
        return Rules() if guild_id is None else _read(Rules, await self._facts.get(_rules(guild_id)))

    async def put_rules(self, guild_id: int, rules: Rules) -> None:
        """Remember them in place of what was there. Raises StorageError."""
        await self._keep(_rules(guild_id), rules)

    async def change_rules(self, guild_id: int, change: Callable[[Rules], Rules]) -> Rules:
        """What comes of a change, kept; two at once both count.

        Raises BadValue where a list has become too long, StorageError, and as ``change``.
        """
        async with self._changing:
            changed = change(await self.rules(guild_id))
            try:
                Rules.model_validate(changed.model_dump())
            except ValidationError as error:
                field = str(error.errors()[0]["loc"][0])
                raise BadValue(field=field, given="", reason="too_many") from None
            await self.put_rules(guild_id, changed)
        return changed

    async def forget(self, owners: Iterable[tuple[Layer, int]]) -> None:
        """Remove all that these said. Raises StorageError."""
        for layer, owner_id in owners:
            await self._facts.forget(_name(layer, owner_id))

    async def _keep(self, name: str, value: Frozen) -> None:
        if value == type(value)():
            await self._facts.forget(name)
        else:
            await self._facts.put(name, value.model_dump(mode="json", exclude_defaults=True))


def _name(layer: Layer, owner_id: int) -> str:
    return f"preferences:{layer.value}:{owner_id}"


def _rules(guild_id: int) -> str:
    return f"rules:{guild_id}"


def _read(kind: type[_Kept], value: JsonValue) -> _Kept:
    """Raises StorageError for what was never one of ours; a field too much or out of bounds is left out."""
    if value is None:
        return kind()
    if not isinstance(value, dict):
        raise StorageError(reason="corrupt")
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        return kind.model_validate(_without(value, [problem["loc"] for problem in error.errors()]))


def _without(value: dict[str, JsonValue], places: Iterable[tuple[int | str, ...]]) -> dict[str, JsonValue]:
    """``value`` without the innermost named entry on the way to each place."""
    kept = {name: dict(inner) if isinstance(inner, dict) else inner for name, inner in value.items()}
    for first, *rest in places:
        inner = kept.get(str(first))
        if rest and isinstance(inner, dict):
            inner.pop(str(rest[0]), None)
        else:
            kept.pop(str(first), None)
    return kept
