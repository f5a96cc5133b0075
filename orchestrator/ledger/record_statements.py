"""The SQL of what comes after an end: doing a run again from a step, and settling dead letters."""

from sqlalchemy import text

SOURCE_RUN = text("""
    SELECT state, pruned_at, trigger, plan FROM runs WHERE tenant = :tenant AND id = :run FOR SHARE
""")
"""A run that is to be done again; until the transaction's end nobody removes its details."""

SOURCE_STEPS = text("SELECT name, state FROM steps WHERE run_id = :run")
"""How far each step of a run came."""

CARRY_STEPS = text("""
    WITH carried AS (
        UPDATE steps n
        SET state = o.state, agent = o.agent, queue = o.queue, result = o.result, error = o.error,
            finished_at = o.finished_at, carried_from = COALESCE(o.carried_from, o.run_id),
            carried_attempt = COALESCE(o.carried_attempt, o.attempt)
        FROM steps o
        WHERE n.run_id = :run AND n.name = ANY(:names) AND n.state = 'pending'
          AND o.run_id = :source AND o.name = n.name
        RETURNING n.counts
    )
    UPDATE gates g SET "left" = g."left" - c.ends, opened_at = CASE WHEN g."left" = c.ends THEN now() END
    FROM (SELECT counts, count(*) AS ends FROM carried GROUP BY counts) c
    WHERE g.run_id = :run AND g.name = c.counts
""")
"""Give steps of a new run the ends that they had before, with the run and attempt they come from, and count them."""

CARRY_HOLD = text("""
    UPDATE runs n SET hold = true FROM runs o WHERE n.id = :run AND n.hold IS NULL AND o.id = :source AND o.hold
""")
"""Hold the result of a new run where that of the one before is held, or was never let go: it has much of it in it."""

CARRY_FINDINGS = text("""
    INSERT INTO run_findings (run_id, finding_id, step, body)
    SELECT :run, finding_id, step, body FROM run_findings WHERE run_id = :source AND step = ANY(:names)
    ORDER BY finding_id
    ON CONFLICT (run_id, finding_id) DO NOTHING
""")
"""Give a new run what carried steps found; what is known of each claim as a whole does not change by that."""

CARRY_ARTIFACTS = text("""
    INSERT INTO artifacts (run_id, name, step, media_type, body, at)
    SELECT :run, name, step, media_type, body, at FROM artifacts WHERE run_id = :source AND step = ANY(:names)
    ON CONFLICT (run_id, name) DO NOTHING
""")
"""Give a new run the files that carried steps made."""

LIST_DEAD = text("""
    SELECT d.id, d.run_id, d.step, d.agent, d.reason, d.attempt, d.error, d.at, r.state AS run_state, r.subject,
           d.settled_as, d.settled_at, d.settled_by, d.settled_run, d.settled_why, r.pruned_at
    FROM dead_letters d JOIN runs r ON r.id = d.run_id
    WHERE r.tenant = :tenant AND (CAST(:ids AS bigint[]) IS NULL OR d.id = ANY(:ids))
      AND (CAST(:agent AS text) IS NULL OR d.agent = :agent) AND (CAST(:reason AS text) IS NULL OR d.reason = :reason)
      AND (:settled OR d.settled_as IS NULL)
    ORDER BY d.id DESC LIMIT :limit
""")
"""Dead letters, the newest first; those that were dealt with only where they are asked for."""

LOCK_DEAD = text("""
    SELECT d.id, d.run_id, d.step, d.settled_as, d.settled_at, d.settled_by, d.settled_run, d.settled_why
    FROM dead_letters d JOIN runs r ON r.id = d.run_id
    WHERE r.tenant = :tenant AND d.run_id = (SELECT o.run_id FROM dead_letters o WHERE o.id = :id)
    ORDER BY d.id FOR UPDATE OF d
""")
"""All dead letters of the run of one, always in the same order, for whoever deals with one of them now."""

SETTLE_REQUEUED = text("""
    UPDATE dead_letters SET settled_as = 'requeued', settled_at = now(), settled_by = :who, settled_run = :run
    WHERE run_id = :source AND step = ANY(:steps) AND settled_as IS NULL
""")
"""Note which run does the steps of a run's dead letters again, who wanted it, and when."""

SETTLE_DROPPED = text("""
    UPDATE dead_letters SET settled_as = 'dropped', settled_at = now(), settled_by = :who, settled_why = :why
    WHERE id = :id AND settled_as IS NULL
""")
"""Note that nobody will do a dead letter's step again, who said so, when, and why."""
