"""Start-time fair queueing: who has had how much, and where a new job stands.

Goyal, Vin, Cheng: "Start-time Fair Queuing", SIGCOMM 1996. Every job gets a start tag ``S = max(V, F)``: V
is the virtual time (the start tag of the latest job that left the line), F the person's finish tag, which
grows by the job's charge. The line is served by (tag, id), so drawing time is shared between the people who
wait, however many jobs each of them has.

Tags, charges, V and F are whole hundredths of a virtual second, so that every store keeps them exactly.
"""

from collections.abc import Callable, Mapping

HUNDREDTHS = 100
"""Tags per second."""
_PRUNE_ABOVE = 64


def charge(cost: int, weight: float) -> int:
    """What a job of ``cost`` hundredths puts on its person's account. A weight of 2 pays half."""
    return max(0, round(cost / weight))


def moved_forward(tag: int, *, gone_tag: int, gone_charge: int) -> int:
    """The tag of a person's later job after an earlier one of theirs has left the line unserved.

    It comes forward by what the earlier one was charged, and never before the place that one stood at.
    """
    return max(tag - gone_charge, min(tag, gone_tag))


class Fairness:
    """V and every person's F. Knows no jobs."""

    def __init__(self, virtual: int = 0, finish: Mapping[int, int] | None = None) -> None:
        self._virtual = virtual
        self._finish = dict(finish or {})
        self._prune_above = max(_PRUNE_ABOVE, 2 * len(self._finish))

    @property
    def virtual(self) -> int:
        """V, in hundredths of a virtual second."""
        return self._virtual

    @property
    def finish(self) -> Mapping[int, int]:
        """F by person. Who is missing here has F = 0."""
        return self._finish

    def next_tag(self, person: int) -> int:
        """The start tag that a job of that person would get now."""
        return max(self._virtual, self._finish.get(person, 0))

    def enter(self, person: int, charged: int) -> int:
        """A job joins the line: its start tag. The person's F goes on by ``charged``."""
        tag = self.next_tag(person)
        self._finish[person] = tag + charged
        return tag

    def leave(self, tag: int) -> None:
        """A job of that tag leaves the line for a back end. V never goes back."""
        self._virtual = max(self._virtual, tag)

    def refund(self, person: int, charged: int) -> None:
        """A job that was never served costs nothing."""
        self.settle(person, estimated=charged, used=0)

    def settle(self, person: int, *, estimated: int, used: int) -> None:
        """Correct F from what a job was charged when it joined to what it really used."""
        if person in self._finish:
            self._finish[person] = max(0, self._finish[person] + used - estimated)

    def reset(self) -> None:
        """Nobody waits and nothing runs: everyone begins anew."""
        self._virtual = 0
        self._finish.clear()
        self._prune_above = _PRUNE_ABOVE

    def learn(self, virtual: int, finish: Mapping[int, int | None], *, reset: bool) -> None:
        """What somebody else made of it: first ``reset``, then these F. None = forgotten."""
        if reset:
            self.reset()
        self._virtual = virtual
        for person, tag in finish.items():
            if tag is None:
                self._finish.pop(person, None)
            else:
                self._finish[person] = tag

    def prune(self, keep: Callable[[int], bool]) -> tuple[int, ...]:
        """Forget people whom V has overtaken and who need not be kept. Most calls do nothing at all.

        A person with F ≤ V gets S = V, as one who was never there; to be kept are those with a job in hand,
        whose F may still be corrected upwards.
        """
        if len(self._finish) <= self._prune_above:
            return ()
        gone = tuple(p for p, f in self._finish.items() if f <= self._virtual and not keep(p))
        for person in gone:
            del self._finish[person]
        self._prune_above = max(_PRUNE_ABOVE, 2 * len(self._finish))
        return gone
