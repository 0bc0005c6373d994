"""What the progress endpoints tell: the state of the running job, and the tasks by their ids (NOTES 2.6)."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

_FINISHED_KEPT = 16


@dataclass(kw_only=True)
class State:
    """``shared.state`` of the web UI. Most of it stays as it was when a job ends."""

    skipped: bool = False
    interrupted: bool = False
    job: str = ""
    job_count: int = 0
    job_timestamp: str = "0"
    job_no: int = 0
    sampling_step: int = 0
    sampling_steps: int = 0
    began: float = 0.0
    """Monotonic seconds."""

    def begin(self, job: str) -> None:
        """A job starts: the flags of the last one are gone, its counters are reset."""
        self.skipped = self.interrupted = False
        self.job, self.job_count, self.job_no, self.sampling_step = job, -1, 0, 0
        self.job_timestamp = time.strftime("%Y%m%d%H%M%S")
        self.began = time.monotonic()

    def next_job(self) -> None:
        """One iteration or one pass of the job is done."""
        self.job_no += 1
        self.sampling_step = 0

    def end(self) -> None:
        """The job is over; the rest stays visible."""
        self.job, self.job_count = "", 0

    def as_answer(self) -> dict[str, Any]:
        """The ``state`` object of ``/progress``."""
        return {
            "skipped": self.skipped,
            "interrupted": self.interrupted,
            "stopping_generation": False,
            "job": self.job,
            "job_count": self.job_count,
            "job_timestamp": self.job_timestamp,
            "job_no": self.job_no,
            "sampling_step": self.sampling_step,
            "sampling_steps": self.sampling_steps,
        }

    def seconds_running(self) -> float:
        """Since the job began."""
        return time.monotonic() - self.began

    def share_done(self) -> float:
        """0 to 1, of all iterations and passes; 0 while the number of them is not known yet."""
        if self.job_count <= 0:
            return 0.0
        step = self.sampling_step / self.sampling_steps if self.sampling_steps > 0 else 0.0
        return min((self.job_no + step) / self.job_count, 1.0)

    def seconds_left(self, share: float) -> float:
        """As the web UI reckons it: everything is taken to go on at the same speed."""
        elapsed = time.monotonic() - self.began
        return elapsed / share - elapsed


@dataclass(kw_only=True)
class Tasks:
    """Which task runs, which wait, and the last ones that finished."""

    current: str | None = None
    pending: OrderedDict[str, float] = field(default_factory=OrderedDict)
    finished: list[str] = field(default_factory=list)

    def add(self, task: str) -> None:
        """It waits from now on."""
        self.pending[task] = time.monotonic()

    def start(self, task: str) -> None:
        """Its turn has come."""
        self.pending.pop(task, None)
        self.current = task

    def finish(self, task: str, *, completed: bool) -> None:
        """It is over. Only completed ones are remembered, and only some."""
        self.pending.pop(task, None)
        if self.current == task:
            self.current = None
        if completed:
            self.finished = [*self.finished, task][-_FINISHED_KEPT:]

    def place(self, task: str) -> int:
        """1 for the next in line."""
        return list(self.pending).index(task) + 1
