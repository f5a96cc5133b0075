"""The table of what outside services sent, for the next look to ask only whether it has changed."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from orchestrator.store.metadata import metadata
from orchestrator.store.tables.columns import now, tenant_key

pages = Table(
    "pages",
    metadata,
    tenant_key(),
    Column("key", Text, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    now("used_at"),
    Index("ix_pages_used", "used_at"),
)
