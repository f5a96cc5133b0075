"""The outbox: what is to be sent is written down in the transaction that makes it necessary."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection

from orchestrator.ledger import statements


class Why(StrEnum):
    """Why something is to be sent."""

    SUBMITTED = "submitted"
    RETRY = "retry"
    LOST_LEASE = "lost_lease"
    OPENED = "opened"
    """A gate was opened by an end without success, after which no chord part returns."""
    BUSY = "busy"
    """Another run's step worked on the same target."""
    ANSWERED = "answered"
    """A person answered what a step had asked."""
    CHANGED = "changed"
    """A person changed the run."""
    RESUMED = "resumed"
    STUCK = "stuck"
    BROKER_LOST = "broker_lost"
    ENDED = "ended"
    """The run ended: callers who wait outside get their copy."""


def write_down(
    conn: Connection, run_id: UUID, *, why: Why, steps: Sequence[str] | None = None, due: datetime | None = None
) -> int:
    """Note that a run's ready ``steps`` (None: all that is left) are to be sent at ``due`` (None: now)."""
    row = {"run": run_id, "why": why, "steps": list(steps) if steps is not None else None, "due": due}
    return int(conn.execute(statements.INSERT_OUTBOX, row).scalar_one())
