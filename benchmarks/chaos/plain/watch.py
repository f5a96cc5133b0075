"""What can be seen of a plain canvas from outside: there is no ledger, only the log of effects."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from benchmarks.chaos.load import keys
from benchmarks.chaos.plain.names import LAST, run_name
from benchmarks.chaos.watch import Books, Held, Progress
from orchestrator.store.engine import make_engine

GIVEN_UP_SECONDS = 25.0
"""A run none of whose steps has been done for so long is not waited for: five times the time of redelivery."""

_RUNS = text("""
    SELECT run, bool_or(step = :last) AS done, extract(epoch FROM now() - max(at))::float AS quiet
    FROM effects GROUP BY run
""")
_EFFECTS = text("SELECT run, step, count(*) AS times, min(at) AS at FROM effects GROUP BY run, step")


@dataclass(frozen=True)
class Run:
    """A run as the ledger would show it."""

    run: str
    key: str
    state: str
    overdue: bool


@dataclass(frozen=True)
class Done:
    """A step as the ledger would show it."""

    run: str
    step: str
    state: str
    attempt: int
    finished_at: datetime


class PlainWatch:
    """Looks at the log of effects, and at the files that tasks at work keep."""

    def __init__(
        self,
        database_url: str,
        *,
        at_work: Path,
        seed: int,
        runs: int,
        submitted: Callable[[], Mapping[int, float]],
    ) -> None:
        self._engine = make_engine(database_url, pool_size=1, overflow=0, connect_seconds=2)
        self._at_work = at_work
        self._names = {run_name(seed, number): key for number, key in enumerate(keys(seed, runs))}
        self._numbers = {run_name(seed, number): number for number in range(runs)}
        self._submitted = submitted
        self._progress = Progress()

    def progress(self) -> Progress:
        """Return how far the load is; a run that is given up counts as ended."""
        try:
            with self._engine.connect() as conn:
                rows = {row.run: row for row in conn.execute(_RUNS, {"last": LAST})}
        except OperationalError:
            return self._progress
        submitted, now = self._submitted(), time.time()
        quiet = {name: min(now - at, rows[name].quiet if name in rows else now) for name, at in self._named(submitted)}
        ended = sum((name in rows and rows[name].done) or seconds > GIVEN_UP_SECONDS for name, seconds in quiet.items())
        self._progress = Progress(known=len(submitted), ended=ended)
        return self._progress

    def held(self) -> list[Held]:
        """Return the steps whose tasks keep a file; whoever was killed has left his, and is nobody's pid any more."""
        found = []
        for path in self._at_work.iterdir():
            try:
                run, step = path.read_text(encoding="utf-8").split("\n")
            except (FileNotFoundError, ValueError):
                continue  # it ended just now, or only begins
            found.append(Held(run, step, 0, int(path.name.partition("-")[0])))
        return found

    def leader(self) -> int:
        """Return nobody: there is no beat."""
        return 0

    def books(self) -> Books:
        """Return what a ledger would have: a run is done where its last step is."""
        with self._engine.connect() as conn:
            rows: Sequence[Any] = conn.execute(_EFFECTS).all()
        done = {row.run for row in rows if row.step == LAST}
        runs = [
            Run(name, key, "succeeded" if name in done else "running", overdue=name not in done)
            for name, key in self._names.items()
        ]
        return Books(
            runs=runs,
            steps=[Done(row.run, row.step, "succeeded", 1, row.at) for row in rows],
            effects={(row.run, row.step): row.times for row in rows},
            attempts=dict(Counter(succeeded=sum(row.times for row in rows))),
            dead={},
        )

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    def _named(self, submitted: Mapping[int, float]) -> list[tuple[str, float]]:
        return [(name, submitted[number]) for name, number in self._numbers.items() if number in submitted]
