"""The time from the first trigger of a load to its last run's end."""

import time
from collections import Counter
from collections.abc import Callable

from benchmarks.chaos.company import Company
from benchmarks.chaos.disturbing import Disturber
from benchmarks.chaos.load import DEADLINE_SECONDS
from benchmarks.chaos.servers import Servers
from benchmarks.chaos.watch import OVERDUE_SECONDS, Progress
from orchestrator.local.signals import SignalFlag

TURN_SECONDS = 0.03
_TELL_SECONDS = 10.0
_SETTLE_SECONDS = 2.0
"""What a process that was stopped gets, once it goes on, to hand in what it has: it must come to nothing."""
_STILL_SECONDS = DEADLINE_SECONDS + 2 * OVERDUE_SECONDS
"""How long the load may go on without a single run's end."""

Say = Callable[[str], None]


class Play:
    """The time from the first trigger to the last run's end."""

    def __init__(
        self, servers: Servers, company: Company, disturber: Disturber, *, runs: int, stop: SignalFlag, say: Say
    ) -> None:
        self._servers = servers
        self._company = company
        self._disturber = disturber
        self._runs = runs
        self._stop = stop
        self._say = say
        self._progress = Progress()
        self._moved = self._told = self._began = time.monotonic()
        self.most_overdue = 0

    def run(self) -> None:
        """Disturb until every run has ended, or none has for too long."""
        while not self._over():
            self._look()
            self._disturber.turn(self._progress.ended / self._runs)
            self._servers.tend()
            self._company.tend()
            self._tell()
            if self._stop.wait(TURN_SECONDS):
                raise KeyboardInterrupt

    def end(self) -> None:
        """Wake whoever is stopped, let them hand in what they have, and end everybody."""
        self._disturber.calm()
        until = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < until or any(map(self._servers.away, self._servers.running)):
            self._servers.tend()
            if self._stop.wait(TURN_SECONDS):
                raise KeyboardInterrupt
        self._company.stop()

    def _over(self) -> bool:
        still = time.monotonic() - self._moved
        return (self._company.finished() and self._progress.ended >= self._runs) or still > _STILL_SECONDS

    def _look(self) -> None:
        before, self._progress = self._progress, self._disturber.watch.progress()
        self.most_overdue = max(self.most_overdue, self._progress.overdue)
        if self._progress.ended > before.ended:
            self._moved = time.monotonic()

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told < _TELL_SECONDS:
            return
        self._told = now
        deeds = Counter(str(hit.deed) for hit in self._disturber.hits)
        did = ", ".join(f"{count} {name}" for name, count in sorted(deeds.items()))
        ended = f"{self._progress.ended} of {self._runs} runs ended"
        self._say(f"{now - self._began:4.0f} s: {ended}; {did or 'nothing yet'}")
