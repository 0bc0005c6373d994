"""How long each back end takes to load another model, from those that it loaded."""

from collections.abc import Mapping

from pydantic import JsonValue

_NEWEST_WEIGHS = 0.3
"""Share of the newest measurement in the mean."""
_LONGEST_SECONDS = 600.0
"""More is no change of a model, but a web UI in trouble."""


class Switches:
    """Mean seconds by name of back end. Give ``remembered`` what an earlier ``dump`` gave."""

    def __init__(self, remembered: JsonValue = None) -> None:
        self._seconds: dict[str, float] = {}
        self.adopt(remembered)

    @property
    def seconds(self) -> Mapping[str, float]:
        """What was measured so far."""
        return self._seconds

    def learn(self, backend: str, seconds: float) -> None:
        """It took that long."""
        if not 0 <= seconds <= _LONGEST_SECONDS:
            return
        known = self._seconds.get(backend, seconds)
        self._seconds[backend] = known + _NEWEST_WEIGHS * (seconds - known)

    def adopt(self, remembered: JsonValue) -> None:
        """Take over what was dumped, here or by another process."""
        stored = remembered if isinstance(remembered, dict) else {}
        self._seconds |= {
            name: float(seconds)
            for name, seconds in stored.items()
            if isinstance(seconds, int | float) and 0 <= seconds <= _LONGEST_SECONDS
        }

    def dump(self) -> JsonValue:
        """All that was learned, to be kept."""
        return dict(self._seconds)
