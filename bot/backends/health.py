"""Whether a web UI can take a job, and since when: by probe, and by what became of the jobs that it had.

A probe tells that it is there, which one that fails every job may well be. So there is a door in front of it,
a circuit breaker: several failures of different jobs in a row open the circuit, and nothing goes there for a
while; then one job goes as a trial (half open); its success closes the circuit again.
"""

import asyncio
from dataclasses import dataclass, replace
from enum import Enum

from bot.errors import ConnectionLost, EaselError, TimedOut, Unauthorized, Unreachable
from bot.model.clock import Clock

__all__ = ["Backoff", "Breaker", "Circuit", "Health", "wait_for_event"]

MEANS_DOWN = (Unreachable, ConnectionLost, TimedOut, Unauthorized)
"""After these the next request would most likely fail as well. All other errors are about one request."""
FAILURES_TO_OPEN = 3
"""In a row. One is bad luck, and two come of one restart: what it was drawing, and what came too early."""
JOBS_TO_OPEN = 2
"""Different jobs among them: one that fails wherever it goes says nothing of the web UI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Seconds between two tries: doubling, with a ceiling. As it stands for probes of what is down."""

    first: float = 1.0
    longest: float = 30.0

    def after(self, failures: int) -> float:
        """Seconds to wait after that many failures in a row (1 = the first)."""
        doublings = min(max(failures - 1, 0), 32)
        return float(min(self.first * 2**doublings, self.longest))


REST = Backoff(first=15.0, longest=300.0)
"""How long the circuit stays open. A restart takes 9 s at least (NOTES 2.7), and a trial that fails costs
somebody one of three attempts, so there are 12 an hour at most."""


class Circuit(Enum):
    """What jobs meet on their way to a web UI."""

    CLOSED = "closed"
    """All go there."""
    OPEN = "open"
    """None goes there."""
    HALF_OPEN = "half_open"
    """One goes there as a trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The circuit of one web UI. Every change is another value; times are seconds since 1970."""

    circuit: Circuit = Circuit.CLOSED
    failures: int = 0
    """In a row, while closed."""
    jobs: frozenset[str] = frozenset()
    """Whose failures they were, as many as matter."""
    openings: int = 0
    """In a row, without a success in between."""
    rests_until: float = 0.0
    """When a trial may be made, while open."""
    trial: str | None = None
    """The job that is the trial, while half open and under way."""

    @property
    def admits(self) -> bool:
        """Whether a job may go there now."""
        return self.circuit is Circuit.CLOSED or (self.circuit is Circuit.HALF_OPEN and self.trial is None)

    def probed(self, now: float) -> "Breaker":
        """It is there and answers: once it has rested, half open."""
        if self.circuit is Circuit.OPEN and now >= self.rests_until:
            return replace(self, circuit=Circuit.HALF_OPEN)
        return self

    def began(self, job_id: str) -> "Breaker":
        """A job goes there."""
        if self.circuit is Circuit.HALF_OPEN and self.trial is None:
            return replace(self, trial=job_id)
        return self

    def succeeded(self, job_id: str) -> "Breaker":
        """A job came back drawn. One from before the circuit opened changes nothing any more."""
        return Breaker() if self._counts(job_id) else self

    def failed(self, job_id: str, now: float, rest: Backoff = REST) -> "Breaker":
        """A job failed by the web UI's fault."""
        if not self._counts(job_id):
            return self
        jobs = self.jobs if len(self.jobs) >= JOBS_TO_OPEN else self.jobs | {job_id}
        failures = self.failures + 1
        enough = failures >= FAILURES_TO_OPEN and len(jobs) >= JOBS_TO_OPEN
        if self.circuit is Circuit.CLOSED and not enough:
            return replace(self, failures=failures, jobs=jobs)
        openings = self.openings + 1
        return Breaker(circuit=Circuit.OPEN, openings=openings, rests_until=now + rest.after(openings))

    def ended(self, job_id: str) -> "Breaker":
        """A job ended in a way that says nothing of the web UI: cancelled, or at fault itself."""
        return replace(self, trial=None) if self.trial == job_id else self

    def _counts(self, job_id: str) -> bool:
        return self.circuit is Circuit.CLOSED or self.trial == job_id


class Health:
    """One web UI's health. It begins down, without an error: not met yet."""

    def __init__(self, clock: Clock, rest: Backoff = REST) -> None:
        self._clock = clock
        self._rest = rest
        self._up = asyncio.Event()
        self._down_for: str | None = None
        self._failed_with: str | None = None
        self._breaker = Breaker()
        self.answers = False
        """Whether it is there, by probe."""
        self.since = clock.now()
        """Seconds since 1970 when ``up`` last changed."""
        self.failures = 0
        """Errors in a row that mean "down"."""
        self.damaged = False
        """What it has loaded draws wrong pictures (NOTES 3.7)."""

    @property
    def up(self) -> bool:
        """Whether the next request is worth sending."""
        return self._up.is_set()

    @property
    def error(self) -> str | None:
        """Code of what it is down for, or of what it failed its jobs with; None while all is well."""
        if not self.answers:
            return self._down_for
        return None if self.circuit is Circuit.CLOSED and not self.damaged else self._failed_with

    @property
    def circuit(self) -> Circuit:
        """What jobs meet on their way there."""
        return self._breaker.circuit

    @property
    def rest_seconds(self) -> float | None:
        """Until a trial may be made; None while the circuit is not open."""
        if self.circuit is not Circuit.OPEN:
            return None
        return max(0.0, self._breaker.rests_until - self._clock.now())

    async def wait_up(self) -> None:
        """Come back when it is up; at once if it is now."""
        await self._up.wait()

    def record_success(self) -> None:
        """A probe was answered as it should be."""
        self.answers, self._down_for, self.failures = True, None, 0
        self._change(self._breaker.probed(self._clock.now()))

    def record_failure(self, error: EaselError) -> None:
        """A request failed. Only the errors of ``MEANS_DOWN`` change anything."""
        if isinstance(error, MEANS_DOWN):
            self.record_unusable(error)

    def record_unusable(self, error: EaselError) -> None:
        """It could not even say what it can do: down, whatever the error is."""
        self.answers, self._down_for = False, error.code
        self.failures += 1
        self._change(self._breaker)

    def record_damage(self, error: EaselError) -> None:
        """The model that is loaded there is not to be used."""
        self.damaged, self._failed_with = True, error.code
        self._change(self._breaker)

    def record_healed(self) -> None:
        """Another one was loaded since."""
        self.damaged = False
        self._change(self._breaker)

    def job_began(self, job_id: str) -> None:
        """A job goes there."""
        self._change(self._breaker.began(job_id))

    def is_trial(self, job_id: str) -> bool:
        """Whether everything depends on this job."""
        return self._breaker.trial == job_id

    def job_succeeded(self, job_id: str) -> None:
        """A job came back drawn."""
        self._change(self._breaker.succeeded(job_id))

    def job_failed(self, job_id: str, error: EaselError) -> None:
        """A job failed by the web UI's fault."""
        self._failed_with = error.code
        self._change(self._breaker.failed(job_id, self._clock.now(), self._rest))

    def job_ended(self, job_id: str) -> None:
        """A job ended in a way that says nothing of the web UI."""
        self._change(self._breaker.ended(job_id))

    def _change(self, breaker: Breaker) -> None:
        self._breaker = breaker
        up = self.answers and breaker.admits and not self.damaged
        if up != self.up:
            self.since = self._clock.now()
        if up:
            self._up.set()
        else:
            self._up.clear()


async def wait_for_event(event: asyncio.Event, clock: Clock, seconds: float) -> bool:
    """Wait until ``event`` is set, at most ``seconds`` of ``clock``. Whether it is set then."""
    if event.is_set():
        return True
    waiters = {
        asyncio.create_task(event.wait(), name="wait for an event"),
        asyncio.create_task(clock.sleep(seconds), name="wait for the time to pass"),
    }
    try:
        await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
        await asyncio.gather(*waiters, return_exceptions=True)
    return event.is_set()
