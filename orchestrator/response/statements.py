"""The SQL of automated response: every statement by name, with a sentence on what it does.

Times are the database's own. An action's holder is told apart by its attempt's number, as a step's is.
"""

from sqlalchemy import text

TURN = text("SELECT pg_advisory_xact_lock(:key)")
"""Let one at a time count what came into being today and add to it."""

UNANSWERED_RUNS = text("""
    WITH latest AS (
        SELECT r.finished_at FROM runs r
        WHERE r.state IN ('succeeded', 'partial') AND r.trigger -> 'options' ? 'respond'
          AND EXISTS (SELECT FROM responses a WHERE a.run_id = r.id)
        ORDER BY r.finished_at DESC LIMIT 1
    )
    SELECT r.id FROM runs r
    WHERE r.state IN ('succeeded', 'partial') AND r.trigger -> 'options' ? 'respond' AND r.pruned_at IS NULL
      AND r.finished_at > LEAST(now(), COALESCE((SELECT finished_at FROM latest), '-infinity')) - interval '1 day'
      AND NOT EXISTS (SELECT FROM responses a WHERE a.run_id = r.id)
    ORDER BY r.finished_at LIMIT :limit
""")
"""Runs with rules that ended, that have their findings still, and whose findings nobody has held against the rules yet.

The oldest come first, always: so nobody need look further back than a day before the latest that was held against
them, however long nothing was up. Where nothing is due, that costs a look at a day's runs.
"""

RUN_GROUNDS = text("""
    SELECT r.id, r.tenant, r.state, r.trigger, r.plan -> 'targets' AS targets,
           (r.result ->> 'confidence')::float AS confidence,
           COALESCE((SELECT a.depth + 1 FROM actions a
                     WHERE r.trigger ->> 'source' = 'response' AND a.tenant = r.tenant
                       AND a.id = r.trigger ->> 'key'), 0) AS depth
    FROM runs r WHERE r.id = :run
""")
"""What a run's rules are held against: its trigger, its targets, how sure it is, and how deep in follow-ups it is."""

RUN_FINDINGS = text("""
    SELECT n.body, f.first_run = n.run_id AS new
    FROM run_findings n JOIN findings f ON f.tenant = :tenant AND f.id = n.finding_id
    WHERE n.run_id = :run ORDER BY n.finding_id
""")
"""A run's findings, and whether each was new with it."""

NOTE_RESPONSE = text("""
    INSERT INTO responses (run_id, actions, held_back, note) VALUES (:run, :actions, :held_back, :note)
    ON CONFLICT (run_id) DO NOTHING RETURNING run_id
""")
"""Note that a run's findings were held against its rules; no row where they were before."""

RESPONDED = text("SELECT EXISTS (SELECT FROM responses WHERE run_id = :run)")
"""Whether a run's findings were held against its rules."""

KNOWN = text("SELECT id FROM actions WHERE tenant = :tenant AND id = ANY(:ids)")
"""Which of the ids came into being before."""

TODAY = text("""
    SELECT count(*) AS actions, count(*) FILTER (WHERE kind = 'follow_up') AS follow_ups FROM actions
    WHERE tenant = :tenant AND created_at > now() - interval '1 day' AND state <> 'rehearsed'
""")
"""How many actions came into being within a day."""

INSERT_ACTIONS = text("""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
            id text, rule text, finding_id text, target text, kind text, parameters jsonb, finding jsonb, band text,
            confidence float, depth int, state text, why text)
    ), added AS (
        INSERT INTO actions (tenant, id, run_id, rule, finding_id, target, kind, parameters, finding, band, confidence,
                             depth, state, why, finished_at)
        SELECT :tenant, g.id, :run, g.rule, g.finding_id, g.target, g.kind, g.parameters, g.finding, g.band,
               g.confidence, g.depth, g.state, g.why, CASE WHEN g.state = 'rehearsed' THEN now() END
        FROM given g
        RETURNING id, rule, state, why
    )
    INSERT INTO action_audit (tenant, action_id, who, state, why)
    SELECT :tenant, a.id, 'rule ' || a.rule, a.state, a.why FROM added a
""")
"""Let actions come into being, each with the first line of its audit."""

AUDIT = text("""
    INSERT INTO action_audit (tenant, action_id, who, state, why) VALUES (:tenant, :id, :who, :state, :why)
""")
"""Write down who brought an action into a state, and why."""

ASK_PERSON = text("""
    INSERT INTO approvals (id, tenant, step, key, kind, question, choices, default_answer, expires_at)
    VALUES (:approval, :tenant, '', :id, 'approval', :question, ARRAY['approve', 'reject'], 'reject',
            now() + make_interval(secs => :expires))
    ON CONFLICT DO NOTHING RETURNING id
""")
"""Ask a person about an action; no row where the id is taken, or somebody was asked already."""

NOTE_APPROVAL = text("UPDATE actions SET approval = :approval WHERE tenant = :tenant AND id = :id")
"""Note which question an action waits for."""

EXPIRE_ASKED = text("""
    UPDATE approvals p SET answered_at = now(), answer = p.default_answer, who = :nobody, why = :why
    FROM actions a
    WHERE a.state = 'waiting' AND p.id = a.approval AND p.run_id IS NULL AND p.answered_at IS NULL
      AND p.expires_at <= now()
    RETURNING p.id
""")
"""Answer what nobody answered in time with its default."""

UNDECIDED = text("""
    SELECT a.*, p.answer, p.who, p.why AS answer_why, p.id IS NULL AS forgotten
    FROM actions a LEFT JOIN approvals p ON p.id = a.approval
    WHERE (a.state = 'checking' OR a.state = 'waiting' AND (p.answered_at IS NOT NULL OR p.id IS NULL))
      AND (a.created_at, a.id) > (CAST(:at AS timestamptz), :id)
    ORDER BY a.created_at, a.id LIMIT :limit FOR UPDATE OF a SKIP LOCKED
""")
"""Actions that wait for a second look, and those that waited for a person who has answered, from behind one on."""

DECIDE = text("""
    UPDATE actions SET state = :state, why = :why, due_at = now(),
        finished_at = CASE WHEN :state IN ('refused', 'expired') THEN now() END
    WHERE tenant = :tenant AND id = :id AND state IN ('checking', 'waiting')
    RETURNING id
""")
"""Let an action become due, or end it undone."""

ANY_DUE = text("""
    SELECT (EXISTS (SELECT FROM actions WHERE state = 'due' AND due_at <= now())
            OR EXISTS (SELECT FROM actions WHERE state = 'running' AND lease_until < now()))
       AND NOT EXISTS (SELECT FROM leases WHERE name = :turn AND until > now())
""")
"""Whether there is anything to do, and nobody at it."""

CLAIM = text("""
    UPDATE actions a
    SET state = 'running', attempt = a.attempt + 1, losses = a.losses + (a.state = 'running')::int,
        lease_owner = :owner, lease_until = now() + make_interval(secs => :lease)
    FROM (
        SELECT tenant, id FROM actions
        WHERE state = 'due' AND due_at <= now() OR state = 'running' AND lease_until < now() AND losses + 1 < :losses
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) d
    WHERE a.tenant = d.tenant AND a.id = d.id
    RETURNING a.*
""")
"""Take one action that is due, or whose holder's lease ran out; no row where there is none."""

FINISH = text("""
    UPDATE actions SET state = :state, why = :why, result = COALESCE(CAST(:result AS jsonb), result), error = :error,
        failures = failures + :failures, due_at = now() + make_interval(secs => :wait), lease_owner = NULL,
        lease_until = NULL, finished_at = CASE WHEN :state = 'due' THEN NULL ELSE now() END
    WHERE tenant = :tenant AND id = :id AND attempt = :attempt AND state = 'running'
    RETURNING id
""")
"""Write down what an attempt came to; no row where it no longer holds the action: nothing of it may stay."""

GIVE_UP_SPENT = text("""
    WITH spent AS (
        UPDATE actions SET state = 'failed', losses = losses + 1,
            error = 'its holder was lost ' || losses + 1 || ' times',
            why = 'too many of its holders were lost', lease_owner = NULL, lease_until = NULL, finished_at = now()
        WHERE state = 'running' AND lease_until < now() AND losses + 1 >= :losses
        RETURNING tenant, id, error
    )
    INSERT INTO action_audit (tenant, action_id, who, state, why)
    SELECT tenant, id, 'the sweep', 'failed', error FROM spent
    RETURNING id
""")
"""End actions that lost too many holders."""

LOCK_WATCHED = text("""
    WITH concerned AS (
        SELECT s.watchlist, s.path FROM schedules s
        WHERE s.tenant = :tenant AND NOT s.retired
          AND s.trigger -> 'targets' @> jsonb_build_array(CAST(:place AS jsonb))
    )
    SELECT name FROM schedules
    WHERE tenant = :tenant
      AND (watchlist IN (SELECT watchlist FROM concerned) OR path IN (SELECT path FROM concerned))
    ORDER BY name FOR UPDATE
""")
"""Lock all schedules, retired ones too, of the watchlists that have a target: what watching them locks, by name."""

WATCHED = text("""
    SELECT watchlist, path, trigger, cron, time_zone, catch_up, jitter FROM schedules
    WHERE tenant = :tenant AND NOT retired AND watchlist IN (
        SELECT s.watchlist FROM schedules s
        WHERE s.tenant = :tenant AND NOT s.retired
          AND s.trigger -> 'targets' @> jsonb_build_array(CAST(:place AS jsonb)))
    ORDER BY watchlist, name
""")
"""All schedules in force of the watchlists that have a target, once they are locked: as whoever had them left them."""

STILL_AT_IT = text("""
    SELECT id FROM actions WHERE tenant = :tenant AND id = :id AND state = 'running' FOR NO KEY UPDATE
""")
"""Lock an action that is still being done; no row where it was ended, or undone, since this holder took it."""

ADD_CHANGE = text("""
    INSERT INTO target_changes (tenant, watchlist, target, action_id, tier, max_age_seconds, old_tier,
                                old_max_age_seconds)
    VALUES (:tenant, :watchlist, :target, :id, :tier, :age, :old_tier, :old_age)
    ON CONFLICT DO NOTHING
""")
"""Note what an action changes about a target; once, however often it is done."""

CHANGES_OF = text("""
    SELECT target, tier, max_age_seconds, old_tier, old_max_age_seconds FROM target_changes
    WHERE tenant = :tenant AND watchlist = :watchlist AND target = :target ORDER BY at, action_id
""")
"""What actions changed about one target."""

DROP_CHANGE = text("DELETE FROM target_changes WHERE tenant = :tenant AND action_id = :id RETURNING watchlist")
"""Forget what an action changed; the watchlists where it did."""

UNDONE = text("""
    UPDATE actions SET state = 'undone', why = :why, finished_at = now()
    WHERE tenant = :tenant AND id = :id AND state = 'done' RETURNING id
""")
"""Note that what an action did was undone."""

RETRY = text("""
    UPDATE actions SET state = 'due', why = :why, failures = 0, losses = 0, due_at = now(), finished_at = NULL
    WHERE tenant = :tenant AND id = :id AND state = 'failed' RETURNING id
""")
"""Let an action that failed for good be due again; no row where it did not."""

LIST = text("""
    SELECT id, run_id, rule, finding_id, target, kind, band, confidence, state, why, attempt, failures, error,
           created_at, finished_at, due_at, approval, finding ->> 'title' AS title, finding ->> 'severity' AS severity
    FROM actions
    WHERE tenant = :tenant AND (CAST(:states AS text[]) IS NULL OR state = ANY(:states))
    ORDER BY created_at DESC, id LIMIT :limit
""")
"""The newest actions, newest first."""

BY_PREFIX = text("""
    SELECT id FROM actions WHERE tenant = :tenant AND starts_with(id, :prefix) ORDER BY created_at DESC LIMIT 2
""")
"""Whose ids begin like this."""

ONE = text("SELECT * FROM actions WHERE tenant = :tenant AND id = :id")
"""One action, whole."""

AUDIT_OF = text("""
    SELECT at, who, state, why FROM action_audit WHERE tenant = :tenant AND action_id = :id ORDER BY id
""")
"""Who brought an action where, when and why, in order."""

HELD_BACK = text("SELECT run_id, note FROM responses WHERE note IS NOT NULL ORDER BY at DESC LIMIT :limit")
"""What limits held back, the latest first."""

SETS_OFF = text("""
    SELECT EXISTS (SELECT FROM runs WHERE id = :run AND state IN ('succeeded', 'partial')
                   AND trigger -> 'options' ? 'respond')
""")
"""Whether a run ended with rules that may set something off."""

LEFT_OVER = text("""
    SELECT (SELECT count(*) FROM actions WHERE state IN ('waiting', 'checking', 'due', 'running')) AS actions,
           (SELECT count(*) FROM runs WHERE state = 'running' AND trigger ->> 'source' = 'response') AS runs
""")
"""How many actions and follow-up runs have not come to an end."""

RUN_ORIGIN = text("""
    SELECT plan -> 'targets' AS targets, trigger -> 'options' AS options FROM runs WHERE id = :run
""")
"""What a follow-up run takes over from the run that found it."""

FOUND_BEFORE = text("""
    SELECT n.body
    FROM (SELECT r.id, r.finished_at FROM runs r
          WHERE r.finished_at < (SELECT finished_at FROM runs WHERE id = :run) AND r.finished_at IS NOT NULL
            AND r.pruned_at IS NULL AND r.tenant = :tenant
            AND EXISTS (SELECT FROM findings f WHERE f.tenant = :tenant AND f.id = :finding AND f.first_run <> :run)
          ORDER BY r.finished_at DESC LIMIT 10000) r
    JOIN run_findings n ON n.run_id = r.id AND n.finding_id = :finding
    ORDER BY r.finished_at DESC LIMIT 1
""")
"""What was last found of the same before a run ended; no row where it is new, or was last found very long ago."""

SYNTHESIS = text("""
    SELECT result -> 'metrics' -> 'synthesis' FROM steps
    WHERE run_id = :run AND result -> 'metrics' ? 'synthesis' ORDER BY position DESC LIMIT 1
""")
"""What a run's agents said together."""
