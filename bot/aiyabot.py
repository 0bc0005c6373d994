"""An aiyabot folder's settings, read and turned into Easel's. Reads files, writes none.

Its formats: ``resources/config.toml``, ``resources/<channel id>.json``, ``resources/models.csv`` and
``resources/messages.csv``, each with bars between columns
(https://github.com/Kilvoctu/aiyabot/blob/main/core/settings.py).
"""

import csv
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, ValidationError

from bot.model.preferences import Caps, Choices, Preferences

MAX_BYTES = 4 * 2**20
"""Of one file; aiyabot's own are a few kB."""
_NOTHING = ("", "none", "disabled")

Value = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What was not taken. ``why`` is a word that the catalogue knows."""

    where: str
    what: str
    why: str


@dataclass(slots=True)
class Taken:
    """What Easel can use of the folder."""

    settings: dict[tuple[str, str], Value] = field(default_factory=dict)
    """By (section, name) of the TOML; the section of top-level names is ""."""
    models: list[dict[str, str]] = field(default_factory=list)
    """Tables of ``[[model]]``."""
    channels: dict[int, Preferences] = field(default_factory=dict)
    hidden_roles: set[int] = field(default_factory=set)
    """Roles whose pictures are always spoilers."""
    left: list[Left] = field(default_factory=list)


def read_folder(folder: Path) -> Taken:
    """Everything of an aiyabot folder, or of its ``resources``. Blocks. What cannot be read is ``left``.

    Raises NotADirectoryError if there is nothing of aiyabot's in it.
    """
    resources = folder / "resources" if (folder / "resources").is_dir() else folder
    config, channels = resources / "config.toml", sorted(resources.glob("[0-9]*.json"))
    models, messages = resources / "models.csv", resources / "messages.csv"
    if not (config.is_file() or channels or models.is_file()):
        raise NotADirectoryError(folder)
    taken = Taken()
    if config.is_file():
        _take_config(_document(config, tomllib.loads, taken), folder, taken)
    for path in channels:
        _take_channel(path, taken)
    if models.is_file():
        _take_models(models, taken)
    if messages.is_file():
        taken.left.append(Left(where=messages.name, what="", why="says_the_place"))
    return taken


def toml_text(taken: Taken) -> str:
    """The settings as a TOML document for ``config/local.toml``."""
    lines = ["# Taken over from aiyabot.", *_table(taken, "")]
    for section in sorted({section for section, _ in taken.settings} - {""}):
        lines += ["", f"[{section}]", *_table(taken, section)]
    for model in taken.models:
        lines += ["", "[[model]]", *(f"{name} = {_toml(value)}" for name, value in model.items())]
    return "\n".join(lines) + "\n"


def _table(taken: Taken, wanted: str) -> list[str]:
    found = ((name, value) for (section, name), value in taken.settings.items() if section == wanted)
    return [f"{name} = {_toml(value)}" for name, value in found]


def _toml(value: Value) -> str:
    """JSON's strings, numbers and lists are TOML's, as long as nothing is escaped that need not be."""
    return json.dumps(value, ensure_ascii=False)


def _document(path: Path, parse: Callable[[str], Any], taken: Taken) -> Mapping[str, Any]:
    try:
        document = parse(_text(path))
    except (OSError, ValueError, RecursionError):
        taken.left.append(Left(where=path.name, what="", why="unreadable"))
        return {}
    return document if isinstance(document, Mapping) else {}


def _text(path: Path) -> str:
    """Raises OSError and ValueError."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError("too large")
    return path.read_text(encoding="utf-8-sig")


def _take_config(config: Mapping[str, Any], folder: Path, taken: Taken) -> None:
    rest = dict(config)
    _take_address(rest, taken)
    for name, take in _CONFIG.items():
        if name in rest:
            _set(taken, name, rest.pop(name), take)
    directory = rest.pop("dir", "outputs")
    if isinstance(directory, str) and directory not in ("", "outputs"):
        taken.settings["", "output_dir"] = (folder / directory).as_posix()
    _take_defaults(rest, taken)
    for name, why in _LEFT.items():
        if rest.pop(name, None) not in (None, "", "False", False):
            taken.left.append(Left(where="config.toml", what=name, why=why))
    taken.left += [Left(where="config.toml", what=str(name)[:60], why="unknown") for name in rest]


def _take_address(config: dict[str, Any], taken: Taken) -> None:
    """The web UI with the credentials of ``--api-auth``. Those of Gradio's page are no use to an API."""
    url, user = str(config.pop("url", "")), str(config.pop("apiuser", ""))
    password = str(config.pop("apipass", ""))
    if config.pop("user", "") or config.pop("pass", ""):
        taken.left.append(Left(where="config.toml", what="user, pass", why="page_only"))
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        place = host if parts.port is None else f"{host}:{parts.port}"
    except ValueError:
        parts, place = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not place:
        if url:
            taken.left.append(Left(where="config.toml", what="url", why="no_address"))
        return
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    address = urlunsplit((parts.scheme, login + place, parts.path.rstrip("/"), "", ""))
    taken.settings["", "webui_urls"] = (address,)


def _set(taken: Taken, name: str, given: object, take: "_Setting") -> None:
    try:
        value = take.read(given)
    except (ValueError, TypeError, OverflowError):
        taken.left.append(Left(where="config.toml", what=name, why="strange"))
        return
    if value is not None:
        for key in take.names:
            taken.settings[take.section, key] = value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    section: str
    names: tuple[str, ...]
    read: Callable[[Any], Value | None]


def _flag(given: object) -> bool:
    return given is True or str(given).strip().casefold() == "true"


def _words(given: object) -> tuple[str, ...] | None:
    if not isinstance(given, list):
        raise TypeError
    return tuple(str(word) for word in given if str(word).strip()) or None


def _joined(given: object) -> str | None:
    return ", ".join(_words(given) or ()) or None


def _side(given: object) -> int:
    side = int(float(str(given)))
    if not 64 <= side <= 16_384:
        raise ValueError
    return side


def _seconds(given: object) -> float:
    seconds = float(str(given))
    if not 0.05 <= seconds <= 86_400:
        raise ValueError
    return seconds


def _more_than_one(given: object) -> int | None:
    """aiyabot counts requests and starts with one; Easel counts pictures and is fair without it."""
    limit = int(float(str(given)))
    return limit if 1 < limit <= 1_000_000 else None


_CONFIG: Mapping[str, _Setting] = {
    "queue_limit": _Setting(section="queue", names=("waiting_per_person",), read=_more_than_one),
    "restrict_buttons": _Setting(section="buttons", names=("restrict_to_owner",), read=_flag),
    "max_size": _Setting(section="limits", names=("max_width", "max_height"), read=_side),
    "prompt_ban_list": _Setting(section="policy", names=("blocked_words",), read=_words),
    "prompt_ignore_list": _Setting(section="policy", names=("removed_words",), read=_words),
    "negative_prompt_prefix": _Setting(section="policy", names=("forced_negative",), read=_joined),
    "live_preview_update_interval": _Setting(section="preview", names=("interval_seconds",), read=_seconds),
}
_LEFT: Mapping[str, str] = {
    "save_outputs": "always_kept",
    "batch_buttons": "per_request",
    "quick_upscale_resize": "asks",
    "display_ignored_words": "always_told",
    "full_quality_vae": "sd_next",
    "data_model": "by_server",
    "style": "by_server",
    "facefix": "by_server",
    "highres_fix": "by_server",
    "hypernet": "by_server",
    "lora": "by_server",
    "live_preview": "by_server",
    "backend": "probed",
}
"""Names whose values have no place in Easel's settings, with the reason."""

_DEFAULTS: Mapping[str, tuple[str, str]] = {
    "negative_prompt": ("defaults", "negative_prompt"),
    "steps": ("defaults", "steps"),
    "width": ("defaults", "width"),
    "height": ("defaults", "height"),
    "guidance_scale": ("defaults", "guidance_scale"),
    "sampler": ("defaults", "sampler"),
    "clip_skip": ("defaults", "clip_skip"),
    "strength": ("defaults", "strength"),
    "batch": ("defaults", "batch"),
    "upscaler": ("defaults", "upscaler"),
    "spoiler": ("defaults", "spoiler"),
    "max_steps": ("limits", "max_steps"),
    "max_batch": ("limits", "max_batch"),
}
"""Where the settings of a host have what a channel's file may say, by the name of the preference."""


def _take_defaults(rest: dict[str, Any], taken: Taken) -> None:
    """What config.toml says for channels that have no file of their own."""
    said, known = _preferences(rest, "config.toml", taken)
    for name, value in (*said.choices, *said.caps):
        if value is not None and name in _DEFAULTS:
            # Web UIs draw in multiples of 8.
            taken.settings[_DEFAULTS[name]] = value // 8 * 8 if name in ("width", "height") else value
    for name in known - set(_LEFT):
        rest.pop(name, None)
    for name in ("hyper_multi", "lora_multi"):
        rest.pop(name, None)
    for name in ("style", "facefix", "highres_fix", "hypernet", "lora", "data_model"):
        if _is_nothing(rest.get(name)):
            rest.pop(name, None)
    if rest.get("live_preview") is True:
        rest.pop("live_preview")


def _take_channel(path: Path, taken: Taken) -> None:
    if not path.stem.isascii() or not path.stem.isdecimal() or not 0 < int(path.stem) < 2**64:
        taken.left.append(Left(where=path.name, what="", why="unreadable"))
        return
    given = _document(path, json.loads, taken)
    preferences, known = _preferences(given, path.name, taken)
    taken.left += [
        Left(where=path.name, what=str(name)[:60], why=_LEFT.get(str(name), "unknown"))
        for name in given.keys() - known
        if _LEFT.get(str(name)) != "sd_next"
    ]
    if not preferences.is_empty:
        taken.channels[int(path.stem)] = preferences


def _preferences(given: Mapping[str, Any], where: str, taken: Taken) -> tuple[Preferences, set[str]]:
    """What a channel's settings come to, and the names that were looked at."""
    choices: dict[str, object] = {}
    for name, ours in _CHOICES.items():
        if name in given and not _is_nothing(given[name]):
            choices[ours] = given[name]
    for name in ("negative_prompt",):
        if isinstance(given.get(name), str) and given[name]:
            choices[name] = given[name]
    if networks := ", ".join(_networks(given)):
        choices["extra_net"] = networks
    if "batch" in given or "count" in given:
        choices["batch"] = _pictures(given.get("batch", given.get("count")))
    caps: dict[str, object] = {}
    if "max_steps" in given:
        caps["max_steps"] = given["max_steps"]
    if "max_batch" in given or "max_count" in given:
        caps["max_batch"] = _pictures(given.get("max_batch", given.get("max_count")))
    _take_hidden_role(given, where, taken)
    said = Preferences(choices=_valid(Choices, choices, where, taken), caps=_valid(Caps, caps, where, taken))
    return said, set(_LOOKED_AT)


_CHOICES: Mapping[str, str] = {
    "data_model": "data_model",
    "steps": "steps",
    "width": "width",
    "height": "height",
    "guidance_scale": "guidance_scale",
    "sampler": "sampler",
    "style": "styles",
    "facefix": "facefix",
    "highres_fix": "highres_fix",
    "clip_skip": "clip_skip",
    "strength": "strength",
    "upscaler_1": "upscaler",
    "spoiler": "spoiler",
    "live_preview": "preview",
}
_LOOKED_AT = (
    *_CHOICES,
    "negative_prompt",
    "hypernet",
    "hyper_multi",
    "lora",
    "lora_multi",
    "batch",
    "count",
    "max_steps",
    "max_batch",
    "max_count",
    "spoiler_role",
)


def _networks(given: Mapping[str, Any]) -> Iterator[str]:
    for name, weight in (("hypernet", "hyper_multi"), ("lora", "lora_multi")):
        network = given.get(name)
        if isinstance(network, str) and not _is_nothing(network):
            yield f"{network}:{given.get(weight, 0.85)}"


def _pictures(given: object) -> object:
    """ "2,3" is two times three pictures; what is no number is left to be told."""
    try:
        numbers = [int(part) for part in str(given).replace(".", ",").split(",")[:2]]
    except ValueError:
        return given
    return numbers[0] * (numbers[1] if len(numbers) > 1 else 1)


def _take_hidden_role(given: Mapping[str, Any], where: str, taken: Taken) -> None:
    role = str(given.get("spoiler_role") or "").strip()
    if role.isascii() and role.isdecimal() and 0 < int(role) < 2**64:
        taken.hidden_roles.add(int(role))
    elif role and role.casefold() != "none":
        taken.left.append(Left(where=where, what="spoiler_role", why="strange"))


def _valid(kind: type[BaseModel], given: dict[str, object], where: str, taken: Taken) -> Any:
    """As much of it as is within bounds."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        bad = {str(problem["loc"][0]) for problem in error.errors()}
    taken.left += [Left(where=where, what=name, why="strange") for name in sorted(bad)]
    return kind.model_validate({name: value for name, value in given.items() if name not in bad})


def _is_nothing(given: object) -> bool:
    return given is None or (isinstance(given, str) and given.strip().casefold() in _NOTHING)


def _take_models(path: Path, taken: Taken) -> None:
    try:
        rows = list(csv.reader(_text(path).splitlines(), delimiter="|"))
    except (OSError, ValueError, csv.Error):
        taken.left.append(Left(where=path.name, what="", why="unreadable"))
        return
    for row in rows[1:]:
        shown, full, activator = (part.strip() for part in (*row, "", "", "")[:3])
        name = full.replace("\\", "/").rsplit("/", 1)[-1]
        if name and len(name) <= 200 and len(shown) <= 80 and len(activator) <= 500:
            table = {"name": name, "shown": shown, "activator": activator}
            taken.models.append({key: value for key, value in table.items() if value})
        elif full:
            taken.left.append(Left(where=path.name, what=shown[:60], why="strange"))
