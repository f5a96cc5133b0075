"""The whole benchmark: real schedulers, the leader killed or stopped in turn, and what became of every occurrence."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any, TypeVar

from benchmarks.beats.ledger import EVERY_SECONDS, Leads, Ledger
from benchmarks.beats.reconciling import Sums, reconcile
from benchmarks.facts import machine, versions
from benchmarks.passes import PassError
from benchmarks.stand.crew import Role, at_work
from benchmarks.stand.servers import running_servers
from orchestrator.local.process import StackProcess
from orchestrator.settings.groups import Schedules
from orchestrator.store.engine import make_engine

GAP_SECONDS = 10.0
"""The goal: another fires within that time."""
BEATS, SCHEDULES = 3, 8
LONGEST_SECONDS, LOOK_SECONDS, AWAKE_SECONDS, SETTLED_SECONDS = 60.0, 0.02, 3.0, 4.0

_Found = TypeVar("_Found")


def measure(*, kills: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the benchmark as a JSON value. ``kills`` is how often the leader is killed or stopped, in turn."""
    found = machine()
    with running_servers({}) as servers:
        engine = make_engine(servers.addresses.database_url)
        ledger = Ledger(engine)
        roles = [_role(number, env=servers.environment()) for number in range(BEATS)]
        try:
            with at_work(roles, folder=servers.folder) as beats, ledger.ending_runs():
                since = ledger.schedule(SCHEDULES)
                gaps = _press(ledger, beats, kills=kills, say=say)
                _until(lambda: ledger.late(seconds=SETTLED_SECONDS) == 0, what="everything was caught up with")
            sums = reconcile(ledger.fired(), ledger.runs(), since=since, every=EVERY_SECONDS)
        finally:
            engine.dispose()
    goals = goals_of(gaps, sums)
    return {
        "benchmark": "beats",
        "passed": all(goals.values()),
        "goals": goals,
        "takeover_seconds": {name: _shown(seconds) for name, seconds in gaps.items()},
        **sums._asdict(),
        "lease_seconds": Schedules().beat_lease_seconds,
        "beats": BEATS,
        "schedules": SCHEDULES,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
    }


def goals_of(gaps: dict[str, list[float]], sums: Sums) -> dict[str, bool]:
    """Return which goals are met."""
    longest = max((gap for each in gaps.values() for gap in each), default=GAP_SECONDS)
    return {
        f"another fires within {GAP_SECONDS:g} s": longest < GAP_SECONDS,
        "none is lost": sums.lost == 0,
        "none is doubled": sums.doubled == 0,
        "none is fired by one that no longer leads": sums.behind_the_fence == 0,
    }


def _press(
    ledger: Ledger, beats: Sequence[StackProcess], *, kills: int, say: Callable[[str], None]
) -> dict[str, list[float]]:
    """Kill and stop leaders in turn; return how long it took each time until another fired, by what was done."""
    gaps: dict[str, list[float]] = {"SIGKILL": [], "SIGSTOP": []}
    for number in range(kills):
        _until(lambda: ledger.late(seconds=SETTLED_SECONDS) == 0, what="everything was caught up with")
        leads = _until(ledger.leader, what="somebody led")
        beat = next((each for each in beats if each.pid == leads.pid), None)
        if beat is None:
            raise PassError(f"process {leads.pid}, which is none of ours, leads")
        name = "SIGSTOP" if number % 2 else "SIGKILL"
        gap = (_stopped if number % 2 else _killed)(ledger, beat, leads)
        say(f"{number + 1} of {kills}: {name}, another fired after {gap:.2f} s")
        gaps[name].append(gap)
    return gaps


def _killed(ledger: Ledger, beat: StackProcess, leads: Leads) -> float:
    """Kill the leader; return after how long another fired. A new one stands by from then on."""
    at = _now(ledger, leads)
    beat.kill()
    gap = _gap(ledger, leads, at=at)
    beat.start()
    return gap


def _stopped(ledger: Ledger, beat: StackProcess, leads: Leads) -> float:
    """Stop the leader; return after how long another fired. Then let it go on, and time to do harm."""
    at = _now(ledger, leads)
    os.killpg(leads.pid, signal.SIGSTOP)
    try:
        return _gap(ledger, leads, at=at)
    finally:
        os.killpg(leads.pid, signal.SIGCONT)
        time.sleep(AWAKE_SECONDS)
        if beat.exit_code() is not None:
            raise PassError(f"{beat.name} ended when it went on")


def _now(ledger: Ledger, leads: Leads) -> datetime:
    """Return the database's time, a moment before the leader is lost."""
    seen = ledger.leader()
    return seen.now if seen else leads.now


def _gap(ledger: Ledger, leads: Leads, *, at: datetime) -> float:
    """Return the seconds until another fired."""
    fired = _until(lambda: ledger.first_fired(after=leads.token), what="another fired")
    return (fired - at).total_seconds()


def _until(look: Callable[[], _Found | None], *, what: str) -> _Found:
    """Return what is seen once something is. Raises ``PassError`` where that takes too long."""
    end = time.monotonic() + LONGEST_SECONDS
    while not (seen := look()):
        if time.monotonic() > end:
            raise PassError(f"it took longer than {LONGEST_SECONDS:g} s until {what}")
        time.sleep(LOOK_SECONDS)
    return seen


def _role(number: int, *, env: dict[str, str]) -> Role:
    """Return one scheduler."""
    return Role(f"beat-{number}", ("celery", "-A", "orchestrator", "beat", "--pidfile="), env)


def _shown(gaps: list[float]) -> dict[str, Any]:
    """Return the figures of some gaps."""
    if not gaps:
        return {"number": 0}
    return {"number": len(gaps), "p50": round(median(gaps), 2), "max": round(max(gaps), 2)}
