"""The SQL of pausing and resuming runs, by name, with a sentence on what each statement does."""

from sqlalchemy import text

PAUSE_RUN = text("""
    UPDATE runs SET paused_at = now(), paused_why = :why
    WHERE id = :run AND state = 'running' AND paused_at IS NULL AND deadline_at > now()
    RETURNING paused_at
""")
"""Pause a live run whose deadline has not passed."""

LOCK_OPEN_QUESTIONS = text(
    "SELECT id FROM approvals WHERE run_id = :run AND answered_at IS NULL ORDER BY id FOR UPDATE"
)
"""Lock what a run still asks: whoever answers locks the question before the run as well."""

RESUME_RUN = text("""
    WITH paused AS (
        SELECT id, paused_at FROM runs WHERE id = :run AND state = 'running' AND paused_at IS NOT NULL
        FOR NO KEY UPDATE
    ), asked AS (
        UPDATE approvals a SET asked_at = a.asked_at + (now() - GREATEST(p.paused_at, a.asked_at))
        FROM paused p WHERE a.run_id = p.id AND a.answered_at IS NULL
    )
    UPDATE runs r SET deadline_at = r.deadline_at + (now() - p.paused_at), paused_at = NULL, paused_why = NULL,
        last_progress_at = now()
    FROM paused p WHERE r.id = p.id
    RETURNING r.deadline_at
""")
"""Resume a paused run: its deadline moves by as long as it was paused, and nobody was waited for meanwhile."""

RUN_NOW = text("SELECT state, paused_at, deadline_at <= now() AS overdue FROM runs WHERE id = :run")
"""How a run stands, for saying why it could not be paused or resumed."""

READY_NOW = text("""
    SELECT s.name FROM steps s LEFT JOIN gates g ON g.run_id = s.run_id AND g.name = s.behind
    WHERE s.run_id = :run AND s.state = 'pending' AND s.ready_at <= now() AND COALESCE(g."left", 0) = 0
    ORDER BY s.position
""")
"""A run's steps that could begin now. One that waits for its time has an outbox row of its own."""

GIVE_BACK = text("""
    UPDATE steps SET state = 'pending', ready_at = now(), lease_owner = NULL, lease_until = NULL, error = :error
    WHERE run_id = :run AND name = :step AND attempt = :attempt AND state = 'running'
    RETURNING name
""")
"""Give a step back at once, without a fault of its own."""
