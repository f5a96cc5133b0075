"""The SQL of people: what they answer, what is listed for them, and what they change in live runs.

What moves a single step (waiting, going on, being skipped) stands with the ledger's own statements.
"""

from sqlalchemy import text

FIND_ASKED = text("""
    SELECT a.id FROM approvals a WHERE a.tenant = :tenant AND starts_with(a.id, :prefix)
    ORDER BY a.answered_at IS NULL DESC, a.asked_at DESC LIMIT 3
""")
"""Questions whose ids begin so, those that wait first."""

ASKED = text("""
    SELECT a.id, a.run_id, a.step, a.key, a.kind, a.question, a.choices, a.default_answer, a.asked_at,
           CASE WHEN a.step = '' AND a.key <> 'hold' THEN a.expires_at
                ELSE LEAST(a.expires_at, r.deadline_at) END AS until, a.answered_at, a.answer, a.who, a.why, a.ticket,
           a.escalated_at, a.escalated_why, r.kind AS run_kind, r.subject,
           CASE WHEN a.answered_at IS NOT NULL THEN 'answered'
                WHEN a.run_id IS NULL OR (a.step = '' AND a.key <> 'hold') THEN 'open'
                WHEN r.state <> 'running' OR (r.deadline_at <= now() AND r.paused_at IS NULL) THEN 'over'
                WHEN a.step = '' THEN 'open'
                WHEN EXISTS (SELECT FROM steps s WHERE s.run_id = a.run_id AND s.name = a.step AND s.state = 'waiting')
                THEN 'open' ELSE 'over' END AS state
    FROM approvals a LEFT JOIN runs r ON r.id = a.run_id
    WHERE a.tenant = :tenant
      AND (CAST(:id AS text) IS NULL OR a.id = :id)
      AND (CAST(:run AS uuid) IS NULL OR a.run_id = :run)
      AND (NOT CAST(:open AS boolean) OR a.answered_at IS NULL)
    ORDER BY CAST(:open AS boolean) AND a.escalated_at IS NULL, a.asked_at, a.id
""")
"""What people were asked: one question, those of one run, or all.

``open`` leaves out what was answered, and puts first what was escalated.
"""

TAKE_ANSWER = text("""
    UPDATE approvals SET answered_at = now(), answer = :value, who = :who, why = :why, ticket = :ticket
    WHERE id = :id AND answered_at IS NULL
    RETURNING id
""")
"""Take an answer, if nobody answered before: of several at once, one gets the row."""

EXPIRED = text("""
    SELECT a.id, a.default_answer FROM approvals a JOIN runs r ON r.id = a.run_id
    WHERE a.answered_at IS NULL AND a.expires_at <= now()
      AND (a.step = '' AND a.key <> 'hold' OR r.state = 'running' AND r.paused_at IS NULL AND r.deadline_at > now())
      AND (a.step = '' OR EXISTS (
          SELECT FROM steps s WHERE s.run_id = a.run_id AND s.name = a.step AND s.state = 'waiting'))
    ORDER BY a.expires_at LIMIT :limit
""")
"""Questions that nobody answered in time, of runs that still go on. A paused run's clock stands still.

The question of a step that was dropped is over: nobody answers it.
"""

CHANGES = text("""
    SELECT at, who, why, what, detail FROM run_changes WHERE run_id = :run ORDER BY id
""")
"""How a run was changed."""

RECORD_CHANGE = text("""
    INSERT INTO run_changes (run_id, who, why, what, detail, ticket)
    VALUES (:run, :who, :why, :what, CAST(:detail AS jsonb), :ticket)
""")
"""Keep who changed what in a run, and why."""

CHANGED_BY = text("SELECT EXISTS (SELECT FROM run_changes WHERE ticket = :ticket)")
"""Whether a change has been made already: its answer was lost on the way."""

LOCK_RUN = text("""
    SELECT tenant, plan, created_at, deadline_at,
           COALESCE(hold, trigger #>> '{options,hold_report}' = 'true', false) AS held
    FROM runs WHERE id = :run AND state = 'running' AND (deadline_at > now() OR paused_at IS NOT NULL)
    FOR NO KEY UPDATE
""")
"""Lock a live run that is to be changed, or whose result is held."""

STEPS_TO_CHANGE = text("""
    SELECT s.name, s.agent, s.state, s.needs, s.required,
           s.ready_at <= now() AND (s.behind IS NULL OR g."left" = 0) AS ready
    FROM steps s LEFT JOIN gates g ON g.run_id = s.run_id AND g.name = s.behind
    WHERE s.run_id = :run ORDER BY s.position
""")
"""A run's steps as a change has to know them."""

SET_PRIORITY = text("""
    UPDATE runs SET priority = :priority, plan = CAST(:plan AS jsonb), last_progress_at = now() WHERE id = :run
""")
"""Move a run's priority, in its plan as well."""

MOVE_QUEUES = text("""
    UPDATE steps s SET queue = m.value FROM jsonb_each_text(CAST(:queues AS jsonb)) AS m
    WHERE s.run_id = :run AND s.agent = m.key AND s.state IN ('pending', 'waiting')
""")
"""Move what has not begun to other queues, by agent."""

SECONDS_TO = text("SELECT EXTRACT(epoch FROM CAST(:until AS timestamptz) - now())::float")
"""How many seconds it is to a moment, by the database's clock."""

LAID_STEPS = text("""
    SELECT s.name, s.state, s.behind, s.counts, s.position,
           s.state NOT IN ('pending', 'waiting', 'running')
           AND (s.state <> 'skipped' OR s.behind IS NULL OR g."left" = 0) AS counted
    FROM steps s LEFT JOIN gates g ON g.run_id = s.run_id AND g.name = s.behind
    WHERE s.run_id = :run ORDER BY s.position
""")
"""Where a run's steps stand between its gates, and whether each has counted on its own."""

LOCK_GATES = text('SELECT name, "left" FROM gates WHERE run_id = :run ORDER BY name FOR UPDATE')
"""Lock a run's gates, by name as everybody does."""

ADD_STEP = text("""
    WITH gate AS (
        INSERT INTO gates (run_id, name, "left", opened_at)
        SELECT :run, CAST(:gate AS text), CAST(:before AS int), CASE WHEN CAST(:before AS int) = 0 THEN now() END
        WHERE CAST(:gate AS text) IS NOT NULL
    ), moved AS (
        UPDATE steps SET counts = CAST(:gate AS text) WHERE run_id = :run AND name = ANY(CAST(:moved AS text[]))
    ), later AS (
        UPDATE gates SET "left" = "left" + 1 - CAST(:before AS int) WHERE run_id = :run AND name = :counts
    ), planned AS (
        UPDATE runs SET plan = CAST(:plan AS jsonb), last_progress_at = now() WHERE id = :run
    )
    INSERT INTO steps (run_id, name, position, agent, queue, spec, target, behind, counts, needs, fallbacks, required,
                       max_failures, max_losses, hard_seconds, exclusive)
    SELECT :run, r.name, r.position, r.agent, r.queue, r.spec, r.target, r.behind, r.counts,
           ARRAY(SELECT jsonb_array_elements_text(r.needs)), ARRAY(SELECT jsonb_array_elements_text(r.fallbacks)),
           r.required, r.max_failures, r.max_losses, r.hard_seconds, r.exclusive
    FROM jsonb_to_record(CAST(:row AS jsonb)) AS r(
        name text, position int, agent text, queue text, spec jsonb, target jsonb, behind text, counts text,
        needs jsonb, fallbacks jsonb, required boolean, max_failures int, max_losses int, hard_seconds float,
        exclusive text)
""")
"""Add a step to a live run, all of whose open steps, row and gates are locked.

Where a gate of its own stands before it, those that counted on its gate count on that one from now on: ``before`` of
them have yet to do so.
"""

SEND_ADDED = text("""
    INSERT INTO outbox (run_id, epoch, why, steps)
    SELECT r.id, r.epoch, 'changed', array_agg(s.name ORDER BY s.position)
    FROM run_changes c JOIN runs r ON r.id = c.run_id AND r.state = 'running' AND r.paused_at IS NULL
    JOIN steps s ON s.run_id = c.run_id AND s.name = c.detail ->> 'step'
    LEFT JOIN gates g ON g.run_id = s.run_id AND g.name = s.behind
    WHERE c.what = 'add' AND s.state = 'pending' AND s.attempt = 0 AND s.ready_at <= now() AND COALESCE(g."left", 0) = 0
      AND NOT EXISTS (SELECT FROM outbox o WHERE o.run_id = s.run_id AND s.name = ANY(o.steps))
    GROUP BY r.id
    RETURNING run_id
""")
"""Have added steps sent whose gate has opened: no message that was under way before knew of them."""

SET_DEADLINE = text("""
    UPDATE runs
    SET deadline_at = COALESCE(paused_at, now()) + make_interval(secs => :seconds),
        plan = jsonb_set(plan, '{deadline_seconds}', to_jsonb(LEAST(:longest, EXTRACT(
            epoch FROM COALESCE(paused_at, now()) + make_interval(secs => :seconds) - created_at)::float)))
    WHERE id = :run
    RETURNING deadline_at
""")
"""Move a run's deadline to so many seconds from now, and in its plan to as many from its beginning.

A run that is made of the plan has the same time then, ``longest`` seconds at most, not what was left of this one's.
Resuming a paused run adds its pause: what is left of its time is counted from where its clock stands.
"""

SET_HOLD = text("UPDATE runs SET hold = :hold WHERE id = :run")
"""Hold a run's result before it goes out, or let it go."""

WITHHELD = text("""
    SELECT r.state, (
        SELECT a.id FROM approvals a
        WHERE a.run_id = r.id AND a.step = '' AND a.key = 'hold' AND a.answered_at IS NULL AND r.state = 'running'
    ) AS approval
    FROM runs r
    WHERE r.id = :run AND r.state <> 'failed'
      AND COALESCE(r.hold, r.trigger #>> '{options,hold_report}' = 'true', false)
""")
"""A run whose result is held, or was never let go. What failed has none, and whoever lets one go clears the mark."""

OPEN_HOLD = text("""
    SELECT id FROM approvals WHERE run_id = :run AND step = '' AND key = 'hold' AND answered_at IS NULL
""")
"""The question whether a run's result may go out, where it waits for an answer."""
