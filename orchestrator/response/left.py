"""What of automated response is still to be done, for a command after which nobody may be there to do it."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from orchestrator.response import statements


class Left(NamedTuple):
    """How much is left."""

    actions: int
    """Those that are due, under way, or wait for a person or a second look."""
    runs: int
    """Follow-up runs that have not ended."""


def sets_off(conn: Connection, run_id: UUID) -> bool:
    """Whether a run has ended so that its rules, if it has any, may set something off."""
    return bool(conn.execute(statements.SETS_OFF, {"run": run_id}).scalar_one())


def left_over(conn: Connection) -> Left:
    """Return what is left to do."""
    row = conn.execute(statements.LEFT_OVER).one()
    return Left(row.actions, row.runs)
