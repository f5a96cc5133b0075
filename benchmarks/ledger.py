"""What the ledger itself says about a pass, read once the command has ended."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, text

from orchestrator.local.home import Home
from orchestrator.local.services import EmbeddedServices
from orchestrator.store.engine import make_engine

_STEPS = text("""
    SELECT s.agent || ' ' || (s.spec ->> 'capability') AS work, count(*) AS steps,
           round(sum(extract(epoch FROM s.finished_at - s.claimed_at))::numeric, 3)::float AS busy_seconds,
           round(max(extract(epoch FROM s.finished_at - s.claimed_at))::numeric, 3)::float AS longest_seconds,
           round(percentile_cont(0.5) WITHIN GROUP (
               ORDER BY extract(epoch FROM s.finished_at - s.claimed_at))::numeric, 4)::float AS median_seconds
    FROM steps s WHERE s.run_id = CAST(:run AS uuid) AND s.finished_at IS NOT NULL GROUP BY 1 ORDER BY 1
""")
_COUNTS = text("""
    SELECT xact_commit AS commits, xact_rollback AS rollbacks, pg_database_size(datname) AS bytes,
           (SELECT count(*) FROM evidence) AS evidence, (SELECT sum(attempt) FROM steps) AS attempts
    FROM pg_stat_database WHERE datname = current_database()
""")


@dataclass(frozen=True)
class Kept:
    """What Postgres counted since the home was made: all passes, the migration, and beat's and sweeps' looks."""

    commits: int
    rollbacks: int
    bytes: int
    evidence: int
    attempts: int
    """Claims of steps; more than there are steps where some were tried again."""
    steps: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return asdict(self)


def read_kept(home: Home, *, run_id: str) -> Kept:
    """Start the home's Postgres once more, ask it, and stop it. Call it from the main thread."""
    services = EmbeddedServices(home)
    addresses = services.start()
    try:
        engine = make_engine(addresses.database_url, pool_size=1)
        try:
            with engine.connect() as conn:
                return _read(conn, run_id)
        finally:
            engine.dispose()
    finally:
        services.stop()


def _read(conn: Connection, run_id: str) -> Kept:
    steps = tuple(dict(row) for row in conn.execute(_STEPS, {"run": run_id}).mappings())
    return Kept(**conn.execute(_COUNTS).mappings().one(), steps=steps)
