"""Where settings come from: environment variables, ``.env`` files and TOML files, read into flat layers.

A layer maps the path of a setting (``("queue", "waiting_total")``) to what was given, under which name, and
where, so that a mistake can be told in the words of whoever made it.
"""

import io
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from dotenv.parser import Original, parse_stream

PREFIX = "EASEL__"
ENVIRONMENT = "the environment"
PACKAGED = "config/default.toml"
_DOTENV_CURE = 'write NAME=value, and quote a value that has quotes in it: NAME="…"'

Key = tuple[str, ...]
"""("queue", "waiting_total"), or ("log_level",) for a name at the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value as it was found."""

    value: object
    name: str
    """As whoever wrote it knows it: ``EASEL__QUEUE__WAITING_TOTAL``, ``[queue] waiting_total``."""
    source: str
    """``the environment``, ``.env``, ``config/local.toml`` or ``config/default.toml``."""

    @property
    def label(self) -> str:
        """Name and source, to begin a sentence with."""
        return f"{self.name} in {self.source}"


Layer = dict[Key, Given]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Which settings there are."""

    keys: frozenset[Key]
    tables: frozenset[Key]
    """Those of ``keys`` that are lists of tables and have no name in the environment."""
    may_be_empty: frozenset[Key]
    """Those at the top for which an empty variable says something; for the others it is as if unset."""

    @property
    def variables(self) -> dict[str, Key]:
        """Names in the environment."""
        return {variable_name(key): key for key in sorted(self.keys - self.tables)}

    @property
    def sections(self) -> frozenset[str]:
        """Names of the TOML tables that hold settings."""
        return frozenset(key[0] for key in self.keys if len(key) > 1)


def variable_name(key: Key) -> str:
    """The setting's name in the environment."""
    return key[0].upper() if len(key) == 1 else PREFIX + "__".join(key).upper()


def toml_name(key: Key) -> str:
    """The setting's name in a TOML file."""
    return key[0] if len(key) == 1 else f"[{key[0]}] {key[1]}"


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that is spelt most like ``word``, if one is near."""
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)


def unknown(label: str, near: str | None) -> str:
    """The sentence about a name that is no setting."""
    cure = f"did you mean {near}?" if near else "every setting stands in the packaged config/default.toml."
    return f"{label} is not a setting; {cure}"


def read_variables(found: Mapping[str, str], source: str, names: Names) -> tuple[Layer, list[str]]:
    """The settings among environment variables, and a sentence per name that looks like one and is none."""
    layer: Layer = {}
    problems: list[str] = []
    variables = names.variables
    for name, value in found.items():
        key = variables.get(name.upper() if name.upper().startswith(PREFIX) else name)
        if key is None:
            problems += _strange_variable(name, source, variables)
        elif value.strip() or len(key) > 1 or key in names.may_be_empty:
            layer[key] = Given(value=value, name=name, source=source)
    return layer, problems


def _strange_variable(name: str, source: str, variables: Iterable[str]) -> list[str]:
    """The environment holds many names that are not ours; what begins like ours is meant for us.

    A ``.env`` is ours alone or shared with compose, so there a near miss is taken for a slip.
    """
    if name.upper().startswith(PREFIX):
        return [unknown(f"{name} in {source}", nearest(name.upper(), variables))]
    if source != ENVIRONMENT or name.startswith("EASEL_"):
        near = nearest(name.upper(), variables, cutoff=0.85)
        return [unknown(f"{name} in {source}", near)] if near else []
    return []


def read_dotenv(path: Path, source: str, names: Names) -> tuple[Layer, list[str]]:
    """The settings of a ``.env`` file. ``$`` in values is left alone: passwords have it."""
    text, problems = _read_text(path, source)
    found: dict[str, str] = {}
    for line in parse_stream(io.StringIO(text)):
        if line.error:
            problems.append(f"Line {_first_line(line.original)} of {source} cannot be read; {_DOTENV_CURE}.")
        elif line.key is not None and line.value is not None:
            found[line.key] = line.value
    layer, strange = read_variables(found, source, names)
    return layer, problems + strange


def _first_line(original: Original) -> int:
    """The number of the line that says something: the parser counts from the blank ones before it."""
    blank = original.string[: len(original.string) - len(original.string.lstrip())]
    return original.line + blank.count("\n")


def read_toml(path: Path, source: str, names: Names) -> tuple[Layer, list[str]]:
    """The settings of a TOML file. A file that is not there holds none."""
    text, problems = _read_text(path, source)
    return (({}, problems)) if problems else parse_toml(text, source, names)


def parse_toml(text: str, source: str, names: Names) -> tuple[Layer, list[str]]:
    """The settings of a TOML text."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, [f"{source} is no valid TOML: {error}; texts need quotes, true and false do not."]
    layer: Layer = {}
    problems: list[str] = []
    for key, value, is_table in _flat(document, names):
        label = f"{toml_name(key)} in {source}"
        if key in names.keys and not is_table:
            layer[key] = Given(value=value, name=toml_name(key), source=source)
        elif key[0] in names.sections and len(key) == 1:
            problems.append(f"{label} must be a table; write [{key[0]}] and its settings on lines below.")
        else:
            problems.append(_strange_key(key, source, is_table, names))
    return layer, problems


def _flat(document: Mapping[str, object], names: Names) -> Iterable[tuple[Key, object, bool]]:
    """(path, value, whether it is a table where none belongs)."""
    for name, value in document.items():
        if not isinstance(value, dict):
            yield (name,), value, False
        elif name in names.sections:
            yield from (((name, inner), content, False) for inner, content in value.items())
        else:
            yield (name,), value, (name,) not in names.tables


def _strange_key(key: Key, source: str, is_table: bool, names: Names) -> str:
    if is_table:
        near = nearest(key[0], names.sections)
        return unknown(f"[{key[0]}] in {source}", near and f"[{near}]")
    beside = {toml_name(known): known[-1] for known in names.keys if known[:-1] == key[:-1]}
    everywhere = {toml_name(known): known[-1] for known in names.keys}
    for candidates in (beside, everywhere):
        near = nearest(key[-1].lower(), candidates.values())
        if near:
            return unknown(f"{toml_name(key)} in {source}", _named(near, candidates))
    return unknown(f"{toml_name(key)} in {source}", None)


def _named(last: str, candidates: Mapping[str, str]) -> str:
    return " or ".join(sorted(name for name, word in candidates.items() if word == last))


def _read_text(path: Path, source: str) -> tuple[str, list[str]]:
    """The file's text, or "" and why not. Windows editors put a byte order mark before UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig"), []
    except (FileNotFoundError, NotADirectoryError):
        return "", []
    except UnicodeDecodeError:
        return "", [f"{source} is not UTF-8; save it again with the encoding UTF-8."]
    except OSError as error:
        return "", [
            f"{source} cannot be read ({error.strerror}); give the user that runs Easel the right to."
        ]
