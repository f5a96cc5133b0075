"""Accepting a trigger: one statement, after whose commit nothing can be lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from agents.contract import AgentSpec
from orchestrator.domain.exclusion import exclusive_key
from orchestrator.domain.ids import new_run_id
from orchestrator.domain.lanes import lane
from orchestrator.domain.plans import Plan
from orchestrator.domain.runs import RunState
from orchestrator.domain.times import times_of
from orchestrator.domain.triggers import Trigger
from orchestrator.ledger import outbox, statements
from orchestrator.ledger.layout import Laid, Layout, lay_out
from orchestrator.store.direct import Sending
from orchestrator.store.documents import clean_text, to_json
from orchestrator.store.tables.columns import DEFAULT_TENANT


@dataclass(frozen=True)
class Accepted:
    """What became of a trigger: its run, whether the key was new, and until when the run will have ended."""

    run_id: UUID
    fresh: bool
    state: RunState
    deadline_at: datetime
    outbox_id: int | None = None
    """The outbox row of its first messages, for whoever accepted it to send; None where there is nothing to send."""


@dataclass(frozen=True)
class Submission:
    """A trigger with its key, its plan and its run's id, ready to be accepted: twice is the same as once."""

    trigger: Trigger
    plan: Plan
    key: str
    tenant: str = DEFAULT_TENANT
    rerun_of: UUID | None = None
    run_id: UUID = field(default_factory=new_run_id)


def submit(
    sending: Sending,
    submission: Submission,
    *,
    specs: Mapping[str, AgentSpec],
    max_losses: int,
    grace_seconds: float = 0.0,
) -> Accepted:
    """Write a run, its steps, its gates and its outbox row; a known key returns the run that it led to first.

    The outbox row falls due after ``grace_seconds``, for callers who send the first messages themselves.
    """
    row = _run_row(submission, specs=specs, max_losses=max_losses, grace_seconds=grace_seconds)
    new = sending.row(statements.SUBMIT, row)
    if new is None:
        known = sending.row(statements.FIND_KEY, {"tenant": submission.tenant, "key": row["key"]})
        fresh_still = known.id == submission.run_id  # the first answer was lost on its way, and we ask again
        return Accepted(
            known.id,
            fresh=fresh_still,
            state=RunState(known.state),
            deadline_at=known.deadline_at,
            outbox_id=known.unsent if fresh_still else None,
        )
    return Accepted(
        submission.run_id,
        fresh=True,
        state=RunState.RUNNING,
        deadline_at=new.deadline_at,
        outbox_id=new.outbox_id,
    )


def _run_row(
    submission: Submission, *, specs: Mapping[str, AgentSpec], max_losses: int, grace_seconds: float
) -> dict[str, Any]:
    """Return a run with its steps and gates, as ``statements.SUBMIT`` reads it."""
    trigger, plan = submission.trigger, submission.plan
    layout = lay_out(plan.shape)
    return {
        "id": submission.run_id,
        "tenant": submission.tenant,
        "key": clean_text(submission.key),
        "kind": trigger.kind,
        "subject": clean_text(trigger.subject),
        "priority": int(plan.priority),
        "trigger": to_json(trigger),
        "plan": to_json(plan),
        "deadline": plan.deadline_seconds,
        "rerun_of": submission.rerun_of,
        "rows": to_json(_step_rows(layout, submission, specs=specs, max_losses=max_losses)),
        "gates": to_json(layout.gates),
        "why": outbox.Why.SUBMITTED,
        "grace": grace_seconds,
    }


def _step_rows(
    layout: Layout, submission: Submission, *, specs: Mapping[str, AgentSpec], max_losses: int
) -> list[dict[str, Any]]:
    """Return the rows of a plan's steps."""
    plan = submission.plan
    targets = {target.id: target for target in plan.targets}
    return [
        step_row(
            laid,
            position,
            plan=plan,
            spec=specs[laid.step.agent],
            targets=targets,
            max_losses=max_losses,
            tenant=submission.tenant,
        )
        for position, laid in enumerate(layout.steps)
    ]


def step_row(
    laid: Laid,
    position: int,
    *,
    plan: Plan,
    spec: AgentSpec,
    targets: Mapping[str, Any],
    max_losses: int,
    tenant: str,
) -> dict[str, Any]:
    """Return the row of one step, as ``statements.SUBMIT`` reads it."""
    step = laid.step
    return {
        "name": step.name,
        "position": position,
        "agent": step.agent,
        "queue": lane(spec, plan.priority),
        "spec": step,
        "target": targets.get(step.target),
        "behind": laid.behind,
        "counts": laid.counts,
        "needs": list(step.needs),
        "fallbacks": list(step.fallbacks),
        "required": step.required,
        "max_failures": spec.max_failures,
        "max_losses": max_losses,
        "hard_seconds": times_of(step, spec).hard,
        "exclusive": exclusive_key(step, tenant=tenant),
    }
