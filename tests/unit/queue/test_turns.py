"""Whose turn it is, asked by each back end for itself."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.work import Work
from bot.queue.floor import AnyBackend, Floor, Standing
from bot.queue.job import Job, Setback, State
from bot.queue.line import Line
from bot.queue.turns import turn
from tests.support import a_request, an_origin, checkpoint_of

NOW = 10_000.0
NAMES = ("one", "two", "three")
MODELS = ("anime", "photo", "ink")


@dataclass(frozen=True)
class FixedFleet:
    """Back ends that never change."""

    loaded: Mapping[str, str | None]
    has: Mapping[str, frozenset[str]] = field(default_factory=dict)
    revision: Hashable = 0

    def standings(self) -> Sequence[Standing]:
        return [Standing(name=name, up=True, loaded=model) for name, model in self.loaded.items()]

    def servers(self, work: Work) -> frozenset[str] | None:
        return self.has.get(checkpoint_of(work))

    def model_of(self, work: Work) -> str:
        return checkpoint_of(work)

    def watch(self, changed: Callable[[], None]) -> None:
        """It never changes."""


def a_job(number: int, model: str, tag: int, refused_by: str | None = None) -> Job:
    setbacks = () if refused_by is None else (Setback(backend=refused_by, code="x", refused=True),)
    return Job(
        id=f"{number:016}",
        state=State.WAITING,
        request=a_request(checkpoint=model),
        origin=an_origin(number),
        tag=tag,
        cost=100,
        created_at=NOW - 1000,
        setbacks=setbacks,
    )


some_jobs = st.lists(
    st.tuples(st.sampled_from(MODELS), st.integers(0, 20_000), st.none() | st.sampled_from(NAMES)),
    max_size=12,
).map(lambda rows: [a_job(number, *row) for number, row in enumerate(rows)])
some_fleets = st.builds(
    FixedFleet,
    loaded=st.fixed_dictionaries({name: st.none() | st.sampled_from(MODELS) for name in NAMES}),
    has=st.dictionaries(st.sampled_from(MODELS), st.frozensets(st.sampled_from(NAMES), min_size=1)),
)


def in_line(jobs: Sequence[Job], fleet: FixedFleet) -> Line:
    line = Line()
    line.regroup(fleet)
    for job in jobs:
        line.add(job)
    return line


def turns(line: Line, fleet: FixedFleet) -> dict[str, str]:
    """Job id by back end, of those that get one when all ask at once."""
    found = {name: turn(line, (), name, Floor(fleet=fleet, free=frozenset(NAMES)), NOW) for name in NAMES}
    return {name: one[0].id for name, one in found.items() if isinstance(one, tuple)}


def may_have(fleet: FixedFleet, name: str, job: Job) -> bool:
    servers = fleet.servers(job.request.work)
    return name not in job.refused_by and (servers is None or name in servers)


@given(some_jobs, some_fleets)
def test_no_two_back_ends_are_given_the_same_job_and_none_one_that_it_may_not_have(
    jobs: list[Job], fleet: FixedFleet
) -> None:
    line = in_line(jobs, fleet)
    given_to = turns(line, fleet)
    assert len(set(given_to.values())) == len(given_to)
    by_id = {job.id: job for job in jobs}
    assert all(may_have(fleet, name, by_id[job_id]) for name, job_id in given_to.items())


@given(some_jobs, some_fleets)
def test_nobody_stays_idle_beside_an_old_job_that_it_may_have(jobs: list[Job], fleet: FixedFleet) -> None:
    line = in_line(jobs, fleet)
    given_to = turns(line, fleet)
    idle = set(NAMES) - given_to.keys()
    left = [job for job in jobs if job.id not in given_to.values()]
    assert not [(name, job.id) for name in idle for job in left if may_have(fleet, name, job)]


@given(some_jobs, some_fleets)
def test_of_each_group_the_first_is_the_least_also_after_it_is_grouped_anew(
    jobs: list[Job], fleet: FixedFleet
) -> None:
    line = in_line(jobs, FixedFleet(loaded={}, revision="before"))
    line.regroup(fleet)
    groups = {line.group_of(job) for job in jobs}
    assert set(line.groups) == groups
    for group in groups:
        members = [job for job in jobs if line.group_of(job) == group]
        assert line.first_of(group) == min(members, key=lambda job: (job.tag, job.id))
    for job in jobs:
        line.remove(job.id)
    assert not line.groups


def test_a_line_is_not_grouped_anew_while_nothing_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line()
    for number in range(20):
        line.add(a_job(number, "ink", number))
    asked: list[object] = []
    monkeypatch.setattr(AnyBackend, "servers", lambda _, work: asked.append(work))
    for name in NAMES:
        found = turn(line, (), name, Floor(free=frozenset({name})), NOW)
        line.regroup(Floor(free=frozenset({name})).fleet)
        assert isinstance(found, tuple)
    assert asked == []
