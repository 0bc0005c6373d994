"""When a web UI counts as up."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.health import Backoff, Health, wait_for_event
from bot.errors import (
    BadAnswer,
    ConnectionLost,
    EaselError,
    InvalidRequest,
    OutOfMemory,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from tests.support import ManualClock


def _is_up(health: Health) -> bool:
    """Asked anew each time: mypy takes a property for constant."""
    return health.up


async def test_a_web_ui_that_was_not_met_yet_is_down_without_an_error() -> None:
    health = Health(ManualClock(5.0))

    assert not _is_up(health)
    assert health.error is None
    assert health.since == 5.0


async def test_since_tells_when_the_state_changed_and_not_when_it_was_confirmed() -> None:
    clock = ManualClock(0.0)
    health = Health(clock)
    clock.advance(10)
    health.record_success()
    clock.advance(10)
    health.record_success()

    assert _is_up(health)
    assert health.since == 10.0

    clock.advance(10)
    health.record_failure(Unreachable())
    clock.advance(10)
    health.record_failure(TimedOut("connect"))

    assert not _is_up(health)
    assert health.since == 30.0
    assert health.error == TimedOut.code
    assert health.failures == 2


@pytest.mark.parametrize("error", [Unreachable(), ConnectionLost(), TimedOut("idle"), Unauthorized()])
async def test_errors_of_the_connection_mean_down_until_it_answers_again(error: EaselError) -> None:
    health = Health(ManualClock())
    health.record_success()
    health.record_failure(error)

    assert not _is_up(health)

    health.record_success()

    assert _is_up(health)
    assert health.error is None
    assert health.failures == 0


@pytest.mark.parametrize(
    "error",
    [OutOfMemory(500, "OutOfMemoryError", ""), InvalidRequest(422, ()), BadAnswer("no_images")],
)
async def test_errors_of_one_request_leave_it_up(error: EaselError) -> None:
    health = Health(ManualClock())
    health.record_success()
    health.record_failure(error)

    assert _is_up(health)


async def test_a_web_ui_that_cannot_say_what_it_can_do_is_down_whatever_the_error() -> None:
    health = Health(ManualClock())
    health.record_success()
    health.record_unusable(BadAnswer("html"))

    assert not _is_up(health)
    assert health.error == BadAnswer.code


async def test_whoever_waits_for_up_is_woken() -> None:
    health = Health(ManualClock())
    waiting = asyncio.create_task(health.wait_up())
    await asyncio.sleep(0)
    assert not waiting.done()

    health.record_success()

    await asyncio.wait_for(waiting, 5)


@given(
    failures=st.integers(min_value=0, max_value=10**6), first=st.floats(0.1, 10), longest=st.floats(10, 90)
)
def test_backoff_never_shrinks_and_stays_between_its_bounds(
    failures: int, first: float, longest: float
) -> None:
    backoff = Backoff(first=first, longest=longest)

    assert first <= backoff.after(failures) <= backoff.after(failures + 1) <= longest


def test_backoff_doubles_from_one_second_to_thirty() -> None:
    backoff = Backoff()

    assert [backoff.after(n) for n in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]


async def test_an_event_ends_the_wait_before_its_time() -> None:
    clock, event = ManualClock(), asyncio.Event()
    waiting = asyncio.create_task(wait_for_event(event, clock, 30))
    await clock.until_asleep()
    event.set()

    assert await asyncio.wait_for(waiting, 5) is True


async def test_the_time_ends_the_wait_when_no_event_comes() -> None:
    clock, event = ManualClock(), asyncio.Event()
    waiting = asyncio.create_task(wait_for_event(event, clock, 30))
    await clock.until_asleep()
    clock.advance(30)

    assert await asyncio.wait_for(waiting, 5) is False


async def test_a_cancelled_wait_leaves_no_task_behind() -> None:
    clock = ManualClock()
    before = asyncio.all_tasks()
    waiting = asyncio.create_task(wait_for_event(asyncio.Event(), clock, 30))
    await clock.until_asleep()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert asyncio.all_tasks() == before
