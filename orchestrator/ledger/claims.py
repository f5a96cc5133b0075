"""Claiming a step: one conditional UPDATE. No row means that the message was stale, and then it is said why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, text

from agents.contract import Target
from orchestrator.domain.plans import Step
from orchestrator.ledger import statements
from orchestrator.ledger.attempts import Attempt

_LAZY_COMMIT = text("SET LOCAL synchronous_commit = off")
"""A lost claim is only a step that is pending again, and the attempt number fences whoever held it."""


class Stale(StrEnum):
    """Why a message has nothing to do."""

    UNKNOWN = "unknown"
    RUN_OVER = "run_over"
    DONE = "done"
    DONE_UNSENT = "done_unsent"
    """Done, but what comes next was never sent: its worker died between the commit and the send."""
    NOT_OPEN = "not_open"
    LEASED = "leased"
    TOO_EARLY = "too_early"
    SPENT = "spent"


@dataclass(frozen=True)
class Claim:
    """A step that is ours until its lease runs out. ``attempt`` is the fencing token."""

    run_id: UUID
    step: Step
    attempt: int
    agent: str
    queue: str
    target: Target | None
    failures: int
    max_failures: int
    fallbacks: tuple[str, ...]
    tenant: str
    kind: str
    options: dict[str, Any]
    accepted_at: datetime
    deadline_at: datetime

    @property
    def held(self) -> Attempt:
        """The attempt that this claim began."""
        return Attempt(run_id=self.run_id, step=self.step.name, number=self.attempt)


def claim(engine: Engine, run_id: UUID, *, step: str, owner: str, lease_seconds: float) -> Claim | Stale:
    """Take a step, or say why it cannot be taken now. One short transaction that need not wait for the disk."""
    with engine.begin() as conn:
        conn.execute(_LAZY_COMMIT)
        wanted = {"run": run_id, "step": step}
        row = conn.execute(statements.CLAIM, {**wanted, "owner": owner, "lease": lease_seconds}).one_or_none()
        if row is not None:
            return _claim(run_id, row)
        return stale(conn.execute(statements.WHY_NOT, wanted).one_or_none())


def stale(row: Row[Any] | None) -> Stale:
    """Return why a step cannot be taken, from the ledger's own words about it."""
    if row is None:
        return Stale.UNKNOWN
    reasons = (
        (row.run_state != "running" or row.overdue, Stale.RUN_OVER),
        (row.state not in {"pending", "waiting", "running"}, Stale.DONE_UNSENT if row.unsent else Stale.DONE),
        (row.state == "running" and row.leased, Stale.LEASED),
        (row.closed, Stale.NOT_OPEN),
        (row.spent, Stale.SPENT),
    )
    return next((reason for holds, reason in reasons if holds), Stale.TOO_EARLY)


def _claim(run_id: UUID, row: Row[Any]) -> Claim:
    """Return the claim that a row stands for."""
    return Claim(
        run_id=run_id,
        step=Step.model_validate(row.spec),
        attempt=row.attempt,
        agent=row.agent,
        queue=row.queue,
        target=Target.model_validate(row.target) if row.target else None,
        failures=row.failures,
        max_failures=row.max_failures,
        fallbacks=tuple(row.fallbacks),
        tenant=row.tenant,
        kind=row.kind,
        options=dict(row.options or {}),
        accepted_at=row.created_at,
        deadline_at=row.deadline_at,
    )
