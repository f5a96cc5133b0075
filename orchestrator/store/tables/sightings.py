"""Tables of what was seen for the first time while polling: what waits to become a trigger, and what was one."""

from sqlalchemy import Column, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from orchestrator.store.metadata import metadata
from orchestrator.store.tables.columns import moment, now, tenant_key

sightings = Table(
    "sightings",
    metadata,
    tenant_key(),
    Column("evidence", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("run_id", Uuid, nullable=False),
    now("at"),
    # In the order in which they are followed: an advisory's kind comes first by its letters.
    Index("ix_sightings_waiting", "kind", "at", "evidence"),
)
"""Releases and advisories that nobody has followed yet, by their evidence, which may be gone meanwhile."""

sighted = Table(
    "sighted",
    metadata,
    tenant_key(),
    Column("name", Text, primary_key=True),
    Column("same", Text, nullable=False, server_default=""),
    Column("targets", ARRAY(Text), nullable=False, server_default="{}"),
    Column("seen_by", Text),
    moment("followed_at"),
    now("at"),
    Index("ix_sighted_at", "at"),
    Index("ix_sighted_same", "tenant", "same"),
    Index("ix_sighted_followed", "tenant", "seen_by", "followed_at"),
)
"""Every name under which something was followed, for which targets, and at whose look: the same from another source is
not followed again, and one look does not start runs without end."""
