"""``waiting``: a thousand steps that wait, all in flight at once through the whole ledger, and what holds them."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from benchmarks.facts import machine, versions
from benchmarks.stand.plans import plain_fan
from benchmarks.stand.servers import running_servers
from benchmarks.stand.spans import most_at_once
from benchmarks.stand.troupe import Played, Troupe, troupe, waiting
from benchmarks.stand.usage import memory_mb, processor_seconds
from orchestrator.domain.plans import Shape

EVERY_SECONDS = 1.0
ALLOWED = 1.2
"""The goal: everything is done within so many times what one step waits."""


@dataclass(frozen=True)
class Wishes:
    """What is asked for. ``numbers`` are steps in flight at once, the largest last."""

    numbers: tuple[int, ...] = (10, 100, 1_000)
    seconds: float = 10.0
    processes: int = 2


@dataclass
class Peak:
    """The most memory that was seen, in MB."""

    mb: float = 0.0
    done: threading.Event = field(default_factory=threading.Event)


def measure(wishes: Wishes, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the benchmark as a JSON value; ``passed`` where every goal is met."""
    found, most = machine(), wishes.numbers[-1]
    threads = -(-most // wishes.processes)
    rows: list[dict[str, Any]] = []
    with running_servers() as servers, troupe(servers, processes=wishes.processes, threads=threads) as crew:
        idle = memory_mb(crew.pids)
        for number in wishes.numbers:
            rows.append({"runs": 1, **_play(crew, [plain_fan(number, seconds=wishes.seconds)], wishes=wishes)})
            say(f"{number} steps of one run: {rows[-1]['seconds']} s, {rows[-1]['at_once']} at once")
        many = [waiting(number, seconds=wishes.seconds) for number in range(most)]
        rows.append({"runs": most, **_play(crew, many, wishes=wishes)})
        say(f"{most} runs of one step: {rows[-1]['seconds']} s, {rows[-1]['at_once']} at once")
    goals = judge(rows, most=most, seconds=wishes.seconds)
    return {
        "benchmark": "waiting",
        "passed": all(goals.values()),
        "goals": goals,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
        "layout": f"threads, {wishes.processes} x {threads}",
        "wait_seconds": wishes.seconds,
        "idle_memory_mb": idle,
        "figures": rows,
    }


def judge(rows: Sequence[dict[str, Any]], *, most: int, seconds: float) -> dict[str, bool]:
    """Return which goals are reached by one run of ``most`` steps; many runs take their submission's time as well."""
    wide = next(row for row in rows if row["steps"] == most and row["runs"] == 1)
    return {
        f"{most} steps in flight at once": wide["at_once"] == most,
        f"{most} steps of {seconds:g} s within {seconds * ALLOWED:g} s": wide["seconds"] <= seconds * ALLOWED,
    }


def _play(crew: Troupe, shapes: list[Shape], *, wishes: Wishes) -> dict[str, Any]:
    """Have the runs done, and return what they took."""
    before = processor_seconds(crew.pids)
    with _weighed(crew.pids) as peak:
        played = crew.play(shapes)
    return figures(played, wait=wishes.seconds, processor=processor_seconds(crew.pids) - before, memory=peak.mb)


def figures(played: Played, *, wait: float, processor: float, memory: float) -> dict[str, Any]:
    """Return the figures of some runs whose steps each waited ``wait`` seconds."""
    steps = len(played.attempts)
    return {
        "steps": steps,
        "seconds": round(played.seconds, 2),
        "submitting_seconds": round(played.submitting_seconds, 2),
        "of_ideal": round(wait / played.seconds, 3),
        "at_once": most_at_once((one.begin, one.end) for one in played.attempts),
        "processor_ms_per_step": round(processor * 1_000 / max(1, steps), 2),
        "memory_mb": memory,
    }


@contextmanager
def _weighed(pids: list[int]) -> Iterator[Peak]:
    """Yield the peak of some processes' memory, sampled until the block ends."""
    peak = Peak()

    def sample() -> None:
        while not peak.done.wait(EVERY_SECONDS):
            peak.mb = max(peak.mb, memory_mb(pids))

    thread = threading.Thread(target=sample, name="scales", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        peak.done.set()
        thread.join()
