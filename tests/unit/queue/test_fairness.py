"""The rules of turns: shares, bounds, what a cancel returns, and what is kept over a restart."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.queue.fairness import Fairness, charge, moved_forward
from bot.queue.job import Failure, Job, State
from bot.queue.ledger import Ledger
from bot.queue.line import key_of
from tests.support import PLENTY, a_request, an_origin, some_pictures

PEOPLE = st.integers(1, 5)
COSTS = st.integers(1, 4_000)
WEIGHTS = st.sampled_from([0.5, 1.0, 2.0])


@dataclass
class Scene:
    """A ledger and a counter for ids."""

    ledger: Ledger = field(default_factory=Ledger)
    number: int = 0

    def submit(self, person: int, cost: int, weight: float = 1.0) -> Job:
        self.number += 1
        return self.ledger.submit(
            f"{self.number:016}",
            a_request(),
            an_origin(person),
            cost=cost,
            weight=weight,
            admission=PLENTY,
            now=float(self.number),
        ).job

    def claim(self) -> Job | None:
        change = self.ledger.claim("gpu", 0.0)
        return None if change is None else change.job

    def claim_all(self) -> list[Job]:
        jobs: list[Job] = []
        while (job := self.claim()) is not None:
            jobs.append(job)
        return jobs

    def tags(self) -> dict[str, int]:
        return {job.id: job.tag for job in self.ledger.line}


submits = st.tuples(PEOPLE, COSTS, WEIGHTS)
steps = st.lists(
    st.one_of(submits, st.just("claim"), st.just("back"), st.just("end"), st.integers(0, 99)), max_size=60
)


def play(scene: Scene, script: Sequence[tuple[int, int, float] | str | int]) -> list[str]:
    """Submit, claim, put back, end the first running, cancel some waiting one; ids as they were claimed."""
    served: list[str] = []
    for step in script:
        if isinstance(step, tuple):
            scene.submit(*step)
        elif step == "claim":
            job = scene.claim()
            served += [] if job is None else [job.id]
        elif step == "back":
            for job in scene.ledger.in_state([State.RUNNING])[:1]:
                scene.ledger.release(job.id, 0.0)
        elif step == "end":
            for job in scene.ledger.in_state([State.RUNNING])[:1]:
                scene.ledger.set_rendered(job.id, some_pictures(seconds=job.cost / 100), 0.0)
        elif isinstance(step, int) and len(scene.ledger.line):
            waiting = list(scene.ledger.line)
            scene.ledger.cancel(waiting[step % len(waiting)].id, 0.0)
    return served


@given(steps)
@settings(deadline=None)
def test_the_order_is_total_and_everyone_is_served(
    script: list[tuple[int, int, float] | str | int],
) -> None:
    scene = Scene()
    play(scene, script)
    waiting = list(scene.ledger.line)
    assert [key_of(job) for job in waiting] == sorted({key_of(job) for job in waiting})
    assert [job.id for job in scene.claim_all()] == [job.id for job in waiting]


@given(steps)
@settings(deadline=None)
def test_the_virtual_time_never_goes_back_but_to_zero_when_all_is_done(
    script: list[tuple[int, int, float] | str | int],
) -> None:
    scene, last = Scene(), 0
    for step in script:
        play(scene, [step])
        virtual = scene.ledger.virtual
        if not scene.ledger.line and not scene.ledger.in_state([State.RUNNING]):
            assert virtual == 0
        else:
            assert virtual >= last
        last = virtual


@given(st.lists(submits, min_size=1, max_size=30), st.integers(1, 5), COSTS, st.lists(submits, max_size=60))
@settings(deadline=None)
def test_nobody_is_overtaken_by_more_than_their_own_backlog_and_one_job_of_each(
    before: list[tuple[int, int, float]], person: int, cost: int, after: list[tuple[int, int, float]]
) -> None:
    """However others flood the line, each gets at most (S - V) + their longest job before it."""
    scene = Scene()
    for step in before:
        scene.submit(*step)
    for _ in range(len(before) // 2):
        scene.claim()
    virtual = scene.ledger.virtual
    mine = scene.submit(person, cost)
    longest: dict[int, int] = defaultdict(int)
    got: dict[int, int] = defaultdict(int)
    for job in scene.ledger.line:
        longest[job.origin.user_id] = max(longest[job.origin.user_id], charge(job.cost, job.weight))
    for step in after:
        job = scene.submit(*step)
        longest[job.origin.user_id] = max(longest[job.origin.user_id], charge(job.cost, job.weight))
    while (served := scene.claim()) is not None and served.id != mine.id:
        got[served.origin.user_id] += charge(served.cost, served.weight)
    assert served is not None
    for other, amount in got.items():
        assert amount <= mine.tag - virtual + longest[other]


@given(st.integers(1, 200), st.integers(1, 4_000))
@settings(deadline=None, max_examples=30)
def test_a_flood_that_never_ends_starves_nobody(flood: int, cost: int) -> None:
    scene = Scene()
    for _ in range(flood):
        scene.submit(1, cost)
    mine = scene.submit(2, 1_200)
    for turn in range(flood + 5):
        scene.submit(1, cost)
        job = scene.claim()
        if job is not None and job.id == mine.id:
            assert turn <= 1
            return
    raise AssertionError("starved")


@given(
    st.lists(submits, max_size=15), st.integers(0, 15), st.lists(submits, min_size=1, max_size=15), st.data()
)
@settings(deadline=None)
def test_a_cancel_leaves_the_line_as_if_it_had_never_been_asked_for(
    before: list[tuple[int, int, float]],
    claims: int,
    after: list[tuple[int, int, float]],
    data: st.DataObject,
) -> None:
    with_it, without_it = Scene(), Scene()
    chosen = data.draw(st.integers(0, len(after) - 1))
    for scene in (with_it, without_it):
        for step in before:
            scene.submit(*step)
        for _ in range(claims):
            scene.claim()
    for number, step in enumerate(after):
        job = with_it.submit(*step)
        if number == chosen:
            cancelled = job
            without_it.number += 1  # so that the others get the same ids
        else:
            without_it.submit(*step)
    with_it.ledger.cancel(cancelled.id, 0.0)
    assert with_it.tags() == without_it.tags()
    for person in range(1, 6):
        assert with_it.submit(person, 100).tag == without_it.submit(person, 100).tag


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 5_000))
def test_a_later_job_never_comes_before_the_place_that_was_given_up(
    tag: int, gone: int, charged: int
) -> None:
    moved = moved_forward(max(tag, gone), gone_tag=gone, gone_charge=charged)
    assert gone <= moved <= max(tag, gone)


@given(steps)
@settings(deadline=None)
def test_a_restart_keeps_tags_accounts_and_order(script: list[tuple[int, int, float] | str | int]) -> None:
    scene = Scene()
    play(scene, script)
    ledger = scene.ledger
    jobs = ledger.in_state([State.WAITING, State.RUNNING])
    again = Scene(Ledger(jobs, virtual=ledger.virtual, finish=dict(ledger.finish)), scene.number)
    for running in again.ledger.in_state([State.RUNNING]):
        again.ledger.release(running.id, 0.0)
    assert again.tags() == {job.id: job.tag for job in jobs}
    for running in ledger.in_state([State.RUNNING]):
        ledger.release(running.id, 0.0)
    for person in range(1, 6):
        assert again.submit(person, 100).tag == scene.submit(person, 100).tag
    assert [job.id for job in again.claim_all()] == [job.id for job in scene.claim_all()]


@given(st.lists(submits, min_size=2, max_size=20), st.integers(0, 20))
@settings(deadline=None)
def test_a_job_that_is_put_back_stands_where_it_stood(
    script: list[tuple[int, int, float]], claims: int
) -> None:
    scene = Scene()
    for step in script:
        scene.submit(*step)
    order = [job.id for job in scene.ledger.line]
    for _ in range(claims):
        scene.claim()
    for job in scene.ledger.in_state([State.RUNNING]):
        scene.ledger.release(job.id, 0.0)
    assert [job.id for job in scene.ledger.line] == order


@pytest.mark.parametrize(("used", "next_tag"), [(10.0, 1_000), (4.0, 400), (31.0, 3_100)])
def test_an_account_is_corrected_to_what_was_used(used: float, next_tag: int) -> None:
    scene = Scene()
    job = scene.submit(1, 1_000)
    scene.submit(2, 1_000)
    scene.claim()
    scene.ledger.set_rendered(job.id, some_pictures(seconds=used), 0.0)
    assert scene.submit(1, 1_000).tag == next_tag


def test_a_rendered_job_that_cannot_be_posted_was_drawn_all_the_same() -> None:
    scene = Scene()
    job = scene.submit(1, 1_000)
    scene.submit(2, 1_000)
    scene.claim()
    scene.ledger.set_rendered(job.id, some_pictures(seconds=10.0), 0.0)
    scene.ledger.set_failed(job.id, Failure(code="x"), 0.0, used=0.0)
    assert scene.submit(1, 1_000).tag == 1_000


def test_the_weight_divides_the_charge_in_whole_hundredths() -> None:
    assert [charge(1_000, weight) for weight in (0.5, 1.0, 2.0, 3.0)] == [2_000, 1_000, 500, 333]


def test_people_are_forgotten_once_the_virtual_time_has_passed_them_and_they_have_no_job() -> None:
    fairness = Fairness()
    for person in range(100):
        fairness.enter(person, 10)
    fairness.leave(10)
    gone = fairness.prune(keep=lambda person: person < 3)
    assert set(gone) == set(range(3, 100))
    assert set(fairness.finish) == {0, 1, 2}
    assert fairness.enter(50, 10) == 10


def test_a_job_that_was_put_back_does_not_turn_the_time_back_when_it_is_taken_again() -> None:
    scene = Scene()
    first, _ = scene.submit(1, 1_000), scene.submit(1, 1_000)
    scene.claim_all()
    scene.ledger.release(first.id, 0.0)
    scene.claim_all()
    assert scene.submit(2, 1_000).tag == 1_000
