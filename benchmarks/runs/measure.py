"""The whole benchmark: every system in turn, on one Postgres and one Valkey."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from benchmarks.facts import machine, versions
from benchmarks.runs.comparing import goals, ratios, together
from benchmarks.runs.measuring import Trial, Wishes, choose, rounds
from benchmarks.runs.profiling import profile
from benchmarks.runs.system import SOLO, System
from benchmarks.runs.systems import ALL
from benchmarks.stand.servers import Servers, running_servers

OURS = "lookout"


def measure(wishes: Wishes, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the benchmark as a JSON value; ``passed`` where every goal that can be judged is reached."""
    found = machine()
    wanted = chosen(ALL, wishes.systems)
    missing = {system.name: system.missing for system in wanted if system.missing}
    with running_servers() as servers:
        trials = [
            choose(system, servers=servers, wishes=wishes, say=say) for system in wanted if system.name not in missing
        ]
        by_name = rounds(trials, servers=servers, wishes=wishes, say=say)
        profiles = [_profile(trial, servers=servers, wishes=wishes) for trial in trials if trial.system.name == OURS]
    systems = {name: together(figures) for name, figures in by_name.items() if figures}
    reached = goals(systems)
    return {
        "benchmark": "runs",
        "passed": all(trial.system.name in systems for trial in trials) and all(reached.values()),
        "goals": reached,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
        "missing": missing,
        "systems": {trial.system.name: {**_standing(trial), **systems.get(trial.system.name, {})} for trial in trials},
        "ratios": {
            ours: {theirs: ratios(systems[ours], systems[theirs]) for theirs in systems if not _ours(theirs)}
            for ours in systems
            if _ours(ours)
        },
        "profile": profiles[0] if profiles else {},
        "rounds": by_name,
    }


def chosen(systems: tuple[System, ...], names: tuple[str, ...]) -> list[System]:
    """Return the systems of those names; all where none is named."""
    return [system for system in systems if not names or system.name in names]


def _ours(name: str) -> bool:
    return name.partition(",")[0] == OURS


def _profile(trial: Trial, *, servers: Servers, wishes: Wishes) -> dict[str, Any]:
    layout, most = wishes.layout or SOLO, wishes.inflight[-1]
    return profile(trial.system, layout, servers=servers, env=trial.env, inflight=most, seconds=wishes.seconds)


def _standing(trial: Trial) -> dict[str, Any]:
    layouts = {"layout": trial.layout.name, "waiting_layout": trial.waiting_layout.name}
    return {**layouts, "layouts_tried": dict(trial.tried)}
