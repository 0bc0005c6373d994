"""What is written down about a job: why it failed, and the one line when it is over."""

import json
import secrets
from typing import cast

from pydantic import JsonValue

from bot.errors import EaselError, PictureError, PictureTooLarge, UnknownName, Unreachable, WebUIError
from bot.model.work import Drawing, Upscale, Work
from bot.queue.fairness import HUNDREDTHS
from bot.queue.job import Failure, Job, Setback, State

_LONGEST_TEXT = 500
"""Characters of any text that a failure keeps."""


def failure_of(error: Exception) -> Failure:
    """An error as a failure. An unexpected one says nothing but a reference, which the log has too."""
    if isinstance(error, EaselError):
        return Failure(code=error.code, data=_bounded(error.data()))
    return Failure(code="internal", data={"reference": secrets.token_hex(4)})


def never_sent(error: Exception) -> bool:
    """The attempt did not reach a web UI, so it does not count."""
    return isinstance(error, Unreachable)


def backend_at_fault(error: Exception) -> bool:
    """Another attempt may go well. False: the request itself causes it, or nobody knows."""
    if isinstance(error, WebUIError):
        return error.retry_elsewhere
    return isinstance(error, PictureError) and not isinstance(error, PictureTooLarge)


def refused_there(error: Exception) -> bool:
    """The job itself is at fault on this back end; another one may have more memory, or the name."""
    return isinstance(error, UnknownName) or (isinstance(error, WebUIError) and not error.retry_elsewhere)


def was_tried(error: Exception) -> bool:
    """False: the back end does not have what the job names, so nothing was sent to it."""
    return not isinstance(error, UnknownName)


def setback_of(job: Job, error: Exception) -> Setback:
    """What is remembered of an attempt that is not the last."""
    code = error.code if isinstance(error, EaselError) else "internal"
    return Setback(backend=job.backend or "", code=code, refused=refused_there(error))


def seconds_of(job: Job) -> float:
    """Of drawing: what a job took, or is thought to take while it waits or runs. A failed one: 0."""
    if job.state in (State.WAITING, State.RUNNING):
        return max(job.cost / HUNDREDTHS, job.seconds or 0.0)
    return 0.0 if job.state is State.FAILED else job.seconds or 0.0


def facts_of(job: Job) -> dict[str, JsonValue]:
    """Every fact for the canonical log line of a finished job. No prompt: it is nobody's business there."""
    work, origin = job.request.work, job.origin
    return {
        "job": job.id,
        "state": job.state.value,
        "user": origin.user_id,
        "guild": origin.guild_id,
        "channel": origin.channel_id,
        "kind": work.kind,
        **_facts_of_work(work),
        "asked_pictures": work.pictures,
        "pictures": len(job.pictures),
        "bytes": sum(picture.size for picture in job.pictures),
        "backend": job.backend,
        "attempts": job.attempts,
        "setbacks": [f"{setback.backend}: {setback.code}" for setback in job.setbacks],
        "cancel_requested": job.cancel_requested,
        "estimated_seconds": job.cost / 100,
        "rendering_seconds": _rounded(job.seconds),
        "switch": _rounded(job.switch),
        "waiting_seconds": _between(job.created_at, job.started_at or job.finished_at),
        "running_seconds": _between(job.started_at, job.rendered_at or job.finished_at),
        "delivering_seconds": _between(job.rendered_at, job.finished_at),
        "total_seconds": _between(job.created_at, job.finished_at),
        "notices": [notice.code for notice in job.notices],
        "failure": None if job.failure is None else job.failure.code,
        "reference": None if job.failure is None else job.failure.data.get("reference"),
    }


def _facts_of_work(work: Work) -> dict[str, JsonValue]:
    if isinstance(work, Drawing):
        size = "{}x{}".format(*work.final_size)
        return {"checkpoint": work.checkpoint, "sampler": work.sampler, "steps": work.steps, "size": size}
    if isinstance(work, Upscale):
        return {"upscaler": work.upscaler, "sizes": ["{}x{}".format(*size) for size in work.final_sizes]}
    return {"models": list(work.models)}


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else _rounded(end - start)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _bounded(data: dict[str, object]) -> dict[str, JsonValue]:
    plain = json.loads(json.dumps(data, default=str))
    return {name: cast("JsonValue", _cut(value)) for name, value in plain.items()}


def _cut(value: object) -> object:
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, list):
        return [_cut(item) for item in value[:20]]
    return value
