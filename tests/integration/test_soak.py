"""A whole day of the queue in virtual time, with faults everywhere. A larger one is among the benchmarks."""

import logging
from collections.abc import Iterator

import pytest

from bot.queue.job import State
from tests.benchmarks.soak import Outcome, soak

MOST_GROWTH = 64.0
"""Bytes a job. One that was kept by mistake would take thousands; what is learned settles in a few hours."""


@pytest.fixture(scope="module")
def day() -> Iterator[Outcome]:
    """24 hours, two web UIs, some 1,500 jobs."""
    logging.disable(logging.CRITICAL)  # every fault writes a line
    try:
        yield soak(load=0.1, backends=2)
    finally:
        logging.disable(logging.NOTSET)


def test_every_job_ends_once_and_with_a_reason(day: Outcome) -> None:
    witness = day.witness
    assert witness.open == set()
    assert witness.wrong == []
    assert sum(witness.states.values()) == witness.taken == day.asked - day.refused
    assert witness.taken > 1400
    assert sum(witness.reasons.values()) == witness.states[State.FAILED]


def test_nearly_all_of_them_are_drawn_in_spite_of_everything(day: Outcome) -> None:
    met = sum(sum(one.met.values()) for one in day.renderers)
    assert met > 100
    assert day.store_refused > 0
    assert all(one.opened > 0 for one in day.renderers)
    states = day.witness.states
    assert states[State.DELIVERED] + states[State.CANCELLED] > 0.95 * day.witness.taken


def test_no_web_ui_ever_has_two_jobs(day: Outcome) -> None:
    assert [one.most_at_once for one in day.renderers] == [1, 1]


def test_no_task_is_left_over(day: Outcome) -> None:
    assert day.leftover == []
    assert len({sample.tasks for sample in day.samples}) == 1


def test_memory_is_flat(day: Outcome) -> None:
    assert len(day.samples) >= 5
    assert day.bytes_per_job() < MOST_GROWTH
