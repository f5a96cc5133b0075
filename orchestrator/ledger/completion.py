"""Completing steps: their results, effects and gate's count in one transaction for a lot, or nothing at all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine

from agents.contract import AgentReport, CoverageState, Role
from orchestrator.domain.runs import StepState
from orchestrator.ledger import sending_statements, statements
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.endings import end_attempt, go_on
from orchestrator.ledger.gates import count_beyond
from orchestrator.ledger.layout import END
from orchestrator.ledger.results import kept
from orchestrator.store.documents import to_json
from orchestrator.store.effects import save_effects


class Done(NamedTuple):
    """A report with the attempt that made it, and how many seconds its agent worked."""

    attempt: Attempt
    report: AgentReport
    seconds: float


class _RunOverError(Exception):
    """The run ended while its steps worked: nothing of them may be kept."""


@dataclass(frozen=True)
class Completion:
    """What a completion did: which steps it was applied to, and which gates it opened."""

    applied: frozenset[str] = field(default_factory=frozenset)
    openers: frozenset[str] = field(default_factory=frozenset)
    """One step for each gate that was opened: whoever had it sends what stands behind."""
    ended_run: bool = False
    owes: bool = False
    """Whether the outbox got a row: the run ended, or a gate beyond the steps' own was opened."""

    @property
    def opened(self) -> bool:
        """Whether it opened a gate that its steps count on."""
        return bool(self.openers)

    def share(self, steps: frozenset[str]) -> "Completion":
        """Return what it did for some of its steps: of each gate that was opened, one has what follows."""
        openers = self.openers & steps
        ended, owes = self.ended_run and bool(openers), self.owes and bool(openers)
        return Completion(self.applied & steps, openers=openers, ended_run=ended, owes=owes)


def complete(engine: Engine, lot: Sequence[Done], *, tenant: str) -> Completion:
    """Apply the reports of steps of one run, once. Safe to call again after a lost connection: it finds them ended.

    Who is not among ``applied`` is fenced: somebody else holds the step, or its run is over.
    """
    try:
        with engine.begin() as conn:
            return _apply(conn, lot, tenant=tenant)
    except _RunOverError:
        return Completion()


def is_light(report: AgentReport) -> bool:
    """Whether a report leaves only findings behind, and those its own: nothing for which whole targets are locked."""
    heavy = (report.evidence, report.replaces, report.cursors, report.quarantined, report.artifacts)
    return report.role is Role.AGENT and not any(heavy)


def _apply(conn: Connection, lot: Sequence[Done], *, tenant: str) -> Completion:
    """Apply reports inside a transaction."""
    run_id = lot[0].attempt.run_id
    given = [{**_row(done), "result": kept(done.report)} for done in lot]
    ended = {
        row.name: row.counts for row in conn.execute(statements.END_STEPS, {"run": run_id, "rows": to_json(given)})
    }
    late = _after_the_fact(conn, [done.attempt for done in lot if done.attempt.step not in ended])
    if not ended:
        return late
    reports = {done.attempt.step: done.report for done in lot if done.attempt.step in ended}
    save_effects(conn, reports, tenant=tenant, run_id=run_id)
    rows = [_row(done) for done in lot if done.attempt.step in ended]
    counts = {"run": run_id, "rows": to_json(rows), "ends": to_json(Counter(ended.values()))}
    counted = conn.execute(statements.COUNT_STEPS, counts).one()
    if not counted.live:
        raise _RunOverError
    opened = frozenset(counted.opened)
    openers = {gate: step for step, gate in ended.items() if gate in opened}
    applied = Completion(late.applied.union(ended), openers=late.openers.union(openers.values()))
    return _went_on(conn, run_id, opened=opened, so_far=applied)


def _went_on(conn: Connection, run_id: UUID, *, opened: frozenset[str], so_far: Completion) -> Completion:
    """Have done what follows from the gates that a completion opened."""
    if not opened:
        return so_far
    reached = count_beyond(conn, run_id, opened=opened) if END not in opened else opened
    # The chord part sends what stands behind our own gate; an end, and what it reaches beyond, is the ledger's.
    owes = go_on(conn, run_id, opened=reached if END in reached else reached - opened)
    return replace(so_far, ended_run=END in reached, owes=owes)


def _after_the_fact(conn: Connection, attempts: Sequence[Attempt]) -> Completion:
    """Tell zombies from ourselves: a commit whose answer was lost on the way has ended our own attempts."""
    applied: set[str] = set()
    unsent: set[str] = set()
    for attempt in attempts:
        now = conn.execute(sending_statements.STEP_NOW, {"run": attempt.run_id, "step": attempt.step}).one_or_none()
        if now is None or now.attempt != attempt.number or not StepState(now.state).delivered:
            end_attempt(conn, attempt, outcome="fenced")
            continue
        applied.add(attempt.step)
        why = conn.execute(statements.WHY_NOT, {"run": attempt.run_id, "steps": [attempt.step]}).one()
        if why.unsent:
            unsent.add(attempt.step)
    return Completion(frozenset(applied), openers=frozenset(unsent))


def _row(done: Done) -> dict[str, Any]:
    """Return how an attempt ended, as the statements read it."""
    return {
        "step": done.attempt.step,
        "attempt": done.attempt.number,
        "state": state_of(done.report),
        "seconds": done.seconds,
    }


def state_of(report: AgentReport) -> StepState:
    """Return ``partial`` for a report that saw only part of its source or failed on it; else ``succeeded``."""
    short = {CoverageState.PARTIAL, CoverageState.FAILED}
    return StepState.PARTIAL if any(row.state in short for row in report.coverage) else StepState.SUCCEEDED
