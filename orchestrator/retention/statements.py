"""The SQL of retention: what is old, found by an index and locked, and its removal in lots.

Rows that somebody else holds are skipped: they are there at the next sweep. What is removed is always named by a list
of keys or places, never by a join, so that no plan can become a walk through a large table.
"""

from sqlalchemy import text

TAKE_TURN = text("""
    INSERT INTO prunings (name, looked_at) VALUES (:name, now())
    ON CONFLICT (name) DO UPDATE SET looked_at = now()
    WHERE prunings.looked_at <= now() - make_interval(secs => :every)
    RETURNING name
""")
"""Begin to look for one kind of old rows; no row where it was looked for not long ago."""

NOTE_REMOVED = text("""
    UPDATE prunings SET removed = removed + :removed,
        looked_at = CASE WHEN :more THEN '-infinity'::timestamptz ELSE looked_at END
    WHERE name = :name
""")
"""Note how many rows went; where there are more, the next sweep goes on at once."""

OLD_RUNS = text("""
    WITH old AS (
        SELECT id, finished_at FROM runs
        WHERE finished_at < now() - make_interval(days => :days) AND finished_at IS NOT NULL AND pruned_at IS NULL
        ORDER BY finished_at LIMIT 100 FOR UPDATE SKIP LOCKED
    ), sized AS (
        SELECT o.id, o.finished_at, (SELECT count(*) FROM steps s WHERE s.run_id = o.id)
               + (SELECT count(*) FROM attempts a WHERE a.run_id = o.id) AS size
        FROM old o
    ), summed AS (
        SELECT id, size, sum(size) OVER (ORDER BY finished_at, id) AS upto FROM sized
    )
    SELECT array_agg(id) AS runs, sum(size) AS size FROM summed WHERE upto - size < :lot
""")
"""Runs whose details are old, the oldest first: as many as have about a lot of rows together, at least one."""

DROP_DETAILS = (
    text("DELETE FROM attempts WHERE run_id = ANY(:runs)"),
    text("DELETE FROM steps WHERE run_id = ANY(:runs)"),
    text("DELETE FROM gates WHERE run_id = ANY(:runs)"),
    text("DELETE FROM outbox WHERE run_id = ANY(:runs)"),
    text("DELETE FROM artifacts WHERE run_id = ANY(:runs)"),
    text("DELETE FROM run_findings WHERE run_id = ANY(:runs)"),
)
"""Remove what was done in runs. Attempts go before their steps: else each step would look for its own."""

MARK_PRUNED = text("UPDATE runs SET pruned_at = now() WHERE id = ANY(:runs)")
"""Note that only the row of these runs is left, with its key."""

FORGET_RUNS = text("""
    DELETE FROM runs WHERE id = ANY(ARRAY(
        SELECT id FROM runs WHERE pruned_at IS NOT NULL AND finished_at < now() - make_interval(days => :days)
        ORDER BY finished_at LIMIT :lot FOR UPDATE SKIP LOCKED))
""")
"""Drop runs whose details are gone and whose keys were kept for long enough; what refers to them goes with them."""

FORGET_SENT = text("""
    DELETE FROM outbox WHERE id = ANY(ARRAY(
        SELECT id FROM (
            SELECT id, published_at FROM outbox WHERE published_at IS NOT NULL ORDER BY id LIMIT :lot
            FOR UPDATE SKIP LOCKED) first
        WHERE published_at < now() - make_interval(days => :days)))
""")
"""Drop outbox rows that were sent long ago. Ids grow with time, so the first are the oldest."""

FORGET_DEAD = text("""
    DELETE FROM dead_letters WHERE id = ANY(ARRAY(
        SELECT id FROM (SELECT id, at FROM dead_letters ORDER BY id LIMIT :lot FOR UPDATE SKIP LOCKED) first
        WHERE at < now() - make_interval(days => :days)))
""")
"""Drop old dead letters, whatever became of them. Ids grow with time, so the first are the oldest."""

FORGET_AUDIT = text("""
    DELETE FROM action_audit WHERE id = ANY(ARRAY(
        SELECT id FROM (SELECT id, at FROM action_audit ORDER BY id LIMIT :lot FOR UPDATE SKIP LOCKED) first
        WHERE at < now() - make_interval(days => :days)))
""")
"""Drop old lines of the actions' audit; the actions stay, so that none is done twice."""

FORGET_ANSWERS = text("""
    DELETE FROM approvals WHERE id = ANY(ARRAY(
        SELECT id FROM approvals
        WHERE run_id IS NULL AND answered_at IS NOT NULL AND answered_at < now() - make_interval(days => :days)
        ORDER BY answered_at LIMIT :lot FOR UPDATE SKIP LOCKED))
""")
"""Drop what people answered long ago about no run; what was asked in the name of a run goes with the run."""

FORGET_CALLS = text("""
    DELETE FROM calls WHERE task_id = ANY(ARRAY(
        SELECT task_id FROM calls WHERE at < now() - make_interval(days => :days)
        ORDER BY at LIMIT :lot FOR UPDATE SKIP LOCKED))
""")
"""Drop what became of callers' old messages; their runs stay."""

FORGET_QUARANTINE = text("""
    DELETE FROM quarantine WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM quarantine WHERE at < now() - make_interval(days => :days)
        ORDER BY at LIMIT :lot FOR UPDATE SKIP LOCKED))
""")
"""Drop items that could not be read and were not met again since."""

FORGET_PAGES = text("""
    DELETE FROM pages WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM pages WHERE used_at < now() - make_interval(days => :days)
        ORDER BY used_at LIMIT :lot FOR UPDATE SKIP LOCKED))
""")
"""Drop pages of outside services that nobody asked for since."""

FORGET_SIGHTED = text("""
    DELETE FROM sighted WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM sighted WHERE at < now() - make_interval(days => :days)
        ORDER BY at LIMIT :lot FOR UPDATE SKIP LOCKED))
""")
"""Drop names of what was followed so long ago that its key is no longer known either."""

FORGET_OCCURRENCES = text("""
    DELETE FROM occurrences WHERE ctid = ANY(ARRAY(
        SELECT old.place FROM schedules s CROSS JOIN LATERAL (
            SELECT o.ctid AS place FROM occurrences o
            WHERE o.tenant = s.tenant AND o.schedule = s.name AND o.due < now() - make_interval(days => :days)
              AND o.due < (SELECT max(l.due) FROM occurrences l WHERE l.tenant = s.tenant AND l.schedule = s.name)
            ORDER BY o.due LIMIT :lot FOR UPDATE SKIP LOCKED) old
        LIMIT :lot))
""")
"""Drop old occurrences, but never a schedule's last one."""

OLD_TARGET = text("""
    SELECT l.tenant, l.target FROM looks l
    WHERE l.at < now() - make_interval(days => :days)
      AND NOT EXISTS (SELECT FROM runs r JOIN steps s ON s.run_id = r.id
                      WHERE r.state = 'running' AND s.spec ->> 'target' = l.target)
    ORDER BY l.at LIMIT 1 FOR UPDATE OF l SKIP LOCKED
""")
"""The target that was not looked at for the longest time, and that no live run looks at now."""

DROP_CURSORS = text("DELETE FROM cursors WHERE tenant = :tenant AND target = :target")
"""Forget how far a target was read: whoever looks at it again reads it from the beginning."""

DROP_EVIDENCE = text("""
    DELETE FROM evidence WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM evidence WHERE tenant = :tenant AND target = :target LIMIT :lot FOR UPDATE SKIP LOCKED))
""")
"""Drop a lot of what was collected of a target."""

DROP_LOOK = text("DELETE FROM looks WHERE tenant = :tenant AND target = :target")
"""Forget that a target was ever looked at, once nothing is left of it."""
