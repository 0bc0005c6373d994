"""Whose turn it is, who is let in, and what people are told of their place: of every JobStore alike."""

import asyncio

import pytest

from bot.errors import ChannelFull, QueueFull, TooManyWaiting
from bot.queue.job import Failure, Job, State, new_id
from bot.queue.protocols import Admission, JobStore, NewJob
from tests.integration.job_stores import claimed, submit
from tests.support import ManualClock, a_request, an_origin, some_pictures

# ---- order and fairness


async def test_one_persons_jobs_are_served_as_they_came(store: JobStore) -> None:
    jobs = [await submit(store) for _ in range(5)]
    assert await claimed(store) == [job.id for job in jobs]


async def test_a_flood_of_one_person_does_not_hold_up_another(store: JobStore) -> None:
    flood = [await submit(store, 1) for _ in range(20)]
    late = await submit(store, 2)
    assert (await claimed(store))[:2] == [flood[0].id, late.id]


async def test_turns_are_by_drawing_time_and_not_by_number_of_jobs(store: JobStore) -> None:
    long = [await submit(store, 1, seconds=30) for _ in range(3)]
    short = [await submit(store, 2, seconds=10) for _ in range(4)]
    # Start tags: 0, 30, 60 and 0, 10, 20, 30; the older id first where they are equal.
    expected = [long[0], short[0], short[1], short[2], long[1], short[3], long[2]]
    assert await claimed(store) == [job.id for job in expected]


async def test_a_person_of_double_weight_has_double_the_turns(store: JobStore) -> None:
    heavy = [await submit(store, 1, seconds=10, weight=2.0) for _ in range(4)]
    light = [await submit(store, 2, seconds=10) for _ in range(2)]
    expected = [heavy[0], light[0], heavy[1], heavy[2], light[1], heavy[3]]
    assert await claimed(store) == [job.id for job in expected]


async def test_who_comes_later_starts_at_the_present_and_not_at_zero(store: JobStore) -> None:
    early = [await submit(store, 1, seconds=10) for _ in range(4)]
    assert await claimed(store, 3) == [job.id for job in early[:3]]
    late = await submit(store, 2)
    assert late.tag == early[2].tag
    assert await claimed(store) == [late.id, early[3].id]


async def test_a_released_job_keeps_its_tag_and_comes_before_later_ones(store: JobStore) -> None:
    first = await submit(store, 1)
    await submit(store, 1)
    await store.claim("gpu")
    released = await store.release(first.id)
    assert released is not None
    assert released.tag == first.tag
    assert (await claimed(store))[0] == first.id


async def test_a_job_that_is_moved_up_comes_first_and_the_others_keep_their_order(store: JobStore) -> None:
    jobs = [await submit(store, person) for person in (1, 2, 3, 4)]
    moved = await store.move_up(jobs[2].id)
    assert moved is not None
    again = await store.move_up(jobs[3].id)
    assert again is not None
    expected = [jobs[3], jobs[2], jobs[0], jobs[1]]
    place = await store.place(jobs[0].id)
    assert place is not None
    assert place.ahead == 2
    assert await claimed(store) == [job.id for job in expected]


async def test_only_a_waiting_job_that_is_not_first_is_moved_up(store: JobStore) -> None:
    first, second = await submit(store, 1), await submit(store, 2)
    assert await store.move_up(first.id) is None
    await store.claim("gpu")
    assert await store.move_up(first.id) is None
    assert await store.move_up(second.id) is None
    assert await store.move_up("0" * 16) is None


async def test_moving_up_costs_and_spares_its_person_nothing(store: JobStore) -> None:
    await submit(store, 1, seconds=10)
    mine = [await submit(store, 2, seconds=10) for _ in range(2)]
    await store.move_up(mine[1].id)
    later = await submit(store, 2, seconds=10)
    assert later.tag == mine[1].tag + 1000


async def test_seconds_really_used_count_and_not_the_estimate(store: JobStore) -> None:
    await submit(store, 1, seconds=10)
    await submit(store, 2, seconds=10)
    first, second = await store.claim("gpu"), await store.claim("gpu")
    assert first is not None
    assert second is not None
    await store.set_rendered(first.id, some_pictures(seconds=40.0))
    assert (await submit(store, 1)).tag == 4000
    assert (await submit(store, 2)).tag == 1000


async def test_a_job_that_failed_costs_nothing_unless_told_so(store: JobStore) -> None:
    for person in (1, 2, 3):
        await submit(store, person, seconds=10)
    jobs = [await store.claim("gpu") for _ in range(3)]
    assert jobs[0] is not None
    assert jobs[1] is not None
    await store.set_failed(jobs[0].id, Failure(code="x"))
    await store.set_failed(jobs[1].id, Failure(code="x"), used=6.0)
    assert (await submit(store, 1)).tag == 0
    assert (await submit(store, 2)).tag == 600


async def test_a_job_cancelled_while_it_ran_costs_the_time_it_ran(
    store: JobStore, clock: ManualClock
) -> None:
    job = await submit(store, 1, seconds=10)
    await submit(store, 2)
    await store.claim("gpu")
    clock.advance(4)
    await store.set_cancelled(job.id)
    assert (await submit(store, 1)).tag == 400


async def test_when_nothing_waits_and_nothing_runs_everyone_begins_anew(store: JobStore) -> None:
    job = await submit(store, 1, seconds=50)
    await store.claim("gpu")
    assert (await submit(store, 1)).tag == 5000
    second = await store.claim("gpu")
    assert second is not None
    await store.set_rendered(job.id, some_pictures())
    await store.set_rendered(second.id, some_pictures())
    assert (await submit(store, 1)).tag == 0


@pytest.mark.parametrize("leave", ["cancel", "set_failed"])
async def test_a_waiting_job_that_leaves_brings_its_persons_later_jobs_forward(
    store: JobStore, leave: str
) -> None:
    mine = [await submit(store, 1, seconds=10) for _ in range(3)]
    others = [await submit(store, 2, seconds=10) for _ in range(3)]
    if leave == "cancel":
        await store.cancel(mine[0].id)
    else:
        await store.set_failed(mine[0].id, Failure(code="expired"))
    waiting = await store.in_state(State.WAITING)
    assert [(job.id, job.tag) for job in waiting] == [
        (mine[1].id, 0),
        (others[0].id, 0),
        (mine[2].id, 1000),
        (others[1].id, 1000),
        (others[2].id, 2000),
    ]
    assert (await submit(store, 1)).tag == 2000


# ---- admission


async def test_a_person_may_have_so_many_pictures_waiting_and_a_batch_counts_its_pictures(
    store: JobStore,
) -> None:
    limits = Admission(per_person=5, total=100)
    await submit(store, 1, pictures=3, admission=limits)
    with pytest.raises(TooManyWaiting) as refused:
        await submit(store, 1, pictures=3, admission=limits)
    assert (refused.value.waiting, refused.value.limit) == (3, 5)
    await submit(store, 1, pictures=2, admission=limits)
    await submit(store, 2, pictures=5, admission=limits)


async def test_seconds_used_are_those_really_used_and_the_estimate_of_what_is_not_done(
    store: JobStore, clock: ManualClock
) -> None:
    done = await submit(store, 1, seconds=10)
    await store.claim("gpu")
    await store.set_rendered(done.id, some_pictures(seconds=4.0))
    failed = await submit(store, 1, seconds=10)
    await store.set_failed(failed.id, Failure(code="internal"))
    stopped = await submit(store, 1, seconds=10)
    await store.claim("gpu")
    await store.cancel(stopped.id)
    clock.advance(3)
    await store.set_cancelled(stopped.id)
    dropped = await submit(store, 1, seconds=10)
    await store.cancel(dropped.id)
    before = clock.now()
    clock.advance(1)
    await submit(store, 1, seconds=20)
    await submit(store, 2, seconds=50)
    assert await store.seconds_used(1, 0.0) == 4.0 + 3.0 + 20.0
    assert await store.seconds_used(1, before + 0.5) == 20.0
    assert await store.seconds_used(3, 0.0) == 0.0


async def test_a_channel_may_have_a_limit_of_its_own(store: JobStore) -> None:
    limits = Admission(per_person=100, total=100, per_channel=3)
    kept = await submit(store, 1, channel=7, pictures=2, admission=limits)
    with pytest.raises(ChannelFull) as refused:
        await submit(store, 2, channel=7, pictures=2, admission=limits)
    assert refused.value.limit == 3
    await submit(store, 2, channel=8, pictures=3, admission=limits)
    await store.cancel(kept.id)
    await submit(store, 2, channel=7, pictures=3, admission=limits)


async def test_the_line_takes_so_many_pictures_in_all(store: JobStore) -> None:
    limits = Admission(per_person=100, total=4)
    await submit(store, 1, pictures=3, admission=limits)
    with pytest.raises(QueueFull) as refused:
        await submit(store, 2, pictures=2, admission=limits)
    assert refused.value.limit == 4
    await submit(store, 2, pictures=1, admission=limits)


async def test_what_runs_is_not_counted_as_waiting(store: JobStore) -> None:
    limits = Admission(per_person=1, total=1)
    await submit(store, 1, admission=limits)
    await store.claim("gpu")
    await submit(store, 1, admission=limits)


async def test_a_burst_is_admitted_up_to_the_limit_and_not_beyond(store: JobStore) -> None:
    limits = Admission(per_person=7, total=100)
    results = await asyncio.gather(
        *(submit(store, 1, admission=limits) for _ in range(30)), return_exceptions=True
    )
    assert sum(isinstance(result, Job) for result in results) == 7
    assert sum(isinstance(result, TooManyWaiting) for result in results) == 23
    assert (await store.overview()).waiting == 7


async def test_no_job_is_claimed_twice_in_a_burst(store: JobStore) -> None:
    jobs = await asyncio.gather(*(submit(store, person % 5) for person in range(20)))
    taken = await asyncio.gather(*(store.claim(f"gpu-{number}") for number in range(30)))
    ids = [job.id for job in taken if job is not None]
    assert sorted(ids) == sorted(job.id for job in jobs)


# ---- places and the line at a glance


async def test_a_place_tells_jobs_people_and_seconds_before_it(store: JobStore) -> None:
    await submit(store, 1, seconds=10)
    await submit(store, 2, seconds=20)
    mine = [await submit(store, 3, seconds=5) for _ in range(2)]
    other = await submit(store, 4, seconds=7)
    first, second, last = [await store.place(job.id) for job in (*mine, other)]
    assert first is not None
    assert second is not None
    assert last is not None
    assert (first.ahead, first.people_ahead, first.seconds_ahead) == (2, 2, 30.0)
    assert (last.ahead, last.people_ahead, last.seconds_ahead) == (3, 3, 35.0)
    # The person's own earlier job is ahead, but is nobody else.
    assert (second.ahead, second.people_ahead, second.seconds_ahead) == (4, 3, 42.0)


async def test_the_place_of_a_new_request_is_the_one_it_then_gets(store: JobStore) -> None:
    for person in (1, 1, 2, 3):
        await submit(store, person)
    foreseen = await store.place_of_new(1)
    job = await submit(store, 1)
    assert await store.place(job.id) == foreseen


async def test_only_a_waiting_job_has_a_place(store: JobStore) -> None:
    job = await submit(store)
    await store.claim("gpu")
    assert await store.place(job.id) is None
    assert await store.place("0123456789abcdef") is None


async def test_the_overview_counts_and_shows_ones_own_jobs(store: JobStore) -> None:
    running = await submit(store, 1)
    await store.claim("gpu")
    mine = [await submit(store, 1, pictures=2), await submit(store, 1)]
    await submit(store, 2, pictures=4)
    overview = await store.overview(1)
    assert (overview.waiting, overview.waiting_pictures, overview.people) == (3, 7, 2)
    assert [job.id for job in overview.running] == [running.id]
    assert [job.id for job in overview.mine] == [running.id, mine[0].id, mine[1].id]
    assert (await store.overview()).mine == ()


async def test_only_jobs_that_waited_too_long_are_expired(store: JobStore, clock: ManualClock) -> None:
    old = await submit(store, 1)
    await submit(store, 2)
    await store.claim("gpu")
    await store.release(old.id)
    clock.advance(100)
    await submit(store, 3)
    assert {job.origin.user_id for job in await store.expired(clock.now())} == {1, 2}
    assert await store.expired(clock.now() - 100) == []


async def test_several_requests_join_together_in_their_order_or_not_at_all(store: JobStore) -> None:
    def new(count: int) -> list[NewJob]:
        return [NewJob(id=new_id(1e9), request=a_request(), cost=100) for _ in range(count)]

    three = Admission(per_person=3, total=10)
    others = await submit(store, 2)
    with pytest.raises(TooManyWaiting):
        await store.submit_all(new(4), an_origin(1), admission=three)
    assert (await store.overview(1)).mine == ()

    asked = list(reversed(new(3)))
    taken = await store.submit_all(asked, an_origin(1), admission=three)

    assert [job.id for job in taken] == [job.id for job in asked]
    ids = await claimed(store)
    assert others.id in ids[:2]
    assert [job_id for job_id in ids if job_id != others.id] == [job.id for job in asked]
