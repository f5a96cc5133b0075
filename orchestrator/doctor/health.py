"""Whether work goes on: somebody schedules, somebody sweeps, and nothing is stuck."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from orchestrator.doctor.check import Check, failed, ok, warning
from orchestrator.scheduling.leader import BEAT

_LEADER = text("""
    SELECT owner, until > clock_timestamp() AS leads, extract(epoch FROM clock_timestamp() - until) AS ago
    FROM leases WHERE name = :name
""")
_SCHEDULES = text("SELECT count(*) FROM schedules WHERE enabled AND NOT retired")
_OVERDUE = text("""
    SELECT count(*) FROM runs
    WHERE state = 'running' AND paused_at IS NULL AND deadline_at < clock_timestamp() - make_interval(secs => :seconds)
""")
_UNSENT = text("""
    SELECT count(*) FROM outbox
    WHERE published_at IS NULL AND due_at < clock_timestamp() - make_interval(secs => :seconds)
""")
_UP = "start `lookout up`, or `celery -A orchestrator beat` with a worker on `upkeep`"
_PATIENCE_SECONDS = 30.0
"""What a sweep has done by then even where several of its messages were lost."""


def check_health(conn: Connection) -> Iterator[Check]:
    """Yield whether work goes on."""
    yield leader_check(conn)
    yield overdue_check(conn)
    yield outbox_check(conn)


def leader_check(conn: Connection) -> Check:
    """Return who schedules; that nobody does is only bad where something is scheduled."""
    row = conn.execute(_LEADER, {"name": BEAT}).one_or_none()
    if row is not None and row.leads:
        return ok("beat", f"{row.owner} leads")
    seen = "nobody schedules" if row is None else f"nobody schedules; {row.owner} did until {row.ago:.0f} s ago"
    waiting = int(conn.execute(_SCHEDULES).scalar_one())
    if waiting:
        return failed("beat", f"{seen}, and {waiting} schedules wait", remedy=_UP)
    return warning("beat", f"{seen}; nothing is watched yet", remedy=_UP)


def overdue_check(conn: Connection) -> Check:
    """Return whether runs outlived their deadline: a sweep would have ended them."""
    late = int(conn.execute(_OVERDUE, {"seconds": _PATIENCE_SECONDS}).scalar_one())
    if late:
        return failed("deadlines", f"{late} runs are past their deadline: nobody sweeps", remedy=_UP)
    return ok("deadlines", "no run is past its own")


def outbox_check(conn: Connection) -> Check:
    """Return whether messages wait to be sent: a sweep would have sent them."""
    stuck = int(conn.execute(_UNSENT, {"seconds": _PATIENCE_SECONDS}).scalar_one())
    if stuck:
        return warning("outbox", f"{stuck} messages wait to be sent: nobody sweeps, or the broker is away", remedy=_UP)
    return ok("outbox", "nothing waits in it")
