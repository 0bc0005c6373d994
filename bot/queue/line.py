"""The waiting line in memory: in order, by person, by who may serve, and with sums; stores decide by it."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence

from bot.queue.fairness import HUNDREDTHS
from bot.queue.floor import ANY_BACKEND, Fleet, Group, group_by
from bot.queue.job import Job, Place, Share
from bot.queue.tally import Key, Tally

_AFTER_ALL_IDS = "~"


def key_of(job: Job) -> Key:
    """What the line is ordered by."""
    return job.tag, job.id


class Line:
    """All waiting jobs. Every operation is far below a millisecond at 100,000 of them."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._order = Tally()
        self._heads = Tally()
        """The first job of every person."""
        self._of_person: dict[int, list[Key]] = {}
        self._pictures_of: dict[int, int] = {}
        self._pictures = 0
        self._pictures_in: Counter[int] = Counter()
        """By channel."""
        self._fleet: Fleet = ANY_BACKEND
        self._revision: Hashable = ANY_BACKEND.revision
        self._group_by = group_by(ANY_BACKEND)
        self._group_of: dict[str, Group] = {}
        self._groups: dict[Group, Tally] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._jobs

    def __iter__(self) -> Iterator[Job]:
        """In the order of service."""
        return (self._jobs[job_id] for _, job_id in self._order)

    @property
    def pictures(self) -> int:
        """Pictures that all waiting jobs ask for."""
        return self._pictures

    @property
    def people(self) -> int:
        """Different people with something waiting."""
        return len(self._of_person)

    @property
    def first(self) -> Job | None:
        """Whose turn it is."""
        key = self._order.first
        return None if key is None else self._jobs[key[1]]

    @property
    def groups(self) -> Collection[Group]:
        """Kinds of waiting jobs, as far as a back end can tell them apart: few, however long the line is."""
        return self._groups.keys()

    def first_of(self, group: Group, without: Collection[str] = ()) -> Job | None:
        """Whose turn it is in a group, after those of ``without``."""
        return next(
            (self._jobs[job_id] for _, job_id in self._groups[group] if job_id not in without),
            None,
        )

    def group_of(self, job: Job) -> Group:
        """The group that a job belongs to, or would if it waited."""
        return self._group_of.get(job.id) or self._group_by(job)

    def regroup(self, fleet: Fleet) -> None:
        """Group by what ``fleet`` says now. Does nothing if it says what it did before."""
        revision = fleet.revision
        if fleet is self._fleet and revision == self._revision:
            return
        self._fleet, self._revision = fleet, revision
        self._group_by = group_by(fleet)
        self._group_of.clear()
        self._groups.clear()
        for key in self._order:
            self._enter_group(self._jobs[key[1]])

    def get(self, job_id: str) -> Job | None:
        """The waiting job of that id."""
        return self._jobs.get(job_id)

    def pictures_of(self, person: int) -> int:
        """Pictures that one person's waiting jobs ask for."""
        return self._pictures_of.get(person, 0)

    def pictures_in(self, channel: int) -> int:
        """Pictures that wait for one channel."""
        return self._pictures_in[channel]

    def jobs_of(self, person: int) -> Sequence[Job]:
        """One person's waiting jobs, first to be served first."""
        return [self._jobs[job_id] for _, job_id in self._of_person.get(person, ())]

    def later_jobs_of(self, person: int, key: Key) -> Sequence[Job]:
        """One person's waiting jobs that come after ``key``."""
        keys = self._of_person.get(person, [])
        start = bisect_left(keys, key)
        return [self._jobs[job_id] for tag, job_id in keys[start:] if (tag, job_id) != key]

    def place(self, job_id: str) -> Place | None:
        """Where a job stands; None if it does not."""
        job = self._jobs.get(job_id)
        if job is None:
            return None
        return self._place(key_of(job), job.origin.user_id)

    def place_at(self, tag: int, person: int) -> Place:
        """Where a new job of that tag would stand: behind all that have it already."""
        return self._place((tag, _AFTER_ALL_IDS), person)

    def add(self, job: Job) -> None:
        """Put a job where its tag says. Raises ValueError if it stands there already."""
        key, person, pictures = key_of(job), job.origin.user_id, job.pictures_left
        self._order.add(key, job.cost_left)
        self._jobs[job.id] = job
        keys = self._of_person.setdefault(person, [])
        self._move_head(keys, lambda: insort(keys, key))
        self._pictures_of[person] = self._pictures_of.get(person, 0) + pictures
        self._pictures += pictures
        self._pictures_in[job.origin.channel_id] += pictures
        self._enter_group(job)

    def remove(self, job_id: str) -> Job:
        """Take a job out. Raises KeyError if it does not stand in the line."""
        job = self._jobs.pop(job_id)
        key, person, pictures = key_of(job), job.origin.user_id, job.pictures_left
        self._order.remove(key)
        self._leave_group(job)
        keys = self._of_person[person]
        self._move_head(keys, lambda: keys.remove(key))
        self._pictures_of[person] -= pictures
        self._pictures -= pictures
        self._pictures_in[job.origin.channel_id] -= pictures
        if not self._pictures_in[job.origin.channel_id]:
            del self._pictures_in[job.origin.channel_id]
        if not keys:
            del self._of_person[person], self._pictures_of[person]
        return job

    def replace(self, job: Job) -> None:
        """The same job with other facts, perhaps another tag."""
        self.remove(job.id)
        self.add(job)

    def _place(self, key: Key, person: int) -> Place:
        ahead, cost = self._order.before(key)
        people, _ = self._heads.before(key)
        own = self._of_person.get(person)
        others = people - 1 if own and own[0] < key else people
        shares = tuple(
            Share(backends=group.on, seconds=before / HUNDREDTHS)
            for group, jobs in self._groups.items()
            if (before := jobs.before(key)[1])
        )
        return Place(ahead=ahead, people_ahead=others, seconds_ahead=cost / HUNDREDTHS, shares=shares)

    def _enter_group(self, job: Job) -> None:
        group = self._group_of[job.id] = self._group_by(job)
        self._groups.setdefault(group, Tally()).add(key_of(job), job.cost_left)

    def _leave_group(self, job: Job) -> None:
        group = self._group_of.pop(job.id)
        self._groups[group].remove(key_of(job))
        if self._groups[group].first is None:
            del self._groups[group]

    def _move_head(self, keys: list[Key], change: Callable[[], None]) -> None:
        before = keys[0] if keys else None
        change()
        after = keys[0] if keys else None
        if before == after:
            return
        if before is not None:
            self._heads.remove(before)
        if after is not None:
            self._heads.add(after)
