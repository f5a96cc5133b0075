"""A result that is held: all of it is there, and nothing of it goes out, until a person has approved it."""

from uuid import UUID

from sqlalchemy import Connection

from orchestrator.domain.runs import RunState
from orchestrator.ledger import endings
from orchestrator.oversight import statements


def decide_held(conn: Connection, run_id: UUID, *, approved: bool, words: str) -> bool:
    """End a run whose result was held, by what a person decided; False where it is over already.

    One that is not approved is cancelled, with the reason in words: callers hear that, and nothing of the result.
    """
    if conn.execute(statements.LOCK_RUN, {"run": run_id}).one_or_none() is None:
        return False
    if not approved:
        return endings.end_run(conn, run_id, state=RunState.CANCELLED, error=words)
    conn.execute(statements.SET_HOLD, {"run": run_id, "hold": False})
    return endings.finish(conn, run_id) is not RunState.RUNNING
