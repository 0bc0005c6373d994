"""The state of every live job and the rules of its transitions: pure, in memory, and the same for all stores.

A store asks the ledger what a call means, makes the answer durable, and reads the ledger anew should that
fail. So no store decides anything by itself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.errors import ChannelFull, QueueFull, TooManyWaiting
from bot.model.work import Origin, Request
from bot.queue.fairness import HUNDREDTHS, Fairness, charge, moved_forward
from bot.queue.floor import Floor
from bot.queue.job import Failure, Job, Overview, Place, Rendered, Setback, State
from bot.queue.line import Line, key_of
from bot.queue.parts import ended, with_part
from bot.queue.policy import Later, Start
from bot.queue.protocols import Admission, NewJob
from bot.queue.turns import turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one call made of the ledger: all that a store has to write."""

    job: Job
    """The job as it is now."""
    moved: tuple[Job, ...] = ()
    """Other waiting jobs of the same person whose tags came forward."""
    virtual: int
    """V."""
    finish: int | None
    """F of the job's person. None = forgotten."""
    forgotten: tuple[int, ...] = ()
    """Other people whose F is of no more use."""
    reset: bool = False
    """The line is empty and nothing runs: every F is forgotten."""
    pictures: bool = False
    """The job's pictures are others than before."""


class Ledger:
    """All jobs that wait, run, or are rendered and not yet delivered."""

    def __init__(
        self, jobs: Iterable[Job] = (), *, virtual: int = 0, finish: Mapping[int, int] | None = None
    ) -> None:
        self._line = Line()
        self._running: dict[str, Job] = {}
        self._rendered: dict[str, Job] = {}
        self._fairness = Fairness(virtual, finish)
        for job in jobs:
            self._put(job)

    @property
    def line(self) -> Line:
        """The waiting jobs."""
        return self._line

    @property
    def virtual(self) -> int:
        """V, in hundredths of a virtual second."""
        return self._fairness.virtual

    @property
    def finish(self) -> Mapping[int, int]:
        """F by person."""
        return self._fairness.finish

    def get(self, job_id: str) -> Job | None:
        """A live job."""
        return self._line.get(job_id) or self._running.get(job_id) or self._rendered.get(job_id)

    def in_state(self, states: Collection[State]) -> Sequence[Job]:
        """Live jobs in these states, by (tag, id)."""
        found: list[Job] = []
        if State.WAITING in states:
            found.extend(self._line)
        if State.RUNNING in states:
            found.extend(self._running.values())
        if State.RENDERED in states:
            found.extend(self._rendered.values())
        return sorted(found, key=key_of)

    def expired(self, before: float) -> Sequence[Job]:
        """Waiting jobs created before that time."""
        return [job for job in self._line if job.created_at < before]

    def place(self, job_id: str) -> Place | None:
        """Where a waiting job stands; None if it does not."""
        return self._line.place(job_id)

    def place_of_new(self, user_id: int) -> Place:
        """Where a request of that person would stand if it came now."""
        return self._line.place_at(self._fairness.next_tag(user_id), user_id)

    def overview(self, user_id: int | None = None) -> Overview:
        """The line at a glance, with ``user_id``'s own jobs."""
        running = sorted(self._running.values(), key=lambda job: (job.started_at or 0.0, job.id))
        mine: list[Job] = []
        if user_id is not None:
            mine = [job for job in running if job.origin.user_id == user_id]
            mine.extend(self._line.jobs_of(user_id))
        return Overview(
            waiting=len(self._line),
            waiting_pictures=self._line.pictures,
            people=self._line.people,
            running=tuple(running),
            mine=tuple(mine),
        )

    def submit(
        self,
        job_id: str,
        request: Request,
        origin: Origin,
        *,
        cost: int,
        weight: float,
        admission: Admission,
        now: float,
    ) -> Change:
        """A new job joins the line. Raises as ``JobStore.submit``, and then nothing has changed."""
        new = NewJob(id=job_id, request=request, cost=cost)
        return self.submit_all([new], origin, weight=weight, admission=admission, now=now)[0]

    def submit_all(
        self, jobs: Sequence[NewJob], origin: Origin, *, weight: float, admission: Admission, now: float
    ) -> Sequence[Change]:
        """All of them join the line, or none. Raises as ``JobStore.submit``."""
        self._admit(origin, sum(new.request.work.pictures for new in jobs), admission)
        return [self._join(new, origin, weight, now) for new in jobs]

    def _join(self, new: NewJob, origin: Origin, weight: float, now: float) -> Change:
        tag = self._fairness.enter(origin.user_id, charge(new.cost, weight))
        job = Job(
            id=new.id,
            state=State.WAITING,
            request=new.request,
            origin=origin,
            tag=tag,
            cost=new.cost,
            weight=weight,
            created_at=now,
        )
        return self._change(job)

    def turn(self, backend: str, floor: Floor, now: float) -> tuple[Job, Start] | Later | None:
        """Whose turn it is on ``backend``; or when to look again; None = when something has changed."""
        self._line.regroup(floor.fleet)
        return turn(self._line, self._running.values(), backend, floor, now)

    def claim(self, backend: str, now: float, floor: Floor | None = None) -> Change | None:
        """waiting → running: whose turn it is there. Without a floor the first of the line."""
        found = self.turn(backend, floor or Floor(free=frozenset({backend})), now)
        if not isinstance(found, tuple):
            return None
        job, _ = found
        self._take(job)
        self._fairness.leave(job.tag)
        started = replace(
            job, state=State.RUNNING, backend=backend, started_at=now, attempts=job.attempts + 1
        )
        return self._change(started)

    def release(
        self, job_id: str, now: float, *, counts: bool = True, setback: Setback | None = None
    ) -> Change | None:
        """running → waiting, at its old tag; → cancelled, for nothing, if that was asked for."""
        job = self._running.get(job_id)
        if job is None:
            return None
        if job.cancel_requested:
            return self._cancelled(job, 0.0, now)
        self._take(job)
        attempts = job.attempts if counts else max(0, job.attempts - 1)
        setbacks = job.setbacks if setback is None else (*job.setbacks, setback)
        return self._change(replace(job, state=State.WAITING, attempts=attempts, setbacks=setbacks))

    def set_rendered(self, job_id: str, rendered: Rendered, now: float) -> Change | None:
        """running → rendered; → cancelled if that was asked for and nothing was interrupted."""
        job = self._running.get(job_id)
        if job is None:
            return None
        if job.cancel_requested and not rendered.interrupted:
            return self._cancelled(job, rendered.seconds, now)
        self._take(job)
        self._settle(job, rendered.seconds)
        done = replace(with_part(job, rendered), attempts=job.attempts, state=State.RENDERED, rendered_at=now)
        return self._change(done, pictures=True)

    def set_part(self, job_id: str, rendered: Rendered, now: float) -> Change | None:
        """running → waiting, behind those who are due meanwhile; if a cancel was asked for, the end."""
        job = self._running.get(job_id)
        if job is None:
            return None
        if job.cancel_requested:
            return self._cancelled(job, rendered.seconds, now)
        self._take(job)
        rest = with_part(job, rendered)
        used = charge(round(rendered.seconds * HUNDREDTHS), job.weight)
        estimated = charge(job.cost_left, job.weight) - charge(rest.cost_left, job.weight)
        self._fairness.settle(job.origin.user_id, estimated=estimated, used=used)
        return self._change(replace(rest, state=State.WAITING, tag=job.tag + used), pictures=True)

    def set_delivered(self, job_id: str, now: float) -> Change | None:
        """rendered → delivered."""
        job = self._rendered.get(job_id)
        if job is None:
            return None
        self._take(job)
        return self._change(replace(job, state=State.DELIVERED, finished_at=now))

    def set_failed(self, job_id: str, failure: Failure, now: float, *, used: float) -> Change | None:
        """waiting, running or rendered → failed; what has parts that are done goes on with those."""
        job = self.get(job_id)
        if job is None:
            return None
        moved = self._give_up(job, used)
        failed = replace(job, failure=failure)
        if job.state is State.RENDERED:
            return self._change(replace(failed, state=State.FAILED, finished_at=now), moved)
        return self._change(ended(failed, State.FAILED, used, now), moved)

    def cancel(self, job_id: str, now: float, *, keep: bool = True) -> Change | None:
        """waiting → cancelled, or → rendered with the parts that are done; a running one is marked."""
        job = self._line.get(job_id) or self._running.get(job_id)
        if job is None:
            return None
        asked = replace(job, cancel_requested=True, pictures=job.pictures if keep else ())
        if job.state is State.RUNNING:
            return self._change(asked, pictures=not keep)
        moved = self._give_up(job, 0.0)
        return self._change(ended(asked, State.CANCELLED, 0.0, now), moved, pictures=not keep)

    def move_up(self, job_id: str) -> Change | None:
        """A waiting job to the front of the line. What its person is charged stays as it is."""
        job, first = self._line.get(job_id), self._line.first
        if job is None or first is None or first.id == job_id:
            return None
        self._take(job)
        return self._change(replace(job, tag=first.tag - 1))

    def set_cancelled(self, job_id: str, now: float) -> Change | None:
        """running → cancelled, paid for by the time it ran."""
        job = self._running.get(job_id)
        if job is None:
            return None
        return self._cancelled(job, max(0.0, now - (job.started_at or now)), now)

    def set_status_message(self, job_id: str, message_id: int | None) -> None:
        """Remember or forget the message that shows the job's progress."""
        job = self.get(job_id)
        if job is not None:
            self._take(job)
            self._put(replace(job, status_message_id=message_id))

    def learn(self, job: Job) -> None:
        """A live job as another process has made it; ``forget`` what it was before."""
        self._put(job)

    def forget(self, job_id: str) -> None:
        """Another process has ended or changed it. Nothing happens if it is not here."""
        job = self.get(job_id)
        if job is not None:
            self._take(job)

    def learn_accounts(self, virtual: int, finish: Mapping[int, int | None], *, reset: bool) -> None:
        """V and those F that another process has changed, after all were forgotten if ``reset``."""
        self._fairness.learn(virtual, finish, reset=reset)

    def _admit(self, origin: Origin, pictures: int, admission: Admission) -> None:
        own = self._line.pictures_of(origin.user_id)
        if own + pictures > admission.per_person:
            raise TooManyWaiting(waiting=own, limit=admission.per_person)
        if self._line.pictures + pictures > admission.total:
            raise QueueFull(limit=admission.total)
        here = self._line.pictures_in(origin.channel_id)
        if admission.per_channel and here + pictures > admission.per_channel:
            raise ChannelFull(limit=admission.per_channel)

    def _cancelled(self, job: Job, used: float, now: float) -> Change:
        self._give_up(job, used)
        return self._change(ended(job, State.CANCELLED, used, now))

    def _give_up(self, job: Job, used: float) -> tuple[Job, ...]:
        """Take out a job without a result. If it still waited, its person's later jobs come forward."""
        was_waiting = job.state is State.WAITING
        self._take(job)
        if job.state is not State.RENDERED:
            self._settle(job, used)
        return self._bring_forward(job) if was_waiting else ()

    def _bring_forward(self, gone: Job) -> tuple[Job, ...]:
        charged = charge(gone.cost_left, gone.weight)
        moved = [
            replace(job, tag=moved_forward(job.tag, gone_tag=gone.tag, gone_charge=charged))
            for job in self._line.later_jobs_of(gone.origin.user_id, key_of(gone))
        ]
        for job in moved:
            self._line.replace(job)
        return tuple(moved)

    def _settle(self, job: Job, seconds: float) -> None:
        used = charge(round(seconds * HUNDREDTHS), job.weight)
        estimated = charge(job.cost_left, job.weight)
        self._fairness.settle(job.origin.user_id, estimated=estimated, used=used)

    def _change(self, job: Job, moved: tuple[Job, ...] = (), *, pictures: bool = False) -> Change:
        if not job.state.is_final:
            self._put(job)
        person = job.origin.user_id
        reset = not self._line and not self._running
        if reset:
            self._fairness.reset()
        forgotten = self._fairness.prune(self._has_job)
        return Change(
            job=job,
            moved=moved,
            virtual=self._fairness.virtual,
            finish=self._fairness.finish.get(person),
            forgotten=forgotten,
            reset=reset,
            pictures=pictures,
        )

    def _has_job(self, person: int) -> bool:
        if self._line.pictures_of(person):
            return True
        return any(job.origin.user_id == person for job in self._running.values())

    def _put(self, job: Job) -> None:
        if job.state is State.WAITING:
            self._line.add(job)
        elif job.state is State.RUNNING:
            self._running[job.id] = job
        elif job.state is State.RENDERED:
            self._rendered[job.id] = job

    def _take(self, job: Job) -> None:
        if job.state is State.WAITING:
            self._line.remove(job.id)
        elif job.state is State.RUNNING:
            del self._running[job.id]
        else:
            del self._rendered[job.id]
