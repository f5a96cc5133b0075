"""Tables of automated response: what findings set off, who decided it, and what it changed about targets."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from orchestrator.domain.responses import ActionState
from orchestrator.store.metadata import metadata
from orchestrator.store.tables.columns import moment, now, tenant, tenant_key

# Neither has a reference to its run: an action's id must be known, and its audit readable, when its run is long gone.
actions = Table(
    "actions",
    metadata,
    tenant_key(),
    Column("id", Text, primary_key=True),
    Column("run_id", Uuid, nullable=False),
    Column("rule", Text, nullable=False),
    Column("finding_id", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("finding", JSONB, nullable=False),
    Column("band", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("approval", Text),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("losses", Integer, nullable=False, server_default="0"),
    Column("lease_owner", Text),
    moment("lease_until"),
    now("due_at"),
    Column("result", JSONB),
    Column("error", Text),
    now("created_at"),
    moment("finished_at"),
    CheckConstraint(f"state IN ({', '.join(repr(str(state)) for state in ActionState)})", name="state"),
    Index("ix_actions_due", "due_at", postgresql_where=text("state = 'due'")),
    Index("ix_actions_leases", "lease_until", postgresql_where=text("state = 'running'")),
    Index("ix_actions_undecided", "created_at", postgresql_where=text("state IN ('waiting', 'checking')")),
    Index("ix_actions_created", "tenant", "created_at"),
    Index("ix_actions_run_id", "run_id"),
)

action_audit = Table(
    "action_audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    tenant(),
    Column("action_id", Text, nullable=False),
    now("at"),
    Column("who", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Index("ix_action_audit_action", "tenant", "action_id"),
)

responses = Table(
    "responses",
    metadata,
    Column("run_id", Uuid, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("actions", Integer, nullable=False),
    Column("held_back", Integer, nullable=False),
    Column("note", Text),
    now("at"),
)

target_changes = Table(
    "target_changes",
    metadata,
    tenant_key(),
    Column("watchlist", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    Column("action_id", Text, primary_key=True),
    Column("tier", Text),
    Column("max_age_seconds", Integer),
    Column("old_tier", Text, nullable=False),
    Column("old_max_age_seconds", Integer, nullable=False),
    now("at"),
)
