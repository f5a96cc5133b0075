"""Completing steps: their results, effects and gate's count in one transaction for a lot, or nothing at all.

Where a lot leaves only findings behind and does not end its run, that is one statement.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from uuid import UUID

from psycopg.errors import CheckViolation
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from agents.contract import AgentReport, CoverageState, Role
from orchestrator.domain.runs import StepState
from orchestrator.ledger import completing_statements, sending_statements, statements
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.endings import end_attempt, go_on
from orchestrator.ledger.gates import count_beyond
from orchestrator.ledger.layout import END
from orchestrator.ledger.results import kept
from orchestrator.store.direct import Direct, Sending, Within
from orchestrator.store.documents import to_json
from orchestrator.store.effects import save_effects
from orchestrator.store.findings import finding_rows


class Done(NamedTuple):
    """A report with the attempt that made it, how many seconds its agent worked, and whether a run's end counts it."""

    attempt: Attempt
    report: AgentReport
    seconds: float
    last: bool


class _RunOverError(Exception):
    """The run ended while its steps worked: nothing of them may be kept."""


@dataclass(frozen=True)
class Completion:
    """What a completion did: which steps it was applied to, and which gates it opened."""

    applied: frozenset[str] = field(default_factory=frozenset)
    openers: frozenset[str] = field(default_factory=frozenset)
    """One step for each gate that was opened: whoever had it sends what stands behind."""
    gates: frozenset[str] = field(default_factory=frozenset)
    """The gates themselves."""
    ended_run: bool = False
    owes: bool = False
    """Whether the outbox got a row: the run ended, or a gate beyond the steps' own was opened."""

    @property
    def opened(self) -> bool:
        """Whether it opened a gate that its steps count on."""
        return bool(self.openers)

    def not_applied(self, lot: Sequence[Done]) -> list[Done]:
        """Return those of a lot to which it was not applied."""
        return [done for done in lot if done.attempt.step not in self.applied]

    def and_then(self, other: "Completion") -> "Completion":
        """Return what both did together."""
        return Completion(
            self.applied | other.applied,
            openers=self.openers | other.openers,
            gates=self.gates | other.gates,
            ended_run=self.ended_run or other.ended_run,
            owes=self.owes or other.owes,
        )

    def share(self, steps: frozenset[str]) -> "Completion":
        """Return what it did for some of its steps: of each gate that was opened, one has what follows."""
        openers = self.openers & steps
        ended, owes = self.ended_run and bool(openers), self.owes and bool(openers)
        return Completion(self.applied & steps, openers=openers, ended_run=ended, owes=owes)


def complete(direct: Direct, lot: Sequence[Done], *, tenant: str) -> Completion:
    """Apply the reports of steps of one run, once. Safe to call again after a lost connection: it finds them ended.

    Who is not among ``applied`` is fenced: somebody else holds the step, or its run is over.
    """
    if all(is_light(done.report) for done in lot):
        try:
            return _apply_light(direct, lot, tenant=tenant)
        except _RunOverError:
            return Completion()
        except IntegrityError as error:
            if not isinstance(error.orig, CheckViolation):
                raise
    return _apply_slowly(direct, lot, tenant=tenant)


def _apply_slowly(direct: Direct, lot: Sequence[Done], *, tenant: str) -> Completion:
    """Apply any reports in a transaction of several statements."""
    try:
        with direct.begin() as conn:
            return _apply(conn, lot, tenant=tenant)
    except _RunOverError:
        return Completion()


def is_light(report: AgentReport) -> bool:
    """Whether a report leaves only findings behind, and those its own: nothing for which whole targets are locked."""
    heavy = (report.evidence, report.replaces, report.cursors, report.quarantined, report.artifacts)
    return report.role is Role.AGENT and not any(heavy)


def _apply_light(direct: Direct, lot: Sequence[Done], *, tenant: str) -> Completion:
    """Apply light reports; raises ``IntegrityError`` where more than that is to be done, and then does nothing.

    Whom one statement left out may be fenced, done before, or moved to another gate meanwhile: a second look says.
    """
    if any(done.last for done in lot):
        with direct.begin() as conn:
            first = _at_once(Within(conn), lot, tenant=tenant)
            first = _went_on(conn, lot[0].attempt.run_id, opened=first.gates, so_far=first)
            left = first.not_applied(lot)
            return first.and_then(_apply(conn, left, tenant=tenant)) if left else first
    first = _at_once(direct, lot, tenant=tenant)
    left = first.not_applied(lot)
    return first.and_then(_apply_slowly(direct, left, tenant=tenant)) if left else first


def _at_once(sending: Sending, lot: Sequence[Done], *, tenant: str) -> Completion:
    """End steps and count them in one statement."""
    found = finding_rows({done.attempt.step: done.report for done in lot})
    row = sending.row(completing_statements.COMPLETE, {**_given(lot), "tenant": tenant, "findings": to_json(found)})
    return _counted(row.ended or {}, opened=frozenset(row.opened))


def _apply(conn: Connection, lot: Sequence[Done], *, tenant: str) -> Completion:
    """Apply reports inside a transaction."""
    run_id = lot[0].attempt.run_id
    sending = Within(conn)
    ended = {row.name: row.counts for row in sending.rows(completing_statements.END_STEPS, _given(lot))}
    if not ended:
        return _with_late(conn, lot, so_far=Completion())
    reports = {done.attempt.step: done.report for done in lot if done.attempt.step in ended}
    save_effects(conn, reports, tenant=tenant, run_id=run_id)
    counted = sending.row(completing_statements.COUNT_STEPS, {"run": run_id, "ends": to_json(Counter(ended.values()))})
    if not counted.live:
        raise _RunOverError
    done = _counted(ended, opened=frozenset(counted.opened))
    reached = count_beyond(conn, run_id, opened=done.gates) if END not in done.gates else done.gates
    return _with_late(conn, lot, so_far=_went_on(conn, run_id, opened=reached, so_far=done))


def _counted(ended: Mapping[str, str], *, opened: frozenset[str]) -> Completion:
    """Return what ending steps did, which count on the gates they are given with."""
    openers = {gate: step for step, gate in ended.items() if gate in opened}
    return Completion(frozenset(ended), openers=frozenset(openers.values()), gates=opened)


def _went_on(conn: Connection, run_id: UUID, *, opened: frozenset[str], so_far: Completion) -> Completion:
    """Have done what follows from the gates that were opened, those that a completion reached beyond its own too."""
    # The chord part sends what stands behind our own gate; an end, and what it reaches beyond, is the ledger's.
    owes = bool(opened) and go_on(conn, run_id, opened=opened if END in opened else opened - so_far.gates)
    return replace(so_far, ended_run=END in opened, owes=owes)


def _with_late(conn: Connection, lot: Sequence[Done], *, so_far: Completion) -> Completion:
    """Add what became before of those of a lot that a completion was not applied to."""
    return so_far.and_then(_after_the_fact(conn, [done.attempt for done in so_far.not_applied(lot)]))


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


def _given(lot: Sequence[Done]) -> dict[str, object]:
    """Return how attempts of one run ended, as the statements read it."""
    rows = [
        {
            "step": done.attempt.step,
            "attempt": done.attempt.number,
            "state": state_of(done.report),
            "seconds": done.seconds,
            "result": kept(done.report),
        }
        for done in lot
    ]
    return {"run": lot[0].attempt.run_id, "steps": [done.attempt.step for done in lot], "rows": to_json(rows)}


def state_of(report: AgentReport) -> StepState:
    """Return ``partial`` for a report that saw only part of its source or failed on it; else ``succeeded``."""
    short = {CoverageState.PARTIAL, CoverageState.FAILED}
    return StepState.PARTIAL if any(row.state in short for row in report.coverage) else StepState.SUCCEEDED
