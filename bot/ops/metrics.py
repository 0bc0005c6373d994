"""What can be counted, for Prometheus. Names no address, no person and no prompt."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST

_RENDER_BUCKETS = (1, 2, 4, 8, 12, 20, 30, 45, 60, 120, 300, 900)
"""Seconds. Most pictures take 4–20 s."""
_ANSWER_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3)
"""Seconds. After 3 s Discord has forgotten the interaction."""
_DELIVERY_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800)
"""Seconds from the rendered job to its last message."""


class Metrics:
    """The numbers of one process, in a registry of their own, so that tests and the demo may have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._jobs = Counter("easel_jobs", "Jobs by how they ended.", ["state"], registry=self.registry)
        self._pictures = Counter("easel_pictures", "Pictures rendered.", registry=self.registry)
        self._render = Histogram(
            "easel_render_seconds",
            "Seconds that a web UI took for one job.",
            buckets=_RENDER_BUCKETS,
            registry=self.registry,
        )
        self._waiting = Gauge("easel_queue_pictures", "Pictures that wait.", registry=self.registry)
        self._up = Gauge("easel_webui_up", "Whether a web UI answers.", ["webui"], registry=self.registry)
        self._acknowledged = Histogram(
            "easel_acknowledge_seconds",
            "Seconds from an interaction's arrival to its first answer.",
            buckets=_ANSWER_BUCKETS,
            registry=self.registry,
        )
        self._delivery = Histogram(
            "easel_delivery_seconds",
            "Seconds from a rendered job to its last message.",
            buckets=_DELIVERY_BUCKETS,
            registry=self.registry,
        )

    def job_finished(self, state: str) -> None:
        """A job entered its final ``state``: delivered, failed or cancelled."""
        self._jobs.labels(state).inc()

    def rendered(self, pictures: int, seconds: float) -> None:
        """A web UI gave ``pictures`` after ``seconds``."""
        self._pictures.inc(pictures)
        self._render.observe(seconds)

    def acknowledged(self, seconds: float) -> None:
        """An interaction got its first answer after ``seconds``."""
        self._acknowledged.observe(seconds)

    def delivered(self, seconds: float) -> None:
        """A job's last message was posted ``seconds`` after it was rendered."""
        self._delivery.observe(seconds)

    def watch_webui(self, name: str, up: Callable[[], bool]) -> None:
        """Ask ``up`` whether the web UI ``name`` (webui-1, …) answers, whenever the metrics are read."""
        self._up.labels(name).set_function(up)

    def queue_pictures(self, waiting: int) -> None:
        """How many pictures wait now."""
        self._waiting.set(waiting)

    def exposition(self) -> bytes:
        """All of it, in the format of ``CONTENT_TYPE``."""
        return generate_latest(self.registry)
