"""The settings that hold now, read at each use; and how changed files are taken over while the bot runs.

What cannot change while it runs is ``NEEDS_RESTART``: what was opened, bound or started with it stays as it
is. Everything else is read from ``LiveSettings.now`` where it is used, or handed on by ``watch``.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.settings import Settings, name_of, setting_keys, value_of
from config.sources import Key

__all__ = ["NEEDS_RESTART", "LiveSettings", "Reloaded"]

_FIXED_SECTIONS = frozenset({"processes", "webui"})
"""Times and bounds of connections that stand open."""

NEEDS_RESTART: frozenset[Key] = frozenset(
    key
    for key in setting_keys()
    if key[0] in _FIXED_SECTIONS
    or key
    in {
        ("discord_token",),
        ("discord_api_url",),
        ("discord_gateway_url",),
        ("webui_urls",),
        ("backend",),
        ("database_url",),
        ("output_dir",),
        ("http_bind",),
        ("log_level",),
        ("log_format",),
        ("queue", "answers_in_memory"),
        ("preview", "presence"),
        ("prompts", "wildcards"),
        ("delivery", "concurrent"),
        ("servers", "direct_messages"),
        ("servers", "user_installs"),
    }
)
"""What is read once, when the bot starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What a reload came to, in the names that the host writes."""

    changed: tuple[str, ...]
    """These hold now."""
    waiting: tuple[str, ...]
    """These have changed in the files, and need a restart."""


class LiveSettings:
    """One holder for a whole process. ``now`` is frozen; a reload puts another value in its place."""

    def __init__(self, settings: Settings, load: Callable[[], Settings] | None = None) -> None:
        """``load``: reads everything again; blocks, and raises SettingsProblem. None = there is no file."""
        self._now = settings
        self._load = load or (lambda: settings)
        self._watchers: list[Callable[[Settings], None]] = []
        self._reloading = asyncio.Lock()

    @property
    def now(self) -> Settings:
        """What holds."""
        return self._now

    def watch(self, changed: Callable[[Settings], None]) -> None:
        """Call ``changed`` on the event loop with the new settings; it must not fail."""
        self._watchers.append(changed)

    async def reload(self) -> Reloaded:
        """Read everything again, and take over all of it or nothing. Raises SettingsProblem."""
        async with self._reloading:
            read = await asyncio.to_thread(self._load)
            different = [key for key in setting_keys() if value_of(read, key) != value_of(self._now, key)]
            if any(key not in NEEDS_RESTART for key in different):
                self._take(_merged(read, self._now))
            return Reloaded(
                changed=tuple(name_of(key) for key in different if key not in NEEDS_RESTART),
                waiting=tuple(name_of(key) for key in different if key in NEEDS_RESTART),
            )

    def _take(self, settings: Settings) -> None:
        self._now = settings
        for changed in self._watchers:
            changed(settings)


def _merged(read: Settings, running: Settings) -> Settings:
    """``read``, with what needs a restart as it is ``running``."""
    changes: dict[str, Any] = {}
    for key in NEEDS_RESTART:
        if len(key) == 1:
            changes[key[0]] = value_of(running, key)
        else:
            section = changes.get(key[0], getattr(read, key[0]))
            changes[key[0]] = section.model_copy(update={key[1]: value_of(running, key)})
    sources = {key: one for key, one in read.sources.items() if key not in NEEDS_RESTART}
    sources |= {key: one for key, one in running.sources.items() if key in NEEDS_RESTART}
    return read.model_copy(update={**changes, "sources": sources})
