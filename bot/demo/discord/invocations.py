"""What a person's client sends: commands with typed options, chosen values, resolved objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.demo.discord import objects, permissions, uploads
from bot.demo.discord.commands import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    GROUP,
    INTEGER,
    MENTIONABLE,
    ROLE,
    STRING,
    SUBCOMMAND,
    USER,
)
from bot.demo.discord.errors import NotPossible
from bot.demo.discord.model import Channel, Command, Upload, User
from bot.demo.discord.parts import Json
from bot.demo.discord.permissions import Permission
from bot.demo.discord.world import World

MAX_STRING = 6000
LARGEST = 2**53
"""Integers and numbers lie between minus and plus this."""
IN_SERVER, WITH_BOT = 0, 1
"""Contexts a command may be limited to."""


_BY_PEOPLE = 1
"""https://discord.com/developers/docs/resources/application#application-object-application-integration-types"""


@dataclass(frozen=True, slots=True)
class Invoked:
    """A command with the names of its subcommand, and the options that go with it."""

    command: Command
    path: tuple[Json, ...]

    @property
    def options(self) -> list[Json]:
        """The options as registered."""
        return list(self.path[-1].get("options", [])) if self.path else self.command.options


def available(world: World, channel: Channel, user: User, kind: int) -> list[Command]:
    """The commands that a person is offered in a channel."""
    guild_id = channel.guild.id if channel.guild else None
    listed = [one for one in world.commands.values() if one.kind == kind and one.guild_id in (None, guild_id)]
    return [one for one in listed if why_not(world, channel, user, one) is None]


def why_not(world: World, channel: Channel, user: User, command: Command) -> str | None:
    """Why a person cannot use a command in a channel, or None."""
    definition = command.definition
    contexts = definition["contexts"]
    context = IN_SERVER if channel.guild else WITH_BOT
    if (contexts is not None and context not in contexts) or (
        not channel.guild and not definition["dm_permission"]
    ):
        return "not in this kind of channel"
    if definition["nsfw"] and channel.guild and not channel.age_restricted:
        return "only in age-restricted channels"
    if channel.guild is None:
        return None
    if not world.bot_is_member and not (user.installed and _BY_PEOPLE in definition["integration_types"]):
        return "the bot is not in this server"
    bits = world.allowed(channel, user)
    if not bits & Permission.VIEW_CHANNEL or not bits & Permission.USE_APPLICATION_COMMANDS:
        return "they may not use commands here"
    needed = definition["default_member_permissions"]
    member = permissions.of_member(channel.guild, channel.guild.members[user.id])
    if needed is None or member == permissions.ALL:
        return None
    if needed == "0" or member & int(needed) != int(needed):
        return "they lack the command's permissions"
    return None


def find(world: World, channel: Channel, user: User, name: str, kind: int = 1) -> Invoked:
    """A command by name; a subcommand as ``queue board``.

    Raises:
        NotPossible: the person is not offered it here.
    """
    first, *rest = name.split(" ") if kind == 1 else [name]
    guild_id = channel.guild.id if channel.guild else None
    named = [one for one in world.commands.values() if one.kind == kind and one.name == first]
    here = [one for one in named if one.guild_id in (guild_id, None)]
    command = max(
        here, key=lambda one: one.guild_id or 0, default=None
    )  # the server's own before a global one
    if command is None:
        raise NotPossible(f"there is no command {first!r}")
    reason = why_not(world, channel, user, command)
    if reason is not None:
        raise NotPossible(f"{user.name} cannot use {name!r}: {reason}")
    return Invoked(command, _descended(command, rest))


def _descended(command: Command, names: list[str]) -> tuple[Json, ...]:
    path: list[Json] = []
    options = command.options
    for name in names:
        found = next(
            (one for one in options if one["name"] == name and one["type"] in (SUBCOMMAND, GROUP)), None
        )
        if found is None:
            raise NotPossible(f"/{command.name} has no subcommand {name!r}")
        path.append(found)
        options = found.get("options", [])
    if any(one["type"] in (SUBCOMMAND, GROUP) for one in options):
        raise NotPossible(f"/{command.name} needs a subcommand")
    return tuple(path)


def command_data(
    world: World, channel: Channel, user: User, invoked: Invoked, values: Mapping[str, Any]
) -> Json:
    """The data of a slash command.

    Raises:
        NotPossible: a value that the client would not send.
    """
    known = {option["name"]: option for option in invoked.options}
    for name in values:
        if name not in known:
            raise NotPossible(f"/{invoked.command.name} has no option {name!r}")
    missing = [
        name for name, option in known.items() if option.get("required") and values.get(name) in (None, "")
    ]
    if missing:
        raise NotPossible(f"/{invoked.command.name} needs {', '.join(missing)}")
    resolver = Resolver(world, channel, user)
    given = [
        {"name": name, "type": known[name]["type"], "value": _value(known[name], value, resolver)}
        for name, value in values.items()
        if value is not None
    ]
    return _data(invoked, given) | ({"resolved": resolver.resolved} if resolver.resolved else {})


def autocomplete_data(invoked: Invoked, option: str, typed: str, values: Mapping[str, Any]) -> Json:
    """The data of an autocomplete: the option being typed as raw text, no value checked or resolved.

    Raises:
        NotPossible: the option is not completed by the bot.
    """
    known = {one["name"]: one for one in invoked.options}
    if not known.get(option, {}).get("autocomplete"):
        raise NotPossible(f"/{invoked.command.name} does not complete {option!r}")
    given = [
        {"name": name, "type": known[name]["type"], "value": value}
        for name, value in values.items()
        if name in known and name != option and isinstance(value, str | int | float)
    ]
    focused = {"name": option, "type": known[option]["type"], "value": typed, "focused": True}
    return _data(invoked, [*given, focused])


def _data(invoked: Invoked, options: list[Json]) -> Json:
    for part in reversed(invoked.path):
        options = [{"name": part["name"], "type": part["type"], "options": options}]
    command = invoked.command
    body: Json = {"id": str(command.id), "name": command.name, "type": command.kind, "options": options}
    return body | ({"guild_id": str(command.guild_id)} if command.guild_id else {})


def menu_data(command: Command, target_id: int, resolved: Json) -> Json:
    """The data of a context menu."""
    body: Json = {"id": str(command.id), "name": command.name, "type": command.kind}
    body |= {"target_id": str(target_id), "resolved": resolved}
    return body | ({"guild_id": str(command.guild_id)} if command.guild_id else {})


class Resolver:
    """Turns what a person chose into ids, and collects the objects behind them."""

    def __init__(self, world: World, channel: Channel, user: User) -> None:
        self.resolved: Json = {}
        self._world = world
        self._channel = channel
        self._user = user

    def user(self, chosen: Any) -> str:
        """A user, by anything with an ``id`` or the id."""
        one = self._world.users.get(_id(chosen))
        if one is None:
            raise NotPossible(f"there is nobody with the id {chosen!r}")
        self._keep("users", one.id, objects.user(one))
        member = self._channel.guild.members.get(one.id) if self._channel.guild else None
        if member is not None:
            bits = self._world.allowed(self._channel, one)
            body = objects.partial_member(member) | {"permissions": str(int(bits))}
            self._keep(
                "members", one.id, {key: value for key, value in body.items() if key not in ("mute", "deaf")}
            )
        return str(one.id)

    def channel(self, chosen: Any) -> str:
        """A channel of the server."""
        one = self._world.channels.get(_id(chosen))
        if one is None or one.deleted:
            raise NotPossible(f"there is no channel {chosen!r}")
        bits = str(int(self._world.allowed(one, self._user)))
        self._keep("channels", one.id, objects.channel(one) | {"permissions": bits})
        return str(one.id)

    def role(self, chosen: Any) -> str:
        """A role of the server."""
        one = self._world.guild.roles.get(_id(chosen))
        if one is None:
            raise NotPossible(f"there is no role {chosen!r}")
        self._keep("roles", one.id, objects.role(one))
        return str(one.id)

    def mentionable(self, chosen: Any) -> str:
        """A role or a user."""
        return self.role(chosen) if _id(chosen) in self._world.guild.roles else self.user(chosen)

    def attachment(self, chosen: Any) -> str:
        """A file, uploaded on the way."""
        if not isinstance(chosen, Upload):
            raise NotPossible("an attachment option takes a file")
        if len(chosen.data) > uploads.upload_limit(self._channel):
            raise NotPossible("the file is too large for this server")
        one = uploads.stored(self._world, self._channel, chosen, ephemeral=True)
        self._keep("attachments", one.id, self._world.messages.attachment(one))
        return str(one.id)

    def _keep(self, kind: str, key: int, body: Json) -> None:
        self.resolved.setdefault(kind, {})[str(key)] = body


def _id(chosen: Any) -> int:
    given = getattr(chosen, "id", chosen)
    return int(given) if str(given).isdigit() else 0


def _value(option: Json, value: Any, resolver: Resolver) -> Any:
    kind, name = option["type"], option["name"]
    by_kind = {
        USER: resolver.user,
        CHANNEL: resolver.channel,
        ROLE: resolver.role,
        MENTIONABLE: resolver.mentionable,
        ATTACHMENT: resolver.attachment,
    }
    if kind in by_kind:
        return by_kind[kind](value)
    if kind == BOOLEAN:
        if not isinstance(value, bool):
            raise NotPossible(f"{name} takes true or false")
        return value
    read = _text(option, value) if kind == STRING else _number(option, value)
    choices = [choice["value"] for choice in option.get("choices", [])]
    if choices and read not in choices:
        raise NotPossible(f"{name} offers {choices}")
    return read


def _text(option: Json, value: Any) -> str:
    if not isinstance(value, str):
        raise NotPossible(f"{option['name']} takes a text")
    most, least = min(option.get("max_length", MAX_STRING), MAX_STRING), option.get("min_length", 0)
    if not least <= len(value) <= most:
        raise NotPossible(f"{option['name']} takes {least} to {most} characters")
    return value


def _number(option: Json, value: Any) -> int | float:
    whole = option["type"] == INTEGER
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise NotPossible(f"{option['name']} takes {'a whole' if whole else 'a'} number")
    least, most = option.get("min_value", -LARGEST), option.get("max_value", LARGEST)
    if not least <= value <= most:
        raise NotPossible(f"{option['name']} takes {least} to {most}")
    return value
