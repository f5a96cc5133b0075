"""The harness's own look at the ledger and the log of effects, past the proxy and past the code under test."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from orchestrator.store.engine import make_engine

OVERDUE_SECONDS = 10.0
"""How long after its deadline a run may still be without an end: sweeps come every second, and may be away."""

_PROGRESS = text("""
    SELECT count(*) AS known, count(*) FILTER (WHERE state <> 'running') AS ended,
           count(*) FILTER (WHERE state = 'running' AND deadline_at < now() - make_interval(secs => :grace)) AS overdue
    FROM runs
""")
_HELD = text("""
    SELECT run_id::text AS run, name AS step, attempt, lease_owner AS owner FROM steps
    WHERE state = 'running' AND lease_until > now() ORDER BY claimed_at
""")
_LEADS = text("SELECT owner FROM leases WHERE name = 'beat' AND until > now()")
_RUNS = text("SELECT id::text AS run, trigger_key AS key, state, deadline_at < now() AS overdue FROM runs")
_STEPS = text("SELECT run_id::text AS run, name AS step, state, attempt, finished_at FROM steps")
_EFFECTS = text("SELECT run, step, count(*) AS times FROM effects GROUP BY run, step")
_ATTEMPTS = text("SELECT coalesce(outcome, 'open') AS outcome, count(*) AS times FROM attempts GROUP BY 1 ORDER BY 1")
_DEAD = text("SELECT reason, count(*) AS times FROM dead_letters GROUP BY 1 ORDER BY 1")
_PID = re.compile(r":(\d+)(?=:|$)")


@dataclass(frozen=True)
class Progress:
    """How far a load is: runs in the ledger, those that ended, and those past their deadline without an end."""

    known: int = 0
    ended: int = 0
    overdue: int = 0


@dataclass(frozen=True)
class Held:
    """A step that a process is at."""

    run: str
    step: str
    attempt: int
    pid: int


@dataclass(frozen=True)
class Books:
    """Everything that is reconciled: the ledger's rows, and the log's counts by run and step."""

    runs: Sequence[Any]
    steps: Sequence[Any]
    effects: dict[tuple[str, str], int]
    attempts: dict[str, int]
    dead: dict[str, int]


class Watching(Protocol):
    """What the harness has to know of a system under test."""

    def progress(self) -> Progress:
        """Return how far the load is."""
        ...

    def held(self) -> list[Held]:
        """Return the steps that processes are at now."""
        ...

    def leader(self) -> int:
        """Return the pid of the beat that leads; 0 where none does."""
        ...

    def books(self) -> Books:
        """Return everything that is reconciled at the end."""
        ...


class Watch:
    """Looks by a connection of its own. While Postgres is away, the last look counts."""

    def __init__(self, database_url: str) -> None:
        self._engine: Engine = make_engine(database_url, pool_size=1, overflow=0, connect_seconds=2)
        self._progress = Progress()

    def progress(self) -> Progress:
        """Return how far the load is."""
        try:
            with self._engine.connect() as conn:
                self._progress = Progress(**conn.execute(_PROGRESS, {"grace": OVERDUE_SECONDS}).mappings().one())
        except OperationalError:
            pass
        return self._progress

    def held(self) -> list[Held]:
        """Return the steps that processes are at now; none while Postgres is away."""
        try:
            with self._engine.connect() as conn:
                rows = conn.execute(_HELD).all()
        except OperationalError:
            return []
        return [Held(row.run, row.step, row.attempt, pid_of(row.owner)) for row in rows]

    def leader(self) -> int:
        """Return the pid of the beat that leads; 0 where none does."""
        try:
            with self._engine.connect() as conn:
                return pid_of(conn.execute(_LEADS).scalar_one_or_none() or "")
        except OperationalError:
            return 0

    def books(self) -> Books:
        """Return everything that is reconciled at the end."""
        with self._engine.connect() as conn:
            return Books(
                runs=conn.execute(_RUNS).all(),
                steps=conn.execute(_STEPS).all(),
                effects={(row.run, row.step): row.times for row in conn.execute(_EFFECTS)},
                attempts={row.outcome: row.times for row in conn.execute(_ATTEMPTS)},
                dead={row.reason: row.times for row in conn.execute(_DEAD)},
            )

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()


def pid_of(owner: str) -> int:
    """Return the pid in the name of a lease's owner, ``HOST:PID`` with or without more behind; 0 where there is none.

    The last colon before the pid counts: a host's name may hold digits, never a colon.
    """
    found = _PID.search(owner)
    return int(found.group(1)) if found else 0
