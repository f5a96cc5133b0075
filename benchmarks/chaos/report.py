"""``chaos``: the real stack under fire, and the same fire on a plain Celery canvas for comparison."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.chaos import harness
from benchmarks.chaos.load import STEPS
from benchmarks.chaos.plain.system import plain
from benchmarks.chaos.play import Say
from benchmarks.chaos.tally import Tally
from benchmarks.facts import machine, versions


@dataclass(frozen=True)
class Wishes:
    """What is to be measured. ``plain`` adds the comparison, on ``plain_runs`` runs of the same load."""

    runs: int = 2_000
    seed: int = 1
    plain: bool = False
    plain_runs: int = 200
    logs: Path | None = None


def measure(wishes: Wishes, *, say: Say) -> dict[str, Any]:
    """Return the whole benchmark as a JSON value; ``passed`` where every goal is met. The comparison has no say."""
    found = machine()
    tally = harness.disturbed(_part(wishes, "lookout", runs=wishes.runs), say=say)
    told = {
        "benchmark": "chaos",
        "steps_a_run": STEPS,
        **tally.as_json(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
    }
    if wishes.plain:
        say("the same on a plain canvas")
        part = _part(wishes, "plain", runs=wishes.plain_runs)
        told["plain"] = compared(harness.disturbed(part, system=plain, say=say))
    return told


def compared(tally: Tally) -> dict[str, Any]:
    """Return the figures of a system that is only compared with: without goals. Pure."""
    return {name: value for name, value in tally.as_json().items() if name not in {"passed", "goals"}}


def _part(wishes: Wishes, name: str, *, runs: int) -> harness.Wishes:
    return harness.Wishes(runs=runs, seed=wishes.seed, logs=wishes.logs / name if wishes.logs else None)
