"""Tables of what agents may ask of the world: their circuit breakers, and the slots that hanging ones cost."""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from orchestrator.store.metadata import metadata
from orchestrator.store.tables.columns import moment, now

breakers = Table(
    "breakers",
    metadata,
    Column("agent", Text, primary_key=True),
    Column("strikes", JSONB, nullable=False, server_default="[]"),
    Column("trips", Integer, nullable=False, server_default="0"),
    moment("open_until"),
    Column("trial_run", Uuid),
    Column("trial_step", Text),
    Column("trial_attempt", Integer),
    Column("why", Text, nullable=False, server_default=""),
    now("changed_at"),
)

lost_slots = Table(
    "lost_slots",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("run_id", Uuid, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("step", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("agent", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("reason", Text, nullable=False),
    now("at"),
    Index("ix_lost_slots_at", "at"),
    Index("ix_lost_slots_run_id", "run_id"),
)
