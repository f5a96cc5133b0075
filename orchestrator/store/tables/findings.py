"""Tables of what was found: each claim once, each run's view of it, and the files made for people."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from orchestrator.store.metadata import metadata
from orchestrator.store.tables.columns import moment, now, tenant_key

findings = Table(
    "findings",
    metadata,
    tenant_key(),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("claim", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("title", Text, nullable=False),
    moment("since"),
    Column("body", JSONB, nullable=False),
    Column("first_run", Uuid, nullable=False),
    Column("last_run", Uuid, nullable=False),
    Column("runs_seen", Integer, nullable=False, server_default="1"),
    now("first_seen_at"),
    now("last_seen_at"),
    Index("ix_findings_target", "tenant", "target"),
)

run_findings = Table(
    "run_findings",
    metadata,
    Column("run_id", Uuid, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("finding_id", Text, primary_key=True),
    Column("step", Text, nullable=False),
    Column("body", JSONB, nullable=False),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("run_id", Uuid, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("step", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("body", Text, nullable=False),
    now("at"),
)
