"""The waiting line and its sums, against the plainest way to work them out."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.queue import tally
from bot.queue.job import Job, Place, State
from bot.queue.line import Line, key_of
from bot.queue.tally import Key, Tally
from tests.support import a_request, an_origin

keys = st.tuples(st.integers(0, 40), st.text("ab", min_size=1, max_size=3))


@given(st.lists(st.tuples(keys, st.integers(0, 99), st.booleans()), max_size=120), keys)
@settings(deadline=None)
def test_a_tally_counts_and_sums_as_a_sorted_list_does(
    steps: list[tuple[Key, int, bool]], probe: Key
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally, "_BUCKET", 2)  # so that buckets split, merge and empty all the time
        ours, plain = Tally(), dict[Key, int]()
        for key, weight, adds in steps:
            if adds and key not in plain:
                ours.add(key, weight)
                plain[key] = weight
            elif not adds and key in plain:
                assert ours.remove(key) == plain.pop(key)
        assert list(ours) == sorted(plain)
        assert (len(ours), ours.total) == (len(plain), sum(plain.values()))
        assert ours.first == min(plain, default=None)
        before = [weight for key, weight in plain.items() if key < probe]
        assert ours.before(probe) == (len(before), sum(before))


def test_a_key_is_in_a_tally_once_and_cannot_be_removed_twice() -> None:
    ours = Tally()
    ours.add((1, "a"), 5)
    with pytest.raises(ValueError, match="already"):
        ours.add((1, "a"), 6)
    ours.remove((1, "a"))
    with pytest.raises(KeyError):
        ours.remove((1, "a"))


def a_job(number: int, tag: int, person: int, cost: int, pictures: int) -> Job:
    """One that waits."""
    return Job(
        id=f"{number:016}",
        state=State.WAITING,
        request=a_request(pictures=pictures),
        origin=an_origin(person),
        tag=tag,
        cost=cost,
        created_at=0.0,
    )


@dataclass
class Plain:
    """A line as a plain list."""

    jobs: list[Job]

    def place(self, job: Job) -> Place:
        ahead = [other for other in self.jobs if key_of(other) < key_of(job)]
        people = {other.origin.user_id for other in ahead} - {job.origin.user_id}
        cost = sum(other.cost for other in ahead)
        return Place(ahead=len(ahead), people_ahead=len(people), seconds_ahead=cost / 100)


facts = st.tuples(st.integers(0, 9), st.integers(1, 4), st.integers(0, 500), st.integers(1, 3))


@given(st.lists(st.one_of(facts, st.integers(0, 30)), max_size=60))
@settings(deadline=None)
def test_a_line_tells_order_places_and_numbers_as_a_plain_list_does(
    steps: list[tuple[int, int, int, int] | int],
) -> None:
    line, plain = Line(), Plain([])
    for number, step in enumerate(steps):
        if isinstance(step, int):
            if plain.jobs:
                gone = plain.jobs.pop(step % len(plain.jobs))
                assert line.remove(gone.id) == gone
        else:
            job = a_job(number, *step)
            line.add(job)
            plain.jobs.append(job)
    ordered = sorted(plain.jobs, key=key_of)
    assert list(line) == ordered
    assert line.first == (ordered[0] if ordered else None)
    assert [line.place(job.id) for job in ordered] == [plain.place(job) for job in ordered]
    assert line.people == len({job.origin.user_id for job in ordered})
    assert line.pictures == sum(job.request.work.pictures for job in ordered)
    for person in range(1, 5):
        own = [job for job in ordered if job.origin.user_id == person]
        assert line.jobs_of(person) == own
        assert line.pictures_of(person) == sum(job.request.work.pictures for job in own)
        for job in ordered:
            later = [one for one in own if key_of(one) > key_of(job)]
            assert line.later_jobs_of(person, key_of(job)) == later


def test_a_job_stands_in_a_line_once() -> None:
    line = Line()
    line.add(a_job(1, 0, 1, 0, 1))
    with pytest.raises(ValueError, match="already"):
        line.add(a_job(1, 0, 1, 0, 1))


def test_who_does_not_stand_in_the_line_has_no_place() -> None:
    assert Line().place("0123456789abcdef") is None
