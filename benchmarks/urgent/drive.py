"""``python -m benchmarks.urgent.drive fill|press WISHES``: queue the backlog, or press critical work in between.

A process of its own, for its environment names the servers. Figures go to standard output, words to standard error.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import cycle, islice, pairwise
from pathlib import Path
from statistics import median
from typing import Any

from celery import Celery

from agents.contract import AgentSpec, Target
from benchmarks.planted.expected import VULNERABLE
from benchmarks.stand.statistics import quantile
from benchmarks.urgent.cast import app
from benchmarks.urgent.door import Door, Pressed, Waited
from benchmarks.urgent.plans import bursts, touches
from benchmarks.urgent.words import say
from orchestrator import wiring
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.planning.watchlist import load_watchlist

WORKERS = 3
GAP_SECONDS = 0.1
"""Between critical triggers; they come one by one."""
LONGEST_SECONDS = 60.0
MARGIN, MORE = 1.1, 500
"""How much more than what is asked for is queued: workers begin on it before the first critical trigger comes."""
FLOOD_SECONDS = 15.0
"""How long critical and normal work flows over the lowest class."""
NORMAL_STEPS = 2_000

_LOW = """
    SELECT extract(epoch FROM s.claimed_at)::float AS at, s.agent FROM steps s JOIN runs r ON r.id = s.run_id
    WHERE r.priority = 3 AND s.claimed_at BETWEEN to_timestamp(:since) AND to_timestamp(:until) ORDER BY 1
"""
_FOUND = """
    SELECT (SELECT count(*) FROM run_findings f WHERE f.run_id = r.id AND f.body ->> 'kind' = :kind) AS flaws,
           (SELECT array_agg(a.name ORDER BY a.name) FROM artifacts a WHERE a.run_id = r.id) AS files,
           (SELECT array_agg(DISTINCT s.agent ORDER BY s.agent) FROM steps s WHERE s.run_id = r.id) AS agents
    FROM runs r WHERE r.id = :run
"""


def fill(wishes: dict[str, Any]) -> dict[str, Any]:
    """Queue the scheduled steps."""
    door, begin = Door(), time.monotonic()
    for submission in bursts(wiring.specs(), total=round(wishes["backlog"] * MARGIN) + MORE, priority=Priority.LOW):
        door.press(submission)
    depths = door.depths()
    say(f"{sum(depths.values())} messages queued in {time.monotonic() - begin:.0f} s")
    return {"queued": depths}


def press(wishes: dict[str, Any]) -> dict[str, Any]:
    """Press critical work between the scheduled, and measure."""
    await_workers(app)
    door = Door()
    start = door.depths()
    say(f"backlog of {sum(start.values())}; critical triggers, one by one")
    waited = one_by_one(door, wishes["criticals"])
    waits = [one.began for one in waited]
    say(f"waited p50 {1_000 * median(waits):.1f} ms, p99 {1_000 * quantile(waits, 0.99):.1f} ms; security plans")
    plans = security_plans(door, Path(wishes["watchlist"]), count=wishes["plans"])
    took, began = ([plan[name] for plan in plans] for name in ("seconds", "began"))
    say(f"security plans: begun after p99 {1_000 * quantile(began, 0.99):.1f} ms, done after {max(took):.2f} s at most")
    say("a flood of normal work as well")
    lowest = flood(door)
    return {
        "waits": waits,
        "parts": {name: [getattr(one, name) for one in waited] for name in Waited._fields},
        "plans": plans,
        "backlog": {"start": start, "end": door.depths()},
        "lowest_class": lowest,
    }


def await_workers(known: Celery) -> None:
    """Return once all workers of the stack answer."""
    until = time.monotonic() + LONGEST_SECONDS
    while len(known.control.ping(timeout=1.0)) < WORKERS:
        if time.monotonic() > until:
            raise SystemExit("the workers did not come up")


def one_by_one(door: Door, count: int) -> list[Waited]:
    """Return how long each of so many critical steps waited; the first one opens the door's own lines."""
    pressed: list[Pressed] = []
    for submission in islice(touches(wiring.specs()), count + 1):
        pressed.append(door.press(submission))
        time.sleep(GAP_SECONDS)
    return door.waits(pressed, seconds=LONGEST_SECONDS)[1:]


def security_plans(door: Door, watchlist: Path, *, count: int) -> list[dict[str, Any]]:
    """Return how long each of so many security plans took from the call on; they are about the targets in turn."""
    targets = load_watchlist(watchlist, max_targets=1_000).targets
    advisories = [target for target in targets if target.kind == "advisories"]
    about = islice(cycle(target for target in targets if target not in advisories), count)
    return [security_plan(door, target, advisories, number=number) for number, target in enumerate(about)]


def security_plan(door: Door, target: Target, advisories: list[Target], *, number: int) -> dict[str, Any]:
    """Return how long one security plan took, and until its first step began, with what it found and wrote."""
    subject = f"security: flaw {number} in what {target.label} uses"
    about = (target, *advisories)
    pressed = door.trigger(Trigger(kind=TriggerKind.ADVISORY, targets=about, subject=subject, source="benchmark"))
    seconds = door.wait(pressed.run_id, seconds=LONGEST_SECONDS) - pressed.at
    found = door.query(_FOUND, run=pressed.run_id, kind=VULNERABLE)[0]
    time.sleep(GAP_SECONDS)
    return {
        "target": target.label,
        "began": door.waited(pressed).began,
        "seconds": seconds,
        "flaws": found.flaws,
        "files": found.files,
        "agents": found.agents,
    }


def flood(door: Door) -> dict[str, Any]:
    """Have every lane carry normal work too while critical steps come, and return how the lowest class fared."""
    for submission in bursts(wiring.specs(), total=NORMAL_STEPS, priority=Priority.NORMAL):
        door.press(submission)
    since = time.time()
    pressed: list[Pressed] = []
    critical = touches(wiring.specs())
    while time.time() < since + FLOOD_SECONDS:
        pressed.append(door.press(next(critical)))
        time.sleep(GAP_SECONDS)
    until, normal = time.time(), {name: depth for name, depth in door.depths().items() if name in wiring.specs()}
    waits = [one.began for one in door.waits(pressed, seconds=LONGEST_SECONDS)]
    began = [(row.agent, row.at) for row in door.query(_LOW, since=since, until=until)]
    return {
        "seconds": round(until - since, 1),
        "normal_left": normal,
        "critical_wait_ms": {"p50": 1_000 * median(waits), "p99": 1_000 * quantile(waits, 0.99)},
        "groups": fared_by_group(began, specs=wiring.specs(), since=since, until=until),
    }


def fared_by_group(
    began: Iterable[tuple[str, float]], *, specs: Mapping[str, AgentSpec], since: float, until: float
) -> dict[str, dict[str, float]]:
    """Return how each group of workers fared, one that began no step among them.

    ``began`` holds the agent of each low step and when it was claimed, in order, in seconds.
    """
    groups: dict[str, list[float]] = {str(spec.pool): [] for spec in specs.values()}
    for agent, at in began:
        groups[str(specs[agent].pool)].append(at)
    return {name: fared(times, since=since, until=until) for name, times in groups.items()}


def fared(times: list[float], *, since: float, until: float) -> dict[str, float]:
    """Return how many steps of a class began within a time, and the longest time in which none did."""
    marks = [since, *times, until]
    gaps = [later - earlier for earlier, later in pairwise(marks)]
    return {"steps_per_second": round(len(times) / (until - since), 2), "longest_wait_seconds": round(max(gaps), 2)}


DEEDS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"fill": fill, "press": press}

if __name__ == "__main__":
    print(json.dumps(DEEDS[sys.argv[1]](json.loads(sys.argv[2]))))
