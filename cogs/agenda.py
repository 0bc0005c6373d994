"""What is to be done when: every key once, and the earliest time that was said for it."""

from heapq import heappop, heappush


class Agenda:
    """A heap that forgets. Every operation costs the logarithm of what is in it."""

    def __init__(self) -> None:
        self._times: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def put(self, key: str, when: float) -> None:
        """``key`` at ``when``, unless it is to be done earlier already."""
        if when < self._times.get(key, float("inf")):
            self._times[key] = when
            heappush(self._heap, (when, key))

    def drop(self, key: str) -> None:
        """Nothing is to be done for ``key``."""
        self._times.pop(key, None)

    @property
    def first(self) -> tuple[float, str] | None:
        """The earliest (time, key)."""
        while self._heap and self._times.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0] if self._heap else None
