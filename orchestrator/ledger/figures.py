"""How long agents' steps take, as measured by whoever runs them: what the size of a lot follows."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.store.documents import to_json

_log = structlog.get_logger(__name__)

_NOTE = text("""
    WITH lazy AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    INSERT INTO agent_figures AS f (agent, steps, mean_seconds, long_seconds)
    SELECT g.agent, g.steps, g.total / g.steps, g.longest
    FROM lazy, jsonb_to_recordset(CAST(:rows AS jsonb)) AS g(agent text, steps bigint, total float, longest float)
    ORDER BY g.agent
    ON CONFLICT (agent) DO UPDATE SET
        mean_seconds = (f.mean_seconds * LEAST(f.steps, 200) + EXCLUDED.mean_seconds * EXCLUDED.steps)
                       / (LEAST(f.steps, 200) + EXCLUDED.steps),
        long_seconds = GREATEST(f.long_seconds * 0.9, EXCLUDED.long_seconds),
        steps = f.steps + EXCLUDED.steps, seen_at = now()
""")
"""Add what a process measured to what is known; older steps weigh as much as 200 at most."""

_READ = text("SELECT agent, steps, mean_seconds FROM agent_figures")

FEWEST_STEPS = 20
"""Before as many were seen, an agent's steps travel alone."""
MOST_IN_LOT = 50


@dataclass(frozen=True)
class Figure:
    """What is known of an agent's steps."""

    steps: int
    mean_seconds: float


def lot_size(figure: Figure | None, *, lot_seconds: float) -> int:
    """Return how many of an agent's steps one message may stand for, so that they take about ``lot_seconds`` in all.

    Steps that wait or take long never run one after the other: from half of ``lot_seconds`` on they travel alone.
    """
    if figure is None or figure.steps < FEWEST_STEPS:
        return 1
    return max(1, min(MOST_IN_LOT, int(lot_seconds / max(figure.mean_seconds, 1e-6))))


@dataclass
class _Tally:
    """What a process measured of one agent since it last wrote it down."""

    steps: int = 0
    total: float = 0.0
    longest: float = 0.0


class Figures:
    """One process's share in the figures: it notes what it runs, and reads what all know, every few seconds."""

    def __init__(self, engine: Engine, *, lot_seconds: float, every_seconds: float = 5.0) -> None:
        self._engine = engine
        self._lot_seconds = lot_seconds
        self._every_seconds = every_seconds
        self._lock = threading.Lock()
        self._tallies: dict[str, _Tally] = {}
        self._noted_at = time.monotonic()
        self._known: Mapping[str, Figure] = {}
        self._read_at = float("-inf")

    def note(self, agent: str, *, seconds: float) -> None:
        """Note that a step of an agent took so long; now and then what was noted is written down."""
        with self._lock:
            tally = self._tallies.setdefault(agent, _Tally())
            tally.steps += 1
            tally.total += seconds
            tally.longest = max(tally.longest, seconds)
            due = time.monotonic() - self._noted_at > self._every_seconds
            ready = self._take() if due else {}
        if ready:
            self._write(ready)

    def lot_size(self, agent: str) -> int:
        """Return how many of an agent's steps one message may stand for."""
        now = time.monotonic()
        if now - self._read_at > self._every_seconds:
            self._read_at = now
            self._known = self._read()
        return lot_size(self._known.get(agent), lot_seconds=self._lot_seconds)

    def _take(self) -> dict[str, _Tally]:
        """Return what was noted, and begin anew."""
        ready, self._tallies = self._tallies, {}
        self._noted_at = time.monotonic()
        return ready

    def _write(self, tallies: Mapping[str, _Tally]) -> None:
        """Write tallies down; where the database is away they are lost, which costs nothing."""
        rows = [
            {"agent": agent, "steps": one.steps, "total": one.total, "longest": one.longest}
            for agent, one in tallies.items()
        ]
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.execute(_NOTE, {"rows": to_json(rows)})
        except SQLAlchemyError as error:
            _log.info("figures were not written", error=type(error).__name__)

    def _read(self) -> dict[str, Figure]:
        """Return what is known; what was known before where the database is away."""
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                return {row.agent: Figure(row.steps, row.mean_seconds) for row in conn.execute(_READ)}
        except SQLAlchemyError:
            return dict(self._known)
