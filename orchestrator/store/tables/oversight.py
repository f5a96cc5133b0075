"""Tables of people: what they are asked and what they answered, and how they changed live runs."""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from orchestrator.store.metadata import metadata
from orchestrator.store.tables.columns import moment, now, tenant

approvals = Table(
    "approvals",
    metadata,
    Column("id", Text, primary_key=True),
    tenant(),
    Column("run_id", Uuid, ForeignKey("runs.id", ondelete="CASCADE")),
    Column("step", Text, nullable=False, server_default=""),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("choices", ARRAY(Text), nullable=False, server_default="{}"),
    Column("default_answer", Text, nullable=False, server_default=""),
    now("asked_at"),
    moment("expires_at"),
    moment("answered_at"),
    Column("answer", Text),
    Column("who", Text),
    Column("why", Text),
    Column("ticket", Uuid),
    moment("escalated_at"),
    Column("escalated_why", Text),
    UniqueConstraint("run_id", "step", "key"),
    Index("ix_approvals_open", "tenant", "asked_at", postgresql_where=text("answered_at IS NULL")),
    Index(
        "ix_approvals_alone",
        "answered_at",
        postgresql_where=text("run_id IS NULL AND answered_at IS NOT NULL"),
    ),
    Index(
        "uq_approvals_escalation",
        "tenant",
        "key",
        unique=True,
        postgresql_where=text("run_id IS NULL AND answered_at IS NULL"),
    ),
)

run_changes = Table(
    "run_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("run_id", Uuid, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    now("at"),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False, server_default=""),
    Column("what", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("ticket", Uuid, nullable=False, unique=True),
    Index("ix_run_changes_run_id", "run_id"),
    Index("ix_run_changes_added", "run_id", postgresql_where=text("what = 'add'")),
)
