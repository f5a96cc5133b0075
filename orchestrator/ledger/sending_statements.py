"""The SQL of what goes out and of what the sweep looks for, by name, with a sentence on what it does."""

from sqlalchemy import text

TAKE_OUTBOX = text("""
    WITH lazy AS MATERIALIZED (
        SELECT set_config('synchronous_commit', 'off', true)
    ), due AS MATERIALIZED (
        SELECT o.id FROM outbox o, lazy
        WHERE o.published_at IS NULL AND o.due_at <= now() AND (CAST(:run AS uuid) IS NULL OR o.run_id = :run)
        ORDER BY o.id LIMIT :limit FOR UPDATE OF o SKIP LOCKED
    ), taken AS (
        UPDATE outbox o SET due_at = now() + make_interval(secs => :lease + (
            SELECT count(*) FROM steps s WHERE s.run_id = o.run_id) / 100.0)
        FROM due d WHERE o.id = d.id
        RETURNING o.id, o.run_id, o.why, o.steps
    )
    SELECT * FROM taken ORDER BY id
""")
"""Take what is due to be sent for a while, longer where a large plan is to be sent: a relay that dies or is stopped
meanwhile holds nothing but its own rows, and those fall due again."""

GIVE_BACK_OUTBOX = text("UPDATE outbox SET due_at = now() WHERE id = ANY(:ids) AND published_at IS NULL")
"""Let rows that were taken and not sent fall due at once."""

MARK_PUBLISHED = text("""
    WITH lazy AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    UPDATE outbox SET published_at = now() FROM lazy WHERE id = ANY(:ids)
""")
"""Note that rows were sent. The commit need not wait for the disk: a row that is sent again does nothing."""

POSTPONE = text("UPDATE outbox SET due_at = now() + make_interval(secs => :wait) WHERE id = :id")
"""Look at a row again later."""

RUN_TO_SEND = text("""
    SELECT r.state, r.priority, r.plan,
           ARRAY(SELECT s.name FROM steps s WHERE s.run_id = r.id
                 AND s.state NOT IN ('pending', 'waiting', 'running')) AS ended,
           (SELECT jsonb_object_agg(s.name, s.agent) FROM steps s WHERE s.run_id = r.id) AS agents
    FROM runs r WHERE r.id = :run
""")
"""A run's plan and how far it is, for building what is left of it."""

SWEEP_TURN = text("SELECT pg_try_advisory_xact_lock(:key)")
"""Whether this is the only sweep now; the lock goes with the transaction."""

OVERDUE_RUNS = text("""
    SELECT id FROM runs WHERE state = 'running' AND paused_at IS NULL AND deadline_at <= now()
    ORDER BY deadline_at LIMIT :limit
""")
"""Live runs past their deadline; a paused one has none until it is resumed, which moves it."""

STILL_OVERDUE = text("""
    SELECT id FROM runs WHERE id = :run AND state = 'running' AND paused_at IS NULL AND deadline_at <= now()
    FOR NO KEY UPDATE
""")
"""Lock a run that is past its deadline; no row means that it is no more: moved, paused, or over."""

EXPIRED_LEASES = text("""
    SELECT s.run_id, s.name, s.attempt, s.losses + 1 AS losses, s.max_losses, s.stop_at < now() AS late,
           s.failures + 1 AS failures, s.max_failures, s.lease_owner, s.fallbacks, s.queue,
           (s.spec ->> 'seconds')::float AS seconds
    FROM steps s JOIN runs r ON r.id = s.run_id
    WHERE s.state = 'running' AND s.lease_until < now() AND r.state = 'running'
    ORDER BY s.lease_until LIMIT :limit FOR NO KEY UPDATE OF s SKIP LOCKED
""")
"""Steps whose holder has not been heard of for a lease's length, with their own time limits, where they have one.

One that is locked is being completed right now.
"""

STILL_LOST = text("""
    SELECT EXISTS (SELECT FROM steps WHERE run_id = :run AND name = :step AND attempt = :attempt AND state = 'running'
                   AND lease_until < now())
""")
"""Whether a lost step's holder has not come back meanwhile."""

LOSE_LEASE = text("""
    UPDATE steps SET state = 'pending', losses = losses + :losses, failures = failures + :failures, ready_at = now(),
        lease_owner = NULL, lease_until = NULL, error = :error
    WHERE run_id = :run AND name = :step AND attempt = :attempt AND state = 'running' AND lease_until < now()
    RETURNING name
""")
"""Take a step from a holder that was lost."""

STUCK_RUNS = text("""
    SELECT r.id, r.epoch,
           array_agg(s.name ORDER BY s.position) AS steps, array_agg(DISTINCT s.queue) AS queues,
           min(GREATEST(s.ready_at, g.opened_at)) AS ready_at
    FROM runs r JOIN steps s ON s.run_id = r.id
    LEFT JOIN gates g ON g.run_id = s.run_id AND g.name = s.behind
    WHERE r.state = 'running' AND r.paused_at IS NULL
      AND s.state = 'pending' AND s.ready_at <= now() AND COALESCE(g."left", 0) = 0
      AND r.last_progress_at < now() - make_interval(secs => :quiet * power(2, LEAST(r.epoch, 10)))
      AND NOT EXISTS (SELECT FROM outbox o WHERE o.run_id = r.id AND o.published_at IS NULL AND o.due_at <= now())
    GROUP BY r.id ORDER BY r.last_progress_at LIMIT :limit
""")
"""Live runs that have stood still for longer than their back-off although steps of theirs are ready."""

OVERTAKEN = text("""
    SELECT EXISTS (SELECT FROM steps s WHERE s.queue = ANY(:queues) AND s.claimed_at IS NOT NULL
                   AND s.ready_at > CAST(:ready AS timestamptz) AND s.claimed_at > CAST(:ready AS timestamptz))
""")
"""Whether a step that was ready later has already been claimed from one of the queues."""

SEND_AGAIN = text("""
    WITH moved AS (
        UPDATE runs SET epoch = epoch + 1, last_progress_at = now() WHERE id = :run AND state = 'running'
        RETURNING id, epoch
    )
    INSERT INTO outbox (run_id, epoch, why, steps) SELECT id, epoch, :why, :steps FROM moved
""")
"""Send a run's ready steps again, one epoch later."""

STEP_NOW = text("""
    SELECT state, attempt FROM steps WHERE run_id = :run AND name = :step
""")
"""Where a step stands and which attempt holds or ended it."""

SEND_ALL_AGAIN = text("""
    WITH idle AS (
        SELECT id FROM runs WHERE state = 'running' ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ), moved AS (
        UPDATE runs r SET last_progress_at = now() FROM idle i WHERE r.id = i.id
    )
    INSERT INTO outbox (run_id, epoch, why)
    SELECT id, epoch, 'broker_lost' FROM runs WHERE state = 'running' RETURNING run_id
""")
"""Have every live run sent again; one that somebody works on just now is sent without being waited for."""

BROKER_TOKEN = text("SELECT token FROM broker WHERE name = 'broker'")
"""The token that the broker should remember."""

SET_BROKER_TOKEN = text("""
    INSERT INTO broker (name, token) VALUES ('broker', :token)
    ON CONFLICT (name) DO UPDATE SET token = EXCLUDED.token, seen_at = now()
""")
"""Remember which token the broker was given."""

INSERT_CALL = text("""
    WITH locked AS MATERIALIZED (SELECT id FROM runs WHERE id = CAST(:run AS uuid) FOR SHARE)
    INSERT INTO calls (task_id, tenant, run_id, refusal)
    SELECT :task_id, :tenant, CAST(:run AS uuid), :refusal FROM (SELECT count(*) FROM locked) l
    ON CONFLICT (task_id) DO NOTHING
""")
"""Remember what became of a caller's message. A run that ends in this moment waits, and then knows its caller."""

RESOLVE = text("""
    SELECT c.refusal, r.id, r.state, r.result, r.error, r.finished_at,
           EXISTS (SELECT FROM attempts a WHERE a.run_id = r.id) AS started
    FROM (SELECT CAST(:task_id AS text) AS task_id) q
    LEFT JOIN calls c ON c.task_id = q.task_id
    LEFT JOIN runs r ON r.id = COALESCE(c.run_id, CAST(:run AS uuid))
""")
"""The run that an id stands for: its own id, or that of a call that led to it."""

CALLERS = text("SELECT task_id FROM calls WHERE run_id = :run AND refusal IS NULL")
"""Ids under which callers wait for a run."""
