"""``balance``: workers on one queue with steps of very different lengths; how evenly the work falls on them."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.facts import machine, versions
from benchmarks.stand.plans import side_by_side, wait_step
from benchmarks.stand.servers import Servers, running_servers
from benchmarks.stand.spans import apart
from benchmarks.stand.troupe import Attempt, troupe

SHORTEST, LONGEST = 0.02, 0.4
"""Seconds: twentyfold."""
MIDDLE, WIDTH = 0.09, 0.8
"""Median in seconds, and standard deviation of the logarithm."""
ALLOWED = 0.05


@dataclass(frozen=True)
class Wishes:
    """What is asked for."""

    steps: int = 1_200
    workers: tuple[int, ...] = (2, 4)
    seed: int = 1


def measure(wishes: Wishes, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the benchmark as a JSON value; ``passed`` where no worker has more than its share."""
    found, times = machine(), draw(wishes.steps, seed=wishes.seed)
    rows = []
    with running_servers() as servers:
        for number in wishes.workers:
            rows.append(_share(servers, number=number, times=times))
            say(f"{number} workers: busy {rows[-1]['busy_seconds']} s, {rows[-1]['apart']:.1%} apart")
    goals = {f"{row['workers']} workers at most {ALLOWED:.0%} apart": row["apart"] <= ALLOWED for row in rows}
    return {
        "benchmark": "balance",
        "passed": all(goals.values()),
        "goals": goals,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
        "steps": {"count": len(times), "shortest": min(times), "longest": max(times), "sum": round(sum(times), 2)},
        "figures": rows,
    }


def draw(steps: int, *, seed: int) -> list[float]:
    """Return how long each step waits, in seconds: lognormal, cut off on both sides, always with both extremes."""
    lots = random.Random(seed)
    drawn = (lots.lognormvariate(0, WIDTH) * MIDDLE for _ in range(max(0, steps - 2)))
    times = [SHORTEST, LONGEST, *(round(min(LONGEST, max(SHORTEST, one)), 4) for one in drawn)]
    lots.shuffle(times)
    return times


def busy(attempts: Iterable[Attempt]) -> dict[str, float]:
    """Return for how many seconds each worker held steps."""
    sums: defaultdict[str, float] = defaultdict(float)
    for one in attempts:
        sums[one.worker] += one.end - one.begin
    return dict(sums)


def _share(servers: Servers, *, number: int, times: list[float]) -> dict[str, Any]:
    """Let so many workers of one slot each do all the steps of one run."""
    shape = side_by_side(wait_step(f"b{place}", seconds=seconds) for place, seconds in enumerate(times))
    with troupe(servers, processes=number, threads=1) as crew:
        played = crew.play([shape])
    shares = busy(played.attempts)
    return {
        "workers": number,
        "seconds": round(played.seconds, 2),
        "of_ideal": round(sum(times) / number / played.seconds, 3),
        "busy_seconds": sorted(round(share, 2) for share in shares.values()),
        "apart": round(apart([*shares.values(), *([0.0] * (number - len(shares)))]), 4),
    }
