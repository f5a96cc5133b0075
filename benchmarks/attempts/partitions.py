"""What partitions by time would cost a claim, and what they would save in removing: the same rows in a twin table.

A partition's key must stand in every unique key, and an attempt's key has no time. So the twin's key has one more
column, and whoever ends an attempt by its key asks every partition.
"""

import time
from statistics import median
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, text

PARTITIONS = 14
_MAKE = text("""
    CREATE TABLE twin (LIKE attempts INCLUDING DEFAULTS, PRIMARY KEY (run_id, step, attempt, claimed_at))
    PARTITION BY RANGE (claimed_at)
""")
_PART = """
    CREATE TABLE twin_{number} PARTITION OF twin
    FOR VALUES FROM (date_trunc('day', now()) - interval '{start} days')
    TO (date_trunc('day', now()) - interval '{end} days')
"""
_BEGIN = "INSERT INTO {table} (run_id, step, attempt, agent, worker) VALUES (:run, 's', 1, 'player', 'w')"
_END = """
    UPDATE {table} SET outcome = 'succeeded', ended_at = now()
    WHERE run_id = :run AND step = 's' AND attempt = 1 AND outcome IS NULL
"""
_DAYS = 8


def compare(engine: Engine, *, rows: int, writes: int) -> dict[str, Any]:
    """Begin and end attempts in the table and in a partitioned twin of ``rows``, in turn; drop a partition at last."""
    with engine.begin() as conn:
        _twin(conn, rows=rows)
    took: dict[str, list[float]] = {"plain": [], "twin": []}
    for _ in range(writes):
        for table, times in took.items():
            times.append(_write(engine, table=table))
    begin = time.perf_counter()
    with engine.begin() as conn:
        conn.execute(text(f"DROP TABLE twin_{PARTITIONS - 1}"))
    dropped = time.perf_counter() - begin
    with engine.begin() as conn:
        conn.execute(text("DROP TABLE twin, plain"))
    plain, twin = (median(took[table]) for table in ("plain", "twin"))
    return {
        "rows": rows,
        "partitions": PARTITIONS,
        "plain_ms": round(plain, 3),
        "partitioned_ms": round(twin, 3),
        "ratio": round(twin / plain, 2),
        "drop_partition_seconds": round(dropped, 3),
    }


def _twin(conn: Connection, *, rows: int) -> None:
    """Make the twin and, for a fair comparison, a plain table of as many rows that no reference holds either."""
    conn.execute(_MAKE)
    for number in range(PARTITIONS):
        start, end = (number + 1) * _DAYS - 2, number * _DAYS - 2
        conn.execute(text(_PART.format(number=number, start=start, end=end)))
    columns = "run_id, step, attempt, agent, worker, claimed_at, ended_at, outcome, error"
    conn.execute(text("CREATE TABLE plain (LIKE attempts INCLUDING DEFAULTS, PRIMARY KEY (run_id, step, attempt))"))
    for table in ("plain", "twin"):
        copy = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM attempts LIMIT :rows"  # noqa: S608  our own names
        conn.execute(text(copy), {"rows": rows})
        conn.execute(text(f"ANALYZE {table}"))


def _write(engine: Engine, *, table: str) -> float:
    """Begin and end one attempt; return how many milliseconds both took."""
    begin, run = time.perf_counter(), uuid4()
    for statement in (_BEGIN, _END):
        with engine.begin() as conn:
            conn.execute(text("SET LOCAL synchronous_commit = off"))
            conn.execute(text(statement.format(table=table)), {"run": run})
    return (time.perf_counter() - begin) * 1_000
