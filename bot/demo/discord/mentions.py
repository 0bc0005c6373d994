"""Who is pinged by a text: mentions outside code, as far as ``allowed_mentions`` lets them.

https://discord.com/developers/docs/resources/message#allowed-mentions-object
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from bot.demo.discord.errors import ApiError, refused
from bot.demo.discord.parts import Json

# How Discord's client tells code from text. A block ends at the first run of three backticks, however many it
# began with; inline code ends at a run as long as its own. Both come from its Markdown parser,
# https://github.com/Khan/simple-markdown and https://github.com/brussell98/discord-markdown
_BLOCK = re.compile(r"```(?:[a-zA-Z0-9_+\-.#]+?\n)?\n*([^\n][\s\S]*?)\n*```")
_INLINE = re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")
_ESCAPE = re.compile(r"\\[^0-9A-Za-z\s]")
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)\b")


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Ids in the order of the text, each once."""

    users: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a message may mention. ``users`` and ``roles``: None = all of them."""

    users: Container[int] | None = None
    roles: Container[int] | None = None
    everyone: bool = True
    replied_user: bool = True


def without_code(text: str) -> str:
    """The text with code blocks, inline code and escaped characters taken out."""
    kept: list[str] = []
    at = 0
    while at < len(text):
        skipped = _code_at(text, at)
        if skipped:
            kept.append(" ")
            at = skipped
        else:
            kept.append(text[at])
            at += 1
    return "".join(kept)


def _code_at(text: str, at: int) -> int:
    """Where the code or escape that begins here ends, or 0."""
    if text[at] not in "`\\":
        return 0
    found = _ESCAPE.match(text, at) or _BLOCK.match(text, at) or _INLINE.match(text, at)
    return found.end() if found else 0


def mentioned(text: str, allowed: Allowed) -> Mentioned:
    """Who is pinged."""
    plain = without_code(text)
    users = dict.fromkeys(int(found) for found in _USER.findall(plain))
    roles = dict.fromkeys(int(found) for found in _ROLE.findall(plain))
    return Mentioned(
        users=tuple(user for user in users if allowed.users is None or user in allowed.users),
        roles=tuple(role for role in roles if allowed.roles is None or role in allowed.roles),
        everyone=allowed.everyone and _EVERYONE.search(plain) is not None,
    )


def read_allowed(given: Json | None) -> Allowed:
    """``allowed_mentions`` of a request. Absent = everything may be mentioned.

    Raises:
        ApiError: 400, when ``parse`` and a list name the same kind, or a list is too long.
    """
    if given is None:
        return Allowed()
    parse = given.get("parse") or []
    users = _named(given, parse, "users")
    roles = _named(given, parse, "roles")
    return Allowed(users, roles, "everyone" in parse, bool(given.get("replied_user")))


def _named(given: Json, parse: list[Any], kind: str) -> Container[int] | None:
    listed = given.get(kind) or []
    if kind in parse and listed:
        raise _exclusive(kind)
    if len(listed) > 100:
        raise refused(("allowed_mentions", kind), "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
    return None if kind in parse else frozenset(int(one) for one in listed)


def _exclusive(kind: str) -> ApiError:
    return refused(
        ("allowed_mentions",),
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
    )
