"""When a back end that may have a job comes to it: the work before it, poured over those that may do it."""

from collections.abc import Collection, Iterable, Mapping

from bot.queue.job import Share


def seconds_until(
    shares: Iterable[Share],
    rests: Mapping[str, float],
    up: Collection[str],
    able: Collection[str],
) -> float:
    """Seconds until the first of ``able`` is through with what runs on it and its part of what waits before.

    ``rests``: seconds that each back end still needs for what it has. Whoever can choose least pours first,
    always to where least is. Without any back end up, all of it comes one after the other.
    """
    if not able:
        return sum(rests.values()) + sum(share.seconds for share in shares)
    levels = {name: rests.get(name, 0.0) for name in up}
    for names, seconds in sorted(_by_choice(shares, up).items(), key=lambda pair: len(pair[0])):
        _pour(levels, names, seconds)
    return min(levels[name] for name in able)


def _by_choice(shares: Iterable[Share], up: Collection[str]) -> Mapping[frozenset[str], float]:
    """Seconds by who may do them now. What only others may do is not in the way."""
    here = frozenset(up)
    found: dict[frozenset[str], float] = {}
    for share in shares:
        names = here if share.backends is None else here & share.backends
        if names:
            found[names] = found.get(names, 0.0) + share.seconds
    return found


def _pour(levels: dict[str, float], names: Collection[str], seconds: float) -> None:
    """Raise the lowest of ``names`` until ``seconds`` are used up, as water would."""
    order = sorted(names, key=lambda name: levels[name])
    for count, name in enumerate(order, 1):
        level = levels[name]
        above = levels[order[count]] if count < len(order) else float("inf")
        is_enough = seconds / count <= above - level
        step = min(seconds / count, above - level)
        for raised in order[:count]:
            levels[raised] = level + step
        if is_enough:  # not told by what is left, of which rounding may leave a trace
            return
        seconds -= step * count
