"""procrastinate's app: its one task, and the join that its documentation leaves to the user.

A step's transaction keeps the result, counts it on its phase, and defers the next phase where it was the last.
"""

import asyncio
import json
import os
from typing import Any

import procrastinate
import psycopg

from benchmarks.runs.systems.peer import ADDRESS, one_at_a_time
from benchmarks.stand.listening import CHANNEL
from benchmarks.stand.payload import payload

TABLES = """
    CREATE TABLE IF NOT EXISTS results (
        run text, phase int, number int, result jsonb, PRIMARY KEY (run, phase, number));
    CREATE TABLE IF NOT EXISTS phases (run text, phase int, missing int, PRIMARY KEY (run, phase));
"""
KEEP = "INSERT INTO results VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING run"
COUNT = "UPDATE phases SET missing = missing - 1 WHERE run = %s AND phase = %s RETURNING missing"
READ = "SELECT result FROM results WHERE run = %s AND phase = %s"
TELL = "SELECT pg_notify(%s, %s)"

connector = procrastinate.PsycopgConnector(conninfo=os.environ.get(ADDRESS, ""), min_size=2, max_size=6)
app = procrastinate.App(connector=connector)


async def _step(run: str, phase: int, number: int, phases: list[int], seconds: float) -> None:
    """Be one step: read what the phase before gave, wait, and complete."""
    async with connector.pool.connection() as conn:
        before = await (await conn.execute(READ, [run, phase - 1])).fetchall() if phase else []
    if seconds:
        await asyncio.sleep(seconds)
    kept = json.dumps(payload(f"s{number}/{len(before)}"))
    async with connector.pool.connection() as conn:
        if await (await conn.execute(KEEP, [run, phase, number, kept])).fetchone() is None:
            return  # Done before: this job came twice.
        left = await (await conn.execute(COUNT, [run, phase])).fetchone()
        if left is not None and left[0] == 0:
            await _go_on(conn, run, phase, phases=phases, seconds=seconds)


step = app.task(name="step")(_step)


async def _go_on(conn: Any, run: str, phase: int, *, phases: list[int], seconds: float) -> None:  # noqa: ANN401  of a pool
    """Defer the phase that follows, in the transaction of the step that ended the one before; or tell the end."""
    if phase + 1 == len(phases):
        await conn.execute(TELL, [CHANNEL, f"{run} succeeded"])
        return
    given = {"run": run, "phase": phase + 1, "phases": phases, "seconds": seconds}
    jobs = [{**given, "number": number} for number in range(phases[phase + 1])]
    await step.configure(connection=conn).batch_defer_async(*jobs)


def set_up(url: str) -> None:
    """Make the tables where they are missing."""
    with one_at_a_time(url) as connection:
        connection.execute(TABLES)
        if connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone() == (None,):
            with procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=url)).open() as given:
                given.schema_manager.apply_schema()


def begin(connection: psycopg.Connection, run: str, *, phases: tuple[int, ...], seconds: float) -> list[dict[str, Any]]:
    """Write a run's phases down and return the jobs of its first."""
    with connection.cursor() as cursor:
        rows = [(run, phase, width) for phase, width in enumerate(phases)]
        cursor.executemany("INSERT INTO phases VALUES (%s, %s, %s)", rows)
    given = {"run": run, "phase": 0, "phases": list(phases), "seconds": seconds}
    return [{**given, "number": number} for number in range(phases[0])]
