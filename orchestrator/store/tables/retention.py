"""The table of retention: when each kind of old rows was last looked for, and how many were removed so far."""

from sqlalchemy import BigInteger, Column, Table, Text

from orchestrator.store.metadata import metadata
from orchestrator.store.tables.columns import zoned

prunings = Table(
    "prunings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("looked_at", zoned(), nullable=False),
    Column("removed", BigInteger, nullable=False, server_default="0"),
)
