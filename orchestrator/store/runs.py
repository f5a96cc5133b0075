"""Reading runs: what people and doors ask of the ledger. Nothing here changes anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from agents.contract import Role
from orchestrator.domain.plans import Plan
from orchestrator.domain.runs import RunState, StepState
from orchestrator.domain.triggers import Trigger
from orchestrator.errors import UnknownRunError

_LIST = text("""
    SELECT r.id, r.kind, r.subject, r.state, r.created_at, r.finished_at, r.priority, r.paused_at,
           (SELECT count(*) FROM steps s WHERE s.run_id = r.id) AS steps,
           (SELECT count(*) FROM steps s WHERE s.run_id = r.id
            AND s.state NOT IN ('pending', 'waiting', 'running')) AS ended,
           (SELECT count(*) FROM run_findings f WHERE f.run_id = r.id) AS findings
    FROM runs r
    WHERE r.tenant = :tenant AND (CAST(:states AS text[]) IS NULL OR r.state = ANY(:states))
    ORDER BY r.created_at DESC LIMIT :limit
""")

_ONE = text("""
    SELECT id, kind, subject, state, created_at, finished_at, deadline_at, priority, plan, trigger, result, error,
           epoch, trigger_key, rerun_of, paused_at, paused_why, pruned_at
    FROM runs WHERE tenant = :tenant AND id = :run
""")

_BY_PREFIX = text("""
    SELECT id FROM runs WHERE tenant = :tenant AND id::text LIKE :prefix ORDER BY created_at DESC LIMIT 2
""")

_NEWEST = text("SELECT id FROM runs WHERE tenant = :tenant ORDER BY created_at DESC LIMIT 1")

_STATE = text("SELECT state FROM runs WHERE id = :run")

_DEADLINE = text("SELECT CASE WHEN paused_at IS NULL THEN deadline_at END FROM runs WHERE id = :run")

_STEPS = text("""
    SELECT s.name, s.agent, s.queue, s.state, s.attempt, s.failures, s.losses, s.ready_at, s.claimed_at, s.finished_at,
           s.lease_owner, s.lease_until, s.error, CASE WHEN NOT r.held THEN s.result ->> 'summary' END AS summary,
           CASE WHEN NOT r.held THEN (s.result ->> 'confidence')::float END AS confidence, s.carried_from,
           s.carried_attempt, s.result ->> 'role' AS role
    FROM steps s, (
        SELECT state <> 'failed' AND COALESCE(hold, trigger #>> '{options,hold_report}' = 'true', false) AS held
        FROM runs WHERE id = :run
    ) r
    WHERE s.run_id = :run ORDER BY s.position
""")
"""Steps as they stand; what they found is left out while the run's result is held."""

_ATTEMPTS = text("""
    SELECT a.step, a.attempt, a.agent, a.worker, a.claimed_at, a.ended_at, a.outcome, a.error, a.seconds
    FROM attempts a JOIN steps s ON s.run_id = a.run_id AND s.name = a.step
    WHERE a.run_id = :run ORDER BY s.position, a.attempt
""")

_WORST = text("""
    SELECT body ->> 'severity' AS severity, count(*) AS n FROM run_findings WHERE run_id = :run GROUP BY 1
""")


@dataclass(frozen=True)
class RunLine:
    """One run in a list."""

    id: UUID
    kind: str
    subject: str
    state: RunState
    created_at: datetime
    finished_at: datetime | None
    priority: int
    steps: int
    ended: int
    findings: int
    paused_at: datetime | None = None


@dataclass(frozen=True)
class StepLine:
    """One step of a run, as it stands now."""

    name: str
    agent: str
    queue: str
    state: StepState
    attempt: int
    failures: int
    losses: int
    ready_at: datetime
    claimed_at: datetime | None
    finished_at: datetime | None
    lease_owner: str | None
    lease_until: datetime | None
    error: str | None
    summary: str | None
    confidence: float | None
    carried_from: UUID | None = None
    """The run whose result it has, where it was not done anew."""
    carried_attempt: int | None = None
    role: str | None = None
    """What its result is in the run, where it is not an agent's own: ``idle``, ``beside``, ``degraded``."""


@dataclass(frozen=True)
class Progress:
    """How a run stands, and each of its steps, in plan order."""

    state: RunState
    steps: tuple[StepLine, ...]


@dataclass(frozen=True)
class AttemptLine:
    """One attempt at a step."""

    step: str
    attempt: int
    agent: str
    worker: str
    claimed_at: datetime
    ended_at: datetime | None
    outcome: str | None
    error: str | None
    seconds: float | None = None
    """How long the agent itself worked."""


@dataclass(frozen=True)
class RunView:
    """A run with its plan, its steps and what was tried."""

    id: UUID
    kind: str
    subject: str
    state: RunState
    created_at: datetime
    finished_at: datetime | None
    deadline_at: datetime
    key: str
    epoch: int
    error: str | None
    result: dict[str, Any] | None
    rerun_of: UUID | None
    plan: Plan
    trigger: Trigger
    steps: tuple[StepLine, ...]
    attempts: tuple[AttemptLine, ...]
    paused_at: datetime | None = None
    paused_why: str | None = None
    pruned_at: datetime | None = None
    """When its steps, findings and files were removed for their age."""

    @property
    def degraded(self) -> Mapping[str, str]:
        """Target to what was said, for those whose agents failed and where a plain baseline stands in."""
        targets = {step.name: step.target for step in self.plan.steps}
        stand_ins = [step for step in self.steps if step.role == Role.DEGRADED]
        return {targets.get(step.name, step.name): step.summary for step in stand_ins if step.summary}


def list_runs(
    conn: Connection, *, tenant: str, limit: int = 20, states: Sequence[RunState] = ()
) -> tuple[RunLine, ...]:
    """Return the newest runs, newest first; only those in ``states`` where any are given."""
    wanted = {"tenant": tenant, "limit": limit, "states": [str(state) for state in states] or None}
    return tuple(RunLine(**{**row, "state": RunState(row["state"])}) for row in conn.execute(_LIST, wanted).mappings())


def find_run(conn: Connection, name: str, *, tenant: str) -> UUID:
    """Return the run that a full id, the beginning of one, or ``latest`` means. Raises ``UnknownRunError``."""
    if name == "latest":
        newest: UUID | None = conn.execute(_NEWEST, {"tenant": tenant}).scalar_one_or_none()
        if newest is None:
            raise UnknownRunError("there are no runs yet: `lookout run WATCHLIST` starts one")
        return newest
    plain = name.strip().lower()
    if not plain or not set(plain) <= set("0123456789abcdef-"):
        raise UnknownRunError(f"run {name!r} is no id: take one from `lookout runs list`, or say `latest`")
    rows = conn.execute(_BY_PREFIX, {"tenant": tenant, "prefix": f"{plain}%"}).scalars().all()
    if len(rows) != 1:
        fault = "is not known" if not rows else "is the beginning of several ids"
        raise UnknownRunError(f"run {name!r} {fault}: `lookout runs list` shows what there is")
    return UUID(str(rows[0]))


def read_run(conn: Connection, run_id: UUID, *, tenant: str) -> RunView:
    """Return one run, whole. Raises ``UnknownRunError``."""
    row: Row[Any] | None = conn.execute(_ONE, {"tenant": tenant, "run": run_id}).one_or_none()
    if row is None:
        raise UnknownRunError(f"run {run_id} is not known: `lookout runs list` shows what there is")
    attempts = conn.execute(_ATTEMPTS, {"run": run_id}).mappings()
    return RunView(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        state=RunState(row.state),
        created_at=row.created_at,
        finished_at=row.finished_at,
        deadline_at=row.deadline_at,
        key=row.trigger_key,
        epoch=row.epoch,
        error=row.error,
        result=row.result,
        rerun_of=row.rerun_of,
        plan=Plan.model_validate(row.plan),
        trigger=Trigger.model_validate(row.trigger),
        steps=read_steps(conn, run_id),
        attempts=tuple(AttemptLine(**attempt) for attempt in attempts),
        paused_at=row.paused_at,
        paused_why=row.paused_why,
        pruned_at=row.pruned_at,
    )


def read_steps(conn: Connection, run_id: UUID) -> tuple[StepLine, ...]:
    """Return a run's steps in plan order."""
    rows = conn.execute(_STEPS, {"run": run_id}).mappings()
    return tuple(StepLine(**{**row, "state": StepState(row["state"])}) for row in rows)


def read_progress(conn: Connection, run_id: UUID) -> Progress:
    """Return how a run stands. The state is read first: once it says that the run is over, all steps have ended."""
    state = RunState(conn.execute(_STATE, {"run": run_id}).scalar_one())
    return Progress(state=state, steps=read_steps(conn, run_id))


def read_deadline(conn: Connection, run_id: UUID) -> datetime | None:
    """Return when a run must have ended; None while it is paused."""
    until: datetime | None = conn.execute(_DEADLINE, {"run": run_id}).scalar_one()
    return until


def severities(conn: Connection, run_id: UUID) -> dict[str, int]:
    """Return how many findings of each severity a run has."""
    return {row.severity: row.n for row in conn.execute(_WORST, {"run": run_id})}
