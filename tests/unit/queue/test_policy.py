"""Which job goes to which back end."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.queue.policy import Backend, Head, Later, Patience, Start, choose, measured_patience

NOW = 1_000.0
MODELS = ("anime", "photo", "ink", "toon")
STARTS = {"photo": 0, "anime": 10}
"""Tags of two models' first jobs in seconds; theirs come in turn."""


def a_head(model: str, seconds: float = 0.0, *, since: float = 0.0) -> Head:
    """The first of a model's jobs, with its tag in seconds."""
    return Head(model=model, tag=round(seconds * 100), job_id=f"job-{model}", since=since)


def a_backend(
    name: str,
    loaded: str | None = None,
    *,
    busy: bool = False,
    serves: frozenset[str] | None = None,
    switch: float | None = 10.0,
    weight: float = 1.0,
) -> Backend:
    """One that takes 10 s to switch."""
    return Backend(name=name, loaded=loaded, busy=busy, serves=serves, switch_seconds=switch, weight=weight)


def goes_to(choice: Start | Later | None) -> tuple[str, str, bool]:
    """(job, back end, whether it switches)."""
    assert isinstance(choice, Start)
    return choice.job_id, choice.backend, choice.switches


def test_nothing_is_chosen_where_nothing_waits_or_nobody_is_free() -> None:
    assert choose([], [a_backend("one")], NOW) is None
    assert choose([a_head("anime")], [a_backend("one", "anime", busy=True)], NOW) is None
    assert choose([a_head("anime")], [], NOW) is None


def test_whose_turn_it_is_goes_where_its_model_is_loaded() -> None:
    backends = [a_backend("one", "photo"), a_backend("two", "anime")]
    choice = choose([a_head("anime"), a_head("photo", 5)], backends, NOW)
    assert goes_to(choice) == ("job-anime", "two", False)


def test_a_job_of_a_loaded_model_may_go_first_within_the_window_and_not_beyond() -> None:
    backends = [a_backend("one", "photo")]
    within = choose([a_head("anime"), a_head("photo", 160)], backends, NOW)
    assert goes_to(within) == ("job-photo", "one", False)
    beyond = choose([a_head("anime"), a_head("photo", 160.01)], backends, NOW)
    assert goes_to(beyond) == ("job-anime", "one", True)


def test_a_fresh_job_waits_for_the_busy_back_end_that_has_its_model_but_only_as_long_as_a_switch() -> None:
    backends = [a_backend("one", "photo"), a_backend("two", "anime", busy=True)]
    head = a_head("anime", since=NOW - 4)
    assert choose([head], backends, NOW) == Later(at=NOW + 6)
    assert goes_to(choose([head], backends, NOW + 6)) == ("job-anime", "one", True)


def test_nobody_waits_for_a_model_that_is_loaded_nowhere() -> None:
    choice = choose([a_head("anime", since=NOW)], [a_backend("one", "photo")], NOW)
    assert goes_to(choice) == ("job-anime", "one", True)


def test_the_back_end_that_switches_is_one_whose_model_nobody_waits_for() -> None:
    backends = [a_backend("one", "photo"), a_backend("two", "ink"), a_backend("three", "toon")]
    heads = [a_head("anime"), a_head("photo", 500), a_head("toon", 500)]
    assert goes_to(choose(heads, backends, NOW)) == ("job-anime", "two", True)


def test_of_two_that_may_switch_the_quicker_one_does() -> None:
    backends = [a_backend("one", "photo", switch=30), a_backend("two", "ink", switch=5)]
    assert goes_to(choose([a_head("anime")], backends, NOW)) == ("job-anime", "two", True)


def test_of_two_that_may_switch_the_one_of_more_weight_does_however_long_it_takes() -> None:
    backends = [a_backend("one", "photo", switch=5), a_backend("two", "ink", switch=30, weight=2)]
    assert goes_to(choose([a_head("anime")], backends, NOW)) == ("job-anime", "two", True)


def test_of_two_that_have_it_loaded_the_one_of_more_weight_gets_it_and_the_other_one_the_next() -> None:
    heads = [a_head("anime")]
    backends = [a_backend("one", "anime"), a_backend("two", "anime", weight=2)]
    assert goes_to(choose(heads, backends, NOW)) == ("job-anime", "two", False)
    backends = [a_backend("one", "anime"), a_backend("two", "anime", weight=2, busy=True)]
    assert goes_to(choose(heads, backends, NOW)) == ("job-anime", "one", False)


def test_no_weight_is_worth_a_switch() -> None:
    backends = [a_backend("one", "anime"), a_backend("two", "photo", weight=100)]
    assert goes_to(choose([a_head("anime")], backends, NOW)) == ("job-anime", "one", False)


def test_a_back_end_gets_only_models_that_it_has() -> None:
    backends = [a_backend("one", "photo", serves=frozenset({"photo"})), a_backend("two", "ink", busy=True)]
    assert choose([a_head("anime")], backends, NOW) is None
    choice = choose([a_head("anime"), a_head("photo", 9_000)], backends, NOW)
    assert goes_to(choice) == ("job-photo", "one", False)


@pytest.mark.parametrize(
    ("switch", "window", "delay"), [(None, 160, 10), (1.0, 60, 1), (15.0, 240, 15), (90.0, 300, 90)]
)
def test_window_and_delay_follow_the_measured_switch(
    switch: float | None, window: float, delay: float
) -> None:
    assert measured_patience(switch) == Patience(window=window, delay=delay)


heads_strategy = st.dictionaries(
    st.sampled_from(MODELS), st.tuples(st.integers(0, 50_000), st.floats(NOW - 60, NOW)), max_size=4
).map(
    lambda found: [
        Head(model=model, tag=tag, job_id=f"job-{model}", since=since)
        for model, (tag, since) in found.items()
    ]
)
backends_strategy = st.lists(
    st.builds(
        Backend,
        name=st.sampled_from(["a", "b", "c", "d", "e"]),
        loaded=st.none() | st.sampled_from(MODELS),
        busy=st.booleans(),
        serves=st.none() | st.frozensets(st.sampled_from(MODELS)),
        switch_seconds=st.none() | st.floats(0.5, 120),
    ),
    max_size=5,
    unique_by=lambda backend: backend.name,
)


@given(heads_strategy, backends_strategy)
def test_a_choice_is_possible_fair_within_the_window_and_idles_only_for_a_reason(
    heads: list[Head], backends: list[Backend]
) -> None:
    free = [backend for backend in backends if not backend.busy]
    servable = [head for head in heads if any(backend.can_serve(head.model) for backend in free)]
    choice = choose(heads, backends, NOW)
    if not servable:
        assert choice is None
        return
    first = min(servable, key=lambda head: (head.tag, head.job_id))
    if isinstance(choice, Later):
        assert NOW < choice.at <= NOW + 120
        assert any(backend.busy and backend.loaded == first.model for backend in backends)
        return
    assert isinstance(choice, Start)
    head = next(head for head in heads if head.job_id == choice.job_id)
    backend = next(backend for backend in free if backend.name == choice.backend)
    assert backend.can_serve(head.model)
    assert choice.switches == (backend.loaded != head.model)
    assert choice.tag == head.tag
    assert head.tag <= first.tag + 300 * 100
    if choice.switches:
        assert head == first


@given(heads_strategy, backends_strategy, st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order_in_which_it_is_told(
    heads: list[Head], backends: list[Backend], chance: random.Random
) -> None:
    expected = choose(heads, backends, NOW)
    chance.shuffle(heads)
    chance.shuffle(backends)
    assert choose(heads, backends, NOW) == expected


@given(st.lists(st.integers(100, 2_000), min_size=200, max_size=200), st.floats(1, 60))
def test_a_flood_for_the_loaded_model_holds_up_another_model_no_longer_than_the_window(
    costs: Sequence[int], switch: float
) -> None:
    """One back end, every job of the flood by the same person, so that tags grow by cost."""
    backend = a_backend("one", "photo", switch=switch)
    waiting = a_head("anime", 0, since=0)
    tag = served = 0
    for cost in costs:
        flood = Head(model="photo", tag=tag, job_id="flood", since=0)
        choice = choose([waiting, flood], [backend], NOW)
        assert isinstance(choice, Start)
        if choice.job_id == waiting.job_id:
            break
        served += cost
        tag += cost
    else:
        raise AssertionError("starved")
    window = measured_patience(switch).window * 100
    assert served <= window + max(costs)
    assert choice.switches


def test_a_window_makes_runs_of_one_model_where_without_it_every_job_switches() -> None:

    def switches(window: float) -> int:
        backend, count = a_backend("one", "photo"), 0
        lines = {model: [start + 20 * number for number in range(10)] for model, start in STARTS.items()}
        while any(lines.values()):
            heads = [a_head(model, line[0]) for model, line in lines.items() if line]
            choice = choose(heads, [backend], NOW, patience=lambda _: Patience(window=window, delay=0))
            assert isinstance(choice, Start)
            model = choice.job_id.removeprefix("job-")
            lines[model].pop(0)
            backend = replace(backend, loaded=model)
            count += choice.switches
        return count

    assert switches(0) == 19
    assert switches(60) <= 6
