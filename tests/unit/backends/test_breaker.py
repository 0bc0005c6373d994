"""The circuit of one web UI: when jobs go there, and when only one does."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.backends.health import (
    FAILURES_TO_OPEN,
    REST,
    Backoff,
    Breaker,
    Circuit,
    Health,
)
from bot.errors import BadAnswer, ServerError
from tests.support import ManualClock


def opened(now: float = 0.0, openings: int = 1) -> Breaker:
    """After enough failures, and so many trials less one that failed as well."""
    breaker = Breaker()
    for number in range(FAILURES_TO_OPEN):
        breaker = breaker.began(f"job{number}").failed(f"job{number}", now)
    for number in range(openings - 1):
        breaker = breaker.probed(breaker.rests_until).began(f"trial{number}")
        breaker = breaker.failed(f"trial{number}", breaker.rests_until)
    return breaker


def test_it_opens_at_the_third_failure_in_a_row() -> None:
    first = Breaker().failed("a", 0.0)
    second = first.failed("b", 0.0)
    third = second.failed("c", 0.0)
    assert [one.circuit for one in (first, second, third)] == [Circuit.CLOSED, Circuit.CLOSED, Circuit.OPEN]
    assert [one.admits for one in (first, second, third)] == [True, True, False]


def test_a_success_between_failures_starts_the_count_anew() -> None:
    breaker = Breaker().failed("a", 0.0).failed("b", 0.0).succeeded("c").failed("d", 0.0).failed("e", 0.0)
    assert breaker.circuit is Circuit.CLOSED


@given(st.integers(1, 50))
def test_one_job_alone_never_opens_it(failures: int) -> None:
    breaker = Breaker()
    for _ in range(failures):
        breaker = breaker.began("poison").failed("poison", 0.0)
    assert breaker.admits


def test_while_open_nothing_goes_there_until_it_has_rested_and_answers() -> None:
    breaker = opened(100.0)
    assert not breaker.probed(100.0 + REST.first - 0.01).admits
    assert not breaker.admits
    rested = breaker.probed(100.0 + REST.first)
    assert (rested.circuit, rested.admits) == (Circuit.HALF_OPEN, True)


def test_half_open_gives_one_trial_and_its_success_closes() -> None:
    trial = opened().probed(REST.first).began("trial")
    assert not trial.admits
    assert trial.succeeded("trial") == Breaker()


def test_a_trial_that_fails_opens_it_for_twice_as_long() -> None:
    trial = opened().probed(REST.first).began("trial").failed("trial", 1000.0)
    assert trial.circuit is Circuit.OPEN
    assert trial.rests_until == 1000.0 + 2 * REST.first


def test_a_trial_that_says_nothing_is_followed_by_another() -> None:
    trial = opened().probed(REST.first).began("trial").ended("trial")
    assert (trial.circuit, trial.admits) == (Circuit.HALF_OPEN, True)


@pytest.mark.parametrize("half_open", [False, True])
def test_what_was_sent_before_it_opened_changes_nothing_any_more(half_open: bool) -> None:
    breaker = opened()
    if half_open:
        breaker = breaker.probed(REST.first).began("trial")
    assert breaker.succeeded("late") == breaker
    assert breaker.failed("late", 5.0) == breaker
    assert breaker.ended("late") == breaker


@given(st.integers(1, 200))
def test_each_rest_is_as_long_as_the_last_or_longer_and_never_above_its_bound(openings: int) -> None:
    now = 1000.0
    rests = []
    breaker = opened(now)
    for number in range(openings):
        rests.append(breaker.rests_until - now)
        now = breaker.rests_until
        breaker = breaker.probed(now).began(f"t{number}").failed(f"t{number}", now)
    assert rests == sorted(rests)
    assert rests[0] == pytest.approx(REST.first)
    assert max(rests) <= REST.longest + 1e-6


class AnyHistory(RuleBasedStateMachine):
    """Jobs begin only where they are admitted; they may end late, in any order, in any way."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.now = 0.0
        self.count = 0
        self.under_way: list[str] = []

    @precondition(lambda self: self.breaker.admits)
    @rule()
    def begin(self) -> None:
        self.count += 1
        job = f"job{self.count}"
        self.breaker = self.breaker.began(job)
        self.under_way.append(job)

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, 10**6), how=st.sampled_from(["succeeded", "failed", "ended"]))
    def end(self, which: int, how: str) -> None:
        job = self.under_way.pop(which % len(self.under_way))
        before = self.breaker
        if how == "succeeded":
            self.breaker = before.succeeded(job)
        elif how == "failed":
            self.breaker = before.failed(job, self.now)
        else:
            self.breaker = before.ended(job)
        if before.trial == job:
            expected = {
                "succeeded": Circuit.CLOSED,
                "failed": Circuit.OPEN,
                "ended": Circuit.HALF_OPEN,
            }
            assert self.breaker.circuit is expected[how]
            assert self.breaker.trial is None

    @rule(seconds=st.floats(0, 400))
    def probe(self, seconds: float) -> None:
        self.now += seconds
        before = self.breaker
        self.breaker = before.probed(self.now)
        if before.circuit is Circuit.OPEN:
            assert self.breaker.admits == (self.now >= before.rests_until)
        else:
            assert self.breaker == before

    @invariant()
    def only_a_trial_that_is_under_way_keeps_others_out_when_half_open(self) -> None:
        if self.breaker.trial is not None:
            assert self.breaker.circuit is Circuit.HALF_OPEN
            assert self.breaker.trial in self.under_way

    @invariant()
    def it_is_never_shut_for_ever(self) -> None:
        if self.breaker.circuit is Circuit.OPEN:
            assert self.breaker.rests_until <= self.now + REST.longest
            assert self.breaker.probed(self.breaker.rests_until).admits

    @invariant()
    def what_it_remembers_is_bounded(self) -> None:
        assert len(self.breaker.jobs) <= 2


TestAnyHistory = AnyHistory.TestCase


# ---- as part of a web UI's health


@dataclass(frozen=True, slots=True)
class Patient:
    """A web UI that answers probes."""

    clock: ManualClock
    health: Health

    def fail(self, *jobs: str) -> None:
        """Each of them fails."""
        for job in jobs:
            self.health.job_began(job)
            self.health.job_failed(job, ServerError(500, "RuntimeError", ""))

    def now(self) -> tuple[bool, Circuit, str | None]:
        """Whether it takes jobs, its circuit, and the reason."""
        return self.health.up, self.health.circuit, self.health.error


@pytest.fixture
def patient() -> Patient:
    clock = ManualClock(0.0)
    health = Health(clock, Backoff(first=10.0, longest=40.0))
    health.record_success()
    return Patient(clock, health)


async def test_what_answers_but_fails_its_jobs_is_not_up_and_says_why(patient: Patient) -> None:
    patient.fail("a", "b", "c")
    assert patient.now() == (False, Circuit.OPEN, ServerError.code)
    assert patient.health.answers
    patient.health.record_success()
    assert not patient.health.up
    assert patient.health.rest_seconds == 10.0


async def test_after_its_rest_a_probe_lets_one_job_in(patient: Patient) -> None:
    patient.fail("a", "b", "c")
    patient.clock.advance(10.0)
    assert not patient.health.up
    patient.health.record_success()
    assert patient.now() == (True, Circuit.HALF_OPEN, ServerError.code)
    patient.health.job_began("trial")
    assert patient.health.is_trial("trial")
    assert not patient.health.up
    patient.health.job_succeeded("trial")
    assert patient.now() == (True, Circuit.CLOSED, None)


async def test_a_trial_that_fails_doubles_the_rest(patient: Patient) -> None:
    patient.fail("a", "b", "c")
    patient.clock.advance(10.0)
    patient.health.record_success()
    patient.fail("trial")
    assert patient.now()[:2] == (False, Circuit.OPEN)
    assert patient.health.rest_seconds == 20.0


async def test_a_web_ui_that_comes_back_without_an_answer_has_no_trial_before_one(patient: Patient) -> None:
    patient.fail("a", "b", "c")
    patient.health.record_unusable(BadAnswer("html"))
    patient.clock.advance(100.0)
    assert patient.now() == (False, Circuit.OPEN, BadAnswer.code)
    patient.health.record_success()
    assert patient.now()[:2] == (True, Circuit.HALF_OPEN)


async def test_a_damaged_one_is_not_up_whatever_it_answers(patient: Patient) -> None:
    patient.health.record_damage(ServerError(500, "SafetensorError", ""))
    patient.health.record_success()
    assert patient.now() == (False, Circuit.CLOSED, ServerError.code)
    patient.health.record_healed()
    assert patient.now() == (True, Circuit.CLOSED, None)
