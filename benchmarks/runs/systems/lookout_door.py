"""How the ledger is asked for runs."""

from dataclasses import dataclass

from benchmarks.runs.work import Work
from benchmarks.stand.ledger import LedgerDoor
from benchmarks.stand.plans import phased, plan_of


@dataclass
class LookoutDoor:
    """Asks the ledger for runs."""

    door: LedgerDoor

    def new_id(self) -> str:
        """Return a run's id."""
        return self.door.new_id()

    def begin(self, work: Work, run: str) -> None:
        """Submit a run of this shape."""
        self.door.submit(plan_of(phased(work.phases, seconds=work.seconds)), run=run)

    def ended(self, seconds: float) -> list[str]:
        """Return the runs that have ended."""
        return self.door.ended(seconds)

    def close(self) -> None:
        """Let connections go."""
        self.door.close()


def open_door() -> LookoutDoor:
    """Return the door."""
    return LookoutDoor(LedgerDoor())
