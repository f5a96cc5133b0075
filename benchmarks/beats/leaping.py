"""The clock leaps, many occurrences fall due at once, and the leader is killed or stopped while it fires them."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from benchmarks.beats.clock import MovedClock
from benchmarks.beats.ledger import Leads, Ledger
from benchmarks.beats.waiting import SETTLED_SECONDS, find, wait_until
from orchestrator.local.process import StackProcess

EVERY_SECONDS = 600
SCHEDULES = 100
EACH = 10
"""How many occurrences of each schedule fall due in one leap: fewer than are made up for."""
_CAUGHT_UP_SECONDS = 600.0
_BEGUN = 20
"""So many of a leap's occurrences are fired when the leader is hit."""


class Leapt(NamedTuple):
    """What was done while the clock leapt."""

    leaps: int
    kills: int
    stops: int


def leap_on(
    ledger: Ledger, clock: MovedClock, beats: Sequence[StackProcess], *, until: int, say: Callable[[str], None]
) -> Leapt:
    """Let the clock leap until that many occurrences were fired, and hit the leader after every leap."""
    leaps = 0
    while ledger.count() < until:
        _caught_up(ledger)
        leads = wait_until(ledger.leader, what="somebody led")
        begun = ledger.count() + _BEGUN
        hit = _killed if leaps % 2 == 0 else _stopped
        with hit(find(beats, leads), leads):
            clock.leap(EVERY_SECONDS * EACH)
            wait_until(partial(_has_fired, ledger, begun), what="a leap was noticed")
        _caught_up(ledger)
        leaps += 1
        say(f"leap {leaps}: {ledger.count():,} of {until:,} occurrences")
    return Leapt(leaps, kills=(leaps + 1) // 2, stops=leaps // 2)


@contextmanager
def _killed(beat: StackProcess, _leads: Leads) -> Iterator[None]:
    """Kill the leader in the middle of what the block began; a new one stands by from then on."""
    yield
    beat.kill()
    beat.start()


@contextmanager
def _stopped(_beat: StackProcess, leads: Leads) -> Iterator[None]:
    """Stop the leader while the clock leaps and another takes over; then it goes on where it stood."""
    os.killpg(leads.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(leads.pid, signal.SIGCONT)


def _has_fired(ledger: Ledger, number: int) -> bool:
    """Whether that many occurrences were fired."""
    return ledger.count() >= number


def _caught_up(ledger: Ledger) -> None:
    """Wait until everything that was due is fired."""
    wait_until(
        lambda: ledger.late(seconds=SETTLED_SECONDS) == 0,
        what="everything was caught up with",
        seconds=_CAUGHT_UP_SECONDS,
    )
