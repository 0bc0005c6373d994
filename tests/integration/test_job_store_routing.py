"""Who is given which job, and what is remembered of attempts that failed: of every JobStore alike."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.model.work import Work
from bot.queue.floor import Floor, Standing
from bot.queue.job import Job, Setback
from bot.queue.policy import UNMEASURED_SWITCH_SECONDS
from bot.queue.protocols import JobStore
from tests.integration.job_stores import DURABLE, STORES
from tests.support import PLENTY, ManualClock, a_request, an_origin, checkpoint_of

REFUSED = Setback(backend="one", code="webui_out_of_memory", refused=True)
FAILED = Setback(backend="one", code="webui_connection_lost", refused=False)


@dataclass(frozen=True)
class FixedFleet:
    """Two back ends that have and have loaded what a test says."""

    loaded: dict[str, str | None] = field(default_factory=lambda: {"one": "anime", "two": "photo"})
    down: frozenset[str] = frozenset()
    has: dict[str, frozenset[str]] = field(default_factory=dict)
    """Who has a checkpoint; every one, where nothing is said."""

    @property
    def revision(self) -> Hashable:
        return str(self.has)

    def standings(self) -> Sequence[Standing]:
        return [
            Standing(name=name, up=name not in self.down, loaded=model) for name, model in self.loaded.items()
        ]

    def servers(self, work: Work) -> frozenset[str] | None:
        return self.has.get(checkpoint_of(work))

    def model_of(self, work: Work) -> str:
        return checkpoint_of(work)

    def watch(self, changed: Callable[[], None]) -> None:
        """It never changes."""


def a_floor(fleet: FixedFleet, *free: str, begun: frozenset[str] = frozenset()) -> Floor:
    return Floor(fleet=fleet, free=frozenset(free), begun=begun)


async def submit(store: JobStore, checkpoint: str, person: int = 1) -> Job:
    request = a_request(checkpoint=checkpoint)
    return await store.submit(request, an_origin(person), cost=1200, admission=PLENTY)


async def claim(store: JobStore, backend: str, floor: Floor) -> Job:
    job = await store.claim(backend, floor)
    assert job is not None
    assert job.backend == backend
    return job


async def test_a_job_waits_for_who_has_its_checkpoint(store: JobStore) -> None:
    fleet = FixedFleet(has={"ink": frozenset({"two"})})
    job = await submit(store, "ink")
    assert await store.claim("one", a_floor(fleet, "one")) is None
    assert (await claim(store, "two", a_floor(fleet, "one", "two"))).id == job.id


async def test_a_list_that_changed_holds_for_what_waits_already(store: JobStore) -> None:
    job = await submit(store, "ink")
    missing = FixedFleet(has={"ink": frozenset({"two"})})
    assert await store.claim("one", a_floor(missing, "one")) is None
    there = FixedFleet(has={"ink": frozenset({"one", "two"})})
    assert (await claim(store, "one", a_floor(there, "one"))).id == job.id


async def test_who_is_down_is_given_nothing(store: JobStore) -> None:
    await submit(store, "anime")
    fleet = FixedFleet(down=frozenset({"one"}))
    assert await store.claim("one", a_floor(fleet, "one")) is None


async def test_each_free_back_end_leaves_to_the_other_what_that_one_has_loaded(store: JobStore) -> None:
    photo, anime = await submit(store, "photo", 1), await submit(store, "anime", 2)
    floor = a_floor(FixedFleet(), "one", "two")
    assert (await claim(store, "one", floor)).id == anime.id
    assert (await claim(store, "two", floor)).id == photo.id


async def test_a_back_end_that_does_not_know_yet_of_its_job_is_not_free(store: JobStore) -> None:
    first, second = await submit(store, "anime", 1), await submit(store, "anime", 2)
    fleet = FixedFleet(loaded={"one": "anime", "two": "anime"})
    assert (await claim(store, "one", a_floor(fleet, "one", "two"))).id == first.id
    # "one" still seems to ask; it has its job already, so the next one is not left to it.
    assert (await claim(store, "two", a_floor(fleet, "one", "two"))).id == second.id


async def test_a_job_whose_model_is_being_loaded_elsewhere_waits_as_long_as_a_switch_takes(
    store: JobStore, clock: ManualClock
) -> None:
    fleet = FixedFleet()
    loading, waiting = await submit(store, "ink", 1), await submit(store, "ink", 2)
    begun = (await claim(store, "one", a_floor(fleet, "one"))).id
    assert begun == loading.id
    floor = a_floor(fleet, "two", begun=frozenset({begun}))
    assert await store.claim("two", floor) is None
    again = await store.look_again("two", floor)
    assert again == clock.now() + UNMEASURED_SWITCH_SECONDS
    clock.advance(UNMEASURED_SWITCH_SECONDS)
    assert (await claim(store, "two", floor)).id == waiting.id


async def test_measured_switches_say_how_long_it_waits(store: JobStore, clock: ManualClock) -> None:
    await submit(store, "ink", 1)
    await submit(store, "ink", 2)
    begun = (await claim(store, "one", a_floor(FixedFleet(), "one"))).id
    floor = replace(a_floor(FixedFleet(), "two", begun=frozenset({begun})), switch_seconds={"two": 3.0})
    assert await store.look_again("two", floor) == clock.now() + 3.0


async def test_nothing_is_to_be_looked_for_again_where_nothing_waits(store: JobStore) -> None:
    assert await store.look_again("one", a_floor(FixedFleet(), "one")) is None


async def test_a_job_never_goes_back_to_who_refused_it(store: JobStore) -> None:
    fleet = FixedFleet(has={"anime": frozenset({"one", "two"})})
    job = await submit(store, "anime")
    await claim(store, "one", a_floor(fleet, "one"))
    await store.release(job.id, setback=REFUSED)
    assert await store.claim("one", a_floor(fleet, "one")) is None
    assert (await claim(store, "two", a_floor(fleet, "one", "two"))).setbacks == (REFUSED,)


async def test_a_job_goes_back_to_who_failed_it_only_if_nobody_else_is_up(store: JobStore) -> None:
    job = await submit(store, "anime")
    await claim(store, "one", a_floor(FixedFleet(), "one"))
    await store.release(job.id, setback=FAILED)
    assert await store.claim("one", a_floor(FixedFleet(), "one")) is None
    alone = FixedFleet(down=frozenset({"two"}))
    again = await claim(store, "one", a_floor(alone, "one"))
    assert (again.attempts, again.setbacks) == (2, (FAILED,))


async def test_a_place_tells_who_may_do_the_work_before_it(store: JobStore) -> None:
    fleet = FixedFleet(has={"ink": frozenset({"two"}), "anime": frozenset({"one", "two"})})
    await store.claim("one", a_floor(fleet, "one"))
    await submit(store, "ink", 1)
    await submit(store, "anime", 2)
    await submit(store, "anime", 3)
    place = await store.place_of_new(4)
    shares = {share.backends: share.seconds for share in place.shares}
    assert shares == {frozenset({"two"}): 12.0, frozenset({"one", "two"}): 24.0}


@pytest.mark.parametrize("name", DURABLE)
async def test_what_was_met_on_the_way_outlives_a_restart(name: str, tmp_path: Path) -> None:
    clock = ManualClock()
    async with STORES[name](tmp_path, clock) as store:
        job = await submit(store, "anime")
        for setback in (FAILED, REFUSED):
            await store.claim("one")
            await store.release(job.id, setback=setback)
    async with STORES[name](tmp_path, clock) as store:
        found = await store.get(job.id)
        assert found is not None
        assert found.setbacks == (FAILED, REFUSED)
        fleet = FixedFleet(has={"anime": frozenset({"one", "two"})})
        assert await store.claim("one", a_floor(fleet, "one")) is None
