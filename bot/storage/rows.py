"""Jobs, pictures and deliveries as rows of the database, and back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from bot.errors import StorageError
from bot.model.work import Notice, Origin, Request
from bot.queue.job import Delivery, Failure, Job, Picture, Setback, State

Values = Mapping[str, object]


class Row(Protocol):
    """A row as either database hands it over: values by column."""

    def __getitem__(self, column: str, /) -> Any:
        """A column's value."""
        ...


_NOTICES = TypeAdapter(tuple[Notice, ...])
_SETBACKS = TypeAdapter(tuple[Setback, ...])


def new_job_values(job: Job) -> Values:
    """For ``insert_job``: what never changes, and the first tag."""
    return {
        "id": job.id,
        "state": job.state.value,
        "user_id": job.origin.user_id,
        "request": job.request.model_dump_json(),
        "origin": job.origin.model_dump_json(),
        "tag": job.tag,
        "cost": job.cost,
        "weight": job.weight,
        "created_at": job.created_at,
    }


def job_values(job: Job) -> Values:
    """For ``update_job``: what a transition may change."""
    return {
        "id": job.id,
        "state": job.state.value,
        "tag": job.tag,
        "started_at": job.started_at,
        "rendered_at": job.rendered_at,
        "finished_at": job.finished_at,
        "attempts": job.attempts,
        "backend": job.backend,
        "cancel_requested": job.cancel_requested,
        "failure": failure_json(job.failure),
        "notices": _NOTICES.dump_json(job.notices).decode(),
        "seconds": job.seconds,
        "switch": job.switch,
        "setbacks": _SETBACKS.dump_json(job.setbacks).decode(),
        "drawn": job.drawn,
    }


def failure_json(failure: Failure | None) -> str | None:
    """A failure as it is stored."""
    return None if failure is None else json.dumps({"code": failure.code, "data": dict(failure.data)})


def picture_values(job_id: str, picture: Picture) -> Values:
    """For ``insert_picture``. Seeds go as text, since SQLite's integers end at 2^63."""
    return {
        "job_id": job_id,
        "position": picture.index,
        "file": picture.file,
        "kind": picture.kind,
        "width": picture.width,
        "height": picture.height,
        "size": picture.size,
        "seed": str(picture.seed),
        "subseed": None if picture.subseed is None else str(picture.subseed),
        "prompt": picture.prompt,
        "infotext": picture.infotext,
    }


def job_from(row: Row, pictures: Sequence[Row]) -> Job:
    """A row of jobs with its rows of pictures. Raises StorageError if it cannot be read."""
    try:
        return Job(
            id=row["id"],
            state=State(row["state"]),
            request=Request.model_validate_json(row["request"]),
            origin=Origin.model_validate_json(row["origin"]),
            tag=row["tag"],
            cost=row["cost"],
            weight=row["weight"],
            created_at=row["created_at"],
            started_at=row["started_at"],
            rendered_at=row["rendered_at"],
            finished_at=row["finished_at"],
            attempts=row["attempts"],
            backend=row["backend"],
            cancel_requested=bool(row["cancel_requested"]),
            status_message_id=row["status_message_id"],
            failure=_failure(row["failure"]),
            pictures=tuple(_picture(picture) for picture in pictures),
            notices=() if row["notices"] == "[]" else _NOTICES.validate_json(row["notices"]),
            seconds=row["seconds"],
            switch=row["switch"],
            drawn=row["drawn"],
            setbacks=() if row["setbacks"] == "[]" else _SETBACKS.validate_json(row["setbacks"]),
        )
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise StorageError(reason="corrupt") from error


def delivery_from(row: Row) -> Delivery:
    """A row of deliveries. Raises StorageError if it cannot be read."""
    try:
        pictures = tuple(int(index) for index in json.loads(row["pictures"]))
    except (ValueError, TypeError) as error:
        raise StorageError(reason="corrupt") from error
    return Delivery(
        id=row["id"],
        job_id=row["job_id"],
        part=row["part"],
        pictures=pictures,
        attempted_at=row["attempted_at"],
        message_id=row["message_id"],
    )


def _failure(text: str | None) -> Failure | None:
    if text is None:
        return None
    stored = json.loads(text)
    return Failure(code=stored["code"], data=stored["data"])


def _picture(row: Row) -> Picture:
    return Picture(
        index=row["position"],
        file=row["file"],
        kind=row["kind"],
        width=row["width"],
        height=row["height"],
        size=row["size"],
        seed=int(row["seed"]),
        subseed=None if row["subseed"] is None else int(row["subseed"]),
        prompt=row["prompt"],
        infotext=row["infotext"],
    )
