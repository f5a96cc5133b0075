"""Ends of steps and runs, all inside the caller's transaction.

Locks are always taken in one order: a step of one's own or, to end several, all open steps by position; then what it
writes; then the run; then gates. So a completion, a cancel and a sweep that meet wait for each other instead of
deadlocking.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from agents.contract import AgentSpec
from orchestrator.domain.runs import RunState, StepEnd, StepState, run_end
from orchestrator.ledger import ending_statements, outbox
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.decisions import GiveUp, PutOff
from orchestrator.ledger.gates import count_ends
from orchestrator.ledger.layout import END
from orchestrator.store.approvals import ask, may_go_out
from orchestrator.store.direct import Within
from orchestrator.store.documents import clean_text, to_json

_CLOSED_AS = {
    RunState.CANCELLED: StepState.CANCELLED,
    RunState.TIMED_OUT: StepState.TIMED_OUT,
    RunState.FAILED: StepState.SKIPPED,
}


def end_attempt(conn: Connection, attempt: Attempt, *, outcome: str, error: str | None = None) -> None:
    """Write down how an attempt ended, unless that is known already."""
    conn.execute(ending_statements.END_ATTEMPT, {**attempt.where, "outcome": outcome, "error": _short(error)})


def put_off(conn: Connection, attempt: Attempt, *, wait: PutOff, outcome: str, error: str | None) -> bool:
    """Give a step back until its wait is over; False where the attempt no longer holds it."""
    row = {**attempt.where, "wait": wait.seconds, "failures": int(wait.counts_as_failure), "error": _short(error)}
    back = conn.execute(ending_statements.PUT_OFF, row).one_or_none()
    if back is None:
        return False
    end_attempt(conn, attempt, outcome=outcome, error=error)
    outbox.write_down(conn, attempt.run_id, why=outbox.Why.RETRY, steps=[attempt.step], due=back.ready_at)
    return True


def hand_over(conn: Connection, attempt: Attempt, *, spec: AgentSpec, queue: str, error: str) -> bool:
    """Give a step to a stand-in, which has tries of its own; False where the attempt no longer holds it."""
    limits = {"hard_seconds": spec.hard_seconds, "max_failures": spec.max_failures}
    row = {**attempt.where, **limits, "agent": spec.name, "queue": queue, "error": _short(error)}
    if conn.execute(ending_statements.HAND_OVER, row).one_or_none() is None:
        return False
    end_attempt(conn, attempt, outcome="handed_over", error=error)
    outbox.write_down(conn, attempt.run_id, why=outbox.Why.RETRY, steps=[attempt.step])
    return True


def give_up(conn: Connection, attempt: Attempt, *, verdict: GiveUp, error: str) -> bool:
    """End a step without success, skip what cannot run without it, and count it all; False where it is not ours."""
    conn.execute(ending_statements.LOCK_OPEN_STEPS, {"run": attempt.run_id})
    row = {**attempt.where, "state": verdict.state, "error": _short(error)}
    ended = conn.execute(ending_statements.END_STEP, row).one_or_none()
    if ended is None or conn.execute(ending_statements.TOUCH_RUN, {"run": attempt.run_id}).one_or_none() is None:
        return False
    end_attempt(conn, attempt, outcome=verdict.state, error=error)
    dead = {**attempt.where, "reason": verdict.reason, "error": _short(error)}
    conn.execute(ending_statements.INSERT_DEAD, dead)
    if ended.required:
        end_run(conn, attempt.run_id, state=RunState.FAILED, error=f"{attempt.step}: {error}")
        return True
    ends = _skip_dependents(conn, attempt) + Counter([ended.counts])
    go_on(conn, attempt.run_id, opened=count_ends(conn, attempt.run_id, ends=ends))
    return True


def _skip_dependents(conn: Connection, attempt: Attempt) -> Counter[str]:
    """Skip every step that needs the one that ended, and so on; return the gates of those the run has reached."""
    gone = {attempt.step}
    graph = conn.execute(ending_statements.STEP_GRAPH, {"run": attempt.run_id}).all()
    for row in graph:
        if gone.intersection(row.needs):
            gone.add(row.name)
    reason = f"skipped: {attempt.step} gave no result"
    names = sorted(gone - {attempt.step})
    skipped = conn.execute(ending_statements.SKIP_STEPS, {"run": attempt.run_id, "names": names, "error": reason})
    return Counter(row.counts for row in skipped if row.reached)


def go_on(conn: Connection, run_id: UUID, *, opened: frozenset[str]) -> bool:
    """After an end that no chord part returns for: end the run, or have sent what stands behind the opened gates.

    Returns whether the outbox holds something to be sent now.
    """
    if END in opened:
        return _finish(conn, run_id).called
    ready = opened and conn.execute(ending_statements.READY_BEHIND, {"run": run_id, "gates": sorted(opened)}).all()
    if ready:
        outbox.write_down(conn, run_id, why=outbox.Why.OPENED, steps=[row.name for row in ready])
    return bool(ready)


def finish(conn: Connection, run_id: UUID) -> RunState:
    """End a run all of whose steps have ended, by what they gave; one that is held asks first, and goes on so long."""
    return _finish(conn, run_id).state


class _Finished(NamedTuple):
    """How a run stands after all its steps have ended, and whether somebody outside is to be told."""

    state: RunState
    called: bool = False


def _finish(conn: Connection, run_id: UUID) -> _Finished:
    """Do what ``finish`` says."""
    run = Within(conn).row(ending_statements.RUN_RESULT, {"run": run_id})
    state = run_end(StepEnd(state=StepState(end["state"]), required=end["required"]) for end in run.ends)
    if run.held and state is not RunState.FAILED:
        words = conn.execute(ending_statements.LAST_WORDS, {"run": run_id}).scalar_one_or_none() or ""
        ask(conn, may_go_out(f"{state}: {words}"), run_id=run_id)
        return _Finished(RunState.RUNNING)
    ended = _end(conn, run_id, run, state=state)
    return _Finished(state, called=ended is not None and ended.called)


def end_run(conn: Connection, run_id: UUID, *, state: RunState, error: str | None = None) -> bool:
    """End a live run in a state, closing what is open; False where it is over already."""
    run = Within(conn).row(ending_statements.RUN_RESULT, {"run": run_id})
    return _end(conn, run_id, run, state=state, error=error) is not None


def _end(conn: Connection, run_id: UUID, run: Any, *, state: RunState, error: str | None = None) -> Any:  # noqa: ANN401  rows
    """End a live run of which ``RUN_RESULT`` was just read; None where it is over already."""
    summary = _summary(run_id, run, state=state, error=error)
    row = {"run": run_id, "state": state, "error": _short(error), "result": to_json(summary)}
    ended = Within(conn).row(ending_statements.END_RUN, row)
    if ended is not None and state in _CLOSED_AS:
        closed = _CLOSED_AS[state]
        conn.execute(ending_statements.CLOSE_STEPS, {"run": run_id, "state": closed, "error": f"the run {state}"})
        conn.execute(ending_statements.CLOSE_ATTEMPTS, {"run": run_id, "outcome": closed})
    return ended


def stop_run(conn: Connection, run_id: UUID, *, state: RunState, error: str) -> bool:
    """End a live run from outside (cancel, deadline); False where it is over already."""
    conn.execute(ending_statements.LOCK_OPEN_STEPS, {"run": run_id})
    conn.execute(ending_statements.LOCK_RUN, {"run": run_id})
    return end_run(conn, run_id, state=state, error=error)


def _summary(run_id: UUID, row: Any, *, state: RunState, error: str | None) -> dict[str, object]:  # noqa: ANN401
    """Return the short result that waits for the submitter: counts and ids, never findings or evidence."""
    last = row.last or {}
    return {
        "run_id": str(run_id),
        "state": state,
        "kind": row.kind,
        "summary": last.get("summary", ""),
        "confidence": last.get("confidence"),
        "findings": row.findings,
        "severities": row.severities or {},
        "steps": row.steps or {},
        "error": _short(error),
        **_quarrels(last),
    }


def _quarrels(last: Mapping[str, Any]) -> dict[str, int]:
    """Return about how many targets the agents disagree, where they do about any."""
    synthesis = last.get("metrics", {}).get("synthesis") or {}
    disputed = sum(not each["agrees"] for each in synthesis.get("agreements", ()))
    return {"disagreements": disputed} if disputed else {}


def _short(text: str | None, *, limit: int = 2_000) -> str | None:
    """Return a text that fits a column meant for reading."""
    return None if text is None else clean_text(text)[:limit]
