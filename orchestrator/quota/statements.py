"""The SQL of circuit breakers and lost slots, by name, with a sentence on what each statement does.

Times are the database's own. A breaker's row is always the last that a transaction locks.
"""

from sqlalchemy import text

_COLUMNS = """
    b.agent, b.strikes, b.trips, b.open_until, b.trial_run, b.trial_step, b.trial_attempt, b.why, now() AS now,
    CASE WHEN s.state = 'running' AND s.attempt = b.trial_attempt THEN 'running'
         WHEN s.state IN ('succeeded', 'partial') AND s.attempt = b.trial_attempt THEN 'delivered'
         ELSE 'ended' END AS trial_end
    FROM breakers b LEFT JOIN steps s ON s.run_id = b.trial_run AND s.name = b.trial_step
"""

KNOW_AGENT = text("INSERT INTO breakers (agent) VALUES (:agent) ON CONFLICT (agent) DO NOTHING")
"""Make sure that an agent has a breaker."""

LOCK_BREAKER = text(f"SELECT {_COLUMNS} WHERE b.agent = :agent FOR UPDATE OF b")
"""One agent's breaker, locked, with what became of the step that tries."""

NOT_CLOSED = text(f"SELECT {_COLUMNS} WHERE b.open_until IS NOT NULL ORDER BY b.agent")
"""Every breaker that has opened and was not seen closing since."""

SAVE_BREAKER = text("""
    UPDATE breakers SET strikes = CAST(:strikes AS jsonb), trips = :trips, open_until = :open_until,
        trial_run = :trial_run, trial_step = :trial_step, trial_attempt = :trial_attempt, why = :why,
        changed_at = CASE WHEN trips <> :trips OR open_until IS DISTINCT FROM CAST(:open_until AS timestamptz)
                          THEN now() ELSE changed_at END
    WHERE agent = :agent
""")
"""Write a breaker down; it changed where it opened or closed, not where a step asked or tried."""

DELIVERED_SINCE = text("""
    SELECT count(*) FROM (
        SELECT FROM steps s WHERE s.queue = ANY(:queues) AND s.agent = :agent AND s.claimed_at >= :since
            AND s.state IN ('succeeded', 'partial')
        LIMIT :enough) t
""")
"""How many steps of an agent gave a result since a moment; counted no further than matters."""

INSERT_LOST_SLOT = text("""
    INSERT INTO lost_slots (run_id, step, attempt, agent, worker, reason)
    SELECT s.run_id, s.name, :attempt, s.agent, :worker, :reason FROM steps s WHERE s.run_id = :run AND s.name = :step
""")
"""Note that a step ignored its stop and keeps its slot."""

LOST_SLOTS = text("""
    SELECT agent, count(*) AS n, max(at) AS last FROM lost_slots
    WHERE at > now() - make_interval(secs => :seconds) GROUP BY agent ORDER BY n DESC, agent
""")
"""How many slots each agent cost lately."""
