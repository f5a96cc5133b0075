"""Tables of what was collected: evidence, what could not be read, and how far each source was read, and when last."""

from sqlalchemy import Column, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from orchestrator.store.metadata import metadata
from orchestrator.store.tables.columns import moment, now, tenant_key

evidence = Table(
    "evidence",
    metadata,
    tenant_key(),
    Column("id", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    moment("at"),
    Column("title", Text, nullable=False, server_default=""),
    Column("data", JSONB, nullable=False),
    Column("url", Text, nullable=False, server_default=""),
    Column("about", ARRAY(Text)),
    Column("run_id", Uuid, nullable=False),
    now("collected_at"),
    # In the order in which evidence is read, so that a page costs as much as it holds, however much there is.
    Index(
        "ix_evidence_target", "tenant", "target", "kind", text("COALESCE(at, '-infinity'::timestamp with time zone)")
    ),
    Index(
        "ix_evidence_about",
        "about",
        postgresql_using="gin",
        postgresql_where=text("about IS NOT NULL"),
        # Otherwise every search walks through a list of what was written last, until a vacuum sorts it in.
        postgresql_with={"fastupdate": "off"},
    ),
)

quarantine = Table(
    "quarantine",
    metadata,
    tenant_key(),
    Column("target", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False, server_default=""),
    Column("run_id", Uuid, nullable=False),
    now("at"),
    Index("ix_quarantine_at", "at"),
)

cursors = Table(
    "cursors",
    metadata,
    tenant_key(),
    Column("target", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    Column("run_id", Uuid, nullable=False),
    now("at"),
)

looks = Table(
    "looks",
    metadata,
    tenant_key(),
    Column("target", Text, primary_key=True),
    now("at"),
    Index("ix_looks_at", "at"),
)
