"""The agents: whether any is left alone because its source is away, or costs workers their slots; and paused runs."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from orchestrator.doctor.check import Check, ok, warning
from orchestrator.quota import statements
from orchestrator.quota.breaker import State
from orchestrator.quota.breakers import Seen, not_closed

_DAY_SECONDS = 86_400
_PAUSED = text("""
    SELECT count(*) AS n, min(paused_at) AS first FROM runs WHERE state = 'running' AND paused_at IS NOT NULL
""")


def check_agents(conn: Connection) -> Iterator[Check]:
    """Yield how the agents are."""
    yield breakers_check(conn)
    yield slots_check(conn)
    yield paused_check(conn)


def breakers_check(conn: Connection) -> Check:
    """Return whether an agent's steps are held back."""
    found = not_closed(conn)
    if not found:
        return ok("breakers", "every agent's is closed")
    remedy = "see to the agent's source: `lookout runs show` has the failures; one step tries by itself when it is time"
    return warning("breakers", "; ".join(map(_words, found)), remedy=remedy)


def _words(seen: Seen) -> str:
    """Return how one breaker is."""
    breaker = seen.breaker
    how = f"is open until {breaker.open_until:%Y-%m-%d %H:%M:%S} UTC"
    if seen.state is State.HALF_OPEN:
        how = "lets one step at a time try"
    return f"breaker of agent {breaker.agent} {how} ({breaker.why})"


def slots_check(conn: Connection) -> Check:
    """Return which agents ignored their stop within a day."""
    rows = conn.execute(statements.LOST_SLOTS, {"seconds": _DAY_SECONDS}).all()
    if not rows:
        return ok("slots", "no step ignored its stop within a day")
    seen = ", ".join(f"{row.agent} {row.n} (last {row.last:%Y-%m-%d %H:%M:%S} UTC)" for row in rows)
    remedy = "mend the agent: it must watch `work.stop_signal`, and give every wait a time limit"
    return warning("slots", f"slots lost to steps that ignored their stop within a day: {seen}", remedy=remedy)


def paused_check(conn: Connection) -> Check:
    """Return how many runs are paused: they wait for whoever paused them, and for nobody else."""
    row = conn.execute(_PAUSED).one()
    if not row.n:
        return ok("paused runs", "none")
    return ok("paused runs", f"{row.n}, the first since {row.first:%Y-%m-%d %H:%M:%S} UTC: `lookout runs resume RUN`")
