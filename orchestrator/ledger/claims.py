"""Claiming steps: one conditional UPDATE for a lot. No row means that a message was stale, and then it is said why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError

from agents.contract import Target
from orchestrator.domain.plans import Step
from orchestrator.ledger import statements
from orchestrator.ledger.attempts import Attempt
from orchestrator.store.direct import Direct

BUSY_SECONDS = 1.0
"""After how long to look again whether a target is free."""


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
    PAUSED = "paused"
    BUSY = "busy"
    """A step of another run works on the same target now; the outbox has this one looked at again."""


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
    behind: str | None
    counts: str
    tenant: str
    kind: str
    options: dict[str, Any]
    accepted_at: datetime
    deadline_at: datetime
    cursors: dict[str, Any]
    """How far each source of the step's target was read."""
    joined: Mapping[str, Any] | None = None
    """What steps are handed that join others, with the first of those that join the same."""

    @property
    def held(self) -> Attempt:
        """The attempt that this claim began."""
        return Attempt(run_id=self.run_id, step=self.step.name, number=self.attempt)


class Claimed(NamedTuple):
    """What came of a lot: the claims in plan order, and why each of the other steps cannot be taken now."""

    claims: tuple[Claim, ...]
    stale: Mapping[str, Stale]

    def share(self, steps: frozenset[str]) -> "Claimed":
        """Return what came of some of the steps."""
        claims = tuple(got for got in self.claims if got.step.name in steps)
        return Claimed(claims, stale={step: why for step, why in self.stale.items() if step in steps})


@dataclass(frozen=True)
class Holder:
    """Who claims, and for how long a lease. Whoever asks again under the same token has the same claim."""

    owner: str
    lease_seconds: float
    token: UUID = field(default_factory=uuid4)


def claim(direct: Direct, run_id: UUID, *, steps: Sequence[str], holder: Holder) -> Claimed:
    """Take a lot of steps of one run, as many as may run now, in one statement that is its own transaction.

    Where one of them may not run beside a step of another run, each is taken by itself: it holds up none of the others.
    """
    wanted = {"run": run_id, "steps": list(steps), "owner": holder.owner, "lease": holder.lease_seconds}
    try:
        rows = direct.rows(statements.CLAIM, {**wanted, "token": holder.token})
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
    else:
        claims = tuple(_claim(run_id, row) for row in rows)
        left = set(steps) - {row.name for row in rows}
        return Claimed(claims, stale=_why_not(direct, run_id, left) if left else {})
    if len(steps) == 1:
        return _busy(direct, run_id, steps[0])
    return _together(claim(direct, run_id, steps=[one], holder=holder) for one in steps)


def _together(each: Iterable[Claimed]) -> Claimed:
    """Return what came of several lots as if they had been one."""
    got = list(each)
    stale = {step: why for one in got for step, why in one.stale.items()}
    return Claimed(tuple(claim for one in got for claim in one.claims), stale=stale)


def _why_not(direct: Direct, run_id: UUID, steps: Iterable[str]) -> dict[str, Stale]:
    """Return why each of some steps cannot be taken."""
    names = sorted(steps)
    known = {row.name: row for row in direct.rows(statements.WHY_NOT, {"run": run_id, "steps": names})}
    return {name: stale(known.get(name)) for name in names}


def _busy(direct: Direct, run_id: UUID, step: str) -> Claimed:
    """Have a step looked at again later: another run's step works on the same target now."""
    direct.rows(statements.LOOK_AGAIN, {"run": run_id, "step": step, "wait": BUSY_SECONDS})
    return Claimed((), stale={step: Stale.BUSY})


def stale(row: Any) -> Stale:  # noqa: ANN401  a row's columns, or None
    """Return why a step cannot be taken, from the ledger's own words about it."""
    if row is None:
        return Stale.UNKNOWN
    reasons = (
        (row.run_state != "running" or row.overdue, Stale.RUN_OVER),
        (row.state not in {"pending", "waiting", "running"}, Stale.DONE_UNSENT if row.unsent else Stale.DONE),
        (row.state == "running" and row.leased, Stale.LEASED),
        (row.paused, Stale.PAUSED),
        (row.closed, Stale.NOT_OPEN),
        (row.spent, Stale.SPENT),
    )
    return next((reason for holds, reason in reasons if holds), Stale.TOO_EARLY)


def _claim(run_id: UUID, row: Any) -> Claim:  # noqa: ANN401  a row's columns
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
        behind=row.behind,
        counts=row.counts,
        tenant=row.tenant,
        kind=row.kind,
        options=dict(row.options or {}),
        accepted_at=row.created_at,
        deadline_at=row.deadline_at,
        cursors=dict(row.cursors or {}),
        joined=row.joined,
    )
