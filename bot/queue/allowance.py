"""How much one person may ask for in a while: values, and the check before a request joins the line."""

from dataclasses import dataclass

from bot.errors import CoolingDown, QuotaUsed, TooMuchWaiting
from bot.model.clock import Clock
from bot.queue.fairness import HUNDREDTHS
from bot.queue.job import State
from bot.queue.protocols import JobStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One person's limits at this moment, all in seconds. None and 0 = no limit."""

    cooldown: float = 0.0
    """Between two requests."""
    waiting: float = 0.0
    """Of drawing that may wait."""
    quota: float | None = None
    """Of drawing in a day."""
    day: tuple[float, float] = (0.0, 0.0)
    """Beginning and end of the present day, in seconds since 1970."""


class Allowances:
    """Holds requests against them. When people last asked is in memory alone: a restart forgives it."""

    def __init__(self, store: JobStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._asked_at: dict[int, float] = {}

    async def require(self, allowance: Allowance, person: int, cost: float) -> None:
        """``cost``: seconds of the request. Raises CoolingDown, TooMuchWaiting, QuotaUsed, StorageError."""
        now = self._clock.now()
        pause = self._asked_at.get(person, float("-inf")) + allowance.cooldown - now
        if pause > 0:
            raise CoolingDown(wait_seconds=pause)
        if allowance.waiting:
            waiting = await self._waiting(person)
            # Whoever has nothing waiting may ask for anything: else a long picture could never be drawn.
            if waiting and waiting + cost > allowance.waiting:
                raise TooMuchWaiting(waiting_seconds=waiting, limit_seconds=allowance.waiting)
        if allowance.quota is not None:
            begin, end = allowance.day
            used = await self._store.seconds_used(person, begin)
            if used + cost > allowance.quota:
                raise QuotaUsed(used_seconds=used, limit_seconds=allowance.quota, wait_seconds=end - now)

    def note(self, allowance: Allowance, person: int) -> None:
        """A request of theirs was taken."""
        if not allowance.cooldown:
            return
        since = self._clock.now() - allowance.cooldown
        self._asked_at = {who: when for who, when in self._asked_at.items() if when > since}
        self._asked_at[person] = self._clock.now()

    async def _waiting(self, person: int) -> float:
        overview = await self._store.overview(person)
        return sum(job.cost_left for job in overview.mine if job.state is State.WAITING) / HUNDREDTHS
