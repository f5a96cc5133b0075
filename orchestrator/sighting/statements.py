"""Every statement about sightings."""

from sqlalchemy import text

WAITING = text("""
    SELECT s.tenant, s.evidence, s.run_id, s.at AS seen_at, e.target, e.source, e.kind, e.key, e.at, e.title, e.data,
           e.url, e.about, r.plan -> 'targets' AS targets, r.trigger -> 'options' AS options
    FROM sightings s
    LEFT JOIN evidence e ON e.tenant = s.tenant AND e.id = s.evidence
    LEFT JOIN runs r ON r.id = s.run_id
    ORDER BY s.at, s.evidence
    LIMIT :lot
""")
"""What waits to be followed, oldest first, with the run that brought it."""

TAKE = text("""
    DELETE FROM sightings
    WHERE (tenant, evidence) IN (
        SELECT tenant, evidence FROM sightings WHERE tenant = :tenant AND evidence = :evidence FOR UPDATE SKIP LOCKED)
    RETURNING evidence
""")
"""Take one for good: the transaction that follows it is the one that takes it."""

LOCK_NAMES = text("SELECT pg_advisory_xact_lock(:area)")
"""Two sweeps that follow the same flaw under two names take turns."""

KNOWN = text("SELECT name FROM sighted WHERE tenant = :tenant AND name = ANY(:names) LIMIT 1")

REMEMBER = text("""
    INSERT INTO sighted (tenant, name) SELECT :tenant, unnest(CAST(:names AS text[]))
    ON CONFLICT (tenant, name) DO UPDATE SET at = now()
""")
