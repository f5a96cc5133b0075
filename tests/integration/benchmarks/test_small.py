"""Each benchmark once, as small as it goes: real servers, real workers, and figures that hang together."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import balance, waiting
from benchmarks.plans import measure as plans
from benchmarks.plans.dags import FILE
from benchmarks.runs import measure as runs
from benchmarks.runs.measuring import Wishes
from benchmarks.runs.system import Layout
from orchestrator.errors import ServiceError

pytestmark = pytest.mark.services

SMALL = Wishes(
    systems=("lookout", "celery"),
    seconds=1.0,
    rounds=1,
    inflight=(4,),
    waiting_inflight=(2,),
    turns=3,
    waiting_turns=1,
    fans={3: 1},
    layout=Layout("solo", 1, 1),
    learns_seconds=0.0,
)


def measured(benchmark: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return a benchmark's figures; skips where no servers can start, and fails instead where ``CI`` is set."""
    try:
        return benchmark()
    except ServiceError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no embedded services here: {error}")


def test_runs_of_both_systems_are_counted_and_compared() -> None:
    # When
    found = measured(lambda: runs.measure(SMALL, say=print))
    # Then both did runs, and only the ledger's were committed
    ours, raw = (found["systems"][name] for name in ("lookout", "celery"))
    assert ours["noop"]["runs"] > 0
    assert raw["noop"]["runs"] > 0
    assert ours["noop"]["commits_per_run"] > 1
    assert ours["waiting_alone"]["p50_ms"] >= 150
    assert ours["fan_out"]["3"] > 0
    assert found["ratios"]["lookout"]["celery"]["runs_per_second"] > 0
    assert found["profile"]["samples"] > 0
    assert found["missing"] == {}


def test_waiting_steps_are_all_in_flight_at_once() -> None:
    # When
    found = measured(lambda: waiting.measure(waiting.Wishes(numbers=(8,), seconds=1.5, processes=1), say=print))
    # Then
    assert [(row["runs"], row["steps"], row["at_once"]) for row in found["figures"]] == [(1, 8, 8), (8, 8, 8)]


def test_two_workers_share_all_steps() -> None:
    # When
    found = measured(lambda: balance.measure(balance.Wishes(steps=24, workers=(2,)), say=print))
    # Then the busy seconds are those of all the steps
    (row,) = found["figures"]
    assert len(row["busy_seconds"]) == 2
    assert sum(row["busy_seconds"]) >= found["steps"]["sum"] * 0.99


def test_a_plan_takes_no_less_than_list_scheduling_makes_of_it(tmp_path: Path) -> None:
    # Given a fan with a chain in it, and a join
    parents = {"a": [], "b": [], "c": ["b"], "d": ["a", "c"]}
    tasks = [{"id": name, "name": name, "runtime_s": 1.0, "parents": given} for name, given in parents.items()]
    (tmp_path / FILE).write_text(json.dumps({"name": "small", "tasks": tasks}))
    # When
    found = measured(lambda: plans.measure(plans.Wishes(tmp_path, slots=2, seconds=1.0), say=print))
    # Then
    row, *made = found["plans"]
    assert (row["steps"], row["bound_seconds"]) == (4, 1.5)
    assert min(row["over_bound"], row["over_bound_in_recorded_order"]) >= 1
    # And so do those that are made up, which no one recorded in any order
    assert len(made) == 3
    assert not any("over_bound_in_recorded_order" in one for one in made)
    assert all(one["over_bound"] >= 1 for one in made)
