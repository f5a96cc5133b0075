"""Waiting for a person is a state of the ledger: a step that waits has no worker, no message and no slot."""

from sqlalchemy import Connection

from agents.contract import Question
from agents.errors import BadEvidenceError
from orchestrator.ledger import ending_statements
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.endings import end_attempt
from orchestrator.store.approvals import ask
from orchestrator.store.documents import clean_text

_SHOWN = 400
"""Characters of a question that stand beside its step."""


class AskedBeforeError(BadEvidenceError):
    """A step asks what it has asked before: its answer is there, and asking again would never end."""


def wait_for_answer(conn: Connection, attempt: Attempt, *, question: Question) -> bool:
    """Let a step wait for a person, inside the caller's transaction; False where the attempt no longer holds it.

    Raises ``AskedBeforeError``: the caller's transaction has to be undone then.
    """
    if conn.execute(ending_statements.WAIT_FOR_ANSWER, attempt.where).one_or_none() is None:
        return False
    name = ask(conn, question, run_id=attempt.run_id, step=attempt.step)
    if name is None:
        raise AskedBeforeError(
            f"question {question.key!r} was asked before: read its answer from work.answers, or ask under another key"
        )
    what = {
        "run": attempt.run_id,
        "step": attempt.step,
        "error": f"asked as {name}: {clean_text(question.text)[:_SHOWN]}",
    }
    conn.execute(ending_statements.SAY_WHAT_FOR, what)
    end_attempt(conn, attempt, outcome="waiting")
    return True
