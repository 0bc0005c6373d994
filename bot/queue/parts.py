"""A job that is drawn in several requests, so that none holds a back end for long: pure rules.

A large batch goes as parts of at most so many seconds, with other people's jobs in between. Its pictures keep
their index and their seed (seed + index), so that it does not matter how it was cut.
"""

from dataclasses import replace

from bot.queue.job import Job, Rendered, State


def with_part(job: Job, rendered: Rendered) -> Job:
    """``job`` after another request for some of its pictures, or for all that were left.

    The attempt went well, so it is none of those that are counted.
    """
    left = job.pictures_left
    done = left if rendered.drawn is None else min(left, rendered.drawn)
    return replace(
        job,
        pictures=(*job.pictures, *(one for one in rendered.pictures if one.index >= job.drawn)),
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


def _sum(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else before + now
