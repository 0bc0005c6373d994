"""Application commands: what may be registered, and how it is kept.

https://discord.com/developers/docs/interactions/application-commands
"""

import copy
import re
from collections.abc import Iterator
from typing import Any

from bot.demo.discord import errors
from bot.demo.discord.changes import Change
from bot.demo.discord.errors import Form, Path
from bot.demo.discord.model import Command
from bot.demo.discord.parts import Json
from bot.demo.discord.world import World

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(
    1, 12
)
MOST = {1: 100, 2: 15, 3: 15}
"""Commands of each type in one place."""
CREATES_PER_DAY = 200
MAX_CHARACTERS = 8000
LOCALES = frozenset(
    {"id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl"}
    | {"pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja"}
    | {"zh-TW", "ko", "ar", "he"}
)
_NAME = re.compile(r"[-_'\w]{1,32}")


class Commands:
    """The registered commands of the application."""

    def __init__(self, world: World) -> None:
        self._world = world

    def registered(self, place: int | None) -> list[Command]:
        """Those of a server, or (None) the global ones, in the order of their ids."""
        return [one for one in self._world.commands.values() if one.guild_id == place]

    def find(self, place: int | None, command_id: int) -> Command:
        """One by id.

        Raises:
            ApiError: 404.
        """
        found = self._world.commands.get(command_id)
        if found is None or found.guild_id != place:
            raise errors.unknown_command()
        return found

    def replace(self, place: int | None, given: list[Json]) -> list[Command]:
        """Replace all of a place. Those of the same name and type keep their ids.

        Raises:
            ApiError: 400 for a wrong form, and nothing was changed.
        """
        form = Form()
        definitions = [_definition(one, (at,), form) for at, one in enumerate(given)]
        names = [(one["type"], one["name"]) for one in definitions]
        if len(set(names)) < len(names):
            form.wrong((), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
        form.check()
        _check_counts(definitions)
        before = {(one.kind, one.name): one for one in self.registered(place)}
        self._count_creates(place, len([name for name in names if name not in before]))
        for one in before.values():
            del self._world.commands[one.id]
        kept = [
            self._kept(place, definition, before.get(name))
            for definition, name in zip(definitions, names, strict=True)
        ]
        self._tell()
        return kept

    def create(self, place: int | None, given: Json) -> tuple[Command, bool]:
        """Register one; says whether it is new.

        Raises:
            ApiError: 400.
        """
        definition = _checked(given)
        name = (definition["type"], definition["name"])
        before = next((one for one in self.registered(place) if (one.kind, one.name) == name), None)
        if before is None:
            _check_counts([definition, *(one.definition for one in self.registered(place))])
            self._count_creates(place, 1)
        command = self._kept(place, definition, before)
        self._tell()
        return command, before is None

    def edit(self, place: int | None, command_id: int, given: Json) -> Command:
        """Change some fields.

        Raises:
            ApiError: 404 or 400.
        """
        before = self.find(place, command_id)
        command = self._kept(place, _checked(before.definition | given), before)
        self._tell()
        return command

    def delete(self, place: int | None, command_id: int) -> None:
        """Take one away.

        Raises:
            ApiError: 404.
        """
        del self._world.commands[self.find(place, command_id).id]
        self._tell()

    def _kept(self, place: int | None, definition: Json, before: Command | None) -> Command:
        ids = self._world.ids
        if before is not None and before.definition == definition:
            command = before
        else:
            command = Command(before.id if before else ids.next(), ids.next(), place, definition)
        self._world.commands[command.id] = command
        return command

    def _count_creates(self, place: int | None, new: int) -> None:
        now = self._world.clock.now()
        recent = [at for at in self._world.command_creates[place] if now - at < 86400]
        if len(recent) + new > CREATES_PER_DAY:
            raise errors.ApiError(
                400, 30034, "Max number of daily application command creates has been reached (200)"
            )
        self._world.command_creates[place] = recent + [now] * new

    def _tell(self) -> None:
        self._world.tell(Change(kind="commands_changed"))


def _checked(given: Json) -> Json:
    form = Form()
    definition = _definition(given, (), form)
    form.check()
    return definition


def _check_counts(definitions: list[Json]) -> None:
    for kind, most in MOST.items():
        if sum(one["type"] == kind for one in definitions) > most:
            raise errors.ApiError(400, 30032, f"Maximum number of application commands reached ({most})")


def _definition(given: Json, path: Path, form: Form) -> Json:
    """A command as it is kept: defaults filled in, server-side fields left out."""
    kind = given.get("type") or 1
    form.choice((*path, "type"), kind, (1, 2, 3))
    _check_texts(given, path, form, slash=kind == 1)
    options = copy.deepcopy(given.get("options") or [])
    _check_options(options, (*path, "options"), form)
    if kind != 1 and (options or given.get("description")):
        form.wrong(
            (*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU", "Context menu commands have none"
        )
    definition = {
        "type": kind,
        "name": given.get("name"),
        "name_localizations": given.get("name_localizations"),
        "description": given.get("description") or "",
        "description_localizations": given.get("description_localizations"),
        "default_member_permissions": _permissions(given.get("default_member_permissions")),
        "nsfw": bool(given.get("nsfw")),
        "contexts": given.get("contexts"),
        "integration_types": given.get("integration_types") or [0],
        "dm_permission": given.get("dm_permission") is not False,
    }
    if kind == 1:
        definition["options"] = options
        _check_size(definition, path, form)
    return definition


def _permissions(given: Any) -> str | None:
    return None if given is None else str(int(given))


def _check_texts(given: Json, path: Path, form: Form, *, slash: bool) -> None:
    """Name and description with their translations, of a command or option."""
    names = {("name",): given.get("name")} | _localized(given, "name_localizations")
    for where, name in names.items():
        form.length((*path, *where), name, 1, 32)
        if slash and isinstance(name, str) and not (_NAME.fullmatch(name) and name == name.lower()):
            form.wrong((*path, *where), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    if slash:
        texts = {("description",): given.get("description")} | _localized(given, "description_localizations")
        for where, text in texts.items():
            form.length((*path, *where), text, 1, 100)
    for key in ("name_localizations", "description_localizations"):
        for locale in set(given.get(key) or {}) - LOCALES:
            form.wrong((*path, key, locale), "BASE_TYPE_CHOICES", "Unknown locale")


def _localized(given: Json, key: str) -> dict[Path, Any]:
    return {(key, locale): text for locale, text in (given.get(key) or {}).items()}


def _check_options(options: list[Json], path: Path, form: Form) -> None:
    if len(options) > 25:
        form.wrong(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    names = [option.get("name") for option in options]
    if len(set(names)) < len(names):
        form.wrong(path, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option names must be unique")
    optional_seen = False
    for at, option in enumerate(options):
        _check_option(option, (*path, at), form)
        if option.get("required") and optional_seen:
            form.wrong(
                (*path, at),
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen = optional_seen or not option.get("required")


def _check_option(option: Json, path: Path, form: Form) -> None:
    kind = option.get("type")
    if not form.choice((*path, "type"), kind, tuple(range(1, 12))):
        return
    _check_texts(option, path, form, slash=True)
    for key in [key for key, value in option.items() if value is None and not key.endswith("_localizations")]:
        del option[key]
    if kind in (SUBCOMMAND, GROUP):
        _check_options(option.get("options") or [], (*path, "options"), form)
        return
    choices = option.get("choices") or []
    if len(choices) > 25:
        form.wrong((*path, "choices"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    if choices and option.get("autocomplete"):
        form.wrong(
            path,
            "APPLICATION_COMMAND_OPTION_AUTOCOMPLETE_CHOICES",
            "Choices and autocomplete exclude each other",
        )
    for at, choice in enumerate(choices):
        form.length((*path, "choices", at, "name"), choice.get("name"), 1, 100)
        if kind == STRING:
            form.length((*path, "choices", at, "value"), choice.get("value"), 1, 100)
    for key, least in (("min_length", 0), ("max_length", 1)):
        if key in option:
            form.within((*path, key), option[key], least, 6000)


def _texts(node: Json) -> Iterator[tuple[str, dict[str, str]]]:
    """Every text that counts, with its translations: names, descriptions, choice names and values."""
    for key in ("name", "description"):
        if node.get(key):
            yield node[key], node.get(f"{key}_localizations") or {}
    if isinstance(node.get("value"), str):
        yield node["value"], {}
    for inner in [*(node.get("options") or []), *(node.get("choices") or [])]:
        yield from _texts(inner)


def characters(definition: Json) -> int:
    """The size of a command as Discord counts it, by the longest translation of each text."""
    return sum(max(map(len, (text, *translations.values()))) for text, translations in _texts(definition))


def _check_size(definition: Json, path: Path, form: Form) -> None:
    if characters(definition) > MAX_CHARACTERS:
        form.wrong(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
