"""Durable execution: pausing, waiting for people, exclusive steps, and what agents are known to take."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_STATES = "'pending', 'running', 'succeeded', 'partial', 'failed', 'timed_out', 'cancelled', 'skipped'"
_DETAILED = "finished_at IS NOT NULL AND pruned_at IS NULL"
_LOOKS = """
    INSERT INTO looks (tenant, target, at)
    SELECT tenant, target, max(at) FROM (
        SELECT tenant, target, collected_at AS at FROM evidence UNION ALL SELECT tenant, target, at FROM cursors
    ) AS seen GROUP BY tenant, target
"""
"""What was collected before looks were noted counts as looked at when it was collected last."""

_SKIPPED = """
    UPDATE gates g SET skipped = s.n
    FROM (SELECT run_id, behind, count(*) AS n FROM steps WHERE state = 'skipped' GROUP BY run_id, behind) s
    WHERE g.run_id = s.run_id AND g.name = s.behind AND g."left" > 0
"""
"""How many steps wait behind closed gates to be counted as skipped."""

_ACTION_STATES = (
    "'waiting', 'checking', 'due', 'running', 'done', 'refused', 'failed', 'expired', 'rehearsed', 'undone'"
)
_DISAGREEING = "result ? 'disagreements'"
_RESPONDING = "state IN ('succeeded', 'partial') AND trigger -> 'options' ? 'respond'"
_REFUSE = """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
        IF TG_OP = 'DELETE' AND OLD.at < now() - interval '90 days' THEN RETURN OLD; END IF;
        RAISE EXCEPTION '% only grows', TG_TABLE_NAME;
    END $$
"""
"""What is older than that may go for its age, and can still not be changed."""
_ONLY_GROWS = """
    CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON action_audit FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Go to this revision."""
    _ledger()
    _records()
    _oversight()
    _changes()
    _response()
    _scheduling()
    _quota()


def downgrade() -> None:
    """Go back to the revision before."""
    _no_quota()
    _no_response()
    _no_scheduling()
    _without_records()
    _no_oversight()
    op.drop_table("agent_figures")
    op.drop_index("uq_steps_exclusive", table_name="steps", postgresql_where=sa.text("state = 'running'"))
    op.execute("UPDATE steps SET state = 'pending' WHERE state = 'waiting'")
    op.drop_constraint(op.f("ck_steps_state"), "steps", type_="check")
    op.create_check_constraint(op.f("ck_steps_state"), "steps", f"state IN ({_STATES})")
    op.drop_column("steps", "exclusive")
    op.drop_column("steps", "claim")
    op.drop_constraint(op.f("ck_gates_skipped"), "gates", type_="check")
    op.drop_column("gates", "skipped")
    op.drop_column("attempts", "seconds")
    op.execute("UPDATE runs SET deadline_at = deadline_at + (now() - paused_at) WHERE paused_at IS NOT NULL")
    op.drop_column("runs", "paused_why")
    op.drop_column("runs", "paused_at")


def _ledger() -> None:
    """Let runs be paused, steps wait for people and exclude each other, attempts say how long the agent worked."""
    op.add_column("runs", sa.Column("paused_at", sa.DateTime(timezone=True)))
    op.add_column("runs", sa.Column("paused_why", sa.Text()))
    op.add_column("attempts", sa.Column("seconds", sa.Float()))
    op.add_column("steps", sa.Column("exclusive", sa.Text()))
    op.add_column("steps", sa.Column("claim", sa.Uuid()))
    op.drop_constraint(op.f("ck_steps_state"), "steps", type_="check")
    op.create_check_constraint(op.f("ck_steps_state"), "steps", f"state IN ({_STATES}, 'waiting')")
    op.create_index(
        "uq_steps_exclusive", "steps", ["exclusive"], unique=True, postgresql_where=sa.text("state = 'running'")
    )
    op.add_column("gates", sa.Column("skipped", sa.Integer(), server_default="0", nullable=False))
    op.execute(_SKIPPED)
    op.create_check_constraint(op.f("ck_gates_skipped"), "gates", '"left" > 0 OR skipped = 0')
    op.create_table(
        "agent_figures",
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("steps", sa.BigInteger(), nullable=False),
        sa.Column("mean_seconds", sa.Float(), nullable=False),
        sa.Column("long_seconds", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("usual_seconds", sa.Float()),
        sa.Column("usual_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_agent_figures")),
    )


def _oversight() -> None:
    """Let people be asked, and hold a run's result before it goes out."""
    op.add_column("runs", sa.Column("hold", sa.Boolean()))
    op.create_table(
        "approvals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), server_default="default", nullable=False),
        sa.Column("run_id", sa.Uuid()),
        sa.Column("step", sa.Text(), server_default="", nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("choices", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("default_answer", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answer", sa.Text()),
        sa.Column("who", sa.Text()),
        sa.Column("why", sa.Text()),
        sa.Column("ticket", sa.Uuid()),
        sa.Column("escalated_at", sa.DateTime(timezone=True)),
        sa.Column("escalated_why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("run_id", "step", "key", name=op.f("uq_approvals_run_id_step_key")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_approvals_run_id_runs"), ondelete="CASCADE"),
    )
    waiting = sa.text("answered_at IS NULL")
    op.create_index("ix_approvals_open", "approvals", ["tenant", "asked_at"], postgresql_where=waiting)
    over = sa.text("run_id IS NULL AND answered_at IS NOT NULL")
    op.create_index("ix_approvals_alone", "approvals", ["answered_at"], postgresql_where=over)
    op.create_index("ix_runs_disagreeing", "runs", ["finished_at"], postgresql_where=sa.text(_DISAGREEING))
    alone = sa.text("run_id IS NULL AND answered_at IS NULL")
    op.create_index("uq_approvals_escalation", "approvals", ["tenant", "key"], unique=True, postgresql_where=alone)


def _changes() -> None:
    """Keep how people changed runs that were under way."""
    op.create_table(
        "run_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ticket", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_changes")),
        sa.UniqueConstraint("ticket", name=op.f("uq_run_changes_ticket")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_changes_run_id_runs"), ondelete="CASCADE"),
    )
    op.create_index("ix_run_changes_run_id", "run_changes", ["run_id"])
    added = sa.text("what = 'add'")
    op.create_index("ix_run_changes_added", "run_changes", ["run_id"], postgresql_where=added)


def _no_oversight() -> None:
    """Forget the people."""
    op.drop_table("run_changes")
    op.drop_index("ix_runs_disagreeing", table_name="runs", postgresql_where=sa.text(_DISAGREEING))
    op.drop_table("approvals")
    op.drop_column("runs", "hold")


def _records() -> None:
    """Let results be carried over from run to run, dead letters be settled, and what is old be found by an index."""
    op.add_column("runs", sa.Column("pruned_at", sa.DateTime(timezone=True)))
    op.create_index("ix_runs_detailed", "runs", ["finished_at"], postgresql_where=sa.text(_DETAILED))
    op.create_index("ix_runs_pruned", "runs", ["finished_at"], postgresql_where=sa.text("pruned_at IS NOT NULL"))
    op.add_column("steps", sa.Column("carried_from", sa.Uuid()))
    op.add_column("steps", sa.Column("carried_attempt", sa.Integer()))
    op.add_column("dead_letters", sa.Column("settled_as", sa.Text()))
    op.add_column("dead_letters", sa.Column("settled_at", sa.DateTime(timezone=True)))
    op.add_column("dead_letters", sa.Column("settled_by", sa.Text()))
    op.add_column("dead_letters", sa.Column("settled_run", sa.Uuid()))
    op.add_column("dead_letters", sa.Column("settled_why", sa.Text()))
    op.create_check_constraint(
        op.f("ck_dead_letters_settled_as"), "dead_letters", "settled_as IN ('requeued', 'dropped')"
    )
    op.create_index("ix_calls_at", "calls", ["at"])
    op.create_index("ix_quarantine_at", "quarantine", ["at"])
    op.create_table(
        "looks",
        sa.Column("tenant", sa.Text(), server_default="default", nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "target", name=op.f("pk_looks")),
    )
    op.create_index("ix_looks_at", "looks", ["at"])
    op.execute(_LOOKS)
    op.create_table(
        "prunings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_prunings")),
    )


def _without_records() -> None:
    """Go back to before carried results, settled dead letters and retention."""
    op.drop_table("prunings")
    op.drop_table("looks")
    op.drop_index("ix_quarantine_at", table_name="quarantine")
    op.drop_index("ix_calls_at", table_name="calls")
    for name in ("settled_why", "settled_run", "settled_by", "settled_at", "settled_as"):
        op.drop_column("dead_letters", name)
    op.drop_column("steps", "carried_attempt")
    op.drop_column("steps", "carried_from")
    op.drop_index("ix_runs_pruned", table_name="runs", postgresql_where=sa.text("pruned_at IS NOT NULL"))
    op.drop_index("ix_runs_detailed", table_name="runs", postgresql_where=sa.text(_DETAILED))
    op.drop_column("runs", "pruned_at")


_RHYTHM = (
    ("cron", sa.Text(), ""),
    ("time_zone", sa.Text(), "UTC"),
    ("catch_up", sa.Text(), "once"),
    ("adjusted", postgresql.JSONB(), "{}"),
)
"""What a schedule's times may be beside its age, with what holds for those that are there."""


def _scheduling() -> None:
    """Let schedules follow the clock, catch up, and be adjusted by hand; let occurrences say whose lease fired them."""
    for name, kind, default in _RHYTHM:
        op.add_column("schedules", sa.Column(name, kind, server_default=default, nullable=False))
    op.add_column("occurrences", sa.Column("fence", sa.BigInteger()))
    op.create_index("ix_occurrences_fired", "occurrences", ["tenant", "schedule", "fired_at"])


def _no_scheduling() -> None:
    """Take that back: a schedule that followed the clock goes on by about the same age."""
    op.drop_index("ix_occurrences_fired", "occurrences")
    op.drop_column("occurrences", "fence")
    for name, _, _ in reversed(_RHYTHM):
        op.drop_column("schedules", name)


def _response() -> None:
    """Let findings set off actions, each under a key of its own, with an audit that only grows."""
    _actions()
    op.create_table(
        "action_audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant", sa.Text(), server_default="default", nullable=False),
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_audit")),
    )
    op.create_index("ix_action_audit_action", "action_audit", ["tenant", "action_id"])
    op.execute(_REFUSE)
    op.execute(_ONLY_GROWS)
    op.create_table(
        "responses",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("actions", sa.Integer(), nullable=False),
        sa.Column("held_back", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_responses")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_responses_run_id_runs"), ondelete="CASCADE"),
    )
    op.create_index("ix_runs_responding", "runs", ["finished_at"], postgresql_where=sa.text(_RESPONDING))
    op.create_table(
        "target_changes",
        sa.Column("tenant", sa.Text(), server_default="default", nullable=False),
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text()),
        sa.Column("max_age_seconds", sa.Integer()),
        sa.Column("old_tier", sa.Text(), nullable=False),
        sa.Column("old_max_age_seconds", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "watchlist", "target", "action_id", name=op.f("pk_target_changes")),
    )


def _actions() -> None:
    """Add the actions."""
    op.create_table(
        "actions",
        sa.Column("tenant", sa.Text(), server_default="default", nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("finding_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("finding", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("approval", sa.Text()),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("losses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text())),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_actions")),
        sa.CheckConstraint(f"state IN ({_ACTION_STATES})", name=op.f("ck_actions_state")),
    )
    op.create_index("ix_actions_due", "actions", ["due_at"], postgresql_where=sa.text("state = 'due'"))
    op.create_index("ix_actions_leases", "actions", ["lease_until"], postgresql_where=sa.text("state = 'running'"))
    undecided = sa.text("state IN ('waiting', 'checking')")
    op.create_index("ix_actions_undecided", "actions", ["created_at"], postgresql_where=undecided)
    op.create_index("ix_actions_created", "actions", ["tenant", "created_at"])
    op.create_index("ix_actions_run_id", "actions", ["run_id"])


def _no_response() -> None:
    """Forget what findings set off."""
    op.drop_table("target_changes")
    op.drop_index("ix_runs_responding", table_name="runs", postgresql_where=sa.text(_RESPONDING))
    op.drop_table("responses")
    op.drop_table("action_audit")
    op.execute("DROP FUNCTION refuse_change()")
    op.drop_table("actions")


def _quota() -> None:
    """Let agents whose source is away be left alone, and slots be counted that hanging agents cost."""
    op.create_table(
        "breakers",
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("strikes", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("trips", sa.Integer(), server_default="0", nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True)),
        sa.Column("trial_run", sa.Uuid()),
        sa.Column("trial_step", sa.Text()),
        sa.Column("trial_attempt", sa.Integer()),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_breakers")),
    )
    op.create_table(
        "lost_slots",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_slots")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_lost_slots_run_id_runs"), ondelete="CASCADE"),
    )
    op.create_index("ix_lost_slots_at", "lost_slots", ["at"])
    op.create_index("ix_lost_slots_run_id", "lost_slots", ["run_id"])


def _no_quota() -> None:
    """Forget breakers and lost slots."""
    op.drop_table("lost_slots")
    op.drop_table("breakers")
