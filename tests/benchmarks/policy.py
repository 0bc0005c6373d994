"""The policy of the line on a simulated day, against what others do.

Run as ``python -m tests.benchmarks.policy``. The day: 8 back ends, 60 people, 6 models, 4–20 s a job, 10 s a
switch, three floods; the mean of five seeds. People, models and favourites are drawn with weight 1/(k+1), and
a favourite is taken four times of five. The tags are those of ``bot.queue.fairness``, the choices those of
``bot.queue.policy``; only the clock is simulated. FIFO and round robin look at no model: any free back end
takes the next job. Then one back end, with the window that follows the measured switch against fixed ones.
"""

import argparse
import heapq
import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from bot.queue.fairness import HUNDREDTHS, Fairness
from bot.queue.policy import Backend, Head, Later, Patience, choose, measured_patience

DAY = 86_400
MODELS = 6
PEOPLE = 60
FAVOURED = 0.8
MEAN_SECONDS = 12
GAP_SECONDS = 25
HOURS = (
    *(0.3, 0.2, 0.15, 0.1, 0.1, 0.15, 0.3, 0.5, 0.7, 0.8, 0.9, 1),
    *(1, 1, 1, 1, 1.1, 1.3, 1.6, 1.9, 2, 1.8, 1.3, 0.7),
)
FLOOD_HOURS = (13, 20)
FOREVER = 10**9
LOAD = 0.35
WINDOWS = (60.0, 120.0, 240.0)


@dataclass(frozen=True, slots=True)
class Work:
    """One simulated job."""

    arrival: float
    person: int
    model: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Policy:
    """How tags are given and how far the order gives way."""

    name: str
    patience: Callable[[float | None], Patience]
    tags: str
    """arrival, turns (one a job) or seconds."""
    blind: bool = False
    """Does not look at what is loaded."""


def fixed(window: float, delay: float) -> Callable[[float | None], Patience]:
    """The same whatever a switch takes."""
    limits = Patience(window=window, delay=delay)
    return lambda _: limits


POLICIES = (
    Policy("FIFO", fixed(0, 0), "arrival", blind=True),
    Policy("round robin per person", fixed(0, 0), "turns", blind=True),
    Policy("SFQ", fixed(0, 0), "seconds"),
    Policy("SFQ + 60 s affinity", fixed(60, 0), "seconds"),
    Policy("SFQ + 60 s affinity + 10 s delay", fixed(60, 10), "seconds"),
    Policy("Easel: both from the measured switch", measured_patience, "seconds"),
    Policy("unbounded affinity", fixed(FOREVER, 0), "seconds"),
)


def a_day(seed: int, load: float, backends: int, *, floods: bool = True) -> list[Work]:
    """All jobs of the day, in order of arrival."""
    rng = random.Random(seed)
    models, people = _weights(MODELS), _weights(PEOPLE)
    favourite = [rng.choices(range(MODELS), models)[0] for _ in range(PEOPLE)]
    jobs: list[Work] = []

    def one(time: float, person: int, model: int) -> None:
        jobs.append(Work(time, person, model, rng.uniform(4, 20)))

    count = round(load * backends * DAY / MEAN_SECONDS)
    while len(jobs) < count:
        person = rng.choices(range(PEOPLE), people)[0]
        time = rng.choices(range(24), HOURS)[0] * 3600 + rng.uniform(0, 3600)
        for _ in range(rng.randint(1, 6)):
            own = rng.random() < FAVOURED
            one(time, person, favourite[person] if own else rng.choices(range(MODELS), models)[0])
            time += rng.expovariate(1 / GAP_SECONDS)
    if floods:
        for person, model, start, size in (
            (0, favourite[0], 13 * 3600, 300),
            (1, MODELS - 1, 20 * 3600, 150),
            (2, favourite[2], 20 * 3600 + 600, 50),
        ):
            for number in range(size):
                one(start + 0.2 * number, person, model)
    return sorted(jobs, key=lambda job: job.arrival)


def _weights(count: int) -> list[float]:
    return [1 / (k + 1) for k in range(count)]


@dataclass
class Simulation:
    """One policy on one day."""

    policy: Policy
    jobs: Sequence[Work]
    backends: dict[str, Backend]
    switch_seconds: float
    fairness: Fairness = field(default_factory=Fairness)
    lines: dict[int, list[tuple[int, str, int]]] = field(default_factory=lambda: defaultdict(list))
    """By model: heaps of (tag, id, number of the job)."""
    waits: list[float] = field(default_factory=list)
    switches: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    waiting: int = 0
    busy: int = 0

    def run(self) -> None:
        """Let the day pass."""
        self.waits = [0.0] * len(self.jobs)
        events: list[tuple[float, int, str, int]] = [
            (job.arrival, 0, "", number) for number, job in enumerate(self.jobs)
        ]
        heapq.heapify(events)
        look_again = float("inf")
        while events or self.waiting:
            now = min(look_again, events[0][0] if events else float("inf"))
            look_again = float("inf")
            while events and events[0][0] <= now:
                _, _, freed, number = heapq.heappop(events)
                if freed:
                    self._end(freed, number)
                else:
                    self._come(number)
            while isinstance(found := self._start(now, events), bool) and found:
                pass
            if isinstance(found, float):
                look_again = found

    def _come(self, number: int) -> None:
        job = self.jobs[number]
        if self.policy.tags == "arrival":
            tag = number
        else:
            tag = self.fairness.enter(job.person, self._charge(job.seconds))
        heapq.heappush(self.lines[job.model], (tag, f"{number:07}", number))
        self.waiting += 1

    def _charge(self, seconds: float) -> int:
        return 1 if self.policy.tags == "turns" else round(seconds * HUNDREDTHS)

    def _heads(self) -> Iterable[Head]:
        for model, line in self.lines.items():
            if line:
                tag, job_id, number = line[0]
                yield Head(model=str(model), tag=tag, job_id=job_id, since=self.jobs[number].arrival)

    def _seen(self) -> list[Backend]:
        """The back ends as the policy sees them; to a blind one they are alike, and chance decides."""
        backends = list(self.backends.values())
        if not self.policy.blind:
            return backends
        return [
            replace(self.chance.choice([backend for backend in backends if not backend.busy]), loaded=None)
        ]

    def _start(self, now: float, events: list[tuple[float, int, str, int]]) -> bool | float:
        """Whether something began; or when to look again."""
        if not self.waiting or self.busy == len(self.backends):
            return False
        choice = choose(self._heads(), self._seen(), now, patience=self.policy.patience)
        if isinstance(choice, Later):
            return choice.at
        if choice is None:
            return False
        number = int(choice.job_id)
        job = self.jobs[number]
        heapq.heappop(self.lines[job.model])
        self.waiting -= 1
        self.busy += 1
        self.fairness.leave(choice.tag)
        backend = self.backends[choice.backend]
        switches = backend.loaded != str(job.model)
        extra = self.switch_seconds if switches else 0.0
        self.switches += switches
        self.waits[number] = now + extra - job.arrival
        if switches and self.policy.tags == "seconds":
            estimated = self._charge(job.seconds)
            self.fairness.settle(
                job.person, estimated=estimated, used=estimated + self._charge(self.switch_seconds)
            )
        self.backends[choice.backend] = replace(backend, busy=True, loaded=str(job.model))
        heapq.heappush(events, (now + extra + job.seconds, 1, choice.backend, number))
        return True

    def _end(self, name: str, _number: int) -> None:
        self.backends[name] = replace(self.backends[name], busy=False)
        self.busy -= 1
        if not self.waiting and not self.busy:
            self.fairness.reset()


@dataclass(frozen=True, slots=True)
class Result:
    """What people met, in seconds."""

    mean: float
    p95: float
    light: float
    light_in_flood: float
    switches: float


def simulate(
    policy: Policy, seed: int, *, load: float, backends: int, switch_seconds: float, floods: bool = True
) -> Result:
    """One day."""
    jobs = a_day(seed, load, backends, floods=floods)
    gpus = {
        f"{number}": Backend(
            name=f"{number}", loaded=str(number % MODELS), busy=False, switch_seconds=switch_seconds
        )
        for number in range(backends)
    }
    day = Simulation(policy, jobs, gpus, switch_seconds)
    day.run()
    each = Counter(job.person for job in jobs)
    median = statistics.median(each.values())
    light = [(job, wait) for job, wait in zip(jobs, day.waits, strict=True) if each[job.person] <= median]
    flooded = [wait for job, wait in light if int(job.arrival // 3600) in FLOOD_HOURS]
    return Result(
        mean=statistics.fmean(day.waits),
        p95=_p95(day.waits),
        light=_p95([wait for _, wait in light]),
        light_in_flood=_p95(flooded),
        switches=day.switches,
    )


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)] if values else 0.0


def mean_of(results: Sequence[Result]) -> Result:
    """Over the seeds."""
    return Result(
        *(
            statistics.fmean(getattr(result, name) for result in results)
            for name in ("mean", "p95", "light", "light_in_flood", "switches")
        )
    )


def show_day(seeds: int) -> None:
    """The table of QUEUE.md."""
    print("The day: 8 back ends, 10 s a switch, load 0.35 with an evening peak and three floods")
    print(f"{'policy':38}{'mean wait':>10}{'p95':>8}{'light p95':>11}{'in floods':>11}{'switches':>10}")
    for policy in POLICIES:
        result = mean_of(
            [simulate(policy, seed, load=LOAD, backends=8, switch_seconds=10.0) for seed in range(seeds)]
        )
        print(
            f"{policy.name:38}{result.mean:10.0f}{result.p95:8.0f}{result.light:11.0f}"
            f"{result.light_in_flood:11.0f}{result.switches:10.0f}"
        )


def show_one_backend(seeds: int) -> None:
    """Fixed windows against the one that follows the switch.

    The evening's peak is twice the mean load, and a switch goes on top of it: at 0.4 with 10 s switches, and
    at 0.35 with 30 s, the back end just bears it.
    """
    print(f"\nOne back end, no floods, {seeds} days: mean wait in seconds by window")
    head = "".join(f"{f'{window:.0f} s':>9}" for window in WINDOWS)
    print(f"{'switch':>8}{'load':>7}{head}{'measured':>10}{'to best':>9}")
    for switch_seconds, loads in ((10.0, (0.3, 0.35, 0.4)), (30.0, (0.25, 0.3, 0.35))):
        for load in loads:
            *cells, measured = _by_window(seeds, load, switch_seconds)
            print(
                f"{f'{switch_seconds:.0f} s':>8}{load:7.2f}"
                + "".join(f"{cell:9.0f}" for cell in cells)
                + f"{measured:10.0f}{measured / min(cells) - 1:+9.0%}"
            )


def _by_window(seeds: int, load: float, switch_seconds: float) -> list[float]:
    """Mean waits, the last one with the window of the policy."""
    patience = [*(fixed(window, switch_seconds) for window in WINDOWS), measured_patience]
    return [
        mean_of(
            [
                simulate(
                    Policy("", limits, "seconds"),
                    seed,
                    load=load,
                    backends=1,
                    switch_seconds=switch_seconds,
                    floods=False,
                )
                for seed in range(seeds)
            ]
        ).mean
        for limits in patience
    ]


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5, help="days to take the mean of")
    arguments = parser.parse_args()
    show_day(arguments.seeds)
    show_one_backend(4 * arguments.seeds)  # an eighth of the jobs, so one day says less


if __name__ == "__main__":
    main()
