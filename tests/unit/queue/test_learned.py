"""Speeds and switches, learned and remembered."""

from dataclasses import replace

import pytest
from pydantic import JsonValue

from bot.errors import StorageError
from bot.queue.costs import Costs
from bot.queue.job import Job, State
from bot.queue.learned import COSTS_FACT, SWITCHES_FACT, Learned
from bot.queue.switches import Switches
from tests.support import a_request, an_origin, some_pictures


class Facts:
    """A memory."""

    def __init__(self, *, broken: bool = False) -> None:
        self.values: dict[str, JsonValue] = {}
        self.broken = broken

    async def get(self, name: str) -> JsonValue:
        if self.broken:
            raise StorageError(reason="io")
        return self.values.get(name)

    async def put(self, name: str, value: JsonValue) -> None:
        if self.broken:
            raise StorageError(reason="full")
        self.values[name] = value


def a_job() -> Job:
    return Job(
        id="0" * 16,
        state=State.RUNNING,
        request=a_request(),
        origin=an_origin(),
        tag=0,
        cost=1200,
        created_at=0.0,
        backend="gpu",
    )


def test_a_switch_is_remembered_by_its_back_end_and_blended() -> None:
    switches = Switches()
    switches.learn("gpu", 10.0)
    assert switches.seconds == {"gpu": 10.0}
    switches.learn("gpu", 20.0)
    assert 10.0 < switches.seconds["gpu"] < 20.0
    assert Switches(switches.dump()).seconds == switches.seconds


@pytest.mark.parametrize("seconds", [-1.0, 100_000.0, float("nan")])
def test_nonsense_is_not_learned(seconds: float) -> None:
    switches = Switches()
    switches.learn("gpu", seconds)
    assert switches.seconds == {}


@pytest.mark.parametrize("remembered", [None, [], "x", {"gpu": "ten"}, {"gpu": -3}])
def test_what_was_not_written_by_us_is_left_out(remembered: JsonValue) -> None:
    assert Switches(remembered).seconds == {}


async def test_loading_a_model_is_no_part_of_its_speed() -> None:
    facts, costs = Facts(), Costs()
    learned = Learned(costs, None, facts)
    await learned.learn(a_job(), replace(some_pictures(seconds=14.0), switch=10.0))
    assert costs.estimate(a_job().request.work).seconds == pytest.approx(4.0)
    assert learned.switch_seconds == {"gpu": 10.0}
    assert set(facts.values) == {COSTS_FACT, SWITCHES_FACT}


async def test_a_switch_that_was_not_seen_is_what_it_took_beyond_its_usual_time() -> None:
    learned = Learned(Costs(), None, None)
    unseen = replace(some_pictures(seconds=14.0), switch=None)
    assert learned.completed(a_job(), unseen).switch is None
    await learned.learn(a_job(), some_pictures(seconds=4.0))
    assert learned.completed(a_job(), unseen).switch == pytest.approx(10.0)


async def test_a_memory_in_trouble_costs_nothing_but_the_memory() -> None:
    learned = Learned(Costs(), None, Facts(broken=True))
    await learned.learn(a_job(), replace(some_pictures(seconds=14.0), switch=10.0))
    assert learned.switch_seconds == {"gpu": 10.0}


async def test_what_one_process_learns_the_others_know_and_nobody_forgets() -> None:
    kept = Facts()
    one, other = Learned(Costs(), Switches(), kept), Learned(Costs(), Switches(), kept)
    job = a_job()
    await one.learn(job, replace(some_pictures(seconds=30.0), switch=10.0))
    await other.learn(replace(job, backend="slow"), some_pictures(seconds=40.0))
    await one.refresh()
    costs = Costs(kept.values[COSTS_FACT])
    assert costs.estimate(job.request.work, "gpu").seconds == pytest.approx(20.0)
    assert costs.estimate(job.request.work, "slow").seconds == pytest.approx(40.0)
    assert other.switch_seconds == {"gpu": 10.0}
