"""The SQL of completions, by name, with a sentence on what it does.

A statement sees the database as it was when it began, also where it waited for a lock meanwhile; only the row that it
waited for is looked at again. What another transaction may have made in between is asked for in a statement of its own.
"""

from sqlalchemy import text

from orchestrator.store.findings import FOUND, KEEP_FOUND


def _ended(only: str = "") -> str:
    """Return the SQL that ends the attempts which hold a lot of steps, with their results, in a live run.

    Who is missing among the ``ended`` is a fenced zombie, or was left out. Whoever ends a run locks its open steps.
    """
    return f"""
    given AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))
            AS g(step text, attempt int, state text, seconds float, result text)
    ), wanted AS MATERIALIZED (
        SELECT s.name FROM steps s WHERE s.run_id = :run AND s.name = ANY(:steps)
          AND EXISTS (SELECT FROM runs r WHERE r.id = :run AND r.state = 'running')
        ORDER BY s.position FOR NO KEY UPDATE OF s
    ), ended AS (
        UPDATE steps s
        SET state = g.state, result = CAST(g.result AS jsonb), error = NULL, finished_at = now(), lease_owner = NULL,
            lease_until = NULL
        FROM given g JOIN wanted w ON w.name = g.step
        WHERE s.run_id = :run AND s.name = ANY(:steps) AND s.name = g.step AND s.attempt = g.attempt
          AND s.state IS NOT DISTINCT FROM 'running' {only}
        RETURNING s.name, s.counts, s.attempt, s.state, g.seconds
    ), tried AS (
        UPDATE attempts a SET outcome = e.state, ended_at = now(), seconds = e.seconds FROM ended e
        WHERE a.run_id = :run AND a.step = ANY(:steps) AND a.step = e.name AND a.attempt = e.attempt
          AND a.outcome IS NULL
    )"""  # noqa: S608  our own words alone


_GATE_IS_THERE = "AND EXISTS (SELECT FROM gates c WHERE c.run_id = :run AND c.name = s.counts)"
"""Leaves out a step that was moved to a new gate while this statement waited for it: it cannot see that gate."""

END_STEPS = text(f"WITH {_ended()} SELECT e.name, e.counts FROM ended e")  # noqa: S608  our own words alone
"""End a lot of steps, before what they leave behind is written down and their ends are counted."""

COUNT_STEPS = text("""
    WITH moved AS (
        UPDATE runs SET last_progress_at = now() WHERE id = :run AND state = 'running' RETURNING id
    ), lowered AS (
        UPDATE gates t
        SET "left" = t."left" - e.value::int, opened_at = CASE WHEN t."left" = e.value::int THEN now() END,
            skipped = CASE WHEN t."left" = e.value::int THEN 0 ELSE t.skipped END
        FROM moved m, jsonb_each_text(CAST(:ends AS jsonb)) e
        WHERE t.run_id = m.id AND t.name = e.key
        RETURNING t.name, t."left"
    )
    SELECT EXISTS (SELECT FROM moved) AS live, ARRAY(SELECT l.name FROM lowered l WHERE l."left" = 0) AS opened
""")
"""Note that a run moved, and count ends on gates: one row, with the gates that opened.

The run's row is locked before its gates', so that exactly one transaction sees a gate reach zero. What was skipped
behind a gate that opens is for the same transaction to count.
"""

COMPLETE = text(f"""
    WITH {_ended(_GATE_IS_THERE)}, {FOUND.format(only="JOIN ended e ON e.name = f.step")}, {KEEP_FOUND}, moved AS (
        UPDATE runs r SET last_progress_at = now()
        FROM (SELECT count(*) AS n FROM ended) e,
             (SELECT (SELECT count(*) FROM known) + (SELECT count(*) FROM seen) AS n) f
        WHERE r.id = :run AND r.state = 'running' AND e.n > 0 AND f.n >= 0
        RETURNING r.id
    ), lowered AS (
        UPDATE gates t
        SET "left" = t."left" - e.n, opened_at = CASE WHEN t."left" = e.n THEN now() END
        FROM moved m, (SELECT counts, count(*)::int AS n FROM ended GROUP BY counts) e
        WHERE t.run_id = m.id AND t.name = e.counts
        RETURNING t.name, t."left"
    )
    SELECT (SELECT jsonb_object_agg(e.name, e.counts) FROM ended e) AS ended,
           ARRAY(SELECT l.name FROM lowered l WHERE l."left" = 0) AS opened
""")  # noqa: S608  our own words alone
"""End steps that leave nothing but findings behind, and count their ends: all that a step needs, in one round trip.

The findings are counted only so that they are written, and locked, before the run. Not for steps that count on the
run's end, unless that follows in the same transaction. A gate that cannot open so easily, for steps behind it were
skipped, refuses by its check: then nothing was done, and the statements above do it.
"""
