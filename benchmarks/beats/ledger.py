"""What the benchmark asks the ledger: who leads, what was fired, and that runs have ended. No worker runs anything."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, text

from agents.contract import Target, TargetKind
from benchmarks.beats.reconciling import Beat, Fired
from orchestrator.domain.watchlist import CatchUp, Timing, Watchlist
from orchestrator.scheduling.schedules import watch

EVERY_SECONDS = 2
_END_EVERY_SECONDS = 0.05
_MADE = text("SELECT name, next_due FROM schedules WHERE every_seconds = :every")
_LEADER = text("SELECT owner, token, clock_timestamp() AS now FROM leases WHERE until > clock_timestamp()")
_END = text("UPDATE runs SET state = 'succeeded', finished_at = now() WHERE state = 'running'")
_FIRED = text("SELECT schedule, due, fired_at, fence FROM occurrences")
_RUNS = text("""
    SELECT trigger ->> 'subject' AS name, CAST(trigger ->> 'as_of' AS timestamptz) AS due, count(*) AS n
    FROM runs GROUP BY 1, 2
""")
_FIRST = text("SELECT min(fired_at) FROM occurrences WHERE fence > :fence")
_LATE = text("SELECT count(*) FROM schedules WHERE enabled AND next_due < now() - make_interval(secs => :seconds)")


class Leads(NamedTuple):
    """Who leads, by which token, at what time of the database."""

    pid: int
    token: int
    now: datetime


class Ledger:
    """The ledger of the benchmark."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def schedule(self, number: int, *, every: int = EVERY_SECONDS) -> dict[str, Beat]:
        """Make so many schedules that make up for everything; return each's beat by its name."""
        with self._engine.begin() as conn:
            for each in range(number):
                place = f"/nowhere/{every}-{each}.txt"
                target = Target(kind=TargetKind.SBOM, location=place, max_age_seconds=every)
                timings = {target.id: Timing(catch_up=CatchUp.ALL)}
                listed = Watchlist(name=f"s{every}-{each}", targets=(target,), path=Path(place), timings=timings)
                watch(conn, listed, jitter=0)
            rows = conn.execute(_MADE, {"every": every}).all()
        return {row.name: Beat(row.next_due, every) for row in rows}

    def pause(self) -> None:
        """Let no schedule that there is fire any more."""
        with self._engine.begin() as conn:
            conn.execute(text("UPDATE schedules SET enabled = false"))

    def count(self) -> int:
        """Return how many occurrences were fired."""
        with self._engine.connect() as conn:
            return int(conn.execute(text("SELECT count(*) FROM occurrences")).scalar_one())

    def leader(self) -> Leads | None:
        """Return who leads; None where the lease has run out."""
        with self._engine.connect() as conn:
            row = conn.execute(_LEADER).one_or_none()
        return Leads(int(row.owner.split(":")[1]), row.token, row.now) if row else None

    def first_fired(self, *, after: int) -> datetime | None:
        """Return when something was first fired by a newer lease."""
        with self._engine.connect() as conn:
            found: datetime | None = conn.execute(_FIRST, {"fence": after}).scalar_one()
        return found

    def late(self, *, seconds: float) -> int:
        """Return how many schedules have been due for longer than that."""
        with self._engine.connect() as conn:
            return int(conn.execute(_LATE, {"seconds": seconds}).scalar_one())

    def fired(self) -> list[Fired]:
        """Return every occurrence."""
        with self._engine.connect() as conn:
            return [Fired(*row) for row in conn.execute(_FIRED)]

    def runs(self) -> dict[tuple[str, datetime], int]:
        """Return how many runs there are of each schedule and due time."""
        with self._engine.connect() as conn:
            return {(row.name, row.due): row.n for row in conn.execute(_RUNS)}

    @contextmanager
    def ending_runs(self) -> Iterator[None]:
        """Let every run end soon after it began."""
        done = threading.Event()

        def end() -> None:
            while not done.wait(_END_EVERY_SECONDS):
                with self._engine.begin() as conn:
                    conn.execute(_END)

        thread = threading.Thread(target=end, name="ending", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
