"""``monitor``: looks at one long history, and at many repositories here and on GitHub, checked by what was planted."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
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
from benchmarks.planted.forge.scene import many_on_github
from benchmarks.planted.scenes import Scene
from benchmarks.replays import Replay, replaying
from orchestrator.local.home import Home

LONG_HISTORY, MANY, ON_GITHUB = "long_history", "many_repositories", "many_on_github"
CASES = (LONG_HISTORY, MANY, ON_GITHUB)
LOOKS = ("first", "again")
"""Two passes in the same home: one that reads everything, and one that finds nothing new to read."""
ASKING_LOOKS = (*LOOKS, "third")
"""Where a service is asked: the second look asks for changes since the first, which nobody asked before."""
TOKEN = "made-up"  # noqa: S105  goes over TLS alone, and a replay has none: nobody's own is used


@dataclass(frozen=True)
class Wishes:
    """What is to be measured. Paths that are given stand in for what would be made up."""

    repositories: int = 200
    commits: int = 10_000
    flaws: int = 2_000
    github: int = 200
    """How many repositories on GitHub to make up."""
    cases: tuple[str, ...] = ()
    """Which to measure; all where none is named."""
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

    def on_github(folder: Path) -> Scene:
        return many_on_github(folder, repositories=wishes.github, seed=wishes.seed, now=now)

    made = zip(CASES, (long, many, on_github), strict=True)
    return {name: make for name, make in made if name in (wishes.cases or CASES)}


def _named(name: str, say: Callable[[str], None]) -> Callable[[str], None]:
    return lambda words: say(f"{name}: {words}")


@contextmanager
def _folder() -> Iterator[Path]:
    """Yield a folder that is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="lookout-benchmark-") as folder:
        yield Path(folder)


@contextmanager
def _served(scene: Scene, home: Home) -> Iterator[Replay | None]:
    """Yield what answers in place of the services that a scene needs; None where it needs none."""
    with replaying(scene.recordings, home=home) if scene.recordings else nullcontext() as replay:
        yield replay


def _case(scene: Scene, *, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure one scene and return its figures: medians over the rounds, each round in a home of its own."""
    names = ASKING_LOOKS if scene.recordings else LOOKS
    looks: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    verdicts: list[Verdict] = []
    kept: list[dict[str, Any]] = []
    for _ in range(rounds):
        with private_home() as home:
            with _served(scene, home) as replay:
                for name in names:
                    made, asked = _look(scene, home, replay)
                    looks[name].append({**made.as_json(), **asked})
                    verdicts.append(_verdict(scene, made))
                    say(f"{name} look: {made.seconds:.1f} s, {made.peak.uss:.0f} MB, {_words(scene, verdicts[-1])}")
            kept.append(read_kept(home, run_id=made.outcome["run_id"]).as_json())
    worst = next((verdict for verdict in verdicts if verdict.failed), verdicts[-1])
    told = [one for some in looks.values() for one in some]
    states = {one["state"] for one in told}
    return {
        "passed": not worst.failed
        and (scene.expected is None or states == {"succeeded"})
        and not any(one.get("requests_not_recorded") for one in told),
        "targets": scene.targets,
        "commits": scene.commits,
        "advisories": scene.advisories,
        "looks": {name: medians(some) for name, some in looks.items()},
        "findings": worst.as_json() if scene.expected is not None else "nothing was planted in what was given",
        "ledger": medians(kept),
    }


def _look(scene: Scene, home: Home, replay: Replay | None) -> tuple[Pass, dict[str, Any]]:
    """Make one pass, and return with it what the replay was asked meanwhile."""
    if replay is None:
        return make_pass(home, scene.watchlist), {}
    before = replay.processor_seconds()
    made = make_pass(home, scene.watchlist, settings={**replay.settings, "LOOKOUT_GITHUB_TOKEN": TOKEN})
    used = replay.processor_seconds() - before
    return made, {**replay.asked().as_json(targets=scene.targets), "replay_processor_seconds": round(used, 1)}


def _verdict(scene: Scene, made: Pass) -> Verdict:
    """Return how a pass did; where nothing was planted nothing is expected, and nothing unexpected either."""
    return compare(scene.expected, made.report) if scene.expected is not None else compare((), {"findings": ()})


def _words(scene: Scene, verdict: Verdict) -> str:
    if scene.expected is None:
        return "nothing planted"
    faults = len(verdict.missing) + len(verdict.wrong) + len(verdict.unexpected)
    return f"{len(scene.expected)} planted findings, {faults} faults"
