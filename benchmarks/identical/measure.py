"""The whole benchmark: a bundle, processes that replay it in unlike circumstances, and what their reports' bytes say.

What must not matter is made to differ: each process has a hash seed, a time zone, a number of slots and an order of
messages of its own.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.facts import machine, versions
from benchmarks.identical.freezing import MOMENT, freeze
from benchmarks.passes import PassError
from benchmarks.planted import scenes
from benchmarks.stand.servers import Servers, running_servers

FILES = ("report.html", "report.json", "report.md")
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "Europe/Berlin")
MOST_SLOTS = 4
FLAWS = 200
LONGEST_SECONDS = 1_800.0
_SHOWN = 60


@dataclass(frozen=True)
class Wishes:
    """How often to replay, in how many processes, what of."""

    times: int = 100
    processes: int = 10
    repositories: int = 4
    seed: int = 1


def measure(wishes: Wishes, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the benchmark as a JSON value; ``passed`` where all reports are the same, byte for byte."""
    found = machine()
    with running_servers({}) as servers:
        keep = servers.folder / "reports"
        keep.mkdir()
        scene = scenes.many(
            servers.folder / "bundle", repositories=wishes.repositories, flaws=FLAWS, seed=wishes.seed, now=MOMENT
        )
        freeze(servers.addresses)
        told = []
        for number, times in enumerate(shares(wishes.times, wishes.processes)):
            wanted = {"watchlist": str(scene.watchlist), "keep": str(keep), "times": times}
            told.append(_replayed(servers, {**wanted, **circumstances(number, seed=wishes.seed)}))
            say(f"{sum(len(one['played']) for one in told)} of {wishes.times} replays")
        figures = figures_of(told, keep=keep)
    goals = goals_of(figures, times=wishes.times)
    return {
        "benchmark": "identical",
        "passed": all(goals.values()),
        "goals": goals,
        **figures,
        "clock": MOMENT.isoformat(),
        "targets": scene.targets,
        "commits": scene.commits,
        "seed": wishes.seed,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
    }


def shares(times: int, processes: int) -> list[int]:
    """Return how often each process replays; none is idle."""
    each, more = divmod(times, processes)
    return [share for number in range(processes) if (share := each + (number < more))]


def circumstances(number: int, *, seed: int) -> dict[str, Any]:
    """Return what is unlike in each process."""
    return {"seed": f"{seed} {number}", "slots": 1 + number % MOST_SLOTS, "zone": ZONES[number % len(ZONES)]}


def _replayed(servers: Servers, wishes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a process of ours got. Raises ``PassError`` where it failed."""
    env = servers.environment(TZ=wishes["zone"], PYTHONHASHSEED="random")
    words = [sys.executable, "-m", "benchmarks.identical.drive", json.dumps(wishes)]
    done = subprocess.run(
        words, env=env, cwd=servers.folder, stdout=subprocess.PIPE, text=True, check=False, timeout=LONGEST_SECONDS
    )
    if done.returncode != 0:
        raise PassError(f"a replay ended with code {done.returncode}; its last words stand above")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def figures_of(told: Sequence[Mapping[str, Any]], *, keep: Path) -> dict[str, Any]:
    """Return what came of all replays; ``keep`` holds each version of each file under its hash."""
    played = [one for process in told for one in process["played"]]
    hashes = {name: sorted({one["files"].get(name, "") for one in played}) for name in FILES}
    return {
        "replays": len(played),
        "processes": len(told),
        "steps": len(played[0]["order"]),
        "findings": sorted({one["findings"] for one in played}),
        "states": sorted({one["state"] for one in played}),
        "orders": len({tuple(one["order"]) for one in played}),
        "sha256": hashes,
        "bytes": {name: (keep / known[0]).stat().st_size for name, known in hashes.items() if known[0]},
        "differences": list(_differences(hashes, keep=keep)),
        "network": [one for process in told for one in process["network"]],
    }


def goals_of(figures: Mapping[str, Any], *, times: int) -> dict[str, bool]:
    """Return which goals are met."""
    return {
        f"{times} replays succeeded": figures["replays"] == times and figures["states"] == ["succeeded"],
        "all reports are the same, byte for byte": all(
            len(known) == 1 and known[0] for known in figures["sha256"].values()
        ),
        "the reports say something": figures["findings"] != [0],
        "steps were done in different orders": figures["orders"] > 1,
        "nothing tried to reach the network": not figures["network"],
    }


def _differences(hashes: Mapping[str, Sequence[str]], *, keep: Path) -> Iterator[dict[str, Any]]:
    """Yield where the versions of a file part, for each beyond the first."""
    for name, known in hashes.items():
        there = [(keep / one).read_text(encoding="utf-8") for one in known if one]
        for other in there[1:]:
            yield {"file": name, **parting(there[0], other)}


def parting(one: str, other: str) -> dict[str, Any]:
    """Return from which character on two texts differ, and what stands there."""
    pairs = zip(one, other, strict=False)
    at = next((number for number, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))
    return {"at": at, "texts": [text[max(0, at - _SHOWN) : at + _SHOWN] for text in (one, other)]}
