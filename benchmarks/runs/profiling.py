"""Where a Lookout worker's processor time goes, by area and by function."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.runs.session import session
from benchmarks.runs.system import Layout, System
from benchmarks.runs.work import NOOP
from benchmarks.stand.crew import Role
from benchmarks.stand.servers import Servers

SHOWN = 30
_FILE = "samples-{}.json"


def profile(
    system: System, layout: Layout, *, servers: Servers, env: Mapping[str, str], inflight: int, seconds: float
) -> dict[str, Any]:
    """Return the shares of areas and of the busiest functions in the processor time of sampled workers."""

    def roles(given: Mapping[str, str], layout: Layout) -> list[Role]:
        return [sampled(role, folder=servers.folder) for role in system.roles(given, layout)]

    with session(replace(system, roles=roles), layout, servers=servers, env=env) as running:
        running.window(NOOP, inflight=inflight, seconds=seconds)
    return told([json.loads(path.read_text(encoding="utf-8")) for path in servers.folder.glob(_FILE.format("*"))])


def sampled(role: Role, *, folder: Path) -> Role:
    """Return a worker that is sampled; whatever else there is stays as it is."""
    _, *words = role.words
    if "worker" not in words:
        return role
    return replace(role, words=("benchmarks.runs.sampled", str(folder / _FILE.format(role.name)), *words))


def told(samples: list[dict[str, dict[str, int]]]) -> dict[str, Any]:
    """Return all workers' samples together, as shares of their sum."""
    areas, functions = _sum(samples, "areas"), _sum(samples, "functions")
    total = max(1, areas.total())
    return {
        "samples": areas.total(),
        "areas": {name: round(count / total, 3) for name, count in areas.most_common()},
        "functions": {name: round(count / total, 4) for name, count in functions.most_common(SHOWN)},
    }


def _sum(samples: list[dict[str, dict[str, int]]], what: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for one in samples:
        sums.update(one[what])
    return sums
