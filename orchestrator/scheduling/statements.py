"""The SQL of schedules and of who leads: every statement by name, with a sentence on what it does.

Times are the database's own, so that the clocks of those who schedule never matter.
"""

from sqlalchemy import text

TAKE_LEASE = text("""
    WITH free AS (
        SELECT name FROM leases WHERE name = :name AND (owner = :owner OR until <= clock_timestamp())
        FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE leases l
        SET owner = :owner, token = l.token + (l.owner <> :owner)::int,
            until = clock_timestamp() + make_interval(secs => :seconds)
        FROM free f WHERE l.name = f.name
        RETURNING l.token
    ), first AS (
        INSERT INTO leases (name, owner, token, until)
        SELECT :name, :owner, 1, clock_timestamp() + make_interval(secs => :seconds)
        WHERE NOT EXISTS (SELECT FROM leases WHERE name = :name)
        ON CONFLICT (name) DO NOTHING
        RETURNING token
    )
    SELECT token FROM taken UNION ALL SELECT token FROM first
""")
"""Renew a lease, or take one that ran out; no row where another has it, or is firing under it at this moment.

Every new owner gets a higher token: that is what a predecessor who wakes up is told apart by.
"""

HOLD_LEASE = text("""
    UPDATE leases SET until = clock_timestamp() + make_interval(secs => :seconds)
    WHERE name = :name AND owner = :owner AND token = :token AND until > clock_timestamp()
    RETURNING set_config('idle_in_transaction_session_timeout', :idle, true)
""")
"""Lock one's own lease until the transaction's end; no row where it ran out or has another owner.

The server ends this transaction where its process is stopped in the middle of it: the row must not stay locked for
longer than the lease would have lasted.
"""

RELEASE_LEASE = text("""
    UPDATE leases SET until = clock_timestamp() WHERE name = :name AND owner = :owner AND token = :token
""")
"""Let another take over at once."""

CLOCK = text("SELECT now()")
"""The database's clock: the time when the transaction began."""

DUE = text("""
    SELECT s.*, now() AS now FROM schedules s
    LEFT JOIN jsonb_to_recordset(CAST(:aside AS jsonb))
              AS a (tenant text, name text, updated_at timestamptz, until timestamptz)
           ON a.tenant = s.tenant AND a.name = s.name AND a.updated_at = s.updated_at
    WHERE s.next_due <= now() AND s.enabled AND NOT s.retired
      AND NOT (COALESCE(s.adjusted ->> 'catch_up', s.catch_up) = 'all' AND EXISTS (
          SELECT FROM (SELECT o.run_id FROM occurrences o
                       WHERE o.tenant = s.tenant AND o.schedule = s.name AND o.run_id IS NOT NULL
                       ORDER BY o.fired_at DESC LIMIT 1) previous
          JOIN runs r ON r.id = previous.run_id
          WHERE r.state = 'running'))
      AND COALESCE(a.until <= now(), true)
    ORDER BY COALESCE(a.until, s.next_due), s.next_due LIMIT :limit
""")
"""Schedules that are due, the most overdue first.

One that was tried in vain, as ``aside`` tells, is left out until then, and then comes behind what fell due before that:
so those that keep failing or waiting, however many they are, starve no other. One that was changed since is as new.
One that makes up for each missed occurrence waits for its previous run: it takes nobody's place in the lot meanwhile.
The previous one is the last that was fired, whichever time it was due: one that a person asked for is due when asked.
"""

SCHEDULE_NOW = text("""
    SELECT s.*, clock_timestamp() AS now FROM schedules s WHERE s.tenant = :tenant AND s.name = :name
""")
"""One schedule, whether or not it is due or paused."""

LOCK_SCHEDULE = text("""
    SELECT (SELECT r.id
            FROM (SELECT o.run_id FROM occurrences o
                  WHERE o.tenant = s.tenant AND o.schedule = s.name AND o.run_id IS NOT NULL
                  ORDER BY o.fired_at DESC LIMIT 1) previous
            JOIN runs r ON r.id = previous.run_id
            WHERE r.state = 'running') AS running
    FROM schedules s
    WHERE s.tenant = :tenant AND s.name = :name AND s.updated_at = :updated_at
    FOR UPDATE OF s SKIP LOCKED
""")
"""Lock a schedule and learn whether its previous run still runs.

No row where it was changed, fired or removed since it was read, or where somebody is at it.
"""

INSERT_OCCURRENCE = text("""
    INSERT INTO occurrences (tenant, schedule, due, note, fence) VALUES (:tenant, :name, :due, :note, :fence)
    ON CONFLICT (tenant, schedule, due) DO NOTHING
    RETURNING due
""")
"""Write down an occurrence; no row where it has been there before: then it must not fire.

``fence`` is the token of the lease under which it is fired; none where a person asked for it.
"""

SERVE_OCCURRENCE = text("""
    UPDATE occurrences SET run_id = :run WHERE tenant = :tenant AND schedule = :name AND due = :due
""")
"""Note which run serves an occurrence."""

MOVE_ON = text("""
    UPDATE schedules SET next_due = :next, updated_at = clock_timestamp() WHERE tenant = :tenant AND name = :name
""")
"""Say when a schedule falls due again."""

LOCK_WATCHLIST = text("""
    SELECT name, watchlist, path, trigger, jitter, retired, enabled, adjusted, next_due FROM schedules
    WHERE tenant = :tenant AND (watchlist = :watchlist OR path = :path) ORDER BY name FOR UPDATE
""")
"""Lock all schedules of a watchlist, also those of its file's earlier name, always in the same order."""

PUT_SCHEDULE = text("""
    INSERT INTO schedules AS s (tenant, name, watchlist, path, trigger, every_seconds, jitter, cron, time_zone,
                                catch_up, enabled, adjusted, next_due)
    VALUES (:tenant, :name, :watchlist, :path, CAST(:trigger AS jsonb), :every, :jitter, :cron, :zone, :catch_up,
            :enabled, CAST(:adjusted AS jsonb), COALESCE(CAST(:due AS timestamptz), now()))
    ON CONFLICT (tenant, name) DO UPDATE SET
        watchlist = EXCLUDED.watchlist, path = EXCLUDED.path, trigger = EXCLUDED.trigger,
        every_seconds = EXCLUDED.every_seconds, jitter = EXCLUDED.jitter, cron = EXCLUDED.cron,
        time_zone = EXCLUDED.time_zone, catch_up = EXCLUDED.catch_up, retired = false,
        enabled = s.enabled AND EXCLUDED.enabled, adjusted = s.adjusted || EXCLUDED.adjusted,
        next_due = COALESCE(CAST(:due AS timestamptz), s.next_due), updated_at = clock_timestamp()
""")
"""Add or change a schedule; without ``due`` it keeps its time.

What a person changed about it stays as it is; ``enabled`` and ``adjusted`` are what it takes over beside.
"""

RETIRE = text("""
    UPDATE schedules SET retired = true, updated_at = clock_timestamp() WHERE tenant = :tenant AND name = ANY(:names)
""")
"""Put schedules out of force whose targets the watchlist no longer has."""

SET_PATH = text("UPDATE schedules SET path = :path WHERE tenant = :tenant AND watchlist = :watchlist")
"""Note where a watchlist's file is now."""

PAUSE = text("""
    UPDATE schedules SET enabled = false, updated_at = clock_timestamp() WHERE tenant = :tenant AND name = :name
    RETURNING name
""")
"""Let a schedule fire no more."""

RESUME = text("""
    UPDATE schedules SET enabled = true, next_due = GREATEST(next_due, now()), updated_at = clock_timestamp()
    WHERE tenant = :tenant AND name = :name
    RETURNING name
""")
"""Let a schedule fire again; what fell due meanwhile was not missed, so it is due now at the earliest."""

LOCK_ONE = text("SELECT s.*, now() AS now FROM schedules s WHERE s.tenant = :tenant AND s.name = :name FOR UPDATE")
"""Lock one schedule for somebody who changes it."""

ADJUST = text("""
    UPDATE schedules SET adjusted = CAST(:adjusted AS jsonb), next_due = :next, updated_at = clock_timestamp()
    WHERE tenant = :tenant AND name = :name
""")
"""Note what a person changed about a schedule, and when it falls due by that."""

REMOVE = text("DELETE FROM schedules WHERE tenant = :tenant AND name = :name RETURNING name")
"""Forget a schedule and its occurrences; the runs stay."""

LIST = text("""
    SELECT s.name, s.watchlist, s.path, s.every_seconds, s.jitter, s.cron, s.time_zone, s.catch_up, s.adjusted,
           s.enabled, s.retired, s.next_due,
           CASE WHEN jsonb_typeof(s.trigger -> 'targets') = 'array'
                THEN jsonb_array_length(s.trigger -> 'targets') ELSE 0 END AS targets,
           o.due AS last_due, o.fired_at AS last_fired_at, o.run_id AS last_run, o.note AS last_note,
           r.state AS last_state
    FROM schedules s
    LEFT JOIN LATERAL (SELECT * FROM occurrences o WHERE o.tenant = s.tenant AND o.schedule = s.name
                       ORDER BY o.due DESC LIMIT 1) o ON true
    LEFT JOIN runs r ON r.id = o.run_id
    WHERE s.tenant = :tenant ORDER BY s.watchlist, s.every_seconds
""")
"""All schedules, each with its latest occurrence and what became of it."""
