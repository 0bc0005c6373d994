"""Sorted keys with weights, and quick answers to "how many, and how much, before this one"."""

from bisect import bisect_left, insort
from collections.abc import Iterator

Key = tuple[int, str]
"""(tag, id): the order of the line."""

_BUCKET = 512
"""Keys in a bucket, before it is split at twice that."""


class Tally:
    """A sorted set of keys in buckets that know their sums.

    The layout of ``sortedcontainers.SortedList`` (a list of short sorted lists, found by bisection), with a
    count and a sum of weights beside every bucket. Adding, removing and summing touch one bucket and one
    short list of sums: some ten microseconds at 100,000 keys, where a balanced tree in Python takes longer.
    """

    def __init__(self) -> None:
        self._weights: dict[Key, int] = {}
        self._buckets: list[list[Key]] = []
        self._lasts: list[Key] = []
        self._counts: list[int] = []
        self._sums: list[int] = []

    def __len__(self) -> int:
        return len(self._weights)

    def __contains__(self, key: Key) -> bool:
        return key in self._weights

    def __iter__(self) -> Iterator[Key]:
        for bucket in self._buckets:
            yield from bucket

    @property
    def first(self) -> Key | None:
        """The smallest key."""
        return self._buckets[0][0] if self._buckets else None

    @property
    def total(self) -> int:
        """The sum of all weights."""
        return sum(self._sums)

    def add(self, key: Key, weight: int = 0) -> None:
        """Put in a key that is not there. Raises ValueError if it is."""
        if key in self._weights:
            raise ValueError(f"{key} is there already")
        self._weights[key] = weight
        if not self._buckets:
            self._insert_bucket(0, [key])
            return
        at = min(bisect_left(self._lasts, key), len(self._buckets) - 1)
        bucket = self._buckets[at]
        insort(bucket, key)
        self._lasts[at] = bucket[-1]
        self._counts[at] += 1
        self._sums[at] += weight
        if len(bucket) > 2 * _BUCKET:
            self._split(at)

    def remove(self, key: Key) -> int:
        """Take a key out and return its weight. Raises KeyError if it is not there."""
        weight = self._weights.pop(key)
        at = bisect_left(self._lasts, key)
        bucket = self._buckets[at]
        del bucket[bisect_left(bucket, key)]
        if bucket:
            self._lasts[at] = bucket[-1]
            self._counts[at] -= 1
            self._sums[at] -= weight
        else:
            self._delete_bucket(at)
        return weight

    def before(self, key: Key) -> tuple[int, int]:
        """(how many keys are smaller, the sum of their weights). ``key`` itself need not be there."""
        at = bisect_left(self._lasts, key)
        count, weight = sum(self._counts[:at]), sum(self._sums[:at])
        if at == len(self._buckets):
            return count, weight
        smaller = self._buckets[at][: bisect_left(self._buckets[at], key)]
        return count + len(smaller), weight + sum(map(self._weights.__getitem__, smaller))

    def _split(self, at: int) -> None:
        bucket = self._buckets[at]
        self._delete_bucket(at)
        self._insert_bucket(at, bucket[_BUCKET:])
        self._insert_bucket(at, bucket[:_BUCKET])

    def _insert_bucket(self, at: int, bucket: list[Key]) -> None:
        self._buckets.insert(at, bucket)
        self._lasts.insert(at, bucket[-1])
        self._counts.insert(at, len(bucket))
        self._sums.insert(at, sum(map(self._weights.__getitem__, bucket)))

    def _delete_bucket(self, at: int) -> None:
        del self._buckets[at], self._lasts[at], self._counts[at], self._sums[at]
