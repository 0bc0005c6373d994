"""The host's look: every picture-changing option as the first web UI had it when it was first met.

It is kept, so that two web UIs, or the same one next month, draw the same picture whatever people change in
its page meanwhile (DESIGN §3). An option that the first one did not know is taken from the first that does.
"""

import asyncio
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from pydantic import JsonValue

from bot.errors import StorageError
from bot.webui.payloads import baseline_from_options

__all__ = ["BASELINE_FACT", "Baseline", "FactStore"]

_log = logging.getLogger(__name__)

BASELINE_FACT = "webui.baseline"
"""Name under which it is kept: an object of option names and values."""


class FactStore(Protocol):
    """Small JSON values that outlive the program, by name."""

    async def get(self, name: str) -> JsonValue:
        """The value, or None. Raises StorageError."""
        ...

    async def put(self, name: str, value: JsonValue) -> None:
        """Keep ``value``. Raises StorageError."""
        ...


class Baseline:
    """One for all back ends."""

    def __init__(self, facts: FactStore) -> None:
        self._facts = facts
        self._lock = asyncio.Lock()
        self._loaded = False
        self._kept = True
        self._values: dict[str, JsonValue] = {}

    @property
    def values(self) -> Mapping[str, JsonValue]:
        """What is known so far."""
        return MappingProxyType(self._values)

    async def meet(self, options: Mapping[str, JsonValue]) -> None:
        """Take over what is not in it yet from a web UI's /options, and keep the result.

        While the store is in trouble the values hold for this run, and are kept at the next occasion.
        """
        async with self._lock:
            found = baseline_from_options(options)
            if not self._loaded or found.keys() - self._values.keys():
                await self._load()
            missing = {key: value for key, value in found.items() if key not in self._values}
            self._values |= missing
            self._kept = self._kept and not missing
            if self._loaded and not self._kept:
                await self._keep()

    async def retake(self, options: Mapping[str, JsonValue]) -> None:
        """Put a web UI's /options in the place of all that is known. Raises StorageError."""
        async with self._lock:
            values = baseline_from_options(options)
            await self._facts.put(BASELINE_FACT, dict(values))
            self._values, self._loaded, self._kept = values, True, True

    async def refresh(self) -> None:
        """Take over what another process has kept."""
        async with self._lock:
            await self._load()

    async def _load(self) -> None:
        """What is kept wins: it is the same in every process."""
        try:
            stored = await self._facts.get(BASELINE_FACT)
        except StorageError as error:
            _log.warning("the baseline could not be read", extra={"reason": error.reason})
            return
        if isinstance(stored, dict):
            self._values |= stored
        self._loaded = True

    async def _keep(self) -> None:
        try:
            await self._facts.put(BASELINE_FACT, dict(self._values))
        except StorageError as error:
            _log.warning("the baseline could not be kept", extra={"reason": error.reason})
            return
        self._kept = True
        _log.info("the baseline was kept", extra={"options": len(self._values)})
