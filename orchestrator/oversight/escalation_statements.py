"""The SQL of escalation: every statement by name, with a sentence on what it does."""

from sqlalchemy import text

ESCALATE = text("""
    WITH waiting AS (
        SELECT a.id, a.run_id, a.asked_at, r.priority, LEAST(a.expires_at, r.deadline_at) AS until,
               COALESCE(r.priority = 0, false) OR EXISTS (
                   SELECT FROM actions n WHERE n.approval = a.id AND n.finding ->> 'severity' = 'critical') AS grave
        FROM approvals a LEFT JOIN runs r ON r.id = a.run_id
        WHERE a.answered_at IS NULL AND a.escalated_at IS NULL
          AND (a.run_id IS NULL OR r.state = 'running' AND r.paused_at IS NULL)
          AND (a.run_id IS NULL OR a.step = '' OR EXISTS (
              SELECT FROM steps s WHERE s.run_id = a.run_id AND s.name = a.step AND s.state = 'waiting'))
    ), late AS (
        SELECT id, run_id, priority,
               CASE WHEN grave AND asked_at <= now() - make_interval(secs => CAST(:seconds AS float) / 4)
                    THEN 'it is critical, and nobody has answered yet'
                    WHEN asked_at <= now() - make_interval(secs => :seconds) THEN 'nobody has answered for long'
                    WHEN now() > asked_at + 0.75 * (until - asked_at) THEN 'three quarters of its time have passed'
               END AS why
        FROM waiting
    ), taken AS (
        SELECT a.id FROM approvals a JOIN late l ON l.id = a.id
        WHERE l.why IS NOT NULL AND a.answered_at IS NULL ORDER BY a.asked_at LIMIT :limit
        FOR UPDATE OF a SKIP LOCKED
    )
    UPDATE approvals a SET escalated_at = now(), escalated_why = l.why
    FROM taken t JOIN late l ON l.id = t.id
    WHERE a.id = t.id
    RETURNING a.id, a.run_id, l.priority, l.why
""")
"""Escalate questions that wait for too long, or that will soon have waited in vain; a paused run's clock stands still.

What is critical waits a quarter of the time.
"""

NOTE_PACE = text("""
    UPDATE agent_figures
    SET usual_seconds = COALESCE(usual_seconds + (mean_seconds - usual_seconds) * 0.05, mean_seconds), usual_at = now()
    WHERE steps >= 200 AND (usual_at IS NULL OR usual_at < now() - interval '1 hour')
""")
"""Let what an agent's steps usually take follow what they take now, a twentieth of the way every hour."""

SIGNS = text("""
    WITH signs AS (
        SELECT 'health' AS kind, 'health:' || agent AS key, changed_at AS at,
               'agent ' || agent || ' is left alone, its source is away: ' || why AS words
        FROM breakers WHERE open_until > now()
        UNION ALL
        SELECT 'integration', 'integration:' || kind, max(finished_at),
               count(*) || ' actions of kind ' || kind || ' failed for good within a day, the last one: '
               || COALESCE((array_agg(error ORDER BY finished_at DESC))[1], 'no reason was kept')
        FROM actions
        WHERE tenant = 'default' AND created_at > now() - interval '30 days'
          AND state = 'failed' AND finished_at > now() - interval '1 day' GROUP BY kind
        UNION ALL
        SELECT 'allocation', 'allocation:' || agent, max(at),
               count(*) || ' slots were lost within a day to steps of agent ' || agent || ', the last one: '
               || (array_agg(reason ORDER BY at DESC))[1]
        FROM lost_slots WHERE at > now() - interval '1 day' GROUP BY agent
        UNION ALL
        SELECT 'consensus', 'consensus:' || kind || ':' || subject, max(finished_at),
               'agents disagree about ' || (array_agg(result ->> 'disagreements' ORDER BY finished_at DESC))[1]
               || ' targets in run ' || (array_agg(id ORDER BY finished_at DESC))[1]
        FROM runs WHERE result ? 'disagreements' AND finished_at > now() - interval '1 day' GROUP BY kind, subject
        UNION ALL
        SELECT 'performance', 'performance:' || agent, seen_at,
               'steps of agent ' || agent || ' take ' || round((100 * (mean_seconds / usual_seconds - 1))::numeric)
               || ' % longer than usual: ' || round(mean_seconds::numeric, 3) || ' s, before '
               || round(usual_seconds::numeric, 3) || ' s'
        FROM agent_figures
        WHERE steps >= 200 AND seen_at > now() - interval '1 hour'
          AND mean_seconds > usual_seconds * (1 + CAST(:slower AS float) / 100) AND mean_seconds > usual_seconds + 0.01
    )
    SELECT 'default' AS tenant, s.kind, CAST(:prefix AS text) || s.key AS key, s.words FROM signs s
    WHERE NOT EXISTS (
        SELECT FROM approvals p WHERE p.run_id IS NULL AND p.key = CAST(:prefix AS text) || s.key
          AND (p.answered_at IS NULL OR p.answered_at >= s.at))
    ORDER BY key
""")
"""What goes wrong, and that nobody was asked about since.

Health checks: a breaker is open. Integrations: actions failed for good, however long they were tried; those of a month
are read, by their index, as a row is kept of each that ever was. Allocation: steps that ignore their stop hold slots.
Consensus: agents disagree in a run's synthesis. Performance: an agent's steps take longer than they usually do.
"""

PUT_TO_PEOPLE = text("""
    INSERT INTO approvals (id, tenant, step, key, kind, question, choices, escalated_at, escalated_why)
    VALUES (:id, :tenant, '', :key, 'question', :question, :choices, now(), :why)
    ON CONFLICT (tenant, key) WHERE run_id IS NULL AND answered_at IS NULL DO NOTHING
""")
"""Put something to a person, unless it waits for one already."""

ACCEPT_PACE = text("""
    UPDATE agent_figures SET usual_seconds = mean_seconds, usual_at = now()
    WHERE CAST(:key AS text) = CAST(:prefix AS text) || agent
""")
"""What somebody was told of counts as usual from then on: it is told again where it gets worse again."""
