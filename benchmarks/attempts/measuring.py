"""Few attempts and many, in turn: what a claim costs, what retention removes, and what partitions would change."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Engine

from benchmarks.attempts.claiming import timed
from benchmarks.attempts.filling import fill, megabytes, settle
from benchmarks.attempts.partitions import compare
from benchmarks.facts import machine, versions
from benchmarks.stand.servers import Servers, running_servers
from orchestrator.retention.keeping import Keeping
from orchestrator.retention.pruning import Pruner
from orchestrator.retention.rules import Rule, rules
from orchestrator.store.direct import Direct
from orchestrator.store.engine import make_engine
from orchestrator.store.migrating import migrate

FEW = 10_000
ALLOWED = 1.2
"""The goal: a claim and its completion take at most so many times as long."""
_WARM_RUNS = 10
_MOST_TWINS = 1_000_000


@dataclass(frozen=True)
class Side:
    """One database: for what fills and removes, and for claims as a worker sends them, each planned once."""

    engine: Engine
    direct: Direct


@dataclass(frozen=True)
class Wishes:
    """What is asked for. ``prune_seconds``: how long to remove what is old, at most."""

    rows: int = 10_000_000
    rounds: int = 30
    runs: int = 4
    """Of each round, on each side."""
    prune_seconds: float = 20.0


def measure(wishes: Wishes, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the benchmark as a JSON value; ``passed`` where many attempts slow a claim by no more than allowed."""
    found = machine()
    with running_servers() as servers, ExitStack() as stack:
        few, many = (stack.enter_context(_database(servers, name)) for name in ("few", "many"))
        fill(few.engine, FEW)
        begin = time.perf_counter()
        rows = fill(many.engine, wishes.rows)
        filled = time.perf_counter() - begin
        say(f"{rows} attempts were written in {filled:.0f} s, {megabytes(many.engine)} MB")
        claims = _claims(few, many, wishes=wishes)
        say(f"claim and completion: {claims['few_ms']} ms with {FEW} attempts, {claims['many_ms']} ms with {rows}")
        size = megabytes(many.engine)
        choice = compare(many.engine, rows=min(rows, _MOST_TWINS), writes=wishes.rounds * 20)
        say(f"partitions: {choice['ratio']} times as long for each attempt")
        pruning = _pruning(many, seconds=wishes.prune_seconds, runs=wishes.runs)
        say(f"removed {pruning['rows_per_second']} rows/s; meanwhile {pruning['meanwhile_ms']} ms for a claim")
        settle(many.engine)
        after = _claims(few, many, wishes=wishes)
    goal = f"a claim with {rows} attempts takes at most {ALLOWED} times as long as with {FEW}"
    goals = {goal: claims["ratio"] <= ALLOWED, f"{goal}, after removing": after["ratio"] <= ALLOWED}
    return {
        "benchmark": "attempts",
        "passed": all(goals.values()),
        "goals": goals,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
        "rows": rows,
        "fill_seconds": round(filled, 1),
        "database_mb": size,
        "claims": claims,
        "claims_after_removing": after,
        "removing": pruning,
        "partitions": choice,
    }


def _claims(few: Side, many: Side, *, wishes: Wishes) -> dict[str, Any]:
    """Claim and complete on both sides in turn; return the medians of all steps and of the rounds' ratios."""
    for side in (few, many):
        timed(side.direct, runs=_WARM_RUNS)
    sides: dict[str, list[float]] = {"few": [], "many": []}
    ratios = []
    for number in range(wishes.rounds):
        order = [("few", few), ("many", many)][:: 1 if number % 2 else -1]
        took = {name: timed(side.direct, runs=wishes.runs) for name, side in order}
        ratios.append(median(took["many"]) / median(took["few"]))
        for name, values in took.items():
            sides[name].extend(values)
    return {
        "steps": len(sides["few"]),
        "few_ms": round(median(sides["few"]), 3),
        "many_ms": round(median(sides["many"]), 3),
        "few_p99_ms": round(quantiles(sides["few"], n=100)[98], 3),
        "many_p99_ms": round(quantiles(sides["many"], n=100)[98], 3),
        "ratio": round(median(ratios), 3),
    }


def _pruning(side: Side, *, seconds: float, runs: int) -> dict[str, Any]:
    """Remove what is old for a while, and time claims beside it."""
    (details,) = (rule for rule in rules(Keeping()) if rule.name == "run_details")
    lots: list[float] = []
    removed: list[int] = []
    notes = {"lots": lots, "removed": removed}
    thread = threading.Thread(target=_remove, args=(side.engine, details, seconds), kwargs=notes)
    begin = time.perf_counter()
    thread.start()
    meanwhile: list[float] = []
    while thread.is_alive():
        meanwhile.extend(timed(side.direct, runs=runs))
    thread.join()
    spent = time.perf_counter() - begin
    return {
        "rows": sum(removed),
        "seconds": round(sum(lots), 2),
        "rows_per_second": round(sum(removed) / max(sum(lots), 0.001)),
        "longest_lot_seconds": round(max(lots, default=0.0), 3),
        "meanwhile_ms": round(median(meanwhile), 3) if meanwhile else None,
        "meanwhile_p99_ms": round(quantiles(meanwhile, n=100)[98], 3) if len(meanwhile) > 1 else None,
        "with_claims_seconds": round(spent, 2),
    }


def _remove(engine: Engine, rule: Rule, seconds: float, *, lots: list[float], removed: list[int]) -> None:
    """Remove lot after lot, as sweeps do, until nothing old is left or the time is up; note what each took."""
    until = time.perf_counter() + seconds
    pruner = Pruner((rule,), every_seconds=0.001, slice_seconds=0.0)
    while time.perf_counter() < until:
        begin = time.perf_counter()
        gone = pruner.sweep(engine)
        if gone == 0:
            return
        lots.append(time.perf_counter() - begin)
        removed.append(gone)


@contextmanager
def _database(servers: Servers, name: str) -> Iterator[Side]:
    """Yield a database of its own with the current schema, in which nothing is cut short."""
    address = servers.database(name).replace("postgresql://", "postgresql+psycopg://", 1)
    engine = make_engine(address, statement_seconds=600, idle_seconds=600, lock_seconds=60)
    by_itself = make_engine(address, by_itself=True, statement_seconds=600, lock_seconds=60)
    try:
        migrate(engine, statement_seconds=60, lock_seconds=5)
        yield Side(engine, Direct(by_itself))
    finally:
        by_itself.dispose()
        engine.dispose()
