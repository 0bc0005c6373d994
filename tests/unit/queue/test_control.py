"""What the host holds back."""

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC

import pytest
from pydantic import JsonValue

from bot.errors import Draining
from bot.model.hours import OpeningHours
from bot.model.work import Work
from bot.queue.control import WHOLE, Closing, Control, Hold, Mode
from bot.queue.events import Events
from bot.queue.floor import Standing
from tests.support import ManualClock, eventually


class Facts:
    """Kept in memory, as if on disk."""

    def __init__(self) -> None:
        self.values: dict[str, JsonValue] = {}

    async def get(self, name: str) -> JsonValue:
        return self.values.get(name)

    async def put(self, name: str, value: JsonValue) -> None:
        self.values[name] = value


class TwoUp:
    """A fleet of two that are up."""

    revision: Hashable = 0

    def __init__(self) -> None:
        self.watchers: list[Callable[[], None]] = []

    def standings(self) -> Sequence[Standing]:
        return [Standing(name="one", up=True), Standing(name="two", up=True)]

    def servers(self, work: Work) -> frozenset[str] | None:
        return None

    def model_of(self, work: Work) -> str:
        return ""

    def watch(self, changed: Callable[[], None]) -> None:
        self.watchers.append(changed)


def a_control(clock: ManualClock, facts: Facts, hours: OpeningHours | None = None) -> Control:
    return Control(fleet=TwoUp(), facts=facts, clock=clock, hours=hours or OpeningHours(), events=Events())


def up(control: Control) -> set[str]:
    return {one.name for one in control.fleet.standings() if one.up}


async def test_a_paused_line_has_nobody_who_draws_and_still_takes_requests() -> None:
    async with a_control(ManualClock(), Facts()) as control:
        assert up(control) == {"one", "two"}
        await control.hold(WHOLE, Hold(mode=Mode.PAUSED, reason="gaming"))
        assert up(control) == set()
        control.require_taking()
        closed = control.closed()
        assert closed is not None
        assert (closed.why, closed.reason) == (Closing.PAUSED, "gaming")
        assert await control.resume(WHOLE)
        assert up(control) == {"one", "two"}
        assert not await control.resume(WHOLE)


async def test_a_draining_line_draws_and_takes_nothing() -> None:
    async with a_control(ManualClock(), Facts()) as control:
        await control.hold(WHOLE, Hold(mode=Mode.DRAINING))
        assert up(control) == {"one", "two"}
        with pytest.raises(Draining):
            control.require_taking()


@pytest.mark.parametrize("mode", Mode)
async def test_one_web_ui_is_held_by_itself(mode: Mode) -> None:
    async with a_control(ManualClock(), Facts()) as control:
        await control.hold("one", Hold(mode=mode))
        assert up(control) == {"two"}
        control.require_taking()
        assert control.closed() is None


async def test_a_pause_ends_by_the_clock_and_says_so() -> None:
    clock = ManualClock()
    async with a_control(clock, Facts()) as control:
        told: list[set[str]] = []
        control.fleet.watch(lambda: told.append(up(control)))
        await control.hold(WHOLE, Hold(mode=Mode.PAUSED, until=clock.now() + 60))
        await clock.until_asleep()
        clock.advance(61)
        await eventually(lambda: told == [set(), {"one", "two"}])
        assert control.holds == {}


async def test_holds_are_there_after_a_restart_unless_they_are_over() -> None:
    clock, facts = ManualClock(), Facts()
    kept = Hold(mode=Mode.PAUSED, until=clock.now() + 100, reason="why")
    async with a_control(clock, facts) as control:
        await control.hold("one", kept)
        await control.hold("two", Hold(mode=Mode.PAUSED, until=clock.now() + 10))
    clock.advance(50)
    async with a_control(clock, facts) as control:
        assert control.holds == {"one": kept}
        assert up(control) == {"two"}


async def test_it_knows_since_when_the_line_is_open_also_after_a_restart() -> None:
    clock, facts = ManualClock(), Facts()
    async with a_control(clock, facts) as control:
        assert control.open_since() == float("-inf")
        await control.hold("one", Hold(mode=Mode.PAUSED))
        assert control.open_since() == float("-inf")
        await control.hold(WHOLE, Hold(mode=Mode.PAUSED))
        assert control.open_since() == float("inf")
        clock.advance(60)
        await control.resume(WHOLE)
        resumed = clock.now()
        clock.advance(60)
    async with a_control(clock, facts) as control:
        assert control.open_since() == resumed


async def test_a_pause_that_was_over_before_the_start_ended_at_its_time() -> None:
    clock, facts = ManualClock(), Facts()
    until = clock.now() + 60
    async with a_control(clock, facts) as control:
        await control.hold(WHOLE, Hold(mode=Mode.PAUSED, until=until))
    clock.advance(100)
    async with a_control(clock, facts) as control:
        assert control.open_since() == until


async def test_outside_the_hours_nobody_draws() -> None:
    clock = ManualClock()
    minute = int(clock.now() % 86_400 // 60)
    hours = OpeningHours(ranges=[((minute + 60) % 1440, (minute + 120) % 1440)], zone=UTC)
    async with a_control(clock, Facts(), hours) as control:
        told: list[set[str]] = []
        control.fleet.watch(lambda: told.append(up(control)))
        closed = control.closed()
        assert closed is not None
        assert closed.why is Closing.HOURS
        assert up(control) == set()
        await clock.until_asleep()
        clock.advance(3600)
        await eventually(lambda: told == [{"one", "two"}])
        assert control.closed() is None


@pytest.mark.parametrize("stored", ["nonsense", [1], {"one": {"mode": "no such"}}])
async def test_holds_that_cannot_be_read_hold_nothing(stored: JsonValue) -> None:
    facts = Facts()
    facts.values["control"] = stored
    async with a_control(ManualClock(), facts) as control:
        assert up(control) == {"one", "two"}
