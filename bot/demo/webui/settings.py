"""The web UI's options: what ``/sdapi/v1/options`` reads and writes, with the traps of NOTES 2.3 and 3."""

from collections.abc import Callable, Iterable
from typing import Any

from bot.demo.webui.answers import Crash
from bot.demo.webui.dialects import Dialect, data
from bot.demo.webui.validation import boolean

RESTRICTED = frozenset({"api_enable_requests", "api_forbid_local_requests", "api_useragent"})
"""Options that the API answers 200 about and leaves as they are."""


def known_options(dialect: Dialect) -> dict[str, tuple[Any, str]]:
    """name → (default, kind) of every option that this server has."""
    tables = data("options")
    rows = dict(tables["a1111"])
    if dialect.forge:
        rows = {name: row for name, row in rows.items() if name not in tables["not_in_forge"]}
        rows |= tables["forge"]
    return {name: (default, kind) for name, (default, kind) in rows.items()}


class Options:
    """Values by name. ``stored`` holds what config.json would hold; the rest are defaults.

    A fresh installation has stored nothing, so that a temporary value is never taken back there (NOTES 3.6).
    """

    def __init__(self, dialect: Dialect, *, fresh_install: bool) -> None:
        self._known = known_options(dialect)
        self._modern = dialect.modern_validation
        self.stored: dict[str, Any] = {}
        if not fresh_install:
            self.stored = {name: default for name, (default, _) in self._known.items()}

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def __getitem__(self, name: str) -> Any:
        """The value, stored or default; None for an option that this server does not have."""
        return self.stored.get(name, self._known.get(name, (None, ""))[0])

    def is_default(self, name: str) -> bool:
        """It is at its default, or this server does not have it."""
        return name not in self._known or self[name] == self._known[name][0]

    def number(self, name: str) -> float:
        """A numeric option. Raises ``Crash`` where a wrong type was stored."""
        value = self[name]
        if isinstance(value, bool | int | float):
            return float(value)
        raise Crash(
            "TypeError", f"'<=' not supported between instances of '{type(value).__name__}' and 'int'"
        )

    def flag(self, name: str) -> bool:
        """An option that is on or off."""
        return bool(self[name])

    def set(self, name: str, value: Any) -> bool:
        """Store ``value``; False if it was so already or may not be. Raises ``Crash`` for an unknown name."""
        if name not in self._known:
            raise Crash("KeyError", repr(name))
        if self.stored.get(name) == value or name in RESTRICTED:
            return False
        self.stored[name] = value
        return True

    def remember(self, names: Iterable[str]) -> dict[str, Any]:
        """The values to put back later: only of options that were ever stored."""
        return {name: self.stored[name] for name in names if name in self.stored}

    def as_answer(self) -> dict[str, Any]:
        """Every option. Stored whole numbers come back as floats; raises ``Crash`` after a wrong type."""
        wrong: list[str] = []
        shown = {}
        for name, (default, kind) in self._known.items():
            try:
                shown[name] = _shown(self.stored[name], kind) if name in self.stored else default
            except (TypeError, ValueError):
                wrong.append(name)
        if wrong:
            raise self._damaged(wrong)
        return shown

    def _damaged(self, names: list[str]) -> Crash:
        count = f"{len(names)} validation error{'s' if len(names) > 1 else ''}"
        if self._modern:
            return Crash("ResponseValidationError", f"{count}:\n" + "\n".join(names))
        lines = [f"response -> {name}\n  {_complaint(self._known[name][1])}" for name in names]
        return Crash("ValidationError", f"{count} for Options\n" + "\n".join(lines))


_CONVERT: dict[str, Callable[[Any], Any]] = {"number": float, "string": str, "boolean": boolean}
_COMPLAINTS = {
    "number": "value is not a valid float (type=type_error.float)",
    "string": "str type expected (type=type_error.str)",
    "boolean": "value could not be parsed to a boolean (type=type_error.bool)",
    "array": "value is not a valid list (type=type_error.list)",
}


def _shown(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "array" and not isinstance(value, list):
        raise TypeError(kind)
    if kind == "string" and isinstance(value, list | dict):
        raise TypeError(kind)
    return _CONVERT[kind](value) if kind in _CONVERT else value


def _complaint(kind: str) -> str:
    return _COMPLAINTS.get(kind, "value is not valid (type=value_error)")
