"""The ledger's SQL: every statement that changes a run, by name, with a sentence on what it does.

Times are the database's own (``now()``), so that workers' clocks never matter. Sets of rows travel as one JSON value.
"""

from sqlalchemy import text

SUBMIT = text("""
    WITH run AS (
        INSERT INTO runs (id, tenant, trigger_key, kind, subject, priority, trigger, plan, deadline_at, rerun_of)
        VALUES (:id, :tenant, :key, :kind, :subject, :priority, CAST(:trigger AS jsonb), CAST(:plan AS jsonb),
                now() + make_interval(secs => :deadline), :rerun_of)
        ON CONFLICT (tenant, trigger_key) DO NOTHING
        RETURNING id, deadline_at
    ), laid AS (
        INSERT INTO steps (run_id, name, position, agent, queue, spec, target, behind, counts, needs, fallbacks,
                           required, max_failures, max_losses, hard_seconds, exclusive)
        SELECT run.id, r.name, r.position, r.agent, r.queue, r.spec, r.target, r.behind, r.counts,
               ARRAY(SELECT jsonb_array_elements_text(r.needs)), ARRAY(SELECT jsonb_array_elements_text(r.fallbacks)),
               r.required, r.max_failures, r.max_losses, r.hard_seconds, r.exclusive
        FROM run, jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
            name text, position int, agent text, queue text, spec jsonb, target jsonb, behind text, counts text,
            needs jsonb, fallbacks jsonb, required boolean, max_failures int, max_losses int, hard_seconds float,
            exclusive text)
    ), gated AS (
        INSERT INTO gates (run_id, name, "left")
        SELECT run.id, g.key, g.value::int FROM run, jsonb_each_text(CAST(:gates AS jsonb)) AS g
    ), noted AS (
        INSERT INTO outbox (run_id, epoch, why, due_at)
        SELECT run.id, 0, :why, now() + make_interval(secs => :grace) FROM run RETURNING id
    )
    SELECT run.id, run.deadline_at, noted.id AS outbox_id FROM run, noted
""")
"""Accept a run, unless its key is known: the run, its steps, its gates, and the word that it is to be sent."""

FIND_KEY = text("""
    SELECT id, state, deadline_at,
           (SELECT o.id FROM outbox o
            WHERE o.run_id = runs.id AND o.why = 'submitted' AND o.published_at IS NULL) AS unsent
    FROM runs WHERE tenant = :tenant AND trigger_key = :key
""")
"""The run that a key led to before, and the outbox row of its first messages while they were not sent."""

INSERT_OUTBOX = text("""
    INSERT INTO outbox (run_id, epoch, why, steps, due_at)
    VALUES (:run, (SELECT epoch FROM runs WHERE id = :run), :why, :steps, COALESCE(:due, now()))
    RETURNING id
""")
"""Say that something is to be sent for a run; ``steps`` names those that are ready, NULL means all that is left."""

CLAIM = text("""
    WITH lazy AS MATERIALIZED (
        SELECT set_config('synchronous_commit', 'off', true)
    ), wanted AS MATERIALIZED (
        SELECT s.name FROM steps s, lazy WHERE s.run_id = :run AND s.name = ANY(:steps)
        ORDER BY s.position FOR NO KEY UPDATE OF s
    ), claimed AS (
        UPDATE steps s
        SET state = 'running', attempt = s.attempt + 1,
            losses = s.losses + (s.state = 'running' AND s.stop_at >= now())::int,
            failures = s.failures + (s.state = 'running' AND s.stop_at < now())::int,
            lease_owner = :owner, lease_until = now() + make_interval(secs => :lease), claimed_at = now(),
            stop_at = now() + make_interval(secs => s.hard_seconds)
        FROM runs r, wanted w
        WHERE s.run_id = :run AND s.name = w.name AND r.id = s.run_id
          AND r.state = 'running' AND r.deadline_at > now() AND r.paused_at IS NULL
          AND (s.state = 'pending' AND s.ready_at <= now() OR s.state = 'running' AND s.lease_until < now())
          AND s.failures + (s.state = 'running' AND s.stop_at < now())::int < s.max_failures
          AND s.losses + (s.state = 'running' AND s.stop_at >= now())::int < s.max_losses
          AND (s.behind IS NULL OR EXISTS (
              SELECT FROM gates g WHERE g.run_id = s.run_id AND g.name = s.behind AND g."left" = 0))
        RETURNING s.name, s.position, s.attempt, s.agent, s.queue, s.spec, s.target, s.failures, s.max_failures,
                  s.fallbacks, s.behind, r.tenant, r.kind, r.trigger -> 'options' AS options, r.created_at,
                  r.deadline_at, (
                      SELECT jsonb_object_agg(k.source, k.value -> 'value') FROM cursors k
                      WHERE k.tenant = r.tenant AND k.target = s.spec ->> 'target') AS cursors
    ), lost AS (
        UPDATE attempts a SET outcome = 'lost', ended_at = now()
        FROM claimed c
        WHERE a.run_id = :run AND a.step = c.name AND a.attempt = c.attempt - 1 AND a.outcome IS NULL
    ), tried AS (
        INSERT INTO attempts (run_id, step, attempt, agent, worker)
        SELECT :run, c.name, c.attempt, c.agent, :owner FROM claimed c
    )
    SELECT * FROM claimed ORDER BY position
""")
"""Take a lot of steps, those of them that may run now: a row for each that was taken.

A step taken from a holder whose lease ran out counts as lost, or as failed where its time was up as well. The commit
need not wait for the disk: a lost claim is only a step that is pending again, and the attempt number fences whoever
held it.
"""

LOAD = text("""
    SELECT jsonb_agg(jsonb_build_object('name', s.name, 'state', s.state, 'error', s.error, 'agent', s.agent,
                                        'target', s.spec ->> 'target',
                                        'result', (s.result - 'counts')::text) ORDER BY s.position) AS before
    FROM steps s
    WHERE s.run_id = :run AND s.state NOT IN ('pending', 'waiting', 'running')
      AND (s.name = ANY(:names) OR s.spec ->> 'target' = ANY(:sources))
""")
"""What steps on targets are handed: the ended steps that they need or read from."""

LOAD_JOIN = text("""
    WITH RECURSIVE gone AS (
        SELECT CAST(:behind AS text) AS gate
        UNION
        SELECT s.behind FROM gone g JOIN steps s ON s.run_id = :run AND s.counts = g.gate WHERE s.behind IS NOT NULL
    ), before AS (
        SELECT s.* FROM steps s JOIN gone g ON s.counts = g.gate
        WHERE s.run_id = :run AND s.state NOT IN ('pending', 'waiting', 'running')
    )
    SELECT (SELECT jsonb_agg(jsonb_build_object('name', b.name, 'state', b.state, 'error', b.error, 'agent', b.agent,
                                                'target', b.spec ->> 'target',
                                                'result', (b.result - 'counts')::text) ORDER BY b.position)
            FROM before b) AS before,
           (SELECT jsonb_object_agg(t.step, t.bodies) FROM (
                SELECT f.step, jsonb_agg(f.body::text ORDER BY f.finding_id) AS bodies FROM run_findings f
                WHERE f.run_id = :run GROUP BY f.step) t) AS findings,
           (SELECT jsonb_object_agg(c.run, c.steps) FROM (
                SELECT b.carried_from::text AS run, count(*) AS steps FROM before b
                WHERE b.carried_from IS NOT NULL GROUP BY b.carried_from) c) AS carried,
           r.plan -> 'targets' AS targets, r.plan -> 'left_out' AS left_out, r.plan -> 'unserved' AS unserved,
           r.subject, r.trigger ->> 'source' AS source
    FROM runs r WHERE r.id = :run
""")
"""What joining steps are handed: every step that ended before the gate opened that they stand behind, going from gate
to gate, with what it found; and how the run came to be."""

WHY_NOT = text("""
    SELECT s.name, r.state AS run_state, r.deadline_at <= now() AND r.paused_at IS NULL AS overdue,
           r.paused_at IS NOT NULL AS paused,
           s.state, s.lease_until > now() AS leased, s.ready_at > now() AS early,
           COALESCE(g."left", 0) > 0 AS closed,
           s.failures + (s.state = 'running' AND s.stop_at < now())::int >= s.max_failures
           OR s.losses + (s.state = 'running' AND s.stop_at >= now())::int >= s.max_losses AS spent,
           COALESCE((SELECT c."left" = 0 FROM gates c WHERE c.run_id = s.run_id AND c.name = s.counts), false)
           AND EXISTS (SELECT FROM steps n WHERE n.run_id = s.run_id AND n.behind = s.counts AND n.state = 'pending'
                       AND n.attempt = 0) AS unsent
    FROM steps s JOIN runs r ON r.id = s.run_id
    LEFT JOIN gates g ON g.run_id = s.run_id AND g.name = s.behind
    WHERE s.run_id = :run AND s.name = ANY(:steps)
""")
"""Why steps could not be taken, and whether what stands behind each still waits to be sent."""

LOOK_AGAIN = text("""
    WITH busy AS (
        UPDATE steps s SET ready_at = CASE WHEN EXISTS (
            SELECT FROM steps o WHERE o.exclusive = s.exclusive AND o.state = 'running'
        ) THEN now() + make_interval(secs => :wait) ELSE now() END
        WHERE run_id = :run AND name = :step AND state = 'pending'
        RETURNING run_id, name, ready_at
    )
    INSERT INTO outbox (run_id, epoch, why, steps, due_at)
    SELECT b.run_id, r.epoch, 'busy', ARRAY[b.name], b.ready_at FROM busy b JOIN runs r ON r.id = b.run_id
""")
"""Have a step looked at again after a wait: another run's step works on what it would work on. At once, if no more."""

WAKE_NEXT = text("""
    WITH next AS MATERIALIZED (
        SELECT o.id, s.run_id, s.name
        FROM outbox o JOIN steps s ON s.run_id = o.run_id AND s.name = o.steps[1] JOIN runs r ON r.id = o.run_id
        WHERE o.why = 'busy' AND o.published_at IS NULL AND o.due_at > now()
          AND s.exclusive = :key AND s.state = 'pending' AND r.state = 'running'
        ORDER BY r.priority, o.id LIMIT 1 FOR NO KEY UPDATE OF o, s SKIP LOCKED
    ), ready AS (
        UPDATE steps s SET ready_at = now() FROM next n WHERE s.run_id = n.run_id AND s.name = n.name
    )
    UPDATE outbox o SET due_at = now() FROM next n WHERE o.id = n.id RETURNING o.run_id
""")
"""Have the most urgent step that waits for a target looked at now, the first of several; its run, if there is one."""

HEARTBEAT = text("""
    WITH mine AS (
        SELECT m.run, m.step, m.attempt
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS m(run uuid, step text, attempt int)
    ), held AS (
        SELECT s.run_id, s.name, m.attempt, s.attempt = m.attempt AND s.state = 'running' AS held,
               r.state = 'running' AND (r.deadline_at > now() OR r.paused_at IS NOT NULL) AS live,
               s.stop_at < now() AS late, r.paused_at IS NOT NULL AS paused
        FROM steps s JOIN mine m ON s.run_id = m.run AND s.name = m.step
        JOIN runs r ON r.id = s.run_id
    ), extended AS (
        UPDATE steps s SET lease_until = now() + make_interval(secs => :lease)
        FROM (SELECT t.run_id, t.name FROM steps t JOIN held h ON t.run_id = h.run_id AND t.name = h.name
              WHERE t.attempt = h.attempt AND t.state = 'running' AND h.held AND h.live AND NOT h.late
              FOR UPDATE OF t SKIP LOCKED) u
        WHERE s.run_id = u.run_id AND s.name = u.name
    )
    SELECT run_id, name, attempt, held, live, late, paused FROM held
""")
"""Extend the leases of all the steps that a process runs, and learn which of them must stop.

A step that is out of time is not extended: whatever ignores its stop loses its lease and is fenced.
"""

END_STEPS = text("""
    WITH given AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS g(step text, attempt int, state text, result jsonb)
    ), wanted AS MATERIALIZED (
        SELECT s.name FROM steps s JOIN given g ON s.run_id = :run AND s.name = g.step
        ORDER BY s.position FOR NO KEY UPDATE OF s
    )
    UPDATE steps s
    SET state = g.state, result = g.result, error = NULL, finished_at = now(), lease_owner = NULL, lease_until = NULL
    FROM given g JOIN wanted w ON w.name = g.step
    WHERE s.run_id = :run AND s.name = g.step AND s.attempt = g.attempt AND s.state = 'running'
    RETURNING s.name, s.counts
""")
"""End the attempts that hold a lot of steps, with their results; who is missing among the rows is a fenced zombie."""

COUNT_STEPS = text("""
    WITH moved AS (
        UPDATE runs SET last_progress_at = now() WHERE id = :run AND state = 'running' RETURNING id
    ), tried AS (
        UPDATE attempts a SET outcome = g.state, ended_at = now(), seconds = g.seconds
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS g(step text, attempt int, state text, seconds float)
        WHERE a.run_id = :run AND a.step = g.step AND a.attempt = g.attempt AND a.outcome IS NULL
    ), lowered AS (
        UPDATE gates t
        SET "left" = t."left" - e.value::int, opened_at = CASE WHEN t."left" = e.value::int THEN now() END
        FROM moved m, jsonb_each_text(CAST(:ends AS jsonb)) e
        WHERE t.run_id = m.id AND t.name = e.key
        RETURNING t.name, t."left"
    )
    SELECT EXISTS (SELECT FROM moved) AS live, ARRAY(SELECT l.name FROM lowered l WHERE l."left" = 0) AS opened
""")
"""Note that a run moved, how its attempts ended, and count the ends on gates: one row, with the gates that opened.

The run's row is locked before its gates', so that exactly one transaction sees a gate reach zero.
"""

END_STEP = text("""
    UPDATE steps s
    SET state = :state, result = NULL, error = :error, finished_at = now(), lease_owner = NULL, lease_until = NULL
    WHERE s.run_id = :run AND s.name = :step AND s.attempt = :attempt AND s.state = 'running'
    RETURNING s.counts, s.required
""")
"""End the attempt that holds a step without a result; no row means that somebody else holds it."""

END_ATTEMPT = text("""
    UPDATE attempts SET outcome = :outcome, error = :error, ended_at = now()
    WHERE run_id = :run AND step = :step AND attempt = :attempt AND outcome IS NULL
""")
"""Write down how an attempt ended."""

LOCK_RUN = text("SELECT id FROM runs WHERE id = :run FOR NO KEY UPDATE")
"""Lock a run before it is ended: whoever asks for its end then sees all who asked to be told of it."""

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

WAIT_FOR_ANSWER = text("""
    UPDATE steps SET state = 'waiting', lease_owner = NULL, lease_until = NULL, error = NULL
    WHERE run_id = :run AND name = :step AND attempt = :attempt AND state = 'running'
    RETURNING name
""")
"""Let a step wait for a person: nobody holds it, and nothing is sent for it."""

SAY_WHAT_FOR = text("UPDATE steps SET error = :error WHERE run_id = :run AND name = :step AND state = 'waiting'")
"""Say beside a step that waits what for."""

GO_ON_ANSWERED = text("""
    UPDATE steps SET state = 'pending', ready_at = now(), error = NULL
    WHERE run_id = :run AND name = :step AND state = 'waiting' AND EXISTS (
        SELECT FROM runs r WHERE r.id = :run AND (r.deadline_at > now() OR r.paused_at IS NOT NULL))
    RETURNING name
""")
"""Let a step that waited for a person be claimed again, unless its run's time is up. A step waits in live runs only."""

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

END_RUN = text("""
    WITH ended AS (
        UPDATE runs SET state = :state, error = :error, result = CAST(:result AS jsonb), finished_at = now(),
            last_progress_at = now()
        WHERE id = :run AND state = 'running'
        RETURNING id, epoch
    ), called AS (
        SELECT EXISTS (SELECT FROM calls c WHERE c.run_id = :run AND c.refusal IS NULL) AS "by_some"
    ), noted AS (
        INSERT INTO outbox (run_id, epoch, why, published_at)
        SELECT e.id, e.epoch, 'ended', CASE WHEN NOT c."by_some" THEN now() END FROM ended e, called c
    )
    SELECT c."by_some" AS called FROM ended, called c
""")
"""End a live run and say so: to be sent where callers wait outside, which is returned, and sent already elsewhere."""

RUN_RESULT = text("""
    SELECT r.kind, r.trigger_key, r.created_at, r.held,
           (SELECT jsonb_agg(DISTINCT jsonb_build_object('state', s.state, 'required', s.required))
            FROM steps s WHERE s.run_id = r.id) AS ends,
           CASE WHEN NOT r.held THEN (SELECT count(*) FROM run_findings f WHERE f.run_id = r.id) END AS findings,
           (SELECT jsonb_object_agg(t.state, t.n) FROM (
                SELECT s.state, count(*) AS n FROM steps s WHERE s.run_id = r.id GROUP BY s.state) t) AS steps,
           CASE WHEN NOT r.held THEN (
                SELECT s.result FROM steps s WHERE s.run_id = r.id AND s.counts = 'end' AND s.result IS NOT NULL
                ORDER BY s.position DESC LIMIT 1) END AS last,
           CASE WHEN NOT r.held THEN (
                SELECT jsonb_object_agg(t.severity, t.n) FROM (
                    SELECT f.body ->> 'severity' AS severity, count(*) AS n FROM run_findings f
                    WHERE f.run_id = r.id GROUP BY 1) t) END AS severities
    FROM (SELECT *, COALESCE(hold, trigger #>> '{options,hold_report}' = 'true', false) AS held FROM runs
          WHERE id = :run) r
""")
"""How a run's steps ended, and what its end says in short: counts and the last step's synthesis, never the findings.

A run that ends while its result is held says nothing of it.
"""

LAST_WORDS = text("""
    SELECT result ->> 'summary' FROM steps WHERE run_id = :run AND counts = 'end' AND result IS NOT NULL
    ORDER BY position DESC LIMIT 1
""")
"""What the last step says in short, for whoever decides whether it may go out."""

INSERT_DEAD = text("""
    INSERT INTO dead_letters (run_id, step, agent, reason, attempt, error)
    SELECT s.run_id, s.name, s.agent, :reason, s.attempt, :error FROM steps s WHERE s.run_id = :run AND s.name = :step
""")
"""Keep a step that failed for good, with the reason."""

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
