"""One back end's worker: the gap, failures, cancels, and shutting down."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import pytest

from bot.errors import (
    BadAnswer,
    ConnectionLost,
    CorruptPicture,
    OutOfMemory,
    ServerError,
    StorageError,
    TimedOut,
    Unreachable,
)
from bot.queue.costs import Costs
from bot.queue.events import Events
from bot.queue.job import Job, State
from bot.queue.manager import _EXPIRY_SECONDS, CancelOutcome, QueueManager
from bot.queue.memory import MemoryJobStore
from bot.queue.terms import Terms
from bot.queue.worker import Worker
from tests.support import PLENTY, ManualClock, ScriptedRenderer, a_request, an_origin, eventually, within

OOM = OutOfMemory(500, "OutOfMemoryError", "CUDA out of memory")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> MemoryJobStore:
    return MemoryJobStore(clock)


@pytest.fixture
async def queue(store: MemoryJobStore, clock: ManualClock) -> AsyncIterator[QueueManager]:
    manager = QueueManager(
        store=store,
        clock=clock,
        events=Events(),
        terms=Terms(admission=PLENTY, keep_seconds=1e9, max_attempts=3),
        costs=Costs(),
    )
    async with manager as queue:
        yield queue


@pytest.fixture
def renderer() -> ScriptedRenderer:
    return ScriptedRenderer()


@pytest.fixture
async def worker(
    queue: QueueManager, renderer: ScriptedRenderer, clock: ManualClock
) -> AsyncIterator[Worker]:
    async with Worker(renderer, queue.dispatch, clock) as worker:
        yield worker


async def submit(queue: QueueManager, pictures: int = 1) -> Job:
    return await queue.submit(a_request(pictures=pictures), an_origin(1))


async def reaches(store: MemoryJobStore, job: Job, state: State) -> Job:
    """The job, once it is in that state."""

    def there(found: Job | None) -> bool:
        return found is not None and found.state is state

    async def look() -> bool:
        return there(await store.get(job.id))

    await eventually(look)
    found = await store.get(job.id)
    assert found is not None
    return found


async def advancing(clock: ManualClock, condition: Callable[[], bool]) -> None:
    """Let time pass, half a second at a time, until ``condition`` holds."""

    def step() -> bool:
        if condition():
            return True
        clock.advance(0.5)
        return False

    await eventually(step)


# ---- the way of a job


async def test_a_job_is_rendered_finished_and_stored(
    worker: Worker, queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer
) -> None:
    job = await submit(queue, pictures=2)
    renderer.answer()
    done = await reaches(store, job, State.RENDERED)
    assert len(done.pictures) == 2
    assert (done.backend, done.attempts) == (worker.name, 1)


async def test_the_next_job_begins_while_the_last_answer_is_still_being_stored(
    worker: Worker, queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer
) -> None:
    first, second = await submit(queue), await submit(queue)
    await within(renderer.rendering.get())
    renderer.answer(finish=False)
    assert (await within(renderer.rendering.get())).id == second.id
    assert (await within(renderer.finishing.get())).id == first.id
    assert (await store.in_state(State.RENDERED)) == []
    renderer.let_finish()
    await reaches(store, first, State.RENDERED)


async def test_no_more_answers_are_in_memory_than_allowed(
    worker: Worker, queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer
) -> None:
    jobs = [await submit(queue) for _ in range(3)]
    for _ in range(2):
        await within(renderer.rendering.get())
        renderer.answer(finish=False)
    for _ in range(2):
        await within(renderer.finishing.get())
    assert renderer.rendering.empty()
    assert [job.id for job in await store.in_state(State.WAITING)] == [jobs[2].id]
    renderer.let_finish()
    assert (await within(renderer.rendering.get())).id == jobs[2].id


async def test_a_back_end_that_is_not_ready_is_given_nothing(
    queue: QueueManager, store: MemoryJobStore, clock: ManualClock
) -> None:
    renderer = ScriptedRenderer()
    renderer.is_ready.clear()
    async with Worker(renderer, queue.dispatch, clock):
        job = await submit(queue)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert [waiting.id for waiting in await store.in_state(State.WAITING)] == [job.id]
        assert queue.dispatch.backends_up == 0
        renderer.is_ready.set()
        await within(renderer.rendering.get())
        assert queue.dispatch.backends_up == 1


async def test_two_back_ends_share_the_line(
    queue: QueueManager, store: MemoryJobStore, clock: ManualClock
) -> None:
    one, two = ScriptedRenderer("one"), ScriptedRenderer("two")
    async with Worker(one, queue.dispatch, clock), Worker(two, queue.dispatch, clock):
        jobs = [await submit(queue) for _ in range(2)]
        taken = [await within(one.rendering.get()), await within(two.rendering.get())]
        assert {job.id for job in taken} == {job.id for job in jobs}


# ---- failures


@pytest.mark.parametrize(
    "error", [ServerError(500, "RuntimeError", "x"), BadAnswer("html"), TimedOut("idle"), ConnectionLost()]
)
async def test_what_the_back_end_is_at_fault_for_is_tried_three_times_and_then_fails(
    worker: Worker,
    queue: QueueManager,
    store: MemoryJobStore,
    renderer: ScriptedRenderer,
    clock: ManualClock,
    error: Exception,
) -> None:
    job = await submit(queue)
    for _ in range(3):
        await advancing(clock, lambda: not renderer.rendering.empty())
        renderer.rendering.get_nowait()
        renderer.answer(error, finish=False)
    failed = await reaches(store, job, State.FAILED)
    assert failed.attempts == 3
    assert failed.failure is not None
    assert failed.failure.code == getattr(error, "code", None)


async def test_what_the_request_is_at_fault_for_fails_at_once(
    worker: Worker, queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer
) -> None:
    job = await submit(queue)
    renderer.answer(OOM, finish=False)
    failed = await reaches(store, job, State.FAILED)
    assert failed.attempts == 1
    assert failed.failure is not None
    assert failed.failure.code == "webui_out_of_memory"
    after = await submit(queue)
    renderer.answer()
    await reaches(store, after, State.RENDERED)


async def test_a_job_that_could_not_be_sent_waits_for_ever_without_an_attempt_counted(
    worker: Worker,
    queue: QueueManager,
    store: MemoryJobStore,
    renderer: ScriptedRenderer,
    clock: ManualClock,
) -> None:
    job = await submit(queue)
    for _ in range(6):
        await advancing(clock, lambda: not renderer.rendering.empty())
        renderer.rendering.get_nowait()
        renderer.answer(Unreachable(), finish=False)
    renderer.answer()
    await advancing(clock, lambda: not renderer.rendering.empty())
    assert (await reaches(store, job, State.RENDERED)).attempts == 1


async def test_a_back_end_that_refuses_is_asked_less_and_less_often(
    worker: Worker, queue: QueueManager, renderer: ScriptedRenderer, clock: ManualClock
) -> None:
    await submit(queue)
    clock.sleeps.clear()
    for _ in range(8):
        await advancing(clock, lambda: not renderer.rendering.empty())
        renderer.rendering.get_nowait()
        renderer.answer(Unreachable(), finish=False)
    assert [pause for pause in clock.sleeps if pause != _EXPIRY_SECONDS] == [1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize("error", [TimedOut("total"), ConnectionLost()])
async def test_what_may_still_run_there_is_interrupted_before_it_goes_elsewhere(
    worker: Worker, queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer, error: Exception
) -> None:
    job = await submit(queue)
    renderer.answer(error, finish=False)
    assert await within(renderer.interrupts.get()) == job.id
    await reaches(store, job, State.WAITING)


async def test_a_picture_that_cannot_be_read_is_drawn_again(
    worker: Worker, queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer, clock: ManualClock
) -> None:
    job = await submit(queue)
    renderer.answer(finish=CorruptPicture())
    await within(renderer.rendering.get())
    renderer.answer()
    await advancing(clock, lambda: not renderer.rendering.empty())
    assert (await reaches(store, job, State.RENDERED)).attempts == 2


@pytest.mark.parametrize("where", ["render", "finish"])
async def test_an_unexpected_exception_ends_the_job_and_not_the_worker(
    worker: Worker,
    queue: QueueManager,
    store: MemoryJobStore,
    renderer: ScriptedRenderer,
    caplog: pytest.LogCaptureFixture,
    where: str,
) -> None:
    job = await submit(queue)
    bug = ZeroDivisionError("a bug of ours")
    if where == "render":
        renderer.answer(bug, finish=False)
    else:
        renderer.answer(finish=bug)
    failed = await reaches(store, job, State.FAILED)
    assert failed.failure is not None
    assert failed.failure.code == "internal"
    reference = failed.failure.data["reference"]
    logged = [record for record in caplog.records if record.exc_info and record.exc_info[1] is bug]
    assert [vars(record)["reference"] for record in logged] == [reference]
    after = await submit(queue)
    renderer.answer()
    await reaches(store, after, State.RENDERED)


async def test_an_interrupt_that_goes_wrong_does_not_end_the_worker(
    queue: QueueManager, store: MemoryJobStore, clock: ManualClock
) -> None:
    class Broken(ScriptedRenderer):
        async def interrupt(self, job_id: str) -> bool:
            raise ZeroDivisionError

    renderer = Broken()
    async with Worker(renderer, queue.dispatch, clock) as worker:
        job = await submit(queue)
        renderer.answer(TimedOut("idle"), finish=False)
        await within(renderer.rendering.get())
        renderer.answer()
        await advancing(clock, lambda: not renderer.rendering.empty())
        await reaches(store, job, State.RENDERED)
        assert not worker.task.done()


async def test_a_state_that_cannot_be_written_at_all_does_not_end_the_worker(
    queue: QueueManager, store: MemoryJobStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> Job | None:
        raise StorageError(reason="full")

    renderer = ScriptedRenderer()
    monkeypatch.setattr(store, "set_failed", broken)
    async with Worker(renderer, queue.dispatch, clock) as worker:
        left = await submit(queue)
        renderer.answer(OOM, finish=False)
        await within(renderer.rendering.get())
        job = await submit(queue)
        renderer.answer()
        await advancing(clock, lambda: not renderer.rendering.empty())
        await reaches(store, job, State.RENDERED)
        assert not worker.task.done()
        assert [running.id for running in await store.in_state(State.RUNNING)] == [left.id]


async def test_a_store_that_cannot_claim_does_not_end_the_worker(
    queue: QueueManager,
    store: MemoryJobStore,
    renderer: ScriptedRenderer,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = 0

    async def broken(*_: object) -> Job | None:
        nonlocal asked
        asked += 1
        raise StorageError(reason="io")

    with monkeypatch.context() as patch:
        patch.setattr(store, "claim", broken)
        async with Worker(renderer, queue.dispatch, clock) as worker:
            await advancing(clock, lambda: asked >= 3)
            patch.undo()
            job = await submit(queue)
            renderer.answer()
            await advancing(clock, lambda: not renderer.rendering.empty())
            await reaches(store, job, State.RENDERED)
            assert not worker.task.done()


async def test_the_death_of_a_workers_loop_is_seen_by_whoever_holds_it(
    queue: QueueManager, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(ScriptedRenderer):
        async def ready(self) -> None:
            raise ZeroDivisionError

    async with Worker(Broken(), queue.dispatch, clock) as worker:
        await asyncio.wait({worker.task})
        assert isinstance(worker.task.exception(), ZeroDivisionError)
    assert "a background task died" in caplog.text


# ---- cancelling


async def test_a_running_job_is_interrupted_and_its_partial_picture_thrown_away(
    worker: Worker, queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer
) -> None:
    job = await submit(queue)
    await within(renderer.rendering.get())
    assert await queue.cancel(job.id) is CancelOutcome.STOPPING
    assert await within(renderer.interrupts.get()) == job.id
    gone = await reaches(store, job, State.CANCELLED)
    assert gone.pictures == ()
    after = await submit(queue)
    renderer.answer()
    await reaches(store, after, State.RENDERED)


async def test_an_interrupt_that_comes_too_early_for_the_web_ui_is_repeated(
    worker: Worker, queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer, clock: ManualClock
) -> None:
    renderer.heeds_interrupts = False
    job = await submit(queue)
    await within(renderer.rendering.get())
    await queue.cancel(job.id)
    await within(renderer.interrupts.get())
    await advancing(clock, lambda: not renderer.interrupts.empty())
    renderer.heeds_interrupts = True
    await advancing(clock, lambda: renderer.current is None)
    await reaches(store, job, State.CANCELLED)


async def test_a_job_cancelled_before_it_is_sent_is_never_sent(
    queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer, clock: ManualClock
) -> None:
    job = await submit(queue)
    next_job = queue.dispatch.next_job

    async def cancelled_meanwhile(backend: str) -> Job:
        claimed = await next_job(backend)
        if claimed.id == job.id:
            await queue.cancel(job.id)
        return claimed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue.dispatch, "next_job", cancelled_meanwhile)
        async with Worker(renderer, queue.dispatch, clock):
            await reaches(store, job, State.CANCELLED)
            after = await submit(queue)
            renderer.answer()
            await reaches(store, after, State.RENDERED)
    assert [sent.id for sent in _all(renderer.rendering)] == [after.id]


def _all(queue: asyncio.Queue[Job]) -> list[Job]:
    return [queue.get_nowait() for _ in range(queue.qsize())]


@pytest.mark.parametrize(
    ("keep", "state", "pictures"), [(True, State.RENDERED, 1), (False, State.CANCELLED, 0)]
)
async def test_a_cancel_while_the_answer_is_being_stored_still_counts(
    worker: Worker,
    queue: QueueManager,
    store: MemoryJobStore,
    renderer: ScriptedRenderer,
    keep: bool,
    state: State,
    pictures: int,
) -> None:
    job = await submit(queue)
    renderer.answer(finish=False)
    await within(renderer.finishing.get())
    assert await queue.cancel(job.id, keep=keep) is CancelOutcome.STOPPING
    renderer.let_finish()
    assert len((await reaches(store, job, state)).pictures) == pictures


@pytest.mark.parametrize(
    ("keep", "state", "pictures"), [(True, State.RENDERED, 3), (False, State.CANCELLED, 0)]
)
async def test_what_an_interrupt_left_is_kept_if_it_is_wanted(
    worker: Worker,
    queue: QueueManager,
    store: MemoryJobStore,
    renderer: ScriptedRenderer,
    keep: bool,
    state: State,
    pictures: int,
) -> None:
    renderer.leaves = 3
    job = await submit(queue, pictures=4)
    await within(renderer.rendering.get())
    await queue.cancel(job.id, keep=keep)
    ended = await reaches(store, job, state)
    assert len(ended.pictures) == pictures
    assert ended.cancel_requested


async def test_a_large_batch_is_drawn_in_parts_with_others_in_between(
    store: MemoryJobStore, clock: ManualClock, renderer: ScriptedRenderer
) -> None:
    costs = Costs()
    costs.learn(a_request().work, 20.0, "one")
    manager = QueueManager(
        store=store,
        clock=clock,
        events=Events(),
        terms=Terms(admission=PLENTY, keep_seconds=1e9, max_attempts=3, longest_request=60.0),
        costs=costs,
    )
    async with manager as queue:
        large = await submit(queue, pictures=7)
        async with Worker(renderer, queue.dispatch, clock):
            first = await within(renderer.rendering.get())
            await eventually(lambda: queue.progress(large.id) is not None)
            progress = queue.progress(large.id)
            assert progress is not None
            assert progress.fraction == pytest.approx(1.5 / 7)
            other = await queue.submit(a_request(), an_origin(2))
            drawn = [first.id]
            for _ in range(2):
                renderer.answer()
                drawn.append((await within(renderer.rendering.get())).id)
            renderer.answer()
            done = await reaches(store, large, State.RENDERED)
    assert drawn == [large.id, other.id, large.id]
    assert [picture.index for picture in done.pictures] == list(range(7))
    assert [picture.seed for picture in done.pictures] == list(range(1, 8))
    assert done.seconds == 2.0


async def test_a_cancelled_job_whose_rendering_fails_is_cancelled_and_not_failed(
    worker: Worker, queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer
) -> None:
    renderer.heeds_interrupts = False
    job = await submit(queue)
    await within(renderer.rendering.get())
    await queue.cancel(job.id)
    await within(renderer.interrupts.get())
    renderer.answer(OOM, finish=False)
    await reaches(store, job, State.CANCELLED)


async def test_the_cancel_of_one_job_does_not_touch_another(
    worker: Worker, queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer
) -> None:
    first, second = await submit(queue), await submit(queue)
    await within(renderer.rendering.get())
    assert await queue.cancel(second.id) is CancelOutcome.CANCELLED
    renderer.answer()
    await reaches(store, first, State.RENDERED)
    assert renderer.interrupts.empty()


# ---- shutting down


async def test_stopping_an_idle_worker_takes_no_time_and_no_job(
    queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer, clock: ManualClock
) -> None:
    async with Worker(renderer, queue.dispatch, clock) as worker:
        await eventually(lambda: queue.dispatch.backends_up == 1)
        await within(worker.stop(60.0))
        job = await submit(queue)
    assert [waiting.id for waiting in await store.in_state(State.WAITING)] == [job.id]
    assert queue.dispatch.backends_up == 0


async def test_stopping_waits_for_the_running_job_and_takes_no_other(
    worker: Worker, queue: QueueManager, store: MemoryJobStore, renderer: ScriptedRenderer
) -> None:
    running, waiting = await submit(queue), await submit(queue)
    await within(renderer.rendering.get())
    stopping = asyncio.ensure_future(worker.stop(60.0))
    await asyncio.sleep(0)
    renderer.answer()
    await within(stopping)
    assert [job.id for job in await store.in_state(State.RENDERED)] == [running.id]
    assert [job.id for job in await store.in_state(State.WAITING)] == [waiting.id]


async def test_what_outlasts_the_grace_is_left_running_for_the_next_start(
    worker: Worker,
    queue: QueueManager,
    store: MemoryJobStore,
    renderer: ScriptedRenderer,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    job = await submit(queue)
    await within(renderer.rendering.get())
    stopping = asyncio.ensure_future(worker.stop(5.0))
    await clock.until_asleep(2)  # the expiry of the queue and the grace
    clock.advance(5.0)
    await within(stopping)
    assert [left.id for left in await store.in_state(State.RUNNING)] == [job.id]
    assert "waiting for the running job" in caplog.text
