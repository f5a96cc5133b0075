"""What was seen for the first time while polling, and becomes a trigger of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "sightings",
        sa.Column("tenant", sa.Text(), server_default="default", nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "evidence", name=op.f("pk_sightings")),
    )
    op.create_index("ix_sightings_at", "sightings", ["at"])
    op.create_table(
        "sighted",
        sa.Column("tenant", sa.Text(), server_default="default", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name=op.f("pk_sighted")),
    )
    op.create_index("ix_sighted_at", "sighted", ["at"])


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("sighted")
    op.drop_table("sightings")
