"""What is written down about errors and finished jobs."""

import json

import pytest

from bot.errors import (
    BadAnswer,
    ConnectionLost,
    CorruptPicture,
    InvalidRequest,
    OutOfMemory,
    PictureTooLarge,
    ServerError,
    StorageError,
    TimedOut,
    UnknownOption,
    Unreachable,
)
from bot.queue.job import Failure, Job, State
from bot.queue.record import backend_at_fault, facts_of, failure_of, never_sent
from tests.support import a_picture, a_request, an_origin


@pytest.mark.parametrize(
    "error",
    [
        Unreachable(),
        ConnectionLost(),
        TimedOut("idle"),
        ServerError(500, "RuntimeError", "x"),
        BadAnswer("html"),
        CorruptPicture(),
    ],
)
def test_another_attempt_may_help_where_the_back_end_is_at_fault(error: Exception) -> None:
    assert backend_at_fault(error)


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequest(422, ()),
        OutOfMemory(500, "OutOfMemoryError", "x"),
        UnknownOption(500, "KeyError", "x"),
        PictureTooLarge("bytes", 1, 2),
        StorageError(),
        ValueError("ours"),
    ],
)
def test_another_attempt_does_not_help_where_the_request_or_the_program_is_at_fault(error: Exception) -> None:
    assert not backend_at_fault(error)


def test_only_a_refused_connection_was_never_sent() -> None:
    assert never_sent(Unreachable())
    assert not never_sent(ConnectionLost())


def test_a_failure_keeps_the_errors_data_as_json_and_within_bounds() -> None:
    error = InvalidRequest(422, tuple((f"field-{n}", "x" * 10_000) for n in range(100)))
    failure = failure_of(error)
    assert failure.code == "webui_invalid_request"
    assert failure.data["status"] == 422
    assert len(json.dumps(dict(failure.data))) < 20_000


def test_an_unexpected_error_says_nothing_but_a_reference() -> None:
    one, two = failure_of(ValueError("/home/host/secret")), failure_of(ValueError("x"))
    assert one.code == "internal"
    assert one.data.keys() == {"reference"}
    assert one.data != two.data


def test_the_last_line_has_every_fact_and_no_prompt() -> None:
    job = Job(
        id="0123456789abcdef",
        state=State.FAILED,
        request=a_request(prompt="a private thing", checkpoint="sdxl"),
        origin=an_origin(7),
        tag=0,
        cost=1250,
        created_at=100.0,
        started_at=110.5,
        rendered_at=115.5,
        finished_at=117.0,
        attempts=2,
        backend="one",
        seconds=4.25,
        pictures=(a_picture(),),
        failure=Failure(code="internal", data={"reference": "abcd"}),
    )
    facts = facts_of(job)
    expected = {
        "job": job.id,
        "state": "failed",
        "user": 7,
        "checkpoint": "sdxl",
        "backend": "one",
        "attempts": 2,
        "bytes": 1000,
        "estimated_seconds": 12.5,
        "waiting_seconds": 10.5,
        "running_seconds": 5.0,
        "rendering_seconds": 4.25,
        "delivering_seconds": 1.5,
        "total_seconds": 17.0,
        "failure": "internal",
        "reference": "abcd",
    }
    assert {name: facts[name] for name in expected} == expected
    assert "private" not in json.dumps(facts)
