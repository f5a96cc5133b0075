"""Durable execution: pausing, waiting for people, exclusive steps, and what agents are known to take."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_STATES = "'pending', 'running', 'succeeded', 'partial', 'failed', 'timed_out', 'cancelled', 'skipped'"


def upgrade() -> None:
    """Go to this revision."""
    _ledger()


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("agent_figures")
    op.drop_index("uq_steps_exclusive", table_name="steps", postgresql_where=sa.text("state = 'running'"))
    op.execute("UPDATE steps SET state = 'pending' WHERE state = 'waiting'")
    op.drop_constraint(op.f("ck_steps_state"), "steps", type_="check")
    op.create_check_constraint(op.f("ck_steps_state"), "steps", f"state IN ({_STATES})")
    op.drop_column("steps", "exclusive")
    op.drop_column("attempts", "seconds")
    op.drop_column("runs", "paused_why")
    op.drop_column("runs", "paused_at")


def _ledger() -> None:
    """Let runs be paused, steps wait for people and exclude each other, attempts say how long the agent worked."""
    op.add_column("runs", sa.Column("paused_at", sa.DateTime(timezone=True)))
    op.add_column("runs", sa.Column("paused_why", sa.Text()))
    op.add_column("attempts", sa.Column("seconds", sa.Float()))
    op.add_column("steps", sa.Column("exclusive", sa.Text()))
    op.drop_constraint(op.f("ck_steps_state"), "steps", type_="check")
    op.create_check_constraint(op.f("ck_steps_state"), "steps", f"state IN ({_STATES}, 'waiting')")
    op.create_index(
        "uq_steps_exclusive", "steps", ["exclusive"], unique=True, postgresql_where=sa.text("state = 'running'")
    )
    op.create_table(
        "agent_figures",
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("steps", sa.BigInteger(), nullable=False),
        sa.Column("mean_seconds", sa.Float(), nullable=False),
        sa.Column("long_seconds", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_agent_figures")),
    )
