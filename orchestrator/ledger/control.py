"""Pausing and resuming a run, inside the caller's transaction. A paused run keeps what it has and begins nothing.

Its running steps hear of it with the next heartbeat and go back without a fault of their own; one that finishes first
is kept. While a run is paused its deadline does not pass; resuming moves the deadline by the length of the pause.
So does the moment since when people are waited for.
"""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection

from orchestrator.ledger import control_statements, ending_statements, outbox
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.endings import end_attempt
from orchestrator.store.documents import clean_text

LONGEST_WHY = 2_000


class Control(StrEnum):
    """What became of a wish to pause or to resume a run."""

    DONE = "done"
    ALREADY = "already"
    """It was paused, or going on, before."""
    OVER = "over"
    """The run has ended, or its deadline has passed and the next sweep ends it."""


def pause_run(conn: Connection, run_id: UUID, *, why: str) -> Control:
    """Pause a live run: from now on none of its steps begins, and those that run are told to stop."""
    row = {"run": run_id, "why": clean_text(why)[:LONGEST_WHY]}
    if conn.execute(control_statements.PAUSE_RUN, row).one_or_none() is not None:
        return Control.DONE
    return _standing(conn, run_id, paused=True)


def resume_run(conn: Connection, run_id: UUID) -> Control:
    """Let a paused run go on: whatever is ready is sent, and its deadline moves by as long as it was paused."""
    conn.execute(ending_statements.LOCK_OPEN_STEPS, {"run": run_id})
    conn.execute(control_statements.LOCK_OPEN_QUESTIONS, {"run": run_id})
    if conn.execute(control_statements.RESUME_RUN, {"run": run_id}).one_or_none() is None:
        return _standing(conn, run_id, paused=False)
    ready = list(conn.execute(control_statements.READY_NOW, {"run": run_id}).scalars())
    if ready:
        outbox.write_down(conn, run_id, why=outbox.Why.RESUMED, steps=ready)
    return Control.DONE


def _standing(conn: Connection, run_id: UUID, *, paused: bool) -> Control:
    """Return why nothing was changed: the run is as wished already, or it is over."""
    row = conn.execute(control_statements.RUN_NOW, {"run": run_id}).one()
    return Control.ALREADY if row.state == "running" and (row.paused_at is not None) is paused else Control.OVER


def give_back(conn: Connection, attempt: Attempt, *, error: str) -> bool:
    """Give a step of a paused run back; False where the attempt no longer holds it.

    Whoever resumes a run locks its open steps first: either the step is back by then and sent with the others, or the
    run is seen here as going on, and the step is sent by a row of its own.
    """
    if conn.execute(control_statements.GIVE_BACK, {**attempt.where, "error": error}).one_or_none() is None:
        return False
    end_attempt(conn, attempt, outcome="given_back", error=error)
    now = conn.execute(control_statements.RUN_NOW, {"run": attempt.run_id}).one()
    if now.paused_at is None:
        outbox.write_down(conn, attempt.run_id, why=outbox.Why.RETRY, steps=[attempt.step])
    return True
