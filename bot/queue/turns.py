"""Whose turn it is on one back end, seen together with the turns of all others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.queue.floor import Floor, Group, Standing
from bot.queue.job import Job
from bot.queue.line import Line
from bot.queue.policy import Backend, Head, Later, Start, choose

_LONGEST_WAY_SECONDS = 30.0
"""From the choice to the back end: one durable write. What never got there must not hold it up for good."""


def turn(
    line: Line, running: Iterable[Job], asking: str, floor: Floor, now: float
) -> tuple[Job, Start] | Later | None:
    """The job that ``asking`` is to have now; or when to look again; None = when something has changed.

    Each free back end asks by itself, so each goes through the choices in the order in which they would be
    made, and leaves to the others what is theirs.
    """
    backends = _seen(line, sorted(running, key=_by_start), asking, floor, now)
    if not any(backend.name == asking and not backend.busy for backend in backends.values()):
        return None
    given: set[str] = set()
    while True:
        choice = choose(_heads(line, backends, given), list(backends.values()), now)
        if not isinstance(choice, Start):
            return choice
        job = line.get(choice.job_id)
        if job is None or choice.backend == asking:
            return None if job is None else (job, choice)
        given.add(choice.job_id)
        taker = backends[choice.backend]
        backends[taker.name] = replace(taker, busy=True, loaded=line.group_of(job).model or taker.loaded)


def _by_start(job: Job) -> tuple[float, str]:
    return job.started_at or 0.0, job.id


def _seen(line: Line, running: Sequence[Job], asking: str, floor: Floor, now: float) -> dict[str, Backend]:
    """The back ends that are up. What a busy one was given last is what it has loaded or is loading."""
    newest = {job.backend: line.group_of(job).model for job in running}
    free = floor.free - {job.backend for job in running if _is_on_its_way(job, floor, now)}
    return {
        standing.name: Backend(
            name=standing.name,
            loaded=(standing.name not in free and newest.get(standing.name)) or standing.loaded,
            busy=standing.name not in free,
            switch_seconds=floor.switch_seconds.get(standing.name),
            weight=standing.weight,
        )
        for standing in _standings(floor, asking)
        if standing.up
    }


def _is_on_its_way(job: Job, floor: Floor, now: float) -> bool:
    """Given to a back end that may still be asking, since it does not know yet."""
    if floor.begun is None or job.id in floor.begun:
        return False
    return now - (job.started_at or 0.0) < _LONGEST_WAY_SECONDS


def _standings(floor: Floor, asking: str) -> Sequence[Standing]:
    """Those that the fleet tells of, and those that ask though it does not."""
    told = floor.fleet.standings()
    names = {standing.name for standing in told}
    others = sorted((floor.free | {asking}) - names)
    return [*told, *(Standing(name=name, up=True) for name in others)]


def _heads(line: Line, backends: Mapping[str, Backend], given: set[str]) -> Iterable[Head]:
    for group in line.groups:
        job = line.first_of(group, given)
        if job is not None:
            yield Head(
                model=group.model, tag=job.tag, job_id=job.id, since=job.created_at, on=_on(group, backends)
            )


def _on(group: Group, backends: Mapping[str, Backend]) -> frozenset[str] | None:
    """Who may have them now: those to avoid only if nobody else who may is up."""
    if not group.avoid and not group.never:
        return group.on
    able = frozenset(backends if group.on is None else group.on) - group.never
    others = able & backends.keys() - group.avoid
    return others or able
