"""Which job goes to which back end: fair order, bounded preference for what is loaded, a short patience.

Start-time fair queueing says whose turn it is (``fairness``). Loading a model takes longer than many
pictures, so a job whose model is loaded may go first as long as its tag is within a window of the first one's
tag, and a job whose model is loaded on a busy back end is left alone for a moment instead of being given a
switch of its own. Both follow the time that a switch really takes. Jin, Chase, Kaur: "Interposed proportional
sharing for a storage service utility", SIGMETRICS 2004 (SFQ(D)); Zaharia et al.: "Delay scheduling", EuroSys
2010.

Pure functions over plain values. Of the line only the first job of every model is looked at, so a decision
costs the same however many wait.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.queue.fairness import HUNDREDTHS

UNMEASURED_SWITCH_SECONDS = 10.0
"""A model switch, before any has been measured."""
_WINDOW_SWITCHES = 16
_LEAST_WINDOW_SECONDS = 60.0
_MOST_WINDOW_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first waiting job of those that want the same model."""

    model: str
    """What has to be loaded; on Forge the checkpoint with its modules. Empty = whatever is."""
    tag: int
    """Hundredths of a virtual second."""
    job_id: str
    since: float
    """When it came to the line, in seconds since 1970."""
    on: frozenset[str] | None = None
    """Names of the back ends that may have it. None = all that have the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A back end as the choice sees it."""

    name: str
    loaded: str | None
    """Its model. None = unknown or none, so that any job costs a switch."""
    busy: bool
    serves: frozenset[str] | None = None
    """Models that it has. None = all."""
    switch_seconds: float | None = None
    """Measured. None = not yet."""
    weight: float = 1.0
    """Of several free ones that have the model, the one with most gets the job; likewise of several that
    would have to load it and whose own nobody waits for.
    """

    def can_serve(self, model: str) -> bool:
        """Whether it has that model."""
        return self.serves is None or model in self.serves

    def may_have(self, head: Head) -> bool:
        """Whether that job may go to it at all."""
        return self.can_serve(head.model) and (head.on is None or self.name in head.on)

    def is_ready_for(self, head: Head) -> bool:
        """Whether it may have that job, and has or is loading what the job wants."""
        return self.may_have(head) and (not head.model or head.model == self.loaded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How far order and idleness give way to what is loaded."""

    window: float
    """Virtual seconds by which a job of a loaded model may be ahead of its turn."""
    delay: float
    """Seconds that a job waits for the busy back end that has its model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """``job_id`` goes to ``backend`` now."""

    job_id: str
    tag: int
    backend: str
    switches: bool
    """The back end has to load the model first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Nothing now: look again at that time, or when a back end becomes free or a job comes."""

    at: float


def measured_patience(switch_seconds: float | None) -> Patience:
    """Window and delay from the time of a switch.

    Measured with one back end: with 30 s switches a window of 60 s gives twice the mean wait of 240 s; with
    10 s switches 80 s gives a fifth more than 240 s, 160 s a twenty-fifth more. Beyond 300 s fairness suffers
    for little.
    """
    switch = UNMEASURED_SWITCH_SECONDS if switch_seconds is None else switch_seconds
    window = min(_MOST_WINDOW_SECONDS, max(_LEAST_WINDOW_SECONDS, _WINDOW_SWITCHES * switch))
    return Patience(window=window, delay=switch)


def choose(
    heads: Iterable[Head],
    backends: Sequence[Backend],
    now: float,
    *,
    patience: Callable[[float | None], Patience] = measured_patience,
) -> Start | Later | None:
    """One decision. None = no free back end can serve anything that waits.

    Whoever starts the job moves the virtual time on to its tag, and asks again while back ends are free.
    """
    waiting = sorted(heads, key=lambda head: (head.tag, head.job_id))
    free = [backend for backend in backends if not backend.busy]
    first = next((head for head in waiting if any(backend.may_have(head) for backend in free)), None)
    if first is None:
        return None
    target = _to_switch(first, free, {head.model for head in waiting})
    limits = patience(target.switch_seconds)
    near = first.tag + round(limits.window * HUNDREDTHS)
    for head in waiting:
        ready = _ready(head, free)
        if ready is not None and head.tag <= near:
            return Start(job_id=head.job_id, tag=head.tag, backend=ready.name, switches=False)
    elsewhere = _ready(first, [backend for backend in backends if backend.busy])
    if elsewhere is not None and now < first.since + limits.delay:
        return Later(at=first.since + limits.delay)
    return Start(job_id=first.job_id, tag=first.tag, backend=target.name, switches=True)


def _ready(head: Head, backends: Sequence[Backend]) -> Backend | None:
    fitting = (backend for backend in backends if backend.is_ready_for(head))
    return min(fitting, key=lambda backend: (-backend.weight, backend.name), default=None)


def _to_switch(head: Head, free: Sequence[Backend], wanted: set[str]) -> Backend:
    """The free back end that loses least by loading another model: one whose own nobody waits for."""
    able = [backend for backend in free if backend.may_have(head)]
    return min(
        able,
        key=lambda backend: (
            backend.loaded in wanted,
            -backend.weight,
            UNMEASURED_SWITCH_SECONDS if backend.switch_seconds is None else backend.switch_seconds,
            backend.name,
        ),
    )
