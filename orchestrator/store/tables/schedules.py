"""Tables of time: what is looked at again and when, each occurrence once, and who leads."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKeyConstraint, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from orchestrator.store.metadata import metadata
from orchestrator.store.tables.columns import now, tenant_key, zoned

schedules = Table(
    "schedules",
    metadata,
    tenant_key(),
    Column("name", Text, primary_key=True),
    Column("watchlist", Text, nullable=False),
    Column("path", Text, nullable=False, server_default=""),
    Column("trigger", JSONB, nullable=False),
    Column("every_seconds", Float, nullable=False),
    Column("jitter", Float, nullable=False, server_default="0"),
    Column("cron", Text, nullable=False, server_default=""),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    Column("catch_up", Text, nullable=False, server_default="once"),
    Column("adjusted", JSONB, nullable=False, server_default="{}"),
    Column("enabled", Boolean, nullable=False, server_default="true"),
    Column("retired", Boolean, nullable=False, server_default="false"),
    Column("next_due", zoned(), nullable=False),
    now("updated_at"),
    Index("ix_schedules_next_due", "next_due"),
)

occurrences = Table(
    "occurrences",
    metadata,
    tenant_key(),
    Column("schedule", Text, primary_key=True),
    Column("due", zoned(), primary_key=True),
    Column("run_id", Uuid),
    Column("note", Text),
    Column("fence", BigInteger),
    now("fired_at"),
    ForeignKeyConstraint(["tenant", "schedule"], ["schedules.tenant", "schedules.name"], ondelete="CASCADE"),
    Index("ix_occurrences_fired", "tenant", "schedule", "fired_at"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("until", zoned(), nullable=False),
)
