"""The submitting orchestrator, as a process: triggers of the load through the real intake, each noted when accepted.

Run as ``python -m benchmarks.chaos.submitting ASSIGNMENT``. Killed and started again it goes on where its journal ends;
what was accepted but not noted is submitted again under the same key, and must find the same run.
"""

import sys
import time

from sqlalchemy import text

from benchmarks.chaos import troupe
from benchmarks.chaos.assignment import Assignment
from benchmarks.chaos.calling import submitted
from benchmarks.chaos.journal import ACCEPTED, LEFT, SENT, Journal
from benchmarks.chaos.load import trigger
from orchestrator import wiring
from orchestrator.domain.triggers import Trigger
from orchestrator.intake import Intake
from orchestrator.ledger.submit import Accepted
from orchestrator.store.patience import once_more, patiently

_LEFT_EVERY = 3
"""Every third run is only written down: the relay has to find it."""
_AGAIN_SECONDS = 0.1
_LOOK_SECONDS = 0.03
_LIVE = text("SELECT count(*) FROM runs WHERE state = 'running'")


class Submitter:
    """Submits one run after the other."""

    def __init__(self, intake: Intake, *, assignment: Assignment) -> None:
        self._intake = intake
        self._assignment = assignment
        self._journal = Journal(assignment.journal)

    def work(self) -> None:
        """Submit everything that the journal does not have yet."""
        known = {line["number"] for line in self._journal.lines(ACCEPTED)}
        for number in self._assignment.numbers():
            if number in known:
                continue
            self._wait_for_room()
            if self._assignment.stop.exists():
                return
            while not self._submit(number):
                time.sleep(_AGAIN_SECONDS)

    def _submit(self, number: int) -> bool:
        """Submit one run, in one of the two ways; False where it was refused."""
        wanted = trigger(self._assignment.seed, number)
        way, accept = (LEFT, self._write_down) if number % _LEFT_EVERY == 0 else (SENT, self._intake.accept)
        return submitted(self._journal, lambda: accept(wanted), number=number, way=way)

    def _write_down(self, wanted: Trigger) -> Accepted:
        """Accept a trigger and leave the sending to others."""
        submission = self._intake.prepare(wanted)

        def commit() -> Accepted:
            with self._intake.engine.begin() as conn:
                return self._intake.accept_within(conn, submission)

        return once_more(commit)

    def _wait_for_room(self) -> None:
        """Wait until fewer runs are under way than the window has places, or until told to stop."""
        while not self._assignment.stop.exists() and patiently(self._live) >= self._assignment.window:
            time.sleep(_LOOK_SECONDS)

    def _live(self) -> int:
        with self._intake.engine.connect() as conn:
            return int(conn.execute(_LIVE).scalar_one())


def main() -> None:
    """Submit what the command line says."""
    troupe.app.set_current()
    Submitter(wiring.intake(), assignment=Assignment.from_word(sys.argv[1])).work()


if __name__ == "__main__":
    main()
