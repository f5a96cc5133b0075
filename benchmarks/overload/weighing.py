"""What the processes weigh and what is under way, sampled while a flood lasts; and whether it stays flat."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from sqlalchemy import Engine, text

from benchmarks.footprint import shares_of

_EVERY_SECONDS = 1.0
_BACKLOG = text("""
    SELECT (SELECT count(*) FROM runs WHERE state = 'running') AS runs,
           (SELECT count(*) FROM steps WHERE state = 'pending') AS steps
""")


@dataclass(frozen=True)
class Sample:
    """One look: memory of all processes in MB, live runs, and steps that have not begun."""

    rss: float
    uss: float
    runs: int
    steps: int


def sample(engine: Engine, pids: Iterable[int]) -> Sample:
    """Look once."""
    shares = [share for pid in pids for share in shares_of(pid)]
    with engine.connect() as conn:
        row = conn.execute(_BACKLOG).one()
    return Sample(sum(one.rss for one in shares), sum(one.uss for one in shares), runs=row.runs, steps=row.steps)


@contextmanager
def sampled(engine: Engine, pids: Sequence[int]) -> Iterator[list[Sample]]:
    """Yield the samples, to which a thread adds one a second until the block ends."""
    samples: list[Sample] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(_EVERY_SECONDS):
            samples.append(sample(engine, pids))

    thread = threading.Thread(target=look, name="sampling", daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        done.set()
        thread.join()


def growth(values: Sequence[float]) -> float:
    """Return how much more the last quarter is than the second, as a share: the first is warming up."""
    quarter = len(values) // 4
    if quarter == 0:
        return 0.0
    before, after = median(values[quarter : 2 * quarter]), median(values[-quarter:])
    return round(after / before - 1.0, 4) if before else 0.0
