"""Rate limits: headers on every answer, and refusals when a bucket is empty.

https://discord.com/developers/docs/topics/rate-limits
"""

import hashlib
import re
from dataclasses import dataclass

from bot.demo.discord.clock import ServerClock
from bot.demo.discord.errors import RateLimited

_STRICT: tuple[tuple[str, int, float], ...] = (
    (r"POST /channels/\d+/messages$", 5, 5.0),
    (r"PATCH /channels/\d+/messages/\d+$", 5, 5.0),
    (r"DELETE /channels/\d+/messages/\d+$", 5, 1.0),
    (r"(PUT|DELETE) /channels/\d+/messages/\d+/reactions/", 1, 0.25),
    (r"(POST|PATCH|DELETE) /webhooks/", 5, 2.0),
    (r"POST /interactions/", 5, 1.0),
)
"""Requests per seconds and bucket, as bots have measured them; Discord publishes none and changes them."""
_OTHER = (50, 1.0)
_GENEROUS = (1000, 1.0)
GLOBAL_PER_SECOND = 50


@dataclass(slots=True)
class _Bucket:
    limit: int
    seconds: float
    ends: float
    used: int = 0


class RateLimits:
    """Counts requests. Generous unless ``strict``, which is as Discord."""

    def __init__(self, clock: ServerClock) -> None:
        self.strict = False
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._global = _Bucket(GLOBAL_PER_SECOND, 1.0, 0.0)

    def take(self, method: str, path: str, template: str) -> dict[str, str]:
        """Count one request; gives the headers of its answer.

        Raises:
            RateLimited: the bucket is empty; the request is not to be carried out.
        """
        now = self._clock.now()
        bucket = self._bucket(method, path, template, now)
        if self.strict and not path.startswith("/interactions/"):
            self._count_global(now)
        if bucket.used >= bucket.limit:
            refused = RateLimited(bucket.ends - now)
            refused.headers = self._headers(bucket, now, f"{method} {template}")
            raise refused
        bucket.used += 1
        return self._headers(bucket, now, f"{method} {template}")

    def _bucket(self, method: str, path: str, template: str, now: float) -> _Bucket:
        limit, seconds = self._limits(method, path)
        key = f"{method} {template} {_major(path)}"
        bucket = self._buckets.get(key)
        if bucket is None or bucket.ends <= now or bucket.limit != limit:
            bucket = self._buckets[key] = _Bucket(limit, seconds, now + seconds)
        return bucket

    def _limits(self, method: str, path: str) -> tuple[int, float]:
        if not self.strict:
            return _GENEROUS
        request = f"{method} {path}"
        return next(((most, seconds) for route, most, seconds in _STRICT if re.match(route, request)), _OTHER)

    def _count_global(self, now: float) -> None:
        if self._global.ends <= now:
            self._global = _Bucket(GLOBAL_PER_SECOND, 1.0, now + 1.0)
        if self._global.used >= GLOBAL_PER_SECOND:
            raise RateLimited(self._global.ends - now, whole_bot=True)
        self._global.used += 1

    def _headers(self, bucket: _Bucket, now: float, route: str) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(bucket.limit - bucket.used),
            "X-RateLimit-Reset": f"{bucket.ends:.3f}",
            "X-RateLimit-Reset-After": f"{bucket.ends - now:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(route.encode(), usedforsecurity=False).hexdigest(),
        }


def _major(path: str) -> str:
    """Channel, server and webhook are counted apart: the second path segment (and a webhook's token)."""
    parts = path.split("/")
    return "/".join(parts[1:4] if parts[1:2] == ["webhooks"] else parts[1:3])
