"""The whole benchmark: real schedulers, the leader killed or stopped in turn, and what became of every occurrence."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from types import MappingProxyType
from typing import Any

from benchmarks.beats import leaping
from benchmarks.beats.clock import MovedClock
from benchmarks.beats.ledger import Leads, Ledger
from benchmarks.beats.reconciling import Sums, reconcile
from benchmarks.beats.waiting import SETTLED_SECONDS, find, wait_until
from benchmarks.facts import machine, versions
from benchmarks.passes import PassError
from benchmarks.stand.crew import Role, at_work
from benchmarks.stand.servers import Servers, running_servers
from orchestrator.local.process import StackProcess
from orchestrator.settings.groups import Schedules
from orchestrator.store.engine import make_engine

GAP_SECONDS = 10.0
"""The goal: another fires within that time."""
BEATS, SCHEDULES = 3, 8
AWAKE_SECONDS = 3.0
QUICK = MappingProxyType({"LOOKOUT_BEAT_INTERVAL_SECONDS": "0.2"})
"""Schedulers look more often where ten thousand occurrences are not to take an hour; their lease is the usual one."""


def measure(*, kills: int, occurrences: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the benchmark as a JSON value.

    ``kills`` is how often the leader is killed or stopped, in turn, while time passes as it does. Then the database's
    clock leaps until that many occurrences have been fired in all, and the leader is hit in the middle of each leap.
    """
    found = machine()
    with running_servers({}) as servers:
        owner = make_engine(servers.addresses.owner_database_url)
        engine = make_engine(servers.addresses.database_url)
        ledger = Ledger(engine)
        try:
            clock = MovedClock(owner)
            with at_work(_roles(servers), folder=servers.folder) as beats, ledger.ending_runs():
                due = ledger.schedule(SCHEDULES)
                gaps = _press(ledger, beats, kills=kills, say=say)
                _settle(ledger)
            ledger.pause()
            with at_work(_roles(servers, **QUICK), folder=servers.folder) as beats, ledger.ending_runs():
                due |= ledger.schedule(leaping.SCHEDULES, every=leaping.EVERY_SECONDS)
                leapt = leaping.leap_on(ledger, clock, beats, until=occurrences, say=say)
            sums = reconcile(ledger.fired(), ledger.runs(), beats=due)
        finally:
            engine.dispose()
            owner.dispose()
    goals = goals_of(gaps, sums, occurrences=occurrences)
    return {
        "benchmark": "beats",
        "passed": all(goals.values()),
        "goals": goals,
        "takeover_seconds": {name: _shown(seconds) for name, seconds in gaps.items()},
        **sums._asdict(),
        "moved_clock": leapt._asdict(),
        "lease_seconds": Schedules().beat_lease_seconds,
        "beats": BEATS,
        "schedules": len(due),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
    }


def goals_of(gaps: dict[str, list[float]], sums: Sums, *, occurrences: int) -> dict[str, bool]:
    """Return which goals are met."""
    longest = max((gap for each in gaps.values() for gap in each), default=GAP_SECONDS)
    return {
        f"another fires within {GAP_SECONDS:g} s": longest < GAP_SECONDS,
        f"at least {occurrences:,} occurrences": sums.occurrences >= occurrences,
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
        _settle(ledger)
        leads = wait_until(ledger.leader, what="somebody led")
        beat = find(beats, leads)
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
    fired = wait_until(lambda: ledger.first_fired(after=leads.token), what="another fired")
    return (fired - at).total_seconds()


def _settle(ledger: Ledger) -> None:
    """Wait until everything that was due is fired."""
    wait_until(lambda: ledger.late(seconds=SETTLED_SECONDS) == 0, what="everything was caught up with")


def _roles(servers: Servers, **given: str) -> list[Role]:
    """Return the schedulers."""
    words, env = ("celery", "-A", "orchestrator", "beat", "--pidfile="), servers.environment(**given)
    return [Role(f"beat-{number}", words, env) for number in range(BEATS)]


def _shown(gaps: list[float]) -> dict[str, Any]:
    """Return the figures of some gaps."""
    if not gaps:
        return {"number": 0}
    return {"number": len(gaps), "p50": round(median(gaps), 2), "max": round(max(gaps), 2)}
