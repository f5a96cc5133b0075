"""The whole benchmark: a stack, a flood, and what became of memory, backlog, answers and scheduled looks."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Engine, text

from agents.catalog import catalog
from benchmarks.facts import machine, versions
from benchmarks.overload.weighing import Sample, growth, sampled
from benchmarks.passes import PassError
from benchmarks.stand.crew import Role, at_work
from benchmarks.stand.servers import Servers, running_servers
from orchestrator.local.stack import StackShape, processes
from orchestrator.settings.groups import Workers
from orchestrator.store.engine import make_engine

RUNS, STEPS, RESERVE = 300, 900, 0.25
"""Bounds so low that a flood reaches them within seconds: narrow runs that of runs, wide ones that of steps."""
SENDERS = 16
"""Threads that send: a service with that many requests at once."""
TIMES, ANSWER_MS, FLAT = 10.0, 200.0, 0.10
STRANGER_MS = 1_000.0
MARGIN = 1.1
"""By what the hard bound may be exceeded: several processes look at the load once a second."""
_COALESCED = text("""
    SELECT count(*) AS fired, count(*) FILTER (WHERE note LIKE '%coalesced%' OR note LIKE '%stands for%') AS coalesced,
           COALESCE(sum(CAST(substring(note FROM 'stands for (\\d+)') AS int)), 0) AS stood_for
    FROM occurrences
""")
_SCHEDULED = text("SELECT count(*) FROM runs WHERE state = 'running' AND priority = 3")


@dataclass(frozen=True)
class Wishes:
    """What is to be measured: for how long the flood lasts, and how long the stack's own pace is taken."""

    seconds: float = 120.0
    warm: float = 20.0


def measure(wishes: Wishes, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the benchmark as a JSON value."""
    found = machine()
    with running_servers({}) as servers, tempfile.TemporaryDirectory(prefix="lookout-benchmark-") as folder:
        env = servers.environment(
            LOOKOUT_MAX_LIVE_RUNS=str(RUNS),
            LOOKOUT_MAX_PENDING_STEPS=str(STEPS),
            LOOKOUT_CRITICAL_RESERVE=str(RESERVE),
        )
        engine = make_engine(servers.addresses.database_url)
        try:
            with at_work(_roles(servers, env), folder=servers.folder) as stack:
                pids = [each.pid for each in stack if each.pid] + list(servers.pids.values())
                told, samples = _flooded(wishes, env=env, folder=Path(folder), engine=engine, pids=pids, say=say)
            with engine.connect() as conn:
                monitors = dict(conn.execute(_COALESCED).mappings().one())
                monitors["live"] = conn.execute(_SCHEDULED).scalar_one()
        finally:
            engine.dispose()
    figures = figures_of(told, samples, monitors)
    goals = goals_of(figures)
    return {
        "benchmark": "overload",
        "passed": all(goals.values()),
        "goals": goals,
        **figures,
        "bounds": {"runs": RUNS, "steps": STEPS, "critical_reserve": RESERVE},
        "seconds": wishes.seconds,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
    }


def figures_of(told: Mapping[str, Any], samples: Sequence[Sample], monitors: Mapping[str, int]) -> dict[str, Any]:
    """Return the figures of a flood."""
    return {
        **told,
        "memory": {
            "rss_mb_max": round(max(one.rss for one in samples)),
            "uss_mb_max": round(max(one.uss for one in samples)),
            "rss_growth": growth([one.rss for one in samples]),
            "uss_growth": growth([one.uss for one in samples]),
        },
        "backlog": {"runs_max": max(one.runs for one in samples), "steps_max": max(one.steps for one in samples)},
        "monitors": {name: int(value) for name, value in monitors.items()},
    }


def goals_of(figures: Mapping[str, Any]) -> dict[str, bool]:
    """Return which goals are met."""
    hard = 1 + RESERVE
    return {
        f"95 of 100 triggers are answered within {ANSWER_MS:g} ms": figures["answer_ms"]["p95"] <= ANSWER_MS,
        # Postgres' processes each count what they touched of the buffers that they share: RSS only grows.
        f"memory is flat within {FLAT:.0%}": abs(figures["memory"]["uss_growth"]) <= FLAT,
        "live runs stay within the bound": figures["backlog"]["runs_max"] <= RUNS * hard * MARGIN,
        "waiting steps stay within the bound": figures["backlog"]["steps_max"] <= STEPS * hard * MARGIN,
        "some are turned away, and critical ones are let in": bool(figures["refused"])
        and figures["accepted"].get("critical", 0) > 0,
        f"every message is answered, 95 of 100 within {STRANGER_MS:g} ms": figures["strangers"]["unanswered"] == 0
        and figures["strangers"]["answer_ms"]["p95"] <= STRANGER_MS,
        "scheduled looks coalesce": figures["monitors"]["coalesced"] > 0,
        "each of the bounds turns some away": all(figures["turned_away_by"].values()),
    }


def _flooded(
    wishes: Wishes,
    *,
    env: Mapping[str, str],
    folder: Path,
    engine: Engine,
    pids: Sequence[int],
    say: Callable[[str], None],
) -> tuple[dict[str, Any], list[Sample]]:
    """Let a process of ours flood the stack; return what it was told, and samples of the meanwhile."""
    given = {"folder": str(folder), "warm": wishes.warm, "seconds": wishes.seconds, "times": TIMES, "senders": SENDERS}
    words = [sys.executable, "-m", "benchmarks.overload.drive", json.dumps(given)]
    door = {
        **env,
        "LOOKOUT_DATABASE_POOL_SIZE": str(SENDERS + 2),
    }  # a connection for each that sends, and for the looks
    with ExitStack() as held:
        process = held.enter_context(subprocess.Popen(words, env=door, cwd=folder, stdout=subprocess.PIPE, text=True))
        held.callback(process.kill)
        output = cast("IO[str]", process.stdout)  # asked for above
        first = output.readline()
        if not first:
            raise PassError("the driver ended before it began; its last words stand above")
        pace = json.loads(first)["capacity"]
        say(f"the stack does {pace:.1f} runs a second; sending {TIMES:g} times as many for {wishes.seconds:g} s")
        with sampled(engine, [*pids, process.pid]) as samples:
            last = output.read()
        if process.wait() != 0 or not last:
            raise PassError("the driver failed; its last words stand above")
    return {"runs_per_second": round(pace, 1), **json.loads(last.splitlines()[-1])}, samples


def _roles(servers: Servers, env: Mapping[str, str]) -> list[Role]:
    """Return the processes of ``lookout up`` by its default settings."""
    given = Workers.model_construct()
    shape = StackShape(
        waiting=given.waiting_concurrency,
        computing=given.computing_concurrency,
        urgent=given.urgent_concurrency,
        soft_shutdown_seconds=1.0,
        folder=servers.folder,
        logs=servers.folder,
    )
    return [Role(spec.name, spec.argv[2:], env) for spec in processes(shape, specs=catalog())]
