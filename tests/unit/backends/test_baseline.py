"""The look that the host chose, kept."""

import asyncio

import pytest

from bot.backends.baseline import BASELINE_FACT, Baseline
from tests.unit.backends.stage import MemoryFacts


async def test_the_first_web_ui_decides_and_later_ones_only_add() -> None:
    facts = MemoryFacts()
    baseline = Baseline(facts)
    await baseline.meet({"rho": 1.0, "outdir_samples": "out"})
    await baseline.meet({"rho": 2.0, "s_noise": 0.5})

    assert dict(baseline.values) == {"rho": 1.0, "s_noise": 0.5}
    assert facts.values[BASELINE_FACT] == {"rho": 1.0, "s_noise": 0.5}


async def test_what_was_kept_wins_over_what_is_met() -> None:
    baseline = Baseline(MemoryFacts({BASELINE_FACT: {"rho": 3.0}}))
    await baseline.meet({"rho": 1.0})

    assert baseline.values["rho"] == 3.0


async def test_two_first_contacts_at_once_come_to_one_baseline() -> None:
    facts = MemoryFacts()
    baseline = Baseline(facts)
    await asyncio.gather(baseline.meet({"rho": 1.0}), baseline.meet({"rho": 2.0, "s_noise": 0.5}))

    assert facts.values[BASELINE_FACT] == dict(baseline.values) == {"rho": 1.0, "s_noise": 0.5}


async def test_while_the_store_is_in_trouble_the_baseline_holds_and_is_kept_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    facts = MemoryFacts()
    facts.broken = True
    baseline = Baseline(facts)
    await baseline.meet({"rho": 1.0})
    assert baseline.values["rho"] == 1.0
    assert "baseline" in caplog.text

    facts.broken = False
    await baseline.meet({"rho": 2.0})
    assert facts.values[BASELINE_FACT] == {"rho": 1.0}


async def test_after_trouble_what_was_kept_still_wins() -> None:
    facts = MemoryFacts({BASELINE_FACT: {"rho": 3.0}})
    facts.broken = True
    baseline = Baseline(facts)
    await baseline.meet({"rho": 1.0, "s_noise": 0.5})
    facts.broken = False
    await baseline.meet({})

    assert facts.values[BASELINE_FACT] == {"rho": 3.0, "s_noise": 0.5}


async def test_nothing_new_is_not_written_again() -> None:
    facts = MemoryFacts()
    baseline = Baseline(facts)
    await baseline.meet({"rho": 1.0})
    facts.values.clear()
    await baseline.meet({"rho": 1.0})

    assert facts.values == {}


async def test_the_baseline_cannot_be_changed_from_outside() -> None:
    baseline = Baseline(MemoryFacts())
    with pytest.raises(TypeError):
        baseline.values["rho"] = 1  # type: ignore[index]
