"""Tables of what was seen for the first time while polling: what waits to become a trigger, and what was one."""

from sqlalchemy import Column, Index, Table, Text, Uuid

from orchestrator.store.metadata import metadata
from orchestrator.store.tables.columns import now, tenant_key

sightings = Table(
    "sightings",
    metadata,
    tenant_key(),
    Column("evidence", Text, primary_key=True),
    Column("run_id", Uuid, nullable=False),
    now("at"),
    Index("ix_sightings_at", "at"),
)
"""Releases and advisories that nobody has followed yet, by their evidence, which may be gone meanwhile."""

sighted = Table(
    "sighted",
    metadata,
    tenant_key(),
    Column("name", Text, primary_key=True),
    now("at"),
    Index("ix_sighted_at", "at"),
)
"""Every name under which something was followed, so that the same from another source is not followed again."""
