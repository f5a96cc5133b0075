"""``memory``: what the idle stack of ``lookout up`` holds, what a light worker holds, and what imports bring along."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from benchmarks.facts import machine, versions
from benchmarks.footprint import Share, shares_of
from benchmarks.passes import PassError, environment, private_home

STACK_MB, LIGHT_WORKER_MB = 700, 120
"""The goals, as sums of USS."""
LIGHT_WORKER = "worker waiting"
"""A worker of threads, which loads nothing heavy. The urgent one does, on purpose: it is warm before it serves."""
PROCESSES = ("worker waiting", "worker computing", "worker urgent", "beat", "valkey-server", "postgres", "lookout")
HEAVY = ("pandas", "sklearn", "matplotlib", "numpy", "univers", "cvss")
IMPORTS = ("orchestrator", "orchestrator.celery", "agents.catalog")
START_SECONDS, EVERY_SECONDS, STEADY_LOOKS, STEADY_MB = 120.0, 1.0, 5, 1.0

_LOOK = """
import json, sys, time
begin = time.perf_counter()
__import__(sys.argv[1])
seconds = time.perf_counter() - begin
import psutil
heavy = [name for name in sys.argv[2:] if name in sys.modules]
print(json.dumps({"seconds": round(seconds, 3), "rss_mb": psutil.Process().memory_info().rss >> 20, "heavy": heavy}))
"""


def measure(*, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the whole benchmark as a JSON value; ``passed`` where every goal is met."""
    found = machine()
    say("imports: each in a process of its own")
    imports = {name: look_at_import(name) for name in IMPORTS}
    say("stack: starting `lookout up`")
    with private_home() as home, _standing(environment(home)) as pid:
        shares = settled(pid, say=say)
    stack = sum(share.uss for share in shares)
    light = sum(share.uss for share in shares if share.name == LIGHT_WORKER)
    goals = {
        f"idle stack at most {STACK_MB} MB": stack <= STACK_MB,
        f"light worker at most {LIGHT_WORKER_MB} MB": 0 < light <= LIGHT_WORKER_MB,
        "imports without heavy libraries": not any(look["heavy"] for look in imports.values()),
    }
    return {
        "benchmark": "memory",
        "passed": all(goals.values()),
        "goals": goals,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
        "stack_uss_mb": round(stack, 1),
        "stack_pss_mb": round(sum(share.pss for share in shares), 1),
        "light_worker_uss_mb": round(light, 1),
        "processes": by_name(shares),
        "imports": imports,
    }


def look_at_import(name: str) -> dict[str, Any]:
    """Return what importing a module costs in a fresh process: seconds, resident MB, and which heavy libraries came."""
    words = [sys.executable, "-c", _LOOK, name, *HEAVY]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    look: dict[str, Any] = json.loads(told)
    return look


def settled(pid: int, *, say: Callable[[str], None]) -> list[Share]:
    """Return the stack's memory once all processes are there and the sum has not moved for some looks.

    Raises ``PassError`` where that never happens.
    """
    until = time.monotonic() + START_SECONDS
    sums: list[float] = []
    while time.monotonic() < until:
        time.sleep(EVERY_SECONDS)
        shares = shares_of(pid)
        lacking = set(PROCESSES) - {share.name for share in shares}
        sums = [*sums, sum(share.uss for share in shares)][-STEADY_LOOKS:] if not lacking else []
        if steady(sums):
            say(f"stack: settled at {sums[-1]:.0f} MB")
            return shares
    raise PassError(f"the stack did not settle within {START_SECONDS:g} s: {', '.join(sorted(lacking)) or sums}")


def steady(sums: list[float]) -> bool:
    """Whether the latest sums are enough, and alike."""
    return len(sums) == STEADY_LOOKS and max(sums) - min(sums) <= STEADY_MB


def by_name(shares: list[Share]) -> dict[str, dict[str, float]]:
    """Return count, USS and RSS in MB by name, the largest first."""
    names = dict.fromkeys(share.name for share in sorted(shares, key=lambda share: -share.uss))
    groups = {name: [share for share in shares if share.name == name] for name in names}
    return {
        name: {
            "processes": len(group),
            "uss_mb": round(sum(share.uss for share in group), 1),
            "rss_mb": round(sum(share.rss for share in group), 1),
        }
        for name, group in groups.items()
    }


@contextmanager
def _standing(env: dict[str, str]) -> Iterator[int]:
    """Keep ``lookout up`` running and yield its pid."""
    words = [sys.executable, "-m", "orchestrator.cli", "up"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words, env=env, stdout=quiet, stderr=quiet) as process:
        try:
            yield process.pid
        finally:
            process.terminate()
