"""Whose job it is that a web UI shows as running."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.backends.attempt import Attempt
from bot.errors import Unreachable
from bot.webui.api import Ask, RawAnswer, WebUIAPI
from bot.webui.dialects import Capabilities
from bot.webui.endpoints import Endpoint

IDLE: Mapping[str, Any] = {"job": "", "job_count": 0, "job_timestamp": "20260101000000", "sampling_steps": 20}
BY_TASK = Capabilities(endpoints=frozenset({Endpoint.TASK_PROGRESS, Endpoint.PROGRESS}))
BY_WHAT_RUNS = Capabilities(endpoints=frozenset({Endpoint.PROGRESS}))
BLIND = Capabilities()


def _running(timestamp: str, *, count: int = 1, step: int = 5) -> dict[str, Any]:
    return {
        "job": "scripts_txt2img",
        "job_count": count,
        "job_timestamp": timestamp,
        "sampling_step": step,
        "sampling_steps": 20,
    }


class _Scripted(WebUIAPI):
    """Answers with what a test says next, and notes what was asked."""

    def __init__(self) -> None:
        self.answer: object = {}
        self.status = 200
        self.asked: list[Endpoint] = []

    async def exchange(self, ask: Ask) -> RawAnswer:
        self.asked.append(ask.endpoint)
        if isinstance(self.answer, Exception):
            raise self.answer
        return RawAnswer(status=self.status, headers={}, chunks=[json.dumps(self.answer).encode()])

    def shows(self, state: Mapping[str, Any], **others: object) -> None:
        """The next answer of /progress."""
        self.answer = {"progress": 0.3, "eta_relative": 4.0, "state": dict(state), **others}


def _attempt(webui: _Scripted, capabilities: Capabilities, *, alone: bool = False) -> Attempt:
    return Attempt(webui, capabilities, job_id="job", task_id="task", alone=alone)


async def test_on_an_idle_web_ui_whatever_begins_next_is_ours() -> None:
    webui = _Scripted()
    attempt = _attempt(webui, BY_WHAT_RUNS)
    webui.shows(IDLE)
    await attempt.look_around()
    assert await attempt.look() is None

    webui.shows(_running("20260101000001"))
    progressed = await attempt.look()

    assert progressed is not None
    assert (progressed.job_id, progressed.fraction, progressed.step, progressed.steps) == ("job", 0.3, 5, 20)
    assert progressed.eta_seconds == 4.0


async def test_what_ran_before_ours_is_not_ours_and_what_follows_is() -> None:
    webui = _Scripted()
    attempt = _attempt(webui, BY_WHAT_RUNS)
    webui.shows(_running("20260101000001"))
    await attempt.look_around()
    assert not await attempt.runs_now()

    webui.shows(_running("20260101000009"))
    assert await attempt.runs_now()


async def test_after_ours_has_ended_the_next_persons_job_is_not_ours() -> None:
    webui = _Scripted()
    attempt = _attempt(webui, BY_WHAT_RUNS)
    webui.shows(IDLE)
    await attempt.look_around()
    webui.shows(_running("20260101000001"))
    assert await attempt.runs_now()

    webui.shows(_running("20260101000030"))
    assert not await attempt.runs_now()
    assert await attempt.look() is None


async def test_on_a_web_ui_of_our_own_nothing_needs_to_be_asked_before() -> None:
    webui = _Scripted()
    attempt = _attempt(webui, BY_WHAT_RUNS, alone=True)
    await attempt.look_around()
    assert webui.asked == []

    webui.shows(_running("20260101000001"))
    assert await attempt.runs_now()


async def test_at_the_start_of_a_job_the_last_ones_steps_and_time_are_not_told() -> None:
    webui = _Scripted()
    attempt = _attempt(webui, BY_WHAT_RUNS, alone=True)
    webui.shows(_running("20260101000001", count=-1))
    progressed = await attempt.look()

    assert progressed is not None
    assert (progressed.step, progressed.steps, progressed.eta_seconds) == (0, 0, None)


@pytest.mark.parametrize(
    ("task", "runs"),
    [
        ({"active": True, "queued": False, "completed": False, "progress": 0.5, "eta": 3.0}, True),
        ({"active": False, "queued": True, "completed": False, "textinfo": "In queue: 1/1"}, False),
        ({"active": False, "queued": False, "completed": True, "progress": None}, False),
        ({"active": False, "queued": False, "completed": False, "textinfo": "Waiting..."}, False),
    ],
    ids=["active", "queued", "completed", "unknown"],
)
async def test_by_its_id_only_an_active_task_runs(task: dict[str, object], runs: bool) -> None:
    webui = _Scripted()
    webui.answer = task
    attempt = _attempt(webui, BY_TASK)
    await attempt.look_around()

    assert await attempt.runs_now() is runs
    assert set(webui.asked) == {Endpoint.TASK_PROGRESS}


async def test_where_nothing_can_be_seen_an_open_request_counts_as_running() -> None:
    attempt = _attempt(_Scripted(), BLIND)

    assert not attempt.is_visible
    assert await attempt.runs_now()
    assert await attempt.look() is None


async def test_a_web_ui_that_cannot_say_what_runs_is_drawn_on_all_the_same() -> None:
    webui = _Scripted()
    webui.status = 500
    attempt = _attempt(webui, BY_WHAT_RUNS)
    await attempt.look_around()

    webui.answer = Unreachable()
    with pytest.raises(Unreachable):
        await attempt.look_around()


async def test_a_preview_is_decoded_and_stays_until_there_is_another_one() -> None:
    webui = _Scripted()
    attempt = _attempt(webui, BY_WHAT_RUNS, alone=True)
    webui.shows(_running("20260101000001"), current_image="aGVsbG8=")
    progressed = await attempt.look(preview=True)
    assert progressed is not None
    assert progressed.preview == b"hello"

    webui.shows(_running("20260101000001"), current_image="!!!!")
    progressed = await attempt.look(preview=True)
    assert progressed is not None
    assert progressed.preview == b"hello"
