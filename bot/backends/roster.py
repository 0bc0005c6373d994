"""All web UIs: those that this process works, and those of other processes where there are any."""

from collections.abc import Callable, Mapping, Sequence

from bot.backends.backend import Backend
from bot.backends.remote import KnownBackend, Others

__all__ = ["Roster"]


class Roster:
    """One list of both. What another process works now is as that one says, even if we would work it too."""

    def __init__(
        self, own: Sequence[Backend], weights: Mapping[str, float], others: Others | None = None
    ) -> None:
        self.own = tuple(own)
        self._weights = weights
        self._others = others
        if others is not None:
            for backend in own:
                others.add_own(backend, weights[backend.name])

    def all(self) -> Sequence[KnownBackend]:
        """Ours in the order of the settings, then the others."""
        if self._others is None:
            return self.own
        known, ours = self._others.known, {backend.name for backend in self.own}
        here: list[KnownBackend] = [
            backend if self._others.is_ours(backend.name) else known.get(backend.name, backend)
            for backend in self.own
        ]
        return [*here, *(one for name, one in known.items() if name not in ours)]

    def is_elsewhere(self, name: str) -> bool:
        """Whether another process works it."""
        return self._others is not None and not self._others.is_ours(name)

    def weight(self, name: str) -> float:
        """How much it should get to do."""
        if name in self._weights or self._others is None:
            return self._weights[name]
        return self._others.known[name].weight

    def watch(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` on the event loop when anything about any of them is different."""
        for backend in self.own:
            backend.watch(changed)
        if self._others is not None:
            self._others.watch(changed)
