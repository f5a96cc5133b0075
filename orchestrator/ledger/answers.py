"""What a run answers to whoever waits for its id, in Celery's own words."""

from typing import Any

from celery import states
from sqlalchemy import Row

from orchestrator.domain.runs import RunState

_SUCCESS = {RunState.SUCCEEDED, RunState.PARTIAL}


def answer(row: Row[Any] | None) -> dict[str, Any]:
    """Return Celery's metadata for a row of ``statements.RESOLVE``.

    ``succeeded`` and ``partial`` are SUCCESS, and the result says which. ``failed`` and ``timed_out`` are FAILURE with
    a built-in exception that any client can raise; ``cancelled`` is REVOKED; a refused call is FAILURE with ValueError.
    """
    if row is None or (row.id is None and row.refusal is None):
        return _meta(states.PENDING, None)
    if row.refusal is not None:
        return _meta(states.FAILURE, ValueError(row.refusal))
    state = RunState(row.state)
    if state in _SUCCESS:
        return _meta(states.SUCCESS, row.result, ended=row.finished_at)
    if state is RunState.RUNNING:
        return _meta(states.STARTED if row.started else states.PENDING, None)
    words = f"run {row.id} {state}: {row.error or 'no step gave a result'}"
    if state is RunState.CANCELLED:
        return _meta(states.REVOKED, RuntimeError(words), ended=row.finished_at)
    kind = TimeoutError if state is RunState.TIMED_OUT else RuntimeError
    return _meta(states.FAILURE, kind(words), ended=row.finished_at)


def _meta(status: str, result: object, *, ended: object = None) -> dict[str, Any]:
    """Return the shape that Celery's result objects read."""
    return {"status": status, "result": result, "traceback": None, "children": [], "date_done": ended}
