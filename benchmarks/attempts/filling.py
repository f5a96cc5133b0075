"""Attempts by the million, with the runs and steps that they belong to, as years of use would leave them.

Eight steps a run and ten attempts a step, ended evenly over the last hundred days. Keys and references are put back
after the rows, which checks all of them at once.
"""

from sqlalchemy import Engine, text

STEPS, TRIES = 8, 10
DAYS = 100
"""How far back the oldest run lies: those older than 90 days are for retention to remove."""

_RUNS = text("""
    INSERT INTO runs (id, trigger_key, kind, state, priority, trigger, plan, created_at, deadline_at, last_progress_at,
                      finished_at)
    SELECT uuidv7(-(made.age)), 'made:' || n, 'monitor', 'succeeded', 2, '{"kind": "monitor"}', '{}',
           now() - made.age, now(), now() - made.age, now() - made.age
    FROM generate_series(1, :runs) AS n
    CROSS JOIN LATERAL (SELECT (:runs - n) * (interval '1 day' * :days / :runs) AS age) made
""")
_STEPS = text("""
    INSERT INTO steps (run_id, name, position, agent, queue, spec, counts, state, attempt, max_failures, max_losses,
                       hard_seconds, ready_at, claimed_at, finished_at, result)
    SELECT r.id, 's' || n, n, 'player', 'player', '{"target": ""}', 'end', 'succeeded', :tries, 4, 10, 60,
           r.finished_at, r.finished_at, r.finished_at, '{"summary": "done", "confidence": 1}'
    FROM runs r CROSS JOIN generate_series(1, :steps) AS n ORDER BY r.id, n
""")
_ATTEMPTS = text("""
    INSERT INTO attempts (run_id, step, attempt, agent, worker, claimed_at, ended_at, outcome, error)
    SELECT s.run_id, s.name, n, 'player', 'worker-7:4242', s.finished_at, s.finished_at,
           CASE WHEN n = :tries THEN 'succeeded' ELSE 'lost' END,
           CASE WHEN n < :tries THEN 'worker worker-7:4242 was not heard of' END
    FROM steps s CROSS JOIN generate_series(1, :tries) AS n ORDER BY s.run_id, s.name, n
""")
_WITHOUT_KEYS = (
    "ALTER TABLE attempts DROP CONSTRAINT fk_attempts_run_id_step_steps",
    "ALTER TABLE attempts DROP CONSTRAINT pk_attempts",
    "ALTER TABLE steps DROP CONSTRAINT fk_steps_run_id_runs",
)
_REFERENCE = "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ON DELETE CASCADE"
_WITH_KEYS = (
    "ALTER TABLE attempts ADD CONSTRAINT pk_attempts PRIMARY KEY (run_id, step, attempt)",
    _REFERENCE.format("attempts", "fk_attempts_run_id_step_steps", "run_id, step", "steps (run_id, name)"),
    _REFERENCE.format("steps", "fk_steps_run_id_runs", "run_id", "runs (id)"),
)
_BYTES = text("SELECT pg_database_size(current_database())")


def fill(engine: Engine, rows: int) -> int:
    """Write about so many attempts; return how many there are."""
    runs = max(1, rows // (STEPS * TRIES))
    given = {"runs": runs, "days": DAYS, "steps": STEPS, "tries": TRIES}
    with engine.begin() as conn:
        conn.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        for words in _WITHOUT_KEYS:
            conn.execute(text(words))
        for statement in (_RUNS, _STEPS, _ATTEMPTS):
            conn.execute(statement, given)
        for words in _WITH_KEYS:
            conn.execute(text(words))
    settle(engine)
    return runs * STEPS * TRIES


def settle(engine: Engine) -> None:
    """Do now what autovacuum and the checkpointer would do in the middle of a measurement."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM (ANALYZE) runs, steps, attempts"))


def megabytes(engine: Engine) -> int:
    """Return the size of a database on disk."""
    with engine.connect() as conn:
        return int(conn.execute(_BYTES).scalar_one()) >> 20
