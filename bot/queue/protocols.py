"""What the queue needs from others. It knows nobody who fits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from bot.model.work import Origin, Request
from bot.queue.events import Progressed
from bot.queue.floor import Floor
from bot.queue.job import Delivery, Failure, Job, Overview, Place, Rendered, Setback, State
from bot.queue.parts import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """How much may wait. All count pictures."""

    per_person: int
    total: int
    per_channel: int = 0
    """0 = no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A request on its way into the line."""

    id: str
    """Of ``new_id``."""
    request: Request
    cost: int
    """Hundredths of a second."""


class JobStore(Protocol):
    """Jobs, durable. Every method that changes something is one durable write when it returns.

    A transition that does not fit the job's state changes nothing and returns None: whoever comes second (a
    cancel after the last byte, a worker that was thought dead) has lost.
    """

    async def submit(
        self, request: Request, origin: Origin, *, cost: int, admission: Admission, weight: float = 1.0
    ) -> Job:
        """Put a request in the line. ``cost`` in hundredths of a second, charged divided by ``weight``.

        Raises TooManyWaiting, QueueFull and ChannelFull; all are decided together with the write.
        """
        ...

    async def submit_all(
        self, jobs: Sequence[NewJob], origin: Origin, *, admission: Admission, weight: float = 1.0
    ) -> Sequence[Job]:
        """Put several requests of one person in the line, in this order: all of them or none.

        Raises as ``submit``.
        """
        ...

    async def claim(self, backend: str, floor: Floor | None = None) -> Job | None:
        """waiting → running: whose turn it is on ``backend``, attempts counted up. None = nothing for it now.

        Without a floor ``backend`` is the only one, and may have every job.
        """
        ...

    async def look_again(self, backend: str, floor: Floor) -> float | None:
        """When ``claim`` may find something though nothing has happened, in seconds since 1970."""
        ...

    async def release(
        self, job_id: str, *, counts: bool = True, setback: Setback | None = None
    ) -> Job | None:
        """running → waiting with its old tag. ``counts=False``: the attempt never reached a web UI.

        ``setback``: why it comes back, to be kept. A job whose cancel was asked for becomes cancelled
        instead, or rendered with the parts that are done, and costs nothing further.
        """
        ...

    async def set_rendered(self, job_id: str, rendered: Rendered) -> Job | None:
        """running → rendered, with the pictures of the parts before. The person's finish tag is corrected to
        the seconds really used.

        A job whose cancel was asked for becomes cancelled instead, unless these are the pictures that the
        interrupt left (``rendered.interrupted``): who was told that it stops must not get it after all.
        """
        ...

    async def set_part(self, job_id: str, rendered: Rendered) -> Job | None:
        """running → waiting, as ``parts.with_part`` says: a part of its pictures is done and the rest waits.

        Its tag and its person's finish tag go on by the seconds really used. A job whose cancel was asked for
        is ``rendered`` instead, with the pictures that it has.
        """
        ...

    async def set_delivered(self, job_id: str) -> Job | None:
        """rendered → delivered."""
        ...

    async def set_failed(self, job_id: str, failure: Failure, *, used: float = 0.0) -> Job | None:
        """waiting, running or rendered → failed. ``used``: seconds of rendering that the person pays for.

        A waiting or running one that has parts that are done is ``rendered`` with these and the failure.
        """
        ...

    async def cancel(self, job_id: str, *, keep: bool = True) -> Job | None:
        """waiting → cancelled; a running one gets ``cancel_requested``. None = too late or unknown.

        Where parts of it are done, a waiting one is ``rendered`` with their pictures, and so is a running one
        when it ends. ``keep=False`` drops them at once.
        """
        ...

    async def move_up(self, job_id: str) -> Job | None:
        """A waiting job to the front of the line, by a tag below the first one's. None = it is there, or does
        not wait.
        """
        ...

    async def set_cancelled(self, job_id: str) -> Job | None:
        """running → cancelled, after the interrupt; → rendered where parts of it are done.

        The person pays for the time since it was claimed.
        """
        ...

    async def set_status_message(self, job_id: str, message_id: int | None) -> None:
        """Remember or forget the message that shows the job's progress."""
        ...

    async def get(self, job_id: str) -> Job | None:
        """The job as it is now."""
        ...

    async def in_state(self, *states: State) -> Sequence[Job]:
        """All jobs in these states, by (tag, id)."""
        ...

    async def with_status_message(self) -> Sequence[Job]:
        """All jobs in whatever state whose status message is remembered, by id."""
        ...

    async def seconds_used(self, user_id: int, since: float) -> float:
        """Seconds of drawing of what a person asked for since: used, or estimated while it waits or runs."""
        ...

    async def expired(self, before: float) -> Sequence[Job]:
        """Waiting jobs created before that time."""
        ...

    async def place(self, job_id: str) -> Place | None:
        """Where a waiting job stands; None if it does not. ``seconds_ahead`` counts waiting jobs only."""
        ...

    async def place_of_new(self, user_id: int) -> Place:
        """Where a request of that person would stand if it came now."""
        ...

    async def overview(self, user_id: int | None = None) -> Overview:
        """The line at a glance, with ``user_id``'s own jobs."""
        ...

    async def plan_deliveries(self, job_id: str, parts: Sequence[tuple[int, ...]]) -> Sequence[Delivery]:
        """One delivery a part, with fresh ids; what was planned before is returned as it is."""
        ...

    async def deliveries(self, job_id: str) -> Sequence[Delivery]:
        """All of a job's deliveries, by part."""
        ...

    async def set_attempted(self, delivery_id: str) -> None:
        """Note the time, before the post is tried."""
        ...

    async def set_posted(self, delivery_id: str, message_id: int) -> None:
        """The message is there."""
        ...


class Memory(Protocol):
    """Keeps small values between starts, for all processes."""

    async def get(self, name: str) -> JsonValue:
        """What was put there last, by whichever process; None = nothing."""
        ...

    async def put(self, name: str, value: JsonValue) -> None:
        """Remember ``value`` in place of what was there."""
        ...


class Answer(Protocol):
    """A web UI's answer, whole, in memory; opaque to the queue."""


class Renderer(Protocol):
    """One back end. Raises the errors under WebUIError and PictureError."""

    @property
    def name(self) -> str:
        """Short, unique, without an address."""
        ...

    async def ready(self) -> None:
        """Come back when the back end can take a job; at once if it can now."""
        ...

    async def render(self, job: Job, part: Part, report: Callable[[Progressed], None]) -> Answer:
        """Send the one request, for ``part`` of the job, and read its answer to the last byte.

        What is reported is of the part alone.
        """
        ...

    async def finish(self, job: Job, answer: Answer) -> Rendered:
        """Decode, complete and store the pictures. The back end may already render the next job.

        ``Rendered.drawn`` is what the part asked for. Of what an interrupt left, there may be no picture.
        """
        ...

    async def interrupt(self, job_id: str) -> bool:
        """Stop ``job_id`` if it is what runs there. False = it is not."""
        ...
