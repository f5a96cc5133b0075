"""What was seen for the first time while polling, and becomes a trigger of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "sightings",
        sa.Column("tenant", sa.Text(), server_default="default", nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "evidence", name=op.f("pk_sightings")),
    )
    op.create_index("ix_sightings_waiting", "sightings", ["kind", "at", "evidence"])
    op.create_table(
        "sighted",
        sa.Column("tenant", sa.Text(), server_default="default", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("same", sa.Text(), server_default="", nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("seen_by", sa.Text(), nullable=True),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name=op.f("pk_sighted")),
    )
    op.create_index("ix_sighted_at", "sighted", ["at"])
    op.create_index("ix_sighted_same", "sighted", ["tenant", "same"])
    op.create_index("ix_sighted_followed", "sighted", ["tenant", "seen_by", "followed_at"])


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("sighted")
    op.drop_table("sightings")
