"""Every statement about what was put aside, and about how fresh sources are."""

from sqlalchemy import text

_CHOSEN = """
    tenant = :tenant AND (CAST(:target AS text) IS NULL OR target = :target)
    AND (CAST(:source AS text) IS NULL OR source = :source) AND (CAST(:key AS text) IS NULL OR key = :key)
"""

LIST = text(f"""
    SELECT target, source, key, reason, raw, run_id, at FROM quarantine WHERE {_CHOSEN}
    ORDER BY at DESC, target, source, key LIMIT :limit
""")  # noqa: S608  our own words alone
"""What was put aside, the newest first. Of all targets by the index of times, of one by the table's own key."""

COUNT = text(f"SELECT count(*) FROM quarantine WHERE {_CHOSEN}")  # noqa: S608  the same

DROP = text(f"""
    DELETE FROM quarantine WHERE ctid = ANY(ARRAY(SELECT ctid FROM quarantine WHERE {_CHOSEN}
    ORDER BY target, source, key FOR UPDATE))
""")  # noqa: S608  the same
"""Locked in the order in which runs write them, so that none waits for the other for ever."""

TARGETS = text("""
    WITH RECURSIVE one AS (
        (SELECT target FROM quarantine WHERE tenant = :tenant ORDER BY target LIMIT 1)
        UNION ALL
        SELECT (SELECT q.target FROM quarantine q WHERE q.tenant = :tenant AND q.target > one.target
                ORDER BY q.target LIMIT 1)
        FROM one WHERE one.target IS NOT NULL
    )
    SELECT target FROM one WHERE target IS NOT NULL LIMIT :limit
""")
"""The targets of which something was put aside: from one to the next by the table's key, however much each has."""

LOCK_LOOK = text("SELECT FROM looks WHERE tenant = :tenant AND target = :target FOR UPDATE")
"""Whoever writes what was collected of a target asks for this row first: until our commit, it waits here."""

TAKE = text("""
    SELECT source, key, run_id, at FROM quarantine
    WHERE tenant = :tenant AND target = :target AND (CAST(:source AS text) IS NULL OR source = :source)
    ORDER BY source, key FOR UPDATE
""")

FORGET_CURSORS = text("""
    WITH gone AS (
        DELETE FROM cursors
        WHERE tenant = :tenant AND target = :target AND (CAST(:source AS text) IS NULL OR source = :source)
        RETURNING source
    )
    SELECT source FROM gone ORDER BY source
""")

LAST_RUN = text("""
    WITH candidates AS (
        (SELECT id FROM runs WHERE tenant = :tenant ORDER BY created_at DESC LIMIT :recent)
        UNION SELECT run_id FROM cursors WHERE tenant = :tenant AND target = :target
        UNION (SELECT run_id FROM quarantine WHERE tenant = :tenant AND target = :target ORDER BY at DESC LIMIT :recent)
    )
    SELECT r.id, r.plan -> 'targets' AS targets, r.trigger -> 'options' AS options
    FROM runs r
    WHERE r.tenant = :tenant AND r.id = ANY(ARRAY(SELECT id FROM candidates))
      AND r.plan -> 'targets' @> CAST(:like AS jsonb)
    ORDER BY r.created_at DESC LIMIT 1
""")
"""The last run that had a target: among the newest, and those that last wrote something of it, however old."""

LAST_REPLAY = text("""
    SELECT r.id, r.state, r.deadline_at FROM (
        SELECT id, state, deadline_at, created_at, subject, trigger FROM runs
        WHERE tenant = :tenant ORDER BY created_at DESC LIMIT :recent) r
    WHERE r.subject = :subject AND r.trigger ->> 'source' = :door AND r.trigger -> 'targets' @> CAST(:like AS jsonb)
    ORDER BY r.created_at DESC LIMIT 1
""")
"""The run in which the same was read again the last time, if that is not long ago."""

READING_NOW = text("""
    SELECT s.run_id, s.name FROM runs r JOIN steps s ON s.run_id = r.id
    WHERE r.tenant = :tenant AND r.state = 'running' AND s.state = 'running'
      AND s.spec ->> 'target' = :target AND starts_with(s.spec ->> 'capability', :collect)
    ORDER BY s.claimed_at LIMIT 1
""")
"""A step that reads a target right now: it knows how far the target was read, and will write that down again."""

SOURCES = text("""
    WITH newest AS (
        SELECT id, created_at, COALESCE(jsonb_array_length(plan -> 'targets'), 0) AS targets FROM runs
        WHERE tenant = :tenant AND finished_at IS NOT NULL ORDER BY created_at DESC LIMIT :recent
    ), recent AS (
        SELECT id FROM (
            SELECT id, sum(targets) OVER (ORDER BY created_at DESC, id) - targets AS before FROM newest) n
        WHERE before < :most_targets
    ), looked_in AS (
        SELECT id FROM recent
        UNION SELECT run_id FROM cursors WHERE tenant = :tenant AND (CAST(:target AS text) IS NULL OR target = :target)
    ), steps_of AS (
        SELECT DISTINCT ON (s.spec ->> 'target', s.spec ->> 'capability')
               s.run_id, s.name, s.spec ->> 'target' AS target, s.spec ->> 'capability' AS capability, s.finished_at
        FROM steps s JOIN runs r ON r.id = s.run_id
        WHERE s.run_id = ANY(ARRAY(SELECT id FROM looked_in)) AND r.tenant = :tenant AND r.finished_at IS NOT NULL
          AND s.state IN ('succeeded', 'partial', 'failed', 'timed_out')
          AND starts_with(s.spec ->> 'capability', :collect)
          AND (CAST(:target AS text) IS NULL OR s.spec ->> 'target' = :target)
        ORDER BY 3, 4, s.finished_at DESC, s.run_id
    ), seen AS (
        SELECT l.target, COALESCE(c.source, l.capability) AS source, COALESCE(c.state, 'failed') AS state,
               COALESCE(c.items, 0) AS items, c.as_of, COALESCE(c.detail, s.error, '') AS detail, l.run_id,
               l.finished_at, (s.target ->> 'max_age_seconds')::int AS max_age
        FROM steps_of l JOIN steps s ON s.run_id = l.run_id AND s.name = l.name
        LEFT JOIN LATERAL jsonb_to_recordset(s.result -> 'coverage')
            AS c(source text, state text, items int, as_of timestamptz, detail text) ON true
    ), once AS (
        SELECT DISTINCT ON (target, source) * FROM seen ORDER BY target, source, finished_at DESC
    ), ages AS (
        SELECT DISTINCT ON (target) target, max_age FROM seen WHERE max_age IS NOT NULL
        ORDER BY target, finished_at DESC
    ), read AS (
        SELECT target, source, at FROM cursors
        WHERE tenant = :tenant AND (CAST(:target AS text) IS NULL OR target = :target)
    ), aside AS (
        SELECT target, source, count(*) AS n FROM quarantine
        WHERE tenant = :tenant AND (CAST(:target AS text) IS NULL OR target = :target) GROUP BY target, source
    ), together AS (
        SELECT target, source, o.state, o.items, o.detail, o.run_id, COALESCE(a.n, 0) AS quarantined,
               GREATEST(k.at, CASE WHEN o.state IN ('complete', 'zero', 'partial') THEN o.as_of END) AS read_at
        FROM once o FULL JOIN read k USING (target, source) FULL JOIN aside a USING (target, source)
    )
    SELECT t.*, ages.max_age, extract(epoch FROM now() - t.read_at)::float AS age
    FROM together t LEFT JOIN ages USING (target)
    WHERE CAST(:source AS text) IS NULL OR t.source = :source
    ORDER BY t.target, t.source LIMIT :most
""")
"""Every source of every target: when it was read last, and what its last look saw of it.

The last look is looked for in the newest ended runs, as many as have so many targets together, and in those that last
read something of a target, among steps that collect; only of the last ones are the results read. A step that failed for
good has no coverage: it stands for itself.
"""
