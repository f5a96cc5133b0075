"""The SQL of ends, by name, with a sentence on what it does: of attempts without a result, of steps, gates and runs."""

from sqlalchemy import text

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
    UPDATE gates SET "left" = "left" - :ends, opened_at = CASE WHEN "left" = :ends THEN now() END,
        skipped = CASE WHEN "left" = :ends THEN 0 ELSE skipped END
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
    WITH gone AS (
        UPDATE steps SET state = 'skipped', error = :error, finished_at = now()
        WHERE run_id = :run AND name = ANY(:names) AND state IN ('pending', 'waiting')
        RETURNING counts, behind, behind IS NULL OR EXISTS (
            SELECT FROM gates g WHERE g.run_id = steps.run_id AND g.name = steps.behind AND g."left" = 0) AS reached
    ), marked AS (
        UPDATE gates t SET skipped = t.skipped + b.n
        FROM (SELECT behind, count(*)::int AS n FROM gone WHERE NOT reached GROUP BY behind) b
        WHERE t.run_id = :run AND t.name = b.behind
    )
    SELECT counts, reached FROM gone
""")
"""Skip steps that can no longer run, and say which of them the run has reached.

Gates that are closed keep how many were skipped behind them: they cannot open without these being counted. The run is
locked already, as gates need it.
"""

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
