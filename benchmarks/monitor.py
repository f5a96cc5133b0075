"""``monitor``: passes over one long history and over many repositories, checked against what was planted."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.checking import Verdict, compare
from benchmarks.facts import machine, versions
from benchmarks.figures import medians
from benchmarks.ledger import read_kept
from benchmarks.passes import Pass, make_pass, private_home
from benchmarks.planted import scenes
from benchmarks.planted.scenes import Scene

LOOKS = ("first", "again")
"""Two passes in the same home: one that reads everything, and one that finds nothing new to read."""


@dataclass(frozen=True)
class Wishes:
    """What is to be measured. Paths that are given stand in for what would be made up."""

    repositories: int = 200
    commits: int = 10_000
    flaws: int = 2_000
    history: Path | None = None
    git: tuple[Path, ...] = ()
    rounds: int = 1
    seed: int = 1


def measure(wishes: Wishes, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the whole benchmark as a JSON value; ``passed`` where every pass found what was planted."""
    now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    cases, found = {}, machine()
    for name, make in _cases(wishes, now=now).items():
        with _folder() as folder:
            say(f"{name}: making the scene")
            scene = make(folder)
            cases[name] = _case(scene, rounds=wishes.rounds, say=_named(name, say))
    return {
        "benchmark": "monitor",
        "passed": all(case["passed"] for case in cases.values()),
        "seed": wishes.seed,
        "rounds": wishes.rounds,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
        "cases": cases,
    }


def _cases(wishes: Wishes, *, now: datetime) -> dict[str, Callable[[Path], Scene]]:
    """Return what makes each case's scene in a folder."""

    def long(folder: Path) -> Scene:
        if wishes.history:
            return scenes.given(folder, (wishes.history,))
        return scenes.long_history(folder, commits=wishes.commits, seed=wishes.seed, now=now)

    def many(folder: Path) -> Scene:
        if wishes.git:
            return scenes.given(folder, wishes.git)
        return scenes.many(folder, repositories=wishes.repositories, flaws=wishes.flaws, seed=wishes.seed, now=now)

    return {"long_history": long, "many_repositories": many}


def _named(name: str, say: Callable[[str], None]) -> Callable[[str], None]:
    return lambda words: say(f"{name}: {words}")


@contextmanager
def _folder() -> Iterator[Path]:
    """Yield a folder that is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="lookout-benchmark-") as folder:
        yield Path(folder)


def _case(scene: Scene, *, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure one scene and return its figures: medians over the rounds, each round in a home of its own."""
    looks: dict[str, list[dict[str, Any]]] = {name: [] for name in LOOKS}
    verdicts: list[Verdict] = []
    kept: list[dict[str, Any]] = []
    for _ in range(rounds):
        with private_home() as home:
            for name in LOOKS:
                made = make_pass(home, scene.watchlist)
                looks[name].append(made.as_json())
                verdicts.append(_verdict(scene, made))
                say(f"{name} look: {made.seconds:.1f} s, {made.peak.uss:.0f} MB, {_words(scene, verdicts[-1])}")
            kept.append(read_kept(home, run_id=made.outcome["run_id"]).as_json())
    worst = next((verdict for verdict in verdicts if verdict.failed), verdicts[-1])
    states = {one["state"] for told in looks.values() for one in told}
    return {
        "passed": not worst.failed and (scene.expected is None or states == {"succeeded"}),
        "targets": scene.targets,
        "commits": scene.commits,
        "advisories": scene.advisories,
        "looks": {name: medians(told) for name, told in looks.items()},
        "findings": worst.as_json() if scene.expected is not None else "nothing was planted in what was given",
        "ledger": medians(kept),
    }


def _verdict(scene: Scene, made: Pass) -> Verdict:
    """Return how a pass did; where nothing was planted nothing is expected, and nothing unexpected either."""
    return compare(scene.expected, made.report) if scene.expected is not None else compare((), {"findings": ()})


def _words(scene: Scene, verdict: Verdict) -> str:
    if scene.expected is None:
        return "nothing planted"
    faults = len(verdict.missing) + len(verdict.wrong) + len(verdict.unexpected)
    return f"{len(scene.expected)} planted findings, {faults} faults"
