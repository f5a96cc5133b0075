"""Every statement about sightings."""

from sqlalchemy import text

WAITING = text("""
    SELECT s.tenant, s.evidence, s.kind AS seen_kind, s.at AS seen_at, e.target, e.source, e.kind, e.key, e.at, e.title,
           e.data, e.url, e.about,
           COALESCE(r.trigger -> 'targets', '[]') || (r.plan -> 'targets') AS targets, r.trigger -> 'options' AS options
    FROM sightings s
    LEFT JOIN evidence e ON e.tenant = s.tenant AND e.id = s.evidence
    LEFT JOIN runs r ON r.id = s.run_id
    WHERE (s.kind, s.at, s.evidence, s.tenant) > (:kind, CAST(:at AS timestamptz), :evidence, :tenant)
      AND NOT (s.kind = 'advisory' AND r.id IS NOT NULL AND r.finished_at IS NULL
               AND s.at > now() - make_interval(secs => :patience))
    ORDER BY s.kind, s.at, s.evidence, s.tenant
    LIMIT :lot
""")
"""A page of what waits to be followed, advisories first (their kind is the first by its letters), then the oldest.

An advisory waits for the end of the run that saw it: its dependencies may be read after it.
"""

DROP = text("""
    DELETE FROM sightings s USING unnest(CAST(:tenants AS text[]), CAST(:evidence AS text[])) AS d(tenant, evidence)
    WHERE s.tenant = d.tenant AND s.evidence = d.evidence
""")
"""Forget what is not followed, a lot at once."""

TAKE = text("DELETE FROM sightings WHERE tenant = :tenant AND evidence = :evidence RETURNING evidence")
"""Take one for good: the transaction that follows it is the one that takes it."""

LOCK_NAMES = text("SELECT pg_advisory_xact_lock(:area)")
"""Two sweeps that follow the same flaw under two names take turns."""

KNOWN = text("""
    SELECT DISTINCT unnest(targets) AS target FROM sighted WHERE tenant = :tenant AND name = ANY(:names)
""")
"""Targets that had a run about something, under any of its names."""

REMEMBER = text("""
    INSERT INTO sighted (tenant, name, same, targets, seen_by, followed_at)
    SELECT :tenant, named.name, :same, :targets, :seen_by, CASE WHEN :began THEN now() END
    FROM (SELECT unnest(CAST(:names AS text[])) AS name
          UNION SELECT name FROM sighted WHERE tenant = :tenant AND same IN (
              SELECT same FROM sighted WHERE tenant = :tenant AND name = ANY(:names))) AS named
    ON CONFLICT (tenant, name) DO UPDATE SET
        targets = ARRAY(SELECT DISTINCT unnest(sighted.targets || EXCLUDED.targets)), at = now(),
        same = EXCLUDED.same,
        seen_by = CASE WHEN EXCLUDED.followed_at IS NULL THEN sighted.seen_by ELSE EXCLUDED.seen_by END,
        followed_at = COALESCE(EXCLUDED.followed_at, sighted.followed_at)
""")
"""Keep all names of something, the targets that had their run about it, and at whose look the last one began.

Names that were told of it earlier, under another of its names, are of the ``same`` from now on.
"""

OF_LATE = text("""
    SELECT count(DISTINCT followed_at) FROM sighted
    WHERE tenant = :tenant AND seen_by = :target AND followed_at > now() - interval '1 hour'
""")
"""How many runs the looks at a target started within the last hour: each began at a time of its own."""

USERS = text("""
    SELECT DISTINCT l.target, e.ecosystem, e.name, e.run_id
    FROM looks l CROSS JOIN LATERAL (
        SELECT data ->> 'ecosystem' AS ecosystem, data ->> 'name' AS name, run_id
        FROM evidence
        WHERE tenant = l.tenant AND target = l.target AND kind = 'dependency'
          AND translate(lower(data ->> 'name'), '-_.', '') = ANY(:names)
        OFFSET 0) e
    WHERE l.tenant = :tenant
""")
"""Who may use a package of one of some names, spelled without case and separators: the caller compares rightly.

``OFFSET 0`` keeps the inner part a step of its own, which the index of targets serves: only dependencies are read.
"""

SCHEDULED = text("""
    SELECT t.value AS target, s.enabled AND NOT s.retired AS live
    FROM schedules s CROSS JOIN LATERAL jsonb_array_elements(s.trigger -> 'targets') AS t
    WHERE s.tenant = :tenant ORDER BY s.updated_at
""")
"""Every target of the schedules, the newest last, and whether it is looked at."""

PLANNED = text("""
    SELECT t.value AS target
    FROM (SELECT target, run_id FROM cursors WHERE tenant = :tenant AND target = ANY(:targets)
          UNION SELECT * FROM unnest(CAST(:targets AS text[]), CAST(:runs AS uuid[]))) AS seen
    JOIN runs r ON r.id = seen.run_id
    CROSS JOIN LATERAL jsonb_array_elements(r.plan -> 'targets') AS t
    WHERE r.created_at > now() - make_interval(days => :days)
      AND (t.value ->> 'kind') || ':' || (t.value ->> 'location') = seen.target
    ORDER BY r.created_at
""")
"""Targets as the runs had them that read them last, the newest last."""
