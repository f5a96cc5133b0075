"""The ledger's SQL: every statement that changes a run, by name, with a sentence on what it does.

Times are the database's own (``now()``), so that workers' clocks never matter. Sets of rows travel as one JSON value.
"""

from sqlalchemy import text

INSERT_RUN = text("""
    INSERT INTO runs (id, tenant, trigger_key, kind, subject, priority, trigger, plan, deadline_at, rerun_of)
    VALUES (:id, :tenant, :key, :kind, :subject, :priority, CAST(:trigger AS jsonb), CAST(:plan AS jsonb),
            now() + make_interval(secs => :deadline), :rerun_of)
    ON CONFLICT (tenant, trigger_key) DO NOTHING
    RETURNING deadline_at
""")
"""Accept a run, unless its key is known."""

FIND_KEY = text("SELECT id, state, deadline_at FROM runs WHERE tenant = :tenant AND trigger_key = :key")
"""The run that a key led to before."""

INSERT_STEPS = text("""
    INSERT INTO steps (run_id, name, position, agent, queue, spec, target, behind, counts, needs, fallbacks, required,
                       max_failures, max_losses, hard_seconds)
    SELECT :run, r.name, r.position, r.agent, r.queue, r.spec, r.target, r.behind, r.counts,
           ARRAY(SELECT jsonb_array_elements_text(r.needs)), ARRAY(SELECT jsonb_array_elements_text(r.fallbacks)),
           r.required, r.max_failures, r.max_losses, r.hard_seconds
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        name text, position int, agent text, queue text, spec jsonb, target jsonb, behind text, counts text,
        needs jsonb, fallbacks jsonb, required boolean, max_failures int, max_losses int, hard_seconds float)
""")
"""Lay out a run's steps, in one statement however many they are."""

INSERT_GATES = text("""
    INSERT INTO gates (run_id, name, "left")
    SELECT :run, r.key, r.value::int FROM jsonb_each_text(CAST(:gates AS jsonb)) AS r
""")
"""Lay out a run's gates."""

INSERT_OUTBOX = text("""
    INSERT INTO outbox (run_id, epoch, why, steps, due_at)
    VALUES (:run, (SELECT epoch FROM runs WHERE id = :run), :why, :steps, COALESCE(:due, now()))
    RETURNING id
""")
"""Say that something is to be sent for a run; ``steps`` names those that are ready, NULL means all that is left."""

CLAIM = text("""
    WITH claimed AS (
        UPDATE steps s
        SET state = 'running', attempt = s.attempt + 1,
            losses = s.losses + (s.state = 'running' AND s.stop_at >= now())::int,
            failures = s.failures + (s.state = 'running' AND s.stop_at < now())::int,
            lease_owner = :owner, lease_until = now() + make_interval(secs => :lease), claimed_at = now(),
            stop_at = now() + make_interval(secs => s.hard_seconds)
        FROM runs r
        WHERE s.run_id = :run AND s.name = :step AND r.id = s.run_id
          AND r.state = 'running' AND r.deadline_at > now() AND r.paused_at IS NULL
          AND (s.state = 'pending' AND s.ready_at <= now() OR s.state = 'running' AND s.lease_until < now())
          AND s.failures + (s.state = 'running' AND s.stop_at < now())::int < s.max_failures
          AND s.losses + (s.state = 'running' AND s.stop_at >= now())::int < s.max_losses
          AND (s.behind IS NULL OR EXISTS (
              SELECT FROM gates g WHERE g.run_id = s.run_id AND g.name = s.behind AND g."left" = 0))
        RETURNING s.attempt, s.agent, s.queue, s.spec, s.target, s.failures, s.max_failures, s.fallbacks,
                  r.tenant, r.kind, r.trigger -> 'options' AS options, r.created_at, r.deadline_at
    ), lost AS (
        UPDATE attempts a SET outcome = 'lost', ended_at = now()
        FROM claimed c
        WHERE a.run_id = :run AND a.step = :step AND a.attempt = c.attempt - 1 AND a.outcome IS NULL
    ), tried AS (
        INSERT INTO attempts (run_id, step, attempt, agent, worker)
        SELECT :run, :step, c.attempt, c.agent, :owner FROM claimed c
    )
    SELECT * FROM claimed
""")
"""Take a step, if it may run now: one row where it was taken, none where the message was stale.

A step taken from a holder whose lease ran out counts as lost, or as failed where its time was up as well.
"""

WHY_NOT = text("""
    SELECT r.state AS run_state, r.deadline_at <= now() AS overdue, s.state, s.lease_until > now() AS leased,
           s.ready_at > now() AS early,
           COALESCE(g."left", 0) > 0 AS closed,
           s.failures + (s.state = 'running' AND s.stop_at < now())::int >= s.max_failures
           OR s.losses + (s.state = 'running' AND s.stop_at >= now())::int >= s.max_losses AS spent,
           COALESCE((SELECT c."left" = 0 FROM gates c WHERE c.run_id = s.run_id AND c.name = s.counts), false)
           AND EXISTS (SELECT FROM steps n WHERE n.run_id = s.run_id AND n.behind = s.counts AND n.state = 'pending'
                       AND n.attempt = 0) AS unsent
    FROM steps s JOIN runs r ON r.id = s.run_id
    LEFT JOIN gates g ON g.run_id = s.run_id AND g.name = s.behind
    WHERE s.run_id = :run AND s.name = :step
""")
"""Why a step could not be taken, and whether what stands behind it still waits to be sent."""

HEARTBEAT = text("""
    WITH mine AS (
        SELECT m.run, m.step, m.attempt
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS m(run uuid, step text, attempt int)
    ), held AS (
        SELECT s.run_id, s.name, m.attempt, s.attempt = m.attempt AND s.state = 'running' AS held,
               r.state = 'running' AND r.deadline_at > now() AS live, s.stop_at < now() AS late
        FROM steps s JOIN mine m ON s.run_id = m.run AND s.name = m.step
        JOIN runs r ON r.id = s.run_id
    ), extended AS (
        UPDATE steps s SET lease_until = now() + make_interval(secs => :lease)
        FROM (SELECT t.run_id, t.name FROM steps t JOIN held h ON t.run_id = h.run_id AND t.name = h.name
              WHERE t.attempt = h.attempt AND t.state = 'running' AND h.held AND h.live AND NOT h.late
              FOR UPDATE OF t SKIP LOCKED) u
        WHERE s.run_id = u.run_id AND s.name = u.name
    )
    SELECT run_id, name, attempt, held, live, late FROM held
""")
"""Extend the leases of all the steps that a process runs, and learn which of them must stop.

A step that is out of time is not extended: whatever ignores its stop loses its lease and is fenced.
"""

END_STEP = text("""
    UPDATE steps s
    SET state = :state, result = CAST(:result AS jsonb), error = :error, finished_at = now(), lease_owner = NULL,
        lease_until = NULL
    WHERE s.run_id = :run AND s.name = :step AND s.attempt = :attempt AND s.state = 'running'
    RETURNING s.counts, s.required
""")
"""End the attempt that holds a step; no row means that somebody else holds it: the caller is a fenced zombie."""

END_ATTEMPT = text("""
    UPDATE attempts SET outcome = :outcome, error = :error, ended_at = now()
    WHERE run_id = :run AND step = :step AND attempt = :attempt AND outcome IS NULL
""")
"""Write down how an attempt ended."""

TOUCH_RUN = text("UPDATE runs SET last_progress_at = now() WHERE id = :run AND state = 'running' RETURNING tenant")
"""Lock a live run and note that it moved; no row means that it is over."""

LOWER_GATE = text("""
    UPDATE gates SET "left" = "left" - :ends, opened_at = CASE WHEN "left" = :ends THEN now() END
    WHERE run_id = :run AND name = :gate RETURNING "left"
""")
"""Count ends on a gate. Its row lock makes sure that exactly one transaction sees it reach zero."""

SKIPPED_BEHIND = text("SELECT counts FROM steps WHERE run_id = :run AND behind = :gate AND state = 'skipped'")
"""Steps that were skipped before the gate opened that they stood behind: now they count on theirs."""

READY_BEHIND = text("""
    SELECT name FROM steps WHERE run_id = :run AND behind = ANY(:gates) AND state = 'pending' ORDER BY position
""")
"""Steps that wait behind gates."""

PUT_OFF = text("""
    UPDATE steps SET state = 'pending', failures = failures + :failures,
        ready_at = now() + make_interval(secs => :wait), lease_owner = NULL, lease_until = NULL, error = :error
    WHERE run_id = :run AND name = :step AND attempt = :attempt AND state = 'running'
    RETURNING ready_at
""")
"""Give a step back: it may be claimed again after the wait."""

HAND_OVER = text("""
    UPDATE steps SET state = 'pending', failures = 0, agent = :agent, queue = :queue, fallbacks = fallbacks[2:],
        hard_seconds = :hard_seconds, max_failures = :max_failures, ready_at = now(), lease_owner = NULL,
        lease_until = NULL, error = :error
    WHERE run_id = :run AND name = :step AND attempt = :attempt AND state = 'running'
    RETURNING name
""")
"""Give a step to the agent that stands in for the one that failed."""

LOCK_OPEN_STEPS = text("""
    SELECT name FROM steps WHERE run_id = :run AND state IN ('pending', 'waiting', 'running')
    ORDER BY position FOR UPDATE
""")
"""Lock a run's open steps, always in the same order: whoever ends several steps at once starts here."""

STEP_GRAPH = text("SELECT name, needs, counts, state FROM steps WHERE run_id = :run ORDER BY position")
"""What needs what in a run, and how far it is."""

SKIP_STEPS = text("""
    UPDATE steps SET state = 'skipped', error = :error, finished_at = now()
    WHERE run_id = :run AND name = ANY(:names) AND state IN ('pending', 'waiting')
    RETURNING counts, behind IS NULL OR EXISTS (
        SELECT FROM gates g WHERE g.run_id = steps.run_id AND g.name = steps.behind AND g."left" = 0) AS reached
""")
"""Skip steps that can no longer run, and say which of them the run has reached."""

CLOSE_STEPS = text("""
    UPDATE steps SET state = :state, error = COALESCE(error, :error), finished_at = now(), lease_owner = NULL,
        lease_until = NULL
    WHERE run_id = :run AND state IN ('pending', 'waiting', 'running')
""")
"""Close whatever a run that ends early leaves open."""

CLOSE_ATTEMPTS = text("""
    UPDATE attempts SET outcome = :outcome, ended_at = now() WHERE run_id = :run AND outcome IS NULL
""")
"""Close the attempts of a run that ends early."""

STEP_ENDS = text("SELECT state, required FROM steps WHERE run_id = :run")
"""How a run's steps ended."""

END_RUN = text("""
    UPDATE runs SET state = :state, error = :error, result = CAST(:result AS jsonb), finished_at = now(),
        last_progress_at = now()
    WHERE id = :run AND state = 'running'
    RETURNING id
""")
"""End a live run."""

RUN_RESULT = text("""
    SELECT r.kind, r.trigger_key, r.created_at,
           (SELECT count(*) FROM run_findings f WHERE f.run_id = r.id) AS findings,
           (SELECT jsonb_object_agg(t.state, t.n) FROM (
                SELECT s.state, count(*) AS n FROM steps s WHERE s.run_id = r.id GROUP BY s.state) t) AS steps,
           (SELECT s.result FROM steps s WHERE s.run_id = r.id AND s.counts = 'end' AND s.result IS NOT NULL
            ORDER BY s.position DESC LIMIT 1) AS last,
           (SELECT jsonb_object_agg(t.severity, t.n) FROM (
                SELECT f.body ->> 'severity' AS severity, count(*) AS n FROM run_findings f
                WHERE f.run_id = r.id GROUP BY 1) t) AS severities
    FROM runs r WHERE r.id = :run
""")
"""What a run's end says in short: counts and the last step's synthesis, never the findings themselves."""

INSERT_DEAD = text("""
    INSERT INTO dead_letters (run_id, step, agent, reason, attempt, error)
    SELECT s.run_id, s.name, s.agent, :reason, s.attempt, :error FROM steps s WHERE s.run_id = :run AND s.name = :step
""")
"""Keep a step that failed for good, with the reason."""

DUE_OUTBOX = text("""
    SELECT o.id, o.run_id, o.why, o.steps FROM outbox o
    WHERE o.published_at IS NULL AND o.due_at <= now() AND (CAST(:run AS uuid) IS NULL OR o.run_id = :run)
    ORDER BY o.id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
"""What is due to be sent and nobody else is sending."""

MARK_PUBLISHED = text("UPDATE outbox SET published_at = now() WHERE id = ANY(:ids)")
"""Note that rows were sent."""

POSTPONE = text("UPDATE outbox SET due_at = now() + make_interval(secs => :wait) WHERE id = :id")
"""Look at a row again later."""

PATIENT_PUBLISHING = text("SET LOCAL idle_in_transaction_session_timeout = '5min'")
"""The messages of a plan of 10,000 steps take many seconds to send; a stopped relay holds up its own rows alone."""

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
    SELECT id FROM runs WHERE state = 'running' AND deadline_at <= now() ORDER BY deadline_at LIMIT :limit
""")
"""Live runs past their deadline."""

EXPIRED_LEASES = text("""
    SELECT s.run_id, s.name, s.attempt, s.losses + 1 AS losses, s.max_losses, s.stop_at < now() AS late,
           s.failures + 1 AS failures, s.max_failures, s.lease_owner
    FROM steps s JOIN runs r ON r.id = s.run_id
    WHERE s.state = 'running' AND s.lease_until < now() AND r.state = 'running'
    ORDER BY s.lease_until LIMIT :limit FOR NO KEY UPDATE OF s SKIP LOCKED
""")
"""Steps whose holder has not been heard of for a lease's length. One that is locked is being completed right now."""

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

LIVE_RUNS = text("SELECT id FROM runs WHERE state = 'running'")
"""Every live run."""

BROKER_TOKEN = text("SELECT token FROM broker WHERE name = 'broker'")
"""The token that the broker should remember."""

SET_BROKER_TOKEN = text("""
    INSERT INTO broker (name, token) VALUES ('broker', :token)
    ON CONFLICT (name) DO UPDATE SET token = EXCLUDED.token, seen_at = now()
""")
"""Remember which token the broker was given."""

FORGET_SENT = text("""
    DELETE FROM outbox WHERE id IN (
        SELECT id FROM outbox WHERE published_at < now() - make_interval(secs => :age) LIMIT 10000)
""")
"""Drop outbox rows that were sent long ago."""

FORGET_RUNS = text("""
    DELETE FROM runs WHERE id IN (
        SELECT id FROM runs WHERE finished_at < now() - make_interval(days => :days) LIMIT 100)
""")
"""Drop runs, keys included, that ended longer ago than keys are kept."""

INSERT_CALL = text("""
    INSERT INTO calls (task_id, tenant, run_id, refusal) VALUES (:task_id, :tenant, :run, :refusal)
    ON CONFLICT (task_id) DO NOTHING
""")
"""Remember what became of a caller's message."""

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
