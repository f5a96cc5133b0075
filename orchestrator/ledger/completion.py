"""Completing a step: its result, its effects and its gate's count in one transaction, or nothing at all."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Engine

from agents.contract import AgentReport, CoverageState
from orchestrator.domain.runs import StepState
from orchestrator.ledger import statements
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.endings import end_attempt, go_on
from orchestrator.ledger.gates import count_ends
from orchestrator.ledger.layout import END
from orchestrator.ledger.results import kept
from orchestrator.store.effects import save_effects


class _RunOverError(Exception):
    """The run ended while its step worked: nothing of it may be kept."""


@dataclass(frozen=True)
class Completion:
    """What a completion did: whether it was applied, and whether it opened the gate it counts on."""

    applied: bool
    opened: bool = False
    ended_run: bool = False
    owes: bool = False
    """Whether the outbox got a row: the run ended, or a gate beyond the step's own was opened."""


FENCED = Completion(applied=False)
"""Somebody else holds the step, or its run is over. The attempt is recorded, nothing of it is applied."""


def complete(engine: Engine, attempt: Attempt, *, report: AgentReport, tenant: str) -> Completion:
    """Apply a report, once. Safe to call again after a lost connection: a second call finds the step ended."""
    try:
        with engine.begin() as conn:
            return _apply(conn, attempt, report=report, tenant=tenant)
    except _RunOverError:
        return FENCED


def _apply(conn: Connection, attempt: Attempt, *, report: AgentReport, tenant: str) -> Completion:
    """Apply a report inside a transaction."""
    state = state_of(report)
    row = {**attempt.where, "state": state, "result": kept(report), "error": None}
    ended = conn.execute(statements.END_STEP, row).one_or_none()
    if ended is None:
        return _after_the_fact(conn, attempt)
    run_id: UUID = attempt.run_id
    save_effects(conn, report, tenant=tenant, run_id=run_id, step=attempt.step)
    end_attempt(conn, attempt, outcome=state)
    if conn.execute(statements.TOUCH_RUN, {"run": run_id}).one_or_none() is None:
        raise _RunOverError
    opened = count_ends(conn, run_id, ends=Counter([ended.counts]))
    # The chord part sends what stands behind our own gate; an end, and what it reaches beyond, is the ledger's.
    go_on(conn, run_id, opened=opened if END in opened else opened - {ended.counts})
    return Completion(
        applied=True,
        opened=bool(opened),
        ended_run=END in opened,
        owes=END in opened or bool(opened - {ended.counts}),
    )


def _after_the_fact(conn: Connection, attempt: Attempt) -> Completion:
    """Tell a zombie from ourselves: a commit whose answer was lost on the way has ended our own attempt."""
    now = conn.execute(statements.STEP_NOW, {"run": attempt.run_id, "step": attempt.step}).one_or_none()
    if now is None or now.attempt != attempt.number or not StepState(now.state).delivered:
        end_attempt(conn, attempt, outcome="fenced")
        return FENCED
    why = conn.execute(statements.WHY_NOT, {"run": attempt.run_id, "step": attempt.step}).one()
    return Completion(applied=True, opened=bool(why.unsent))


def state_of(report: AgentReport) -> StepState:
    """Return ``partial`` for a report that saw only part of its source or failed on it; else ``succeeded``."""
    short = {CoverageState.PARTIAL, CoverageState.FAILED}
    return StepState.PARTIAL if any(row.state in short for row in report.coverage) else StepState.SUCCEEDED
