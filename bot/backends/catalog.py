"""What the web UIs here offer, from memory: for autocompletion, and for checks before a request is queued.

Autocompletion has three seconds and thousands of keystrokes, so nothing here ever waits for a web UI; the
back ends put in what they were told, and read it again every few minutes.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import JsonValue

from bot.webui.wire import Checkpoint, Lora, Sampler, Scheduler, Style

__all__ = ["ModelCatalog", "Offer"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Everything that can be named in a request. Records hold file names at most, never folders."""

    known: bool = False
    """False until a web UI has answered: then an empty list says nothing."""
    checkpoints: tuple[Checkpoint, ...] = ()
    samplers: tuple[Sampler, ...] = ()
    schedulers: tuple[Scheduler, ...] = ()
    vaes: tuple[str, ...] = ()
    """Without "Automatic" and "None", which always exist. On Forge the modules that are VAEs."""
    modules: tuple[str, ...] = ()
    """Forge's other modules: text encoders."""
    styles: tuple[Style, ...] = ()
    loras: tuple[Lora, ...] = ()
    hypernetworks: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()
    """Those that fit the loaded checkpoint and those that do not; empty until one is loaded (NOTES 2.3)."""
    face_restorers: tuple[str, ...] = ()
    upscalers: tuple[str, ...] = ()
    latent_upscale_modes: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    """As /scripts lists them: mostly in lower case."""
    options: Mapping[str, JsonValue] = field(default_factory=lambda: MappingProxyType({}))
    """The web UI's options that a request may be allowed to override, with their values at present."""

    @property
    def highres_upscalers(self) -> tuple[str, ...]:
        """What the second pass can be enlarged with, latent modes first."""
        return _distinct((*self.latent_upscale_modes, *self.upscalers))


class ModelCatalog:
    """The offers of all back ends, and of all together."""

    def __init__(self) -> None:
        self._offers: dict[str, Offer] = {}
        self._merged = Offer()
        self._watchers: list[Callable[[Offer], None]] = []

    def offer(self) -> Offer:
        """What at least one back end has, as far as known. Never waits."""
        return self._merged

    def offer_of(self, name: str) -> Offer:
        """What the back end ``name`` has; an unknown offer if it has not answered yet."""
        return self._offers.get(name, Offer())

    def update(self, name: str, offer: Offer) -> None:
        """Take what the back end ``name`` offers now; watchers are told if anything changed."""
        if self._offers.get(name) == offer:
            return
        self._offers[name] = offer
        merged = merge(self._offers[key] for key in sorted(self._offers))
        if merged == self._merged:
            return
        self._merged = merged
        for watcher in tuple(self._watchers):
            _tell(watcher, merged)

    def watch(self, watcher: Callable[[Offer], None]) -> Callable[[], None]:
        """Call ``watcher`` on the event loop with every new merged offer. Returns what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)


def _tell(watcher: Callable[[Offer], None], offer: Offer) -> None:
    try:
        watcher(offer)
    except Exception:  # noqa: BLE001 - whatever a watcher does, the catalogue is right and others hear it
        _log.exception("a watcher of the catalogue failed")


def merge(offers: Iterable[Offer]) -> Offer:
    """One offer of several: what any of them has, each name once, in the order of the first who has it."""
    known = [offer for offer in offers if offer.known]
    lists: dict[str, Any] = {
        name: _distinct(entry for offer in known for entry in getattr(offer, name)) for name in _LISTS
    }
    options: dict[str, JsonValue] = {}
    for offer in reversed(known):
        options.update(offer.options)
    return Offer(known=bool(known), options=MappingProxyType(options), **lists)


_LISTS = tuple(part.name for part in fields(Offer) if part.name not in ("known", "options"))


def _distinct(entries: Iterable[_T]) -> tuple[_T, ...]:
    by_key: dict[object, _T] = {}
    for entry in entries:
        by_key.setdefault(_key(entry), entry)
    return tuple(by_key.values())


def _key(entry: object) -> object:
    """What makes two entries of two web UIs the same thing. A title changes (NOTES 2.3), a name does not."""
    if isinstance(entry, Checkpoint):
        return entry.model_name
    if isinstance(entry, Scheduler):
        return entry.shown
    return getattr(entry, "name", entry)
