"""What the host does to the web UIs of this process by hand. Nothing else ever writes their options."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import JsonValue

from bot.backends.backend import Backend
from bot.backends.baseline import Baseline
from bot.errors import CheckpointFailed, NoWebUIHere, TimedOut, Unreachable, WebUIBusy, WebUIError
from bot.webui.endpoints import Endpoint
from bot.webui.names import match_checkpoint
from bot.webui.overrides import check_option, settable_options
from bot.webui.wire import Checkpoint

__all__ = ["OptionChange", "Steering"]

_LONGEST_SECONDS = 600.0
"""For one order: loading waits for the running job, and the answer to a command is taken for 15 minutes."""
_MEMORY_SECONDS = 5.0
_CHECKPOINT = "sd_model_checkpoint"
_HASH = re.compile(r" \[[0-9a-f]{8,64}\]$")
_ALL = (
    Endpoint.REFRESH_CHECKPOINTS,
    Endpoint.REFRESH_VAES,
    Endpoint.REFRESH_LORAS,
    Endpoint.REFRESH_EMBEDDINGS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionChange:
    """One option of one web UI, checked and not yet sent."""

    webui: str
    key: str
    before: JsonValue
    after: bool | int | float | str


class Steering:
    """Every order raises WebUIError; those that name a web UI raise LookupError for one that is not here."""

    def __init__(self, backends: Sequence[Backend], baseline: Baseline) -> None:
        self._backends = {backend.name: backend for backend in backends}
        self._baseline = baseline

    @property
    def names(self) -> tuple[str, ...]:
        """Of the web UIs of this process, in the order of the settings. A gateway has none."""
        return tuple(self._backends)

    def options(self, name: str | None = None) -> Mapping[str, JsonValue]:
        """Those that the host may change, as of the last look: of one, or of the first that told."""
        wanted = self._backends.values() if name is None else [self._backends[name]]
        found = (backend.lists.options for backend in wanted)
        told: Mapping[str, JsonValue] = next((options for options in found if options), {})
        return {key: told[key] for key in settable_options(told)}

    async def option(self, name: str, key: str) -> tuple[str, JsonValue]:
        """(key as it is spelt there, value now). Raises UnknownName and NotAllowed too."""
        options = await self._live(name).client.options()
        return check_option(key, None, options)

    async def checked(self, name: str, key: str, text: str) -> OptionChange:
        """What was typed, as the type that the option has there. Raises as ``check_option``, too."""
        options = await self._live(name).client.options()
        known, value = check_option(key, text, options)
        return OptionChange(webui=name, key=known, before=options[known], after=value)

    async def set_option(self, change: OptionChange) -> JsonValue:
        """Send it; the web UI keeps it over its restarts. Returns what the option says after that."""
        async with self._at_work(change.webui) as backend:
            await backend.client.set_options({change.key: change.after})
            options = await backend.client.options()
            backend.look_soon()
            return options.get(change.key)

    async def load(self, name: str, checkpoint: str) -> str:
        """Switch to a checkpoint. Returns its name. Raises UnknownName too, and CheckpointFailed.

        A file that cannot be loaded is answered with 200, and the old one stays (NOTES 2.3).
        """
        async with self._at_work(name) as backend:
            record = match_checkpoint(checkpoint, backend.lists.checkpoints or ())
            await backend.client.set_options({_CHECKPOINT: record.title})
            options = await backend.client.options()
            backend.look_soon()
            if not _names(options.checkpoint, record):
                raise CheckpointFailed(200, "", "another one stayed loaded")
            backend.note_loaded(record.model_name)
            return record.model_name

    async def refresh(self, name: str) -> tuple[int, int]:
        """Have it look for new files. Returns how many checkpoints and LoRAs it has."""
        async with self._at_work(name) as backend:
            await backend.refresh(*_ALL)
            return len(backend.lists.checkpoints or ()), len(backend.lists.loras or ())

    async def unload(self, name: str) -> None:
        """Free its GPU's memory until the next picture. Raises WebUIBusy while something is drawn there."""
        async with self._at_work(name) as backend:
            progress = await backend.client.progress(preview=False)
            if progress.state.job_count > 0:
                raise WebUIBusy
            await backend.client.unload_checkpoint()

    async def reload(self, name: str) -> None:
        """Load its checkpoint again, after what is drawn there."""
        async with self._at_work(name) as backend:
            await backend.client.reload_checkpoint()
            backend.look_soon()

    async def memory(self) -> Mapping[str, tuple[int, int]]:
        """(free, total) bytes of the GPU of each web UI that tells, or of its machine."""
        names = [name for name, one in self._backends.items() if one.capabilities.has(Endpoint.MEMORY)]
        found = await asyncio.gather(*(self._memory_of(name) for name in names))
        return {name: gpu for name, gpu in zip(names, found, strict=True) if gpu is not None}

    async def retake_baseline(self) -> str:
        """Read it anew from the first web UI that is up. Returns which that was; raises StorageError too."""
        if not self._backends:
            raise NoWebUIHere
        first = next((one for one in self._backends.values() if one.health.up), None)
        if first is None:
            raise Unreachable
        await self._baseline.retake(await first.client.options())
        return first.name

    async def _memory_of(self, name: str) -> tuple[int, int] | None:
        try:
            async with asyncio.timeout(_MEMORY_SECONDS):
                return (await self._live(name).client.memory()).tightest
        except (WebUIError, TimeoutError):
            return None

    def _live(self, name: str) -> Backend:
        backend = self._backends[name]
        if not backend.health.up:
            raise Unreachable
        return backend

    @asynccontextmanager
    async def _at_work(self, name: str) -> AsyncIterator[Backend]:
        """One that is up, for as long as an order may take."""
        scope = asyncio.timeout(_LONGEST_SECONDS)
        try:
            async with scope:
                yield self._live(name)
        except TimeoutError as error:
            if scope.expired():
                raise TimedOut("total") from error
            raise


def _names(title: str, record: Checkpoint) -> bool:
    """Whether /options means ``record``; loading may just have given it its hash (NOTES 2.3)."""
    return title in record.aliases or _HASH.sub("", title) in record.aliases
