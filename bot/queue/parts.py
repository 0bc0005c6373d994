"""A job that is drawn in several requests, so that none holds a back end for long: pure rules.

A large batch goes as parts of at most so many seconds, with other people's jobs in between. Its pictures keep
their index, their seed (seed + index) and their prompt, so that it does not matter how it was cut.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.model.work import Drawing, Work
from bot.queue.events import Progressed
from bot.queue.job import Job, Picture, Rendered, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one request draws of a job."""

    work: Work
    """As if nothing else were asked for: its seed is that of its first picture."""
    first: int
    """How many pictures of the job are done before it."""
    total: int
    """How many the job has in all."""

    @property
    def is_last(self) -> bool:
        """Nothing is left after it."""
        return self.first + self.work.pictures >= self.total


def next_part(work: Work, drawn: int, seconds_each: float, longest: float) -> Part:
    """What comes after ``drawn`` pictures of ``work``, at ``seconds_each``, in at most ``longest`` seconds.

    At least one picture, and as many at once as was asked for or as fit. 0 = however long. What is not drawn
    from a seed goes as a whole.
    """
    total = work.pictures
    if not isinstance(work, Drawing):
        return Part(work=work, first=0, total=total)
    left = min(max(1, total - drawn), _alike(work, drawn))
    fits = left if longest <= 0 or seconds_each <= 0 else min(left, max(1, int(longest / seconds_each)))
    size = min(work.batch_size, fits)
    changes: dict[str, object] = {"batch_count": fits // size, "batch_size": size}
    changes |= _seeds(work, drawn)
    if work.prompts:
        changes |= {"prompt": work.prompt_of(drawn), "prompts": ()}
    return Part(work=work.model_copy(update=changes), first=drawn, total=total)


def _alike(work: Drawing, drawn: int) -> int:
    """How many pictures after ``drawn`` have one prompt: a request cannot have two."""
    rest = work.prompts[drawn:]
    if not rest:
        return work.pictures
    return next((count for count, prompt in enumerate(rest) if prompt != rest[0]), len(rest))


def _seeds(work: Drawing, drawn: int) -> dict[str, object]:
    """Of the picture after ``drawn``: where a variation is asked for, it is the variation's that goes on."""
    if work.variation is None:
        return {"seed": work.seed + drawn}
    moved = work.variation.model_copy(update={"seed": work.variation.seed + drawn})
    return {"variation": moved}


def of_all(progressed: Progressed, part: Part) -> Progressed:
    """The same of the whole job, when ``part`` is what it is told of."""
    share = part.work.pictures / max(1, part.total)
    if share >= 1:
        return progressed
    return replace(
        progressed,
        fraction=part.first / part.total + progressed.fraction * share,
        eta_seconds=None,
        per_second=None if progressed.per_second is None else progressed.per_second * share,
    )


def drawn_work(job: Job, rendered: Rendered) -> Work:
    """What the request was that ``rendered`` came of, as far as its time goes."""
    work = job.request.work
    if rendered.drawn is None or not isinstance(work, Drawing):
        return work
    return work.model_copy(update={"batch_count": rendered.drawn, "batch_size": 1})


def whole_pictures(part: Work, results: int) -> int:
    """How many of an interrupted request's results are finished: all but those that were drawn last."""
    size = part.batch_size if isinstance(part, Drawing) else 1
    return max(0, (results - 1) // size * size)


def with_part(job: Job, rendered: Rendered) -> Job:
    """``job`` after another request for some of its pictures, or for all that were left.

    The attempt went well, so it is none of those that are counted.
    """
    left = job.pictures_left
    done = left if rendered.drawn is None else min(left, rendered.drawn)
    return replace(
        job,
        pictures=(*job.pictures, *_numbered(rendered.pictures, len(job.pictures))),
        notices=(*job.notices, *(one for one in rendered.notices if one not in job.notices)),
        seconds=(job.seconds or 0.0) + rendered.seconds,
        switch=_sum(0.0 if job.seconds is None else job.switch, rendered.switch),
        drawn=job.drawn + done,
        attempts=max(0, job.attempts - 1),
    )


def ended(job: Job, state: State, used: float, now: float) -> Job:
    """A waiting or running job that is not drawn to its end: in ``state``, failed or cancelled.

    With parts that are done it is rendered instead: they are there, and its person has paid for them.
    ``used``: seconds of the part that ran.
    """
    seconds = (job.seconds or 0.0) + used or None
    if job.pictures:
        return replace(job, state=State.RENDERED, rendered_at=now, seconds=seconds)
    return replace(
        job, state=state, finished_at=now, seconds=job.seconds if state is State.FAILED else seconds
    )


def _numbered(pictures: Sequence[Picture], first: int) -> Iterator[Picture]:
    """A part may come short, and yet a picture's index is its place among all."""
    return (replace(picture, index=index) for index, picture in enumerate(pictures, first))


def _sum(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else before + now
