"""The SQL of runs that go well, by name, with a sentence on what it does: submit, claim, load, heartbeat.

Times are the database's own (``now()``), so that workers' clocks never matter. Sets of rows travel as one JSON value.

Steps that are named are found by their names. Where their state is asked for as well, it is with ``IS NOT DISTINCT
FROM``, which fits no index: the small indexes of what waits and what runs are full of rows that have just gone, and the
planner, whose figures are older, would read them all.
"""

from sqlalchemy import text

MOST_JOINED = 50
MOST_BYTES = 4_000_000
"""A claim brings what joining steps are handed where no more steps stand before them, which left no more bytes behind.

Else it is asked for by itself: what is too large for one answer is that step's failure, not its claim's.
"""

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


def _join_of(behind: str) -> str:
    """Return the SQL of what steps are handed that join those before them, from the gate that they stand behind.

    That is every step that ended before the gate opened, going from gate to gate, with what it found; and how the run
    came to be.
    """
    return f"""(
        WITH RECURSIVE gone AS (
            SELECT {behind} AS gate
            UNION
            SELECT s.behind FROM gone g JOIN steps s ON s.run_id = :run AND s.counts = g.gate
            WHERE s.behind IS NOT NULL
        ), before AS (
            SELECT s.* FROM steps s JOIN gone g ON s.counts = g.gate
            WHERE s.run_id = :run AND s.state NOT IN ('pending', 'waiting', 'running')
        )
        SELECT jsonb_build_object(
            'before', (
                SELECT jsonb_agg(jsonb_build_object(
                    'name', b.name, 'state', b.state, 'error', b.error, 'agent', b.agent,
                    'target', b.spec ->> 'target', 'result', (b.result - 'counts')::text) ORDER BY b.position)
                FROM before b),
            'findings', (
                SELECT jsonb_object_agg(t.step, t.bodies) FROM (
                    SELECT f.step, jsonb_agg(f.body::text ORDER BY f.finding_id) AS bodies FROM run_findings f
                    WHERE f.run_id = :run GROUP BY f.step) t),
            'carried', (
                SELECT jsonb_object_agg(c.run, c.steps) FROM (
                    SELECT b.carried_from::text AS run, count(*) AS steps FROM before b
                    WHERE b.carried_from IS NOT NULL GROUP BY b.carried_from) c),
            'targets', r.plan -> 'targets', 'left_out', r.plan -> 'left_out', 'unserved', r.plan -> 'unserved',
            'subject', r.subject, 'source', r.trigger ->> 'source')
        FROM runs r WHERE r.id = :run
    )"""  # noqa: S608  our own words alone


_TAKEN_OVER = "s.state = 'running' AND s.claim IS DISTINCT FROM :token"
"""Whether a claim takes a step from another holder."""
_TAKEN_ANEW = "s.state <> 'running' OR s.claim IS DISTINCT FROM :token"
"""Whether a claim is another than the last one: one whose answer was lost is asked for again, and has its attempt."""

CLAIM = text(f"""
    WITH lazy AS MATERIALIZED (
        SELECT set_config('synchronous_commit', 'off', true)
    ), wanted AS MATERIALIZED (
        SELECT s.name FROM steps s, lazy WHERE s.run_id = :run AND s.name = ANY(:steps)
        ORDER BY s.position FOR NO KEY UPDATE OF s
    ), claimed AS (
        UPDATE steps s
        SET state = 'running', attempt = s.attempt + ({_TAKEN_ANEW})::int,
            losses = s.losses + ({_TAKEN_OVER} AND s.stop_at >= now())::int,
            failures = s.failures + ({_TAKEN_OVER} AND s.stop_at < now())::int,
            lease_owner = :owner, lease_until = now() + make_interval(secs => :lease), claimed_at = now(),
            stop_at = now() + make_interval(secs => s.hard_seconds), claim = :token
        FROM runs r, wanted w
        WHERE s.run_id = :run AND s.name = ANY(:steps) AND s.name = w.name AND r.id = s.run_id
          AND r.state = 'running' AND r.deadline_at > now() AND r.paused_at IS NULL
          AND (s.state IS NOT DISTINCT FROM 'pending' AND s.ready_at <= now()
               OR s.state IS NOT DISTINCT FROM 'running' AND (s.lease_until < now() OR s.claim = :token))
          AND s.failures + ({_TAKEN_OVER} AND s.stop_at < now())::int < s.max_failures
          AND s.losses + ({_TAKEN_OVER} AND s.stop_at >= now())::int < s.max_losses
          AND (s.behind IS NULL OR EXISTS (
              SELECT FROM gates g WHERE g.run_id = s.run_id AND g.name = s.behind AND g."left" = 0))
        RETURNING s.name, s.position, s.attempt, s.agent, s.queue, s.spec, s.target, s.failures, s.max_failures,
                  s.fallbacks, s.behind, s.counts, r.tenant, r.kind, r.trigger -> 'options' AS options, r.created_at,
                  r.deadline_at, (
                      SELECT jsonb_object_agg(k.source, k.value -> 'value') FROM cursors k
                      WHERE k.tenant = r.tenant AND k.target = s.spec ->> 'target') AS cursors
    ), lost AS (
        UPDATE attempts a SET outcome = 'lost', ended_at = now()
        FROM claimed c
        WHERE a.run_id = :run AND a.step = ANY(:steps) AND a.step = c.name AND a.attempt = c.attempt - 1
          AND a.outcome IS NULL
    ), tried AS (
        INSERT INTO attempts (run_id, step, attempt, agent, worker)
        SELECT :run, c.name, c.attempt, c.agent, :owner FROM claimed c
        ON CONFLICT DO NOTHING
    )
    SELECT c.*, CASE WHEN c.target IS NULL AND c.foremost AND c.position < {MOST_JOINED} AND (
                   SELECT COALESCE(sum(pg_column_size(b.result)), 0) FROM steps b WHERE b.run_id = :run
               ) + (
                   SELECT COALESCE(sum(pg_column_size(f.body)), 0) FROM run_findings f WHERE f.run_id = :run
               ) < {MOST_BYTES} THEN {_join_of("c.behind")} END AS joined
    FROM (SELECT *, row_number() OVER (PARTITION BY behind, target IS NULL ORDER BY position) = 1 AS foremost
          FROM claimed) c
    ORDER BY position
""")  # noqa: S608  our own words alone
"""Take a lot of steps, those of them that may run now: a row for each that was taken.

The first of those that join the same steps brings what they are handed, where that is no more than some steps.

A step taken from a holder whose lease ran out counts as lost, or as failed where its time was up as well. The commit
need not wait for the disk: a lost claim is only a step that is pending again, and the attempt number fences whoever
held it. The same claim, by its token, may be asked for again while nobody else has the step.
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

LOAD_JOIN = text(f"SELECT {_join_of('CAST(:behind AS text)')} AS joined")
"""What joining steps are handed, where their claim did not bring it: see above."""

EARLIER = text("""
    SELECT r.id, r.finished_at,
           (SELECT jsonb_agg(jsonb_build_object('id', f.finding_id, 'kind', f.body ->> 'kind',
                                                'severity', f.body ->> 'severity', 'title', f.body ->> 'title',
                                                'target', f.body ->> 'target') ORDER BY f.finding_id)
            FROM (SELECT finding_id, body FROM run_findings WHERE run_id = r.id ORDER BY finding_id LIMIT 5000) f
           ) AS findings
    FROM (SELECT * FROM (SELECT id, finished_at, tenant, kind, subject, state, trigger FROM runs
                         WHERE finished_at < :before AND finished_at IS NOT NULL AND pruned_at IS NULL
                         ORDER BY finished_at DESC LIMIT 10000) late
          WHERE tenant = :tenant AND kind = 'monitor' AND subject = :subject AND state IN ('succeeded', 'partial')
            AND COALESCE(trigger #> '{options,look}', '[]') = CAST(:look AS jsonb)
          ORDER BY finished_at DESC LIMIT 1) r
""")
"""What the last such look at the same watchlist found, before a time; beyond very many runs, as if there were none."""

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
              WHERE t.attempt = h.attempt AND t.state IS NOT DISTINCT FROM 'running'
                AND h.held AND h.live AND NOT h.late
              FOR UPDATE OF t SKIP LOCKED) u
        WHERE s.run_id = u.run_id AND s.name = u.name
    )
    SELECT run_id, name, attempt, held, live, late, paused FROM held
""")
"""Extend the leases of all the steps that a process runs, and learn which of them must stop.

A step that is out of time is not extended: whatever ignores its stop loses its lease and is fenced.
"""
