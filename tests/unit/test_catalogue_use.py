"""Every text that code asks for is in the English catalogue, and every text there is asked for."""

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, TypeAlias, get_args

import pytest
from discord import app_commands
from discord.ext.commands import Cog, GroupCog

from bot import check
from bot.aiyabot import _LEFT
from bot.errors import EaselError
from bot.l10n.catalog import Catalog
from bot.model.draft import Selected
from bot.model.preferences import Layer
from bot.queue.control import Mode
from bot.queue.job import State
from cogs import identifycog, infocog, paintcog, queuecog, submitting
from cogs.paintings import AREAS, VIEWS
from cogs.posting import Undeliverable
from cogs.preferring import FIELDS
from cogs.ruling import ANSWERS, RULE_FIELDS
from tests.support import ROOT
from tests.unit.l10n.test_english import every_error, fields

SAYS = frozenset({"_words", "say", "count", "text", "plural", "StartFailure", "_ok", "_bad", "Finding"})
"""Functions that take a key: first, after a locale, or as ``key``."""
KEY = re.compile(r"[a-z]+(\.[a-z0-9_]+)+")
AnyCommand: TypeAlias = "app_commands.Command[Any, ..., Any] | app_commands.Group"
DURATIONS = ("seconds", "minutes", "hours")


@cache
def nodes() -> tuple[ast.Call | ast.Constant, ...]:
    """Every call and every constant of the program, the demo's command line among it."""
    files = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    found = (node for tree in trees for node in ast.walk(tree))
    return tuple(node for node in found if isinstance(node, ast.Call | ast.Constant))


def calls(*names: str) -> Iterator[ast.Call]:
    for node in nodes():
        if isinstance(node, ast.Call) and name_of(node) in names:
            yield node


def name_of(call: ast.Call) -> str:
    called = call.func
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def texts_in(node: ast.AST) -> set[str]:
    """A string constant, or the two of a condition; nothing of anything else."""
    if isinstance(node, ast.IfExp):
        return texts_in(node.body) | texts_in(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def argument(call: ast.Call, position: int, keyword: str) -> set[str]:
    """The constants that stand in one place of a call."""
    named = [one.value for one in call.keywords if one.arg == keyword]
    placed = call.args[position : position + 1]
    return set().union(*(texts_in(value) for value in (*placed, *named)))


def asked_for() -> set[str]:
    """Keys that are written out in a call that takes one."""
    found: set[str] = set()
    for call in calls(*SAYS):
        places = [*call.args[:2], *(one.value for one in call.keywords if one.arg == "key")]
        found |= {text for place in places for text in texts_in(place) if KEY.fullmatch(text)}
    return found


def constants() -> set[str]:
    return {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def beginnings() -> set[str]:
    """What stands before the first value of the f-strings that are given as keys."""
    found: set[str] = set()
    for call in calls(*SAYS):
        places = [*call.args[:2], *(one.value for one in call.keywords if one.arg == "key")]
        for place in places:
            for node in ast.walk(place):
                if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                    found.add(str(node.values[0].value))
    return {text for text in found if re.fullmatch(r"[a-z]+\.[a-z_.]*", text)}


def failures() -> set[str]:
    """Codes of failed jobs that are no error's."""
    written = [argument(call, 0, "code") for call in calls("Failure", "Undeliverable")]
    written += [argument(call, 1, "code") for call in calls("_give_up")]
    default = inspect.signature(Undeliverable).parameters["code"].default
    return {default}.union(*written)


def errors() -> set[str]:
    codes = {error.code for error in every_error()} | failures()
    near = {f"{error.code}.nearest" for error in every_error() if "nearest" in fields(error)}
    return codes | near


def notices() -> set[str]:
    return set().union(*(argument(call, 0, "code") for call in calls("Notice", "_notice")))


def reasons() -> set[str]:
    return set().union(*(argument(call, 2, "reason") for call in calls("BadValue")))


def adjustments() -> set[str]:
    given = [argument(call, 3, "reason") for call in calls("note", "Adjustment", "_adjusted")]
    return set().union(*given)


def kinds() -> set[str]:
    """What can be unknown. An override's own choices are shown by the option's name, so they need no word."""
    places = [argument(call, 0, "kind") for call in calls("UnknownName", "_unknown", "_found", "match_name")]
    return set().union(*places) - {"extra_net"}


def permissions() -> set[str]:
    return set(check.NEEDED) | set(submitting.NEEDED) | set(submitting.NEEDED_IN_THREADS)


def every_cog() -> Iterator[type[Cog]]:
    for path in (ROOT / "cogs").glob("*cog.py"):
        module = importlib.import_module(f"cogs.{path.stem}")
        for value in vars(module).values():
            if inspect.isclass(value) and issubclass(value, Cog) and value.__module__ == module.__name__:
                yield value


def commands() -> dict[str, list[str]]:
    """Every slash command, those in groups with their group's name before theirs, with its options."""
    found: dict[str, list[str]] = {}
    for cog in every_cog():
        group = getattr(cog, "__cog_group_name__", "") if issubclass(cog, GroupCog) else ""
        found |= {group: []} if group else {}
        found |= dict(under(f"{group}." if group else "", cog.__cog_app_commands__))
    return found


def under(beginning: str, children: Iterable[AnyCommand]) -> Iterator[tuple[str, list[str]]]:
    """(name, options) of commands, and of groups with what is in them."""
    for child in children:
        name = beginning + child.name
        if isinstance(child, app_commands.Group):
            yield name, []
            yield from under(f"{name}.", child.commands)
        else:
            yield name, [option.display_name for option in child.parameters]


def options() -> set[str]:
    return {f"{command}.{option}" for command, names in commands().items() for option in names}


FAMILIES: dict[str, Callable[[], set[str]]] = {
    "area.": lambda: set(AREAS),
    "fill.": lambda: set(paintcog.FILLS),
    "view.": lambda: set(VIEWS),
    "models.": lambda: set(identifycog.MODELS),
    "edit.": lambda: set(get_args(Selected)),
    "error.": errors,
    "notice.": notices,
    "reason.": reasons,
    "adjustment.": adjustments,
    "kind.": kinds,
    "permission.": permissions,
    "hold.": lambda: {f"{mode.value}{until}" for mode in Mode for until in ("", "_until")},
    "audit.": lambda: (
        set().union(*(argument(call, 2, "action") for call in calls("audit")))
        | set().union(*(argument(call, 3, "action") for call in calls("_order")))
        | {mode.value for mode in Mode}
    ),
    "rule.": lambda: set(RULE_FIELDS),
    "adult.": lambda: {"host", *ANSWERS},
    "import.why.": lambda: (
        set().union(*(argument(call, 9, "why") for call in calls("Left"))) | set(_LEFT.values())
    ),
    "option.draw.": lambda: set(commands()["draw"]),
    "setting.": lambda: {"upscaler", "preview", "adult_messages"},
    "limit.": lambda: {field.name for field in FIELDS.values() if field.cap},
    "layer.": lambda: {layer.value for layer in Layer},
    "queue.action.": lambda: set(queuecog.ACTIONS),
    "state.": lambda: {state.value for state in State},
    "command.": lambda: set(commands()),
    "option.": options,
    "info.": lambda: set(infocog.LISTS),
    "check.": lambda: {kind.code for kind in check.TOLD_APART},
    "duration.": lambda: set(DURATIONS),
}
"""Keys that are put together, by how they begin, and what can stand behind it."""


@pytest.fixture(scope="module")
def keys() -> frozenset[str]:
    return Catalog.load().keys


def test_every_text_that_code_names_is_there(keys: frozenset[str]) -> None:
    asked = asked_for()

    assert len(asked) > 50
    assert asked - keys == set()


@pytest.mark.parametrize("beginning", FAMILIES)
def test_every_text_that_code_puts_together_is_there(beginning: str, keys: frozenset[str]) -> None:
    members = {beginning + member for member in FAMILIES[beginning]()}

    assert members
    assert members - keys == set()


def test_every_way_of_putting_a_key_together_is_listed_here() -> None:
    assert beginnings() - FAMILIES.keys() == set()


def test_every_text_is_asked_for(keys: frozenset[str]) -> None:
    together = {beginning + member for beginning, members in FAMILIES.items() for member in members()}

    assert keys - together - constants() == set()


def test_errors_are_found_by_this_test_as_well_as_by_their_own() -> None:
    assert EaselError.code in errors()
    assert {"gave_up", "expired", "undeliverable", "gone"} <= errors()
