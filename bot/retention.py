"""Old requests are forgotten with all they say, where the host wants that."""

import asyncio
import logging
from collections.abc import Callable

from bot.backends.inputs import Inputs
from bot.backends.outputs import PictureFolder
from bot.errors import StorageError
from bot.model.clock import Clock
from bot.storage.history import BATCH, History

log = logging.getLogger(__name__)

_LOOK_SECONDS = 3600.0


class Retention:
    """Looks for what is too old now and then."""

    def __init__(
        self,
        history: History,
        pictures: PictureFolder,
        inputs: Inputs,
        clock: Clock,
        *,
        keep_seconds: Callable[[], float],
    ) -> None:
        """``keep_seconds``: those that hold, asked each time; 0 = for ever."""
        self._history = history
        self._pictures = pictures
        self._inputs = inputs
        self._clock = clock
        self._keep_seconds = keep_seconds

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.forget()
            except StorageError as error:
                log.warning("old requests could not be forgotten", extra={"reason": error.reason})
            await self._clock.sleep(_LOOK_SECONDS)

    async def forget(self) -> int:
        """Once; how many requests have gone. Raises StorageError."""
        gone = 0
        while keep_seconds := self._keep_seconds():
            erased = await self._history.prune(self._clock.now() - keep_seconds)
            await asyncio.to_thread(self._pictures.remove, erased.files)
            await self._inputs.remove(erased.inputs)
            gone += erased.jobs
            if erased.jobs < BATCH:
                break
        if gone:
            log.info("old requests were forgotten", extra={"jobs": gone})
        return gone
