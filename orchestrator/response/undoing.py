"""Undoing what an action did, where the world lets it. Done twice, it comes to the same."""

from collections.abc import Mapping

from sqlalchemy import Engine

from orchestrator.domain.responses import ActionKind, ActionState
from orchestrator.errors import ActionUndoError
from orchestrator.response import statements
from orchestrator.response.contract import Action, ActionRefusedError, Outcome
from orchestrator.response.orders import order_of
from orchestrator.response.reading import find_action, read_action
from orchestrator.store.documents import clean_text


def undo(engine: Engine, name: str, *, actions: Mapping[ActionKind, Action], who: str, why: str) -> Outcome:
    """Undo an action that was done. Raises ``UnknownActionError``, and ``ActionUndoError`` where it stays done."""
    with engine.connect() as conn:
        row = read_action(conn, find_action(conn, name)).row
    if row.state != ActionState.DONE:
        raise ActionUndoError(f"{row.id} is {row.state}, not done: there is nothing to undo")
    outcome = Outcome(row.result["words"], facts=row.result["facts"])
    try:
        undone = actions[ActionKind(row.kind)].undo(order_of(row), outcome)
    except ActionRefusedError as error:
        raise ActionUndoError(str(error)) from error
    words = f"{undone.words}; undone by {who}" + (f": {why}" if why else "")
    told = {"tenant": row.tenant, "id": row.id, "state": ActionState.UNDONE, "why": clean_text(words)[:2_000]}
    with engine.begin() as conn:
        if conn.execute(statements.UNDONE, told).one_or_none() is not None:
            conn.execute(statements.AUDIT, {**told, "who": clean_text(who)[:200]})
    return undone
