"""Trying an action again that failed for good: once more from the start, under the same id."""

from sqlalchemy import Engine

from orchestrator.domain.responses import ActionState
from orchestrator.errors import ActionRetryError
from orchestrator.response import statements
from orchestrator.response.reading import find_action, read_action
from orchestrator.store.documents import clean_text
from orchestrator.store.tables.columns import DEFAULT_TENANT


def retry(engine: Engine, name: str, *, who: str, why: str) -> str:
    """Let a failed action be due again, with all its tries; return its id.

    Raises ``UnknownActionError``, and ``ActionRetryError`` where it did not fail: what a person or a second look
    refused stays refused.
    """
    words = f"to be tried again, says {who}" + (f": {why}" if why else "")
    with engine.begin() as conn:
        action = find_action(conn, name)
        told = {"tenant": DEFAULT_TENANT, "id": action, "state": ActionState.DUE, "why": clean_text(words)[:2_000]}
        if conn.execute(statements.RETRY, told).one_or_none() is None:
            state = read_action(conn, action).row.state
            raise ActionRetryError(f"{action} is {state}, not failed: only what failed for good is tried again")
        conn.execute(statements.AUDIT, {**told, "who": clean_text(who)[:200]})
    return action
