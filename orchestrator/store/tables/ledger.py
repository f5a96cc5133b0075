"""Tables of the ledger: runs, their steps and gates, what is to be sent, and what was tried."""

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from orchestrator.domain.runs import RunState, StepState
from orchestrator.store.metadata import metadata
from orchestrator.store.tables.columns import moment, now, tenant, zoned


def _one_of(column: str, values: type[RunState | StepState]) -> str:
    """Return the SQL of a check that a column holds one of the values."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


def _run_id() -> Column[UUID]:
    """Return a reference to a run, which goes when the run goes."""
    return Column("run_id", Uuid, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False)


runs = Table(
    "runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    tenant(),
    Column("trigger_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default=RunState.RUNNING),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("priority", SmallInteger, nullable=False),
    Column("trigger", JSONB, nullable=False),
    Column("plan", JSONB, nullable=False),
    now("created_at"),
    Column("deadline_at", zoned(), nullable=False),
    now("last_progress_at"),
    moment("finished_at"),
    Column("result", JSONB),
    Column("error", Text),
    Column("rerun_of", Uuid),
    moment("paused_at"),
    Column("paused_why", Text),
    Column("hold", Boolean),
    moment("pruned_at"),
    UniqueConstraint("tenant", "trigger_key"),
    CheckConstraint(_one_of("state", RunState), name="state"),
    Index("ix_runs_live", "last_progress_at", postgresql_where=text("state = 'running'")),
    Index("ix_runs_tenant_created", "tenant", "created_at"),
    Index("ix_runs_detailed", "finished_at", postgresql_where=text("finished_at IS NOT NULL AND pruned_at IS NULL")),
    Index(
        "ix_runs_responding",
        "finished_at",
        postgresql_where=text("state IN ('succeeded', 'partial') AND trigger -> 'options' ? 'respond'"),
    ),
    Index("ix_runs_disagreeing", "finished_at", postgresql_where=text("result ? 'disagreements'")),
    Index("ix_runs_pruned", "finished_at", postgresql_where=text("pruned_at IS NOT NULL")),
)

steps = Table(
    "steps",
    metadata,
    Column("run_id", Uuid, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("agent", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("spec", JSONB, nullable=False),
    Column("target", JSONB),
    Column("behind", Text),
    Column("counts", Text, nullable=False),
    Column("needs", ARRAY(Text), nullable=False, server_default="{}"),
    Column("fallbacks", ARRAY(Text), nullable=False, server_default="{}"),
    Column("required", Boolean, nullable=False, server_default="false"),
    Column("state", Text, nullable=False, server_default=StepState.PENDING),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("losses", Integer, nullable=False, server_default="0"),
    Column("max_failures", Integer, nullable=False),
    Column("max_losses", Integer, nullable=False),
    Column("hard_seconds", Float, nullable=False),
    Column("exclusive", Text),
    Column("lease_owner", Text),
    Column("claim", Uuid),
    moment("lease_until"),
    now("ready_at"),
    moment("claimed_at"),
    moment("stop_at"),
    moment("finished_at"),
    Column("result", JSONB),
    Column("error", Text),
    Column("carried_from", Uuid),
    Column("carried_attempt", Integer),
    CheckConstraint(_one_of("state", StepState), name="state"),
    Index("ix_steps_leases", "lease_until", postgresql_where=text("state = 'running'")),
    Index("ix_steps_waiting", "queue", "ready_at", postgresql_where=text("state = 'pending'")),
    Index("ix_steps_skipped", "run_id", "behind", postgresql_where=text("state = 'skipped'")),
    Index("ix_steps_claimed", "queue", "claimed_at"),
    Index("uq_steps_exclusive", "exclusive", unique=True, postgresql_where=text("state = 'running'")),
)

gates = Table(
    "gates",
    metadata,
    Column("run_id", Uuid, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("left", Integer, nullable=False),
    moment("opened_at"),
    Column("skipped", Integer, nullable=False, server_default="0"),
    CheckConstraint('"left" >= 0', name="left"),
    CheckConstraint('"left" > 0 OR skipped = 0', name="skipped"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _run_id(),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("why", Text, nullable=False),
    Column("steps", ARRAY(Text)),
    now("due_at"),
    moment("published_at"),
    Index("ix_outbox_due", "due_at", postgresql_where=text("published_at IS NULL")),
    Index("ix_outbox_run_id", "run_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("agent", Text, nullable=False),
    Column("worker", Text, nullable=False),
    now("claimed_at"),
    moment("ended_at"),
    Column("outcome", Text),
    Column("error", Text),
    Column("seconds", Float),
    ForeignKeyConstraint(["run_id", "step"], ["steps.run_id", "steps.name"], ondelete="CASCADE"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _run_id(),
    Column("step", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("error", Text),
    now("at"),
    Column("settled_as", Text),
    moment("settled_at"),
    Column("settled_by", Text),
    Column("settled_run", Uuid),
    Column("settled_why", Text),
    CheckConstraint("settled_as IN ('requeued', 'dropped')", name="settled_as"),
    Index("ix_dead_letters_run_id", "run_id"),
)

calls = Table(
    "calls",
    metadata,
    Column("task_id", Text, primary_key=True),
    tenant(),
    Column("run_id", Uuid, ForeignKey("runs.id", ondelete="CASCADE")),
    Column("refusal", Text),
    now("at"),
    Index("ix_calls_run_id", "run_id"),
    Index("ix_calls_at", "at"),
)

broker = Table(
    "broker",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token", Text, nullable=False),
    now("seen_at"),
)

agent_figures = Table(
    "agent_figures",
    metadata,
    Column("agent", Text, primary_key=True),
    Column("steps", BigInteger, nullable=False),
    Column("mean_seconds", Float, nullable=False),
    Column("long_seconds", Float, nullable=False),
    now("seen_at"),
    Column("usual_seconds", Float),
    moment("usual_at"),
)
