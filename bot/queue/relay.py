"""Between what happens in this process and what the others hear of it, both ways."""

import logging
from collections.abc import Callable

from bot.errors import StorageError
from bot.model.clock import Clock
from bot.model.tasks import TaskOwner
from bot.queue.dispatch import Dispatch
from bot.queue.events import Anew, Event, Events, LineMoved, Progressed, StateChanged
from bot.queue.job import State
from bot.queue.protocols import JobStore
from bot.queue.signals import Hint, Kind, NoSignals, Signals

log = logging.getLogger(__name__)

_PROGRESS_SECONDS = 1.0
"""Least seconds between two hints of one job's progress: nobody edits a message more often."""


class Relay:
    """``open`` and ``close`` it with the queue."""

    def __init__(
        self, signals: Signals, *, events: Events, dispatch: Dispatch, store: JobStore, clock: Clock
    ) -> None:
        self._signals = signals
        self._events = events
        self._dispatch = dispatch
        self._store = store
        self._clock = clock
        self._elsewhere: dict[str, Progressed] = {}
        """Of jobs that other processes run."""
        self._latest: dict[str, Progressed] = {}
        """Of jobs that run here, what is to be told when the pause after the last hint is over."""
        self._pausing: set[str] = set()
        self._tasks = TaskOwner()
        self._deafen: Callable[[], None]

    def open(self) -> None:
        """From now on."""
        self._events.forward(self._tell)
        self._deafen = self._signals.listen(self._hear)

    async def close(self) -> None:
        """Stop, then wait."""
        self._deafen()
        await self._tasks.close()

    def progress(self, job_id: str) -> Progressed | None:
        """The latest that was told of a job that runs elsewhere."""
        return self._elsewhere.get(job_id)

    def stop(self, job_id: str, *, keep: bool) -> None:
        """Whoever runs it is to interrupt it: its cancel was asked for. ``keep``: what is drawn is of use."""
        self._dispatch.stop_running(job_id, keep=keep)
        self._signals.send(Hint(kind=Kind.STOP, job_id=job_id, keep=keep))

    def skip(self, job_id: str) -> bool:
        """Whoever runs it is to go on to the next picture of its batch. False: there is nobody else."""
        if isinstance(self._signals, NoSignals):
            return False
        self._signals.send(Hint(kind=Kind.SKIP, job_id=job_id))
        return True

    def _tell(self, event: Event) -> None:
        if isinstance(event, StateChanged):
            self._latest.pop(event.job_id, None)
            self._elsewhere.pop(event.job_id, None)
            self._signals.send(Hint(kind=Kind.STATE, job_id=event.job_id, state=event.state.value))
        elif isinstance(event, Progressed) and not isinstance(self._signals, NoSignals):
            self._tell_progress(event)

    def _tell_progress(self, event: Progressed) -> None:
        """At once, or with the latest when the pause is over."""
        self._latest[event.job_id] = event
        if event.job_id not in self._pausing:
            self._pausing.add(event.job_id)
            self._tasks.start(self._tell_and_pause(event.job_id), f"tell-{event.job_id}")

    async def _tell_and_pause(self, job_id: str) -> None:
        try:
            while (latest := self._latest.pop(job_id, None)) is not None:
                self._signals.send(_hint_of(latest))
                await self._clock.sleep(_PROGRESS_SECONDS)
        finally:
            self._pausing.discard(job_id)

    def _hear(self, hint: Hint) -> None:
        match hint.kind:
            case Kind.STATE:
                self._hear_state(hint)
            case Kind.PROGRESS:
                self._hear_progress(hint)
            case Kind.STOP:
                self._dispatch.stop_running(hint.job_id, keep=hint.keep)
            case Kind.ANEW:
                self._tasks.start(self._look_at_everything(), "queue-anew")
            case _:  # somebody else's
                pass

    def _hear_state(self, hint: Hint) -> None:
        state = _state(hint.state)
        if state is None:
            return
        self._elsewhere.pop(hint.job_id, None)
        self._events.hear(StateChanged(job_id=hint.job_id, state=state, elsewhere=True))
        self._events.hear(LineMoved())
        if state in (State.WAITING, State.RUNNING):
            self._dispatch.wake()

    def _hear_progress(self, hint: Hint) -> None:
        if hint.job_id in self._dispatch.runs:
            return
        progressed = Progressed(
            job_id=hint.job_id,
            fraction=min(1.0, max(0.0, hint.fraction)),
            step=hint.step,
            steps=hint.steps,
            eta_seconds=hint.eta_seconds,
        )
        self._elsewhere[hint.job_id] = progressed
        self._events.hear(progressed)

    async def _look_at_everything(self) -> None:
        """Hints may have been lost: what they told stands in the store."""
        self._elsewhere.clear()
        self._dispatch.wake()
        self._events.hear(LineMoved())
        self._events.hear(Anew())
        try:
            for job_id in tuple(self._dispatch.runs):
                job = await self._store.get(job_id)
                if job is not None and job.state is State.RUNNING and job.cancel_requested:
                    self._stop_unheard(job_id)
        except StorageError as error:
            log.warning("a cancel may be heard late", extra={"reason": error.reason})

    def _stop_unheard(self, job_id: str) -> None:
        """Nobody here knows whether a moderator asked: what is drawn is not shown, to be on the safe side."""
        run = self._dispatch.runs.get(job_id)
        if run is not None and not run.stop.is_set():
            self._dispatch.stop_running(job_id, keep=False)


def _hint_of(progress: Progressed) -> Hint:
    """Without its preview, which would not fit."""
    return Hint(
        kind=Kind.PROGRESS,
        job_id=progress.job_id,
        fraction=progress.fraction,
        step=progress.step,
        steps=progress.steps,
        eta_seconds=progress.eta_seconds,
    )


def _state(name: str) -> State | None:
    """None for one that a later version knows."""
    try:
        return State(name)
    except ValueError:
        return None
