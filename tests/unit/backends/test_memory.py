"""What was too much for a card's memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.memory import OUT_OF_MEMORY_FACT, MemoryLimits, size_of
from bot.errors import OutOfMemory
from bot.model.work import Describe, HighresFix, Txt2Img, Upscale
from tests.support import ManualClock
from tests.unit.backends.stage import MemoryFacts

HOUR = 3600.0


def work(side: int, size: int = 1, checkpoint: str | None = "oil") -> Txt2Img:
    return Txt2Img(prompt="", seed=1, width=side, height=side, batch_size=size, checkpoint=checkpoint)


def limits(facts: MemoryFacts, clock: ManualClock, hours: float = 24) -> MemoryLimits:
    return MemoryLimits(facts, clock, hours * HOUR)


@given(failed=st.integers(8, 64), asked=st.integers(8, 64), batch=st.integers(1, 4))
async def test_as_large_or_larger_is_refused_and_smaller_is_not(failed: int, asked: int, batch: int) -> None:
    memory = limits(MemoryFacts(), ManualClock())
    await memory.note_failed("gpu", work(failed * 8))
    assert memory.refuses("gpu", work(asked * 8, batch)) == (asked * asked * batch >= failed * failed)
    assert not memory.refuses("other", work(asked * 8, batch))
    assert not memory.refuses("gpu", work(asked * 8, batch, "ink"))


async def test_it_is_remembered_after_a_restart_and_forgotten_in_time() -> None:
    facts, clock = MemoryFacts(), ManualClock()
    await limits(facts, clock).note_failed("gpu", work(1024))
    again = limits(facts, clock)
    await again.load()
    assert again.refuses("gpu", work(1024))
    before = again.revision
    clock.advance(25 * HOUR)
    assert not again.refuses("gpu", work(1024))
    assert again.revision != before


async def test_the_least_that_failed_counts() -> None:
    memory = limits(MemoryFacts(), ManualClock())
    await memory.note_failed("gpu", work(768))
    await memory.note_failed("gpu", work(1024))
    assert memory.refuses("gpu", work(768))


async def test_what_would_fail_again_is_not_even_begun() -> None:
    memory, begun = limits(MemoryFacts(), ManualClock()), list[str]()

    async def draw() -> None:
        async with memory.watching("gpu", work(1024)):
            begun.append("gpu")
            raise OutOfMemory(500, "OutOfMemoryError", "CUDA out of memory")

    for _ in range(2):
        with pytest.raises(OutOfMemory):
            await draw()
    assert begun == ["gpu"]


async def test_a_host_may_have_it_tried_every_time() -> None:
    memory = limits(MemoryFacts(), ManualClock(), hours=0)
    await memory.note_failed("gpu", work(1024))
    assert not memory.refuses("gpu", work(1024))


@pytest.mark.parametrize("stored", ["x", [1], [{"backend": "gpu"}]])
async def test_what_was_not_written_by_us_is_left_out(stored: object) -> None:
    facts = MemoryFacts()
    facts.values[OUT_OF_MEMORY_FACT] = stored  # type: ignore[assignment]
    memory = limits(facts, ManualClock())
    await memory.load()
    assert not memory.refuses("gpu", work(4096))


def test_the_size_is_that_of_what_comes_out() -> None:
    fix = HighresFix(upscaler="Latent", scale=2.0)
    assert size_of(work(512).model_copy(update={"highres_fix": fix})) == 1024 * 1024
    assert size_of(Upscale(inputs=("a", "b"), sizes=((10, 10), (20, 10)), upscaler="Lanczos")) == 40 * 20
    assert size_of(Describe(input="a")) == 0
