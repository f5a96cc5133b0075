"""The whole benchmark: each recorded plan on real workers, and the same plan scheduled on paper."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.facts import machine, versions
from benchmarks.plans.dags import Dag, read_dags
from benchmarks.plans.listing import highest_level_first
from benchmarks.plans.made import made_up
from benchmarks.plans.shaping import longest, longest_first, shape_of, total
from benchmarks.stand.servers import REPOSITORY, running_servers
from benchmarks.stand.troupe import Troupe, troupe
from orchestrator.domain.plans import steps

ALLOWED = 1.1
DATA = REPOSITORY.parent / "shared" / "data" / "workflow_dags"
"""Where recorded workflows lie beside this repository."""


@dataclass(frozen=True)
class Wishes:
    """What is asked for. Times are scaled so that each plan takes its slots about ``seconds``."""

    data: Path
    slots: int = 4
    seconds: float = 15.0
    seed: int = 1


def measure(wishes: Wishes, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the benchmark as a JSON value; ``passed`` where every plan is within 10 % of list scheduling."""
    found, recorded, rows = machine(), read_dags(wishes.data), []
    dags = (*recorded, *made_up(recorded, seed=wishes.seed))
    with running_servers() as servers, troupe(servers, processes=1, threads=wishes.slots) as crew:
        for dag in dags:
            rows.append(_play(crew, dag, wishes=wishes))
            if dag in recorded:
                rows[-1] |= _play_as_recorded(crew, dag, wishes=wishes)
            say(f"{dag.name}: {rows[-1]['over_bound']} times the {rows[-1]['bound_seconds']} s of list scheduling")
    goals = {f"{row['name']} within 10 % of list scheduling": row["over_bound"] <= ALLOWED for row in rows}
    return {
        "benchmark": "plans",
        "passed": bool(rows) and all(goals.values()),
        "goals": goals,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
        "slots": wishes.slots,
        "plans": rows,
    }


def scale_of(dag: Dag, *, slots: int, seconds: float) -> float:
    """Return what a workflow's times are multiplied with, so that its plan keeps the slots busy for so long."""
    return seconds * slots / sum(dag.seconds.values())


def _play(crew: Troupe, dag: Dag, *, wishes: Wishes) -> dict[str, Any]:
    """Have one plan done, with the longest of its parts first."""
    scale = scale_of(dag, slots=wishes.slots, seconds=wishes.seconds)
    shape = longest_first(shape_of(dag, scale=scale))
    bound = highest_level_first(shape, slots=wishes.slots)
    played = crew.play([shape])
    return {
        "name": dag.name,
        "steps": len(list(steps(shape))),
        "scale": round(scale, 6),
        "seconds": round(played.seconds, 3),
        "bound_seconds": round(bound, 3),
        "over_bound": round(played.seconds / bound, 3),
        "longest_path_seconds": round(longest(shape), 3),
        "longest_path_of_workflow_seconds": round(dag.longest(frozenset(dag.seconds)) * scale, 3),
        "work_seconds": round(total(shape), 3),
    }


def _play_as_recorded(crew: Troupe, dag: Dag, *, wishes: Wishes) -> dict[str, Any]:
    """Have the same plan done with its parts in the order in which they were recorded."""
    shape = shape_of(dag, scale=scale_of(dag, slots=wishes.slots, seconds=wishes.seconds))
    bound = highest_level_first(shape, slots=wishes.slots)
    return {"over_bound_in_recorded_order": round(crew.play([shape]).seconds / bound, 3)}
